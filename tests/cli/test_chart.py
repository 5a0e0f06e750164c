"""The chart's scale and words."""

from xml.etree import ElementTree as ET

import pytest

from planner.cli.chart import NetWorth, net_worth_chart, short_money, value_lines


@pytest.mark.parametrize(
    "least, most, lines",
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-300_000, 1_500_000, [-500_000, 0, 500_000, 1_000_000, 1_500_000]),
        (-2, 0, [-2, -1.5, -1, -0.5, 0]),
    ],
)
def test_value_lines_are_round_and_enclose(least: float, most: float, lines: list[float]) -> None:
    assert value_lines(least, most) == pytest.approx(lines)


@pytest.mark.parametrize(
    "dollars, words", [(0, "$0"), (950, "$950"), (-300_000, "-$300k"), (1_250_000, "$1.25M"), (2e9, "$2B")]
)
def test_axis_labels_are_short(dollars: float, words: str) -> None:
    assert short_money(dollars) == words


@pytest.mark.parametrize("months", [1, 2, 720])
def test_any_horizon_and_any_name_make_a_picture(months: int) -> None:
    labels = [f"{2026 + month // 12}-{month % 12 + 1:02d}" for month in range(months)]
    values = [month * 100_00 for month in range(months)]
    shown = NetWorth(name='<A & "B">', months=labels, assets=values, debts=[0] * months, net_worth=values)
    picture = ET.fromstring(net_worth_chart(shown))  # noqa: S314 -- our own text
    assert 'Net worth of <A & "B">' in (element.text for element in picture)
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert len(texts) < 30, "labels are thinned out"
