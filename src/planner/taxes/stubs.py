"""What a paycheck looks like when it is worked out: a stub with its lines, and the year to date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from planner.domain.income import Deduction
from planner.taxes.deductions import Item


class Taking(StrEnum):
    """Why something is taken out of a paycheck, in the order of the stub."""

    PRETAX = "pretax"
    FEDERAL = "federal_withholding"
    SOCIAL_SECURITY = "social_security"
    MEDICARE = "medicare"
    ADDITIONAL_MEDICARE = "additional_medicare"
    STATE = "state_withholding"
    LOCAL = "local_withholding"
    STATE_CONTRIBUTION = "state_contribution"
    POSTTAX = "posttax"


class Stop(StrEnum):
    """Why less was taken out than was asked."""

    LIMIT = "limit"
    PAY = "pay"


LABELS = {
    Taking.FEDERAL: "Federal income tax",
    Taking.SOCIAL_SECURITY: "Social Security",
    Taking.MEDICARE: "Medicare",
    Taking.ADDITIONAL_MEDICARE: "Additional Medicare",
    Taking.STATE: "State income tax",
    Taking.LOCAL: "Local income tax",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StubLine:
    """Cents taken out. `asked` is larger than `cents` where a yearly limit, or the pay itself, stopped it."""

    taking: Taking
    label: str
    cents: int
    asked: int
    deduction: Deduction | None = None
    stopped_by: Stop | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What one employer paid and took, in cents: in one paycheck, or since January.

    `employer` is what it added to a retirement account; it is not part of `gross`. `supplemental` is the part
    of `federal_wages` that was a bonus.
    """

    gross: int = 0
    federal_wages: int = 0
    fica_wages: int = 0
    federal: int = 0
    social_security: int = 0
    medicare: int = 0
    additional_medicare: int = 0
    state: int = 0
    local: int = 0
    state_contributions: int = 0
    supplemental: int = 0
    net: int = 0
    employer: int = 0
    deducted: Mapping[Item, int] = field(default_factory=dict)

    def plus(self, later: "Totals") -> "Totals":
        """Return both together."""
        deducted = dict(self.deducted)
        for item, cents in later.deducted.items():
            deducted[item] = deducted.get(item, 0) + cents
        return Totals(
            gross=self.gross + later.gross,
            federal_wages=self.federal_wages + later.federal_wages,
            fica_wages=self.fica_wages + later.fica_wages,
            federal=self.federal + later.federal,
            social_security=self.social_security + later.social_security,
            medicare=self.medicare + later.medicare,
            additional_medicare=self.additional_medicare + later.additional_medicare,
            state=self.state + later.state,
            local=self.local + later.local,
            state_contributions=self.state_contributions + later.state_contributions,
            supplemental=self.supplemental + later.supplemental,
            net=self.net + later.net,
            employer=self.employer + later.employer,
            deducted=deducted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """A paycheck. Gross pay less every line is net pay; `to_date` includes this paycheck."""

    lines: tuple[StubLine, ...]
    paid: Totals
    to_date: Totals

    @property
    def net(self) -> int:
        """Cents that reach the bank."""
        return self.paid.net

    def taken(self, taking: Taking) -> int:
        """Return the cents taken out for one reason."""
        return sum(line.cents for line in self.lines if line.taking is taking)
