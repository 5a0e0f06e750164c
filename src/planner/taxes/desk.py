"""What every rule of a return needs at hand: the arithmetic, the law and the facts."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic

from planner.domain.members import FilingStatus
from planner.taxes.arithmetic import Arithmetic, Number
from planner.taxes.return_rules import ByStatus
from planner.taxes.returns import Given, Return
from planner.taxes.rules import FilingLaw, IncomeLaw, Law


@dataclass(frozen=True, slots=True)
class Desk(Generic[Number, Given]):
    """`read` brings an amount of the facts into the arithmetic, in dollars; `nothing` is 0 there."""

    arithmetic: Arithmetic[Number]
    read: Callable[[Given | int], Number]
    law: Law
    filing: FilingLaw
    facts: Return[Given]
    nothing: Number
    of: Callable[[Decimal], Number]
    """Bring a figure of the law into the arithmetic."""

    @property
    def income(self) -> IncomeLaw:
        """The part of the law that is about returns."""
        return self.law.income

    @property
    def status(self) -> FilingStatus:
        """How the return is filed."""
        return self.facts.filing_status

    @property
    def joint(self) -> bool:
        """Whether two file together."""
        return self.facts.filing_status is FilingStatus.MARRIED_FILING_JOINTLY

    @property
    def separate(self) -> bool:
        """Whether a married person files alone."""
        return self.facts.filing_status is FilingStatus.MARRIED_FILING_SEPARATELY

    def for_status(self, figures: ByStatus) -> Number:
        """Bring the figure of the filing status into the arithmetic."""
        return self.of(figures[self.facts.filing_status])

    def share_left(self, amount: Number, above: Number, width: Number) -> Number:
        """Return what a phase-out leaves: 1 up to `above`, 0 from `width` over it on, evenly between."""
        left = self.arithmetic.above(above + width, amount)
        return self.arithmetic.least(left, width) / width
