"""What a calculator is: its fields, its working, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.taxes.calculators.fields import Form

Answer = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculator:
    """`outputs` says what each part of an answer means; `work_out` gets every field of the form.

    `example` is a case to begin with, for documentation and pages;
    `headline` names what is mostly asked for, which a page shows on top.
    """

    name: str
    title: str
    about: str
    form: Form
    outputs: Mapping[str, str]
    work_out: Callable[[Mapping[str, Any]], Answer]
    example: Mapping[str, object] = field(default_factory=dict)
    headline: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, object]:
        """Describe the calculator for programs and pages: the schema of a case, and the outputs."""
        return {
            "name": self.name,
            "title": self.title,
            "about": self.about,
            "case": self.form.schema(),
            "outputs": dict(self.outputs),
            "example": dict(self.example),
        }
