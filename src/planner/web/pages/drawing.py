"""Templates into pages: one Jinja environment, a few filters, and the addresses of the bundle's files."""

import json
from dataclasses import asdict
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from planner.web.pages.bundle import bundle
from planner.web.pages.shown import Chart
from planner.web.pages.words import seconds_left


def draw(template: str, **values: object) -> str:
    """Return the page or part that `template` makes of `values`; a name it does not get is an error."""
    return environment().get_template(template).render(values)


@cache
def environment() -> Environment:
    """Return the environment, made once; templates are compiled when they are first drawn."""
    made = Environment(
        loader=PackageLoader("planner.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["chart_data"] = chart_data
    made.filters["seconds_left"] = seconds_left
    made.globals["static"] = bundle().address
    made.globals["example_mark"] = Markup('<span class="badge plain">example</span>')
    return made


def chart_data(chart: Chart) -> Markup:
    """Return what the script draws from, safe inside a script element."""
    plain = {
        "currency": chart.currency,
        "unit": chart.unit,
        "periods": chart.periods,
        "series": [asdict(series) for series in chart.series],
        "marks": [asdict(mark) for mark in chart.marks],
    }
    text = json.dumps(plain, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (JSON in which no tag can begin)
