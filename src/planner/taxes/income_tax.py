"""The federal income tax of a year: one return, all income together, with its working.

What is simplified and what is left out is said in docs/taxes.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from planner.domain.money import to_cents
from planner.taxes.arithmetic import ARRAYS, EXACT, FLOATS
from planner.taxes.lines import LINES
from planner.taxes.returns import Return, check
from planner.taxes.rules import Law
from planner.taxes.schedule import FloatArray
from planner.taxes.worked import Line, Worked
from planner.taxes.working import work_out


@dataclass(frozen=True, slots=True)
class IncomeTax:
    """A year's tax. `total` is cents, half up; `worked` is dollars, unrounded."""

    total: int
    worked: Worked[Decimal]
    sources: Mapping[str, str]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of the working, with its rule and the source of its figures."""
        return tuple(
            Line(name, label, rule, getattr(self.worked, name), self.sources.get(block, ""))
            for name, label, rule, block in LINES
        )


def income_tax(law: Law, facts: Return[int]) -> IncomeTax:
    """Work out a return whose amounts are cents; refused when it cannot be."""
    check(facts)
    worked = work_out(EXACT, _from_cents, law, facts)
    if worked.amt and facts.itemized is not None and facts.itemized.choice is None:
        worked = _other_choice(law, facts, worked)
    return IncomeTax(to_cents(worked.total), worked, law.sources)


def _other_choice(law: Law, facts: Return[int], worked: Worked[Decimal]) -> Worked[Decimal]:
    """Return the return with the smaller deduction where the minimum tax makes that one cheaper."""
    assert facts.itemized is not None
    itemizes = worked.itemized_deductions > worked.standard_deduction
    chosen = replace(facts, itemized=replace(facts.itemized, choice=not itemizes))
    other = work_out(EXACT, _from_cents, law, chosen)
    return other if other.total < worked.total else worked


def income_tax_array(law: Law, facts: Return[FloatArray | float]) -> Worked[FloatArray]:
    """Work out a return whose amounts are arrays of dollars that broadcast; unchecked and unrounded."""
    return work_out(ARRAYS, _from_floats, law, facts)


def income_tax_float(law: Law, facts: Return[float]) -> Worked[float]:
    """Work out one return in float dollars; the same to the last bit as `income_tax_array` of one element."""
    return work_out(FLOATS, float, law, facts)


def _from_cents(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _from_floats(dollars: FloatArray | float) -> FloatArray:
    return np.asarray(dollars, dtype=np.float64)
