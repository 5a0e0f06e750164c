"""The names of fields and answers as words, and values as people read them."""

import re
from decimal import Decimal
from typing import Final

from planner.domain.money import to_cents
from planner.web.pages.words import NOTHING, exact, percent

_ABBREVIATIONS: Final = {
    "401k": "401(k)",
    "agi": "AGI",
    "amt": "AMT",
    "eitc": "EITC",
    "fica": "FICA",
    "hsa": "HSA",
    "medicare": "Medicare",
    "ira": "IRA",
    "niit": "NIIT",
    "pia": "PIA",
    "qbi": "QBI",
    "rmd": "RMD",
    "w4": "W-4",
}
_OWNERS: Final = ("head", "spouse")
_STEP: Final = re.compile(r"step(\d)([a-c]?)_(.+)")
_MONEY: Final = re.compile(r"-?\d+\.\d\d")
_RATE: Final = re.compile(r"-?\d+\.\d{4}")


def label(name: str) -> str:
    """Return a name as a label: `pretax_401k_head` is "Pretax 401(k), head"."""
    step = _STEP.fullmatch(name)
    if step:
        part = f"({step[2]})" if step[2] else ""
        return f"Step {step[1]}{part}: {_words(step[3])}"
    *others, last = name.removeprefix("item_").split("_")
    if last in _OWNERS and others:
        return f"{_sentence(' '.join(others))}, {last}"
    return _sentence(" ".join([*others, last]))


def _sentence(words: str) -> str:
    said = _words(words)
    return said[:1].upper() + said[1:]


def _words(name: str) -> str:
    words = " ".join(_ABBREVIATIONS.get(word, word) for word in name.replace("_", " ").split())
    return words.replace("social security", "Social Security")


def plain_words(about: str) -> str:
    """Return a sentence of the registry without the marks of code."""
    return about.replace("`", "")


def choice_words(value: str) -> str:
    """Return a choice as words; codes in capitals stay as they are."""
    return value if value.isupper() else value.replace("_", " ")


def value_words(value: object) -> str:
    """Return a value of an answer: two decimals are dollars, four are a share."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case str() if _MONEY.fullmatch(value):
            return exact(to_cents(Decimal(value)))
        case str() if _RATE.fullmatch(value):
            return percent(float(value))
        case _:
            return str(value)


def is_figure(value: object) -> bool:
    """Tell whether a value stands in a column of figures."""
    return isinstance(value, str) and bool(_MONEY.fullmatch(value) or _RATE.fullmatch(value))
