"""Draws net worth over time as an SVG picture that needs nothing else: light and dark, with a description."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 960
HEIGHT: Final = 540
LEFT: Final = 84
RIGHT: Final = 24
TOP: Final = 92
BOTTOM: Final = 48
MONTH_LABELS_MAX: Final = 12
VALUE_LINES: Final = 6

_STYLE: Final = """
  svg { font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
  .paper { fill: #ffffff } .ink { fill: #1a1d21 } .faint { fill: #5a6270 }
  .rule { stroke: #dfe3e8 } .zero { stroke: #5a6270 }
  .assets { fill: #2a78c2; stroke: #2a78c2 } .debts { fill: #c2542a; stroke: #c2542a }
  .worth { stroke: #14181d }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #16191d } .ink { fill: #eef1f4 } .faint { fill: #a7b0bc }
    .rule { stroke: #2c3238 } .zero { stroke: #a7b0bc }
    .assets { fill: #6db1f2; stroke: #6db1f2 } .debts { fill: #f29a6d; stroke: #f29a6d }
    .worth { stroke: #f4f6f8 }
  }
  .area { fill-opacity: .2; stroke: none } .line { fill: none; stroke-width: 1.5 }
  .worth.line { stroke-width: 3; stroke-linejoin: round }
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetWorth:
    """What is drawn: one value a month, in cents, debts as positive amounts."""

    name: str
    months: Sequence[str]
    assets: Sequence[int]
    debts: Sequence[int]
    net_worth: Sequence[int]
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where months and dollars stand in the picture."""

    months: int
    least: float
    most: float

    def x(self, month: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * month / max(self.months - 1, 1)

    def y(self, dollars: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.most - dollars) / (self.most - self.least)


def net_worth_chart(shown: NetWorth) -> str:
    """Return the picture: assets above the zero line, debts below it, net worth as the line between."""
    assets = [cents / 100 for cents in shown.assets]
    debts = [-cents / 100 for cents in shown.debts]
    worth = [cents / 100 for cents in shown.net_worth]
    lines = value_lines(min(*debts, *worth, 0.0), max(*assets, *worth, 1.0))
    scale = _Scale(len(shown.months), lines[0], lines[-1])
    parts = [
        _head(shown, worth),
        *(_value_line(scale, value) for value in lines),
        *_month_labels(scale, shown.months),
        _area(scale, assets, "assets"),
        _area(scale, debts, "debts"),
        _line(scale, worth, "worth"),
        _legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def value_lines(least: float, most: float) -> list[float]:
    """Return round values, evenly apart, of which the first and the last enclose `least` and `most`."""
    rough = (most - least) / VALUE_LINES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    first, last = math.floor(least / step), math.ceil(most / step)
    return [step * count for count in range(first, last + 1)]


def short_money(dollars: float) -> str:
    """Return an amount as an axis shows it: $1.25M, -$300k, $0."""
    sign = "-" if dollars < 0 else ""
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(dollars) >= unit:
            return f"{sign}${abs(dollars) / unit:.4g}{letter}"
    return f"{sign}${abs(dollars):.4g}"


def _head(shown: NetWorth, worth: Sequence[float]) -> str:
    title = f"Net worth of {shown.name}"
    remarks = "".join(f" {remark}" for remark in shown.remarks)
    described = (
        f"From {shown.months[0]} to {shown.months[-1]}, net worth goes from ${worth[0]:,.0f} to "
        f"${worth[-1]:,.0f}. Assets are drawn above the zero line, debts below it.{remarks}"
    ).replace("$-", "-$")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title description">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="description">{escape(described)}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>\n'
        f'<text class="ink" x="{LEFT}" y="36" font-size="20" font-weight="600">{escape(title)}</text>'
    )


def _value_line(scale: _Scale, value: float) -> str:
    y = scale.y(value)
    look = "zero" if value == 0 else "rule"
    return (
        f'<line class="{look}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="faint" x="{LEFT - 10}" y="{y + 5:.1f}" text-anchor="end">{short_money(value)}</text>'
    )


def _month_labels(scale: _Scale, months: Sequence[str]) -> list[str]:
    """Label Januaries with their year, evenly thinned out; where there is none, the months themselves."""
    shown: list[tuple[int, str]] = [
        (index, month[:4]) for index, month in enumerate(months) if month.endswith("-01")
    ]
    if len(shown) < 3:  # noqa: PLR2004 -- a scale of fewer marks cannot be read off
        shown = list(enumerate(months))
    every = math.ceil(len(shown) / MONTH_LABELS_MAX)
    return [
        f'<line class="rule" x1="{scale.x(index):.1f}" x2="{scale.x(index):.1f}"'
        f' y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 6}"/>'
        f'<text class="faint" x="{scale.x(index):.1f}" y="{HEIGHT - BOTTOM + 24}"'
        f' text-anchor="middle">{escape(label)}</text>'
        for index, label in shown[::every]
    ]


def _points(scale: _Scale, values: Sequence[float]) -> str:
    return " ".join(f"{scale.x(index):.1f},{scale.y(value):.1f}" for index, value in enumerate(values))


def _area(scale: _Scale, values: Sequence[float], look: str) -> str:
    zero = f"{scale.y(0):.1f}"
    ends = f"{scale.x(len(values) - 1):.1f},{zero} {scale.x(0):.1f},{zero}"
    return f'<polygon class="{look} area" points="{_points(scale, values)} {ends}"/>' + _line(
        scale, values, look
    )


def _line(scale: _Scale, values: Sequence[float], look: str) -> str:
    return f'<polyline class="{look} line" points="{_points(scale, values)}"/>'


def _legend() -> str:
    def swatch(x: int) -> Callable[[str], str]:
        return lambda look: f'<rect class="{look}" x="{x}" y="56" width="14" height="14" rx="3"/>'

    def label(x: int, words: str) -> str:
        return f'<text class="ink" x="{x + 22}" y="68">{words}</text>'

    worth, assets, debts = LEFT, LEFT + 120, LEFT + 212
    line = f'<line class="worth" x1="{worth}" x2="{worth + 16}" y1="63" y2="63" stroke-width="3"/>'
    return (
        line
        + label(worth, "Net worth")
        + swatch(assets)("assets")
        + label(assets, "Assets")
        + swatch(debts)("debts")
        + label(debts, "Debts")
    )
