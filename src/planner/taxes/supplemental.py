"""Federal tax withheld from bonuses paid by themselves: the flat rate, and the top rate above a million."""

from decimal import Decimal

from planner.domain.errors import Refused
from planner.domain.money import to_cents
from planner.taxes.rules import Law


def supplemental_withholding(law: Law, wages: int, to_date: int = 0) -> int:
    """Return the cents withheld from `wages` cents of supplemental wages.

    `to_date` are those that the employer has paid before in the calendar year: what of both together is above
    a million is withheld at the top rate, whatever the W-4 says. The rest is withheld at the flat rate, which
    an employer may choose that withholds from regular pay.
    """
    if wages < 0 or to_date < 0:
        raise Refused.one("supplemental", "Supplemental wages cannot be negative.")
    payroll = law.payroll
    paid, before = Decimal(wages).scaleb(-2), Decimal(to_date).scaleb(-2)
    flat = min(paid, max(Decimal(0), payroll.supplemental_flat_to - before))
    return to_cents(flat * payroll.supplemental_flat + (paid - flat) * payroll.supplemental_above)
