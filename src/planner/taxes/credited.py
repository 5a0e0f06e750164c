"""All credits of a return, in the order in which they use up the tax, and those that are refunded."""

from dataclasses import dataclass
from typing import Generic

from planner.taxes.arithmetic import Number
from planner.taxes.credits import Education, care_credit, education_credits, savers_credit
from planner.taxes.desk import Desk
from planner.taxes.earnings import Earnings
from planner.taxes.family_credits import child_credit, earned_income_credit, refunded_child_credit
from planner.taxes.returns import Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited(Generic[Number]):
    """Against the tax up to `child`, refunded from `earned_income` on."""

    foreign: Number
    care: Number
    education: Number
    savers: Number
    child: Number
    earned_income: Number
    child_refunded: Number
    opportunity_refunded: Number

    @property
    def all(self) -> Number:
        """Everything together."""
        against = self.foreign + self.care + self.education + self.savers + self.child
        return against + self.earned_income + self.child_refunded + self.opportunity_refunded


def credited(
    desk: Desk[Number, Given], earned: Earnings[Number], agi: Number, investments: Number, tax: Number
) -> Credited[Number]:
    """Work out the credits; `tax` is regular and alternative minimum tax, `investments` investment income."""
    least, nothing, asked = desk.arithmetic.least, desk.nothing, desk.facts.claims
    foreign = care = nothing
    education = Education(used=nothing, refunded=nothing)
    left = tax
    if asked is not None:
        foreign = least(desk.read(asked.foreign_tax), left)
        left = left - foreign
        care = least(care_credit(desk, asked, earned, agi), left)
        left = left - care
        education = education_credits(desk, asked, agi, left)
        left = left - education.used
    savers = least(savers_credit(desk, asked, agi), left)
    child = child_credit(desk, agi, left - savers)
    earned_income = earned_income_credit(desk, earned, agi, investments)
    return Credited(
        foreign=foreign,
        care=care,
        education=education.used,
        savers=savers,
        child=child.used,
        earned_income=earned_income,
        child_refunded=refunded_child_credit(desk, child.left, earned, earned_income),
        opportunity_refunded=education.refunded,
    )
