"""A calculator's answer as a page shows it: figures, tables, sentences, and the working."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from planner.taxes.calculators.calculator import Answer, Calculator
from planner.web.pages.calculator_shown import Lines, Result
from planner.web.pages.calculator_words import is_figure, label, plain_words, value_words
from planner.web.pages.shown import MetricTile, Notice

TILES: Final = 6
WORKING: Final = "working"
WARNINGS: Final = "warnings"
_SHOWN_OTHERWISE: Final = ("line",)


def result_of(chosen: Calculator, answer: Answer) -> Result:
    """Return the answer in parts: tiles for what the calculator is mostly asked for, then all else."""
    working = answer.get(WORKING)
    lines: Sequence[Mapping[str, Any]] = working if isinstance(working, list) else ()
    said = {str(each.get("line")) for each in lines}
    single = {name: value for name, value in answer.items() if not isinstance(value, dict | list)}
    given = [name for name in single if single[name] is not None]
    others = [name for name in given if name not in said]
    first = [name for name in chosen.headline if name in given] or others[:TILES]
    rest = [name for name in others if name not in first]
    tiles = tuple(_tile(chosen, name, single[name]) for name in first)
    figures = _figures(chosen, {name: single[name] for name in rest}, answer)
    if figures and not tiles:
        (_, tiles), *_ = figures
        figures = figures[1:]
    lists = {name: value for name, value in answer.items() if name not in {WORKING, WARNINGS}}
    return Result(
        tiles=tiles,
        notices=tuple(Notice(title=str(each), tone="warn") for each in _sentences(answer.get(WARNINGS))),
        lists=tuple((label(name), found) for name, value in lists.items() if (found := _sentences(value))),
        figures=figures,
        tables=tuple(_tables(lists)),
        working=_lines("Working", lines) if lines else None,
    )


def _tile(chosen: Calculator, name: str, value: object) -> MetricTile:
    meaning = plain_words(chosen.outputs.get(name, ""))
    return MetricTile(key=name, label=label(name), value=value_words(value), note=meaning, meaning=meaning)


def _sentences(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return ()
    return tuple(value)


def _figures(
    chosen: Calculator, rest: Mapping[str, object], answer: Answer
) -> tuple[tuple[str, tuple[MetricTile, ...]], ...]:
    found = [("Also", tuple(_tile(chosen, name, value) for name, value in rest.items()))] if rest else []
    for name, value in answer.items():
        if isinstance(value, dict):
            single = {key: each for key, each in value.items() if not isinstance(each, dict | list)}
            tiles = (
                MetricTile(key=key, label=label(key), value=value_words(each)) for key, each in single.items()
            )
            found.append((label(name), tuple(tiles)))
    return tuple(found)


def _tables(parts: Mapping[str, object], within: str = "") -> list[Lines]:
    found: list[Lines] = []
    for name, value in parts.items():
        title = f"{within}{label(name)}"
        if isinstance(value, dict):
            found += _tables(value, f"{title}: ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found.append(_lines(title, value))
    return found


def _lines(title: str, rows: Sequence[Mapping[str, Any]]) -> Lines:
    """Return records as a table; records that have nothing to name them by are numbered."""
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in _SHOWN_OTHERWISE]
    numbered = all(is_figure(rows[0].get(key)) for key in keys)
    head = [label("what" if key == "label" else key) for key in keys]
    cells = [[value_words(row.get(key)) for key in keys] for row in rows]
    if numbered:
        head.insert(0, "Number")
        cells = [[str(at), *each] for at, each in enumerate(cells, 1)]
    figures = {
        at for at, key in enumerate(keys, int(numbered)) if any(is_figure(row.get(key)) for row in rows)
    }
    return Lines(title=title, head=tuple(head), rows=tuple(map(tuple, cells)), amounts=frozenset(figures))
