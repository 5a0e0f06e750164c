"""The earnings test: benefits that are withheld from those who work before full retirement age."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from planner.taxes.retirement.months import MONTHS
from planner.taxes.retirement.primary_insurance import Economy, wage_index
from planner.taxes.retirement_rules import SocialSecurityLaw

_TEN = Decimal(10)
_YEARS_BEFORE = 2


def exempt(law: SocialSecurityLaw, year: int, economy: Economy, *, year_of_full_age: bool) -> int:
    """Return the cents of a year's earnings that cost nothing.

    A monthly amount that follows the wage index of two years before, to the nearest ten dollars, times 12.
    """
    amount, base_year = law.test_bases[year_of_full_age]
    rise = wage_index(law, year - _YEARS_BEFORE, economy) / wage_index(law, base_year, economy)
    monthly = (amount * rise / _TEN).to_integral_value(rounding=ROUND_HALF_UP) * _TEN
    return int(monthly) * MONTHS * 100


def withheld(
    law: SocialSecurityLaw, year: int, earnings: int, economy: Economy, *, year_of_full_age: bool
) -> int:
    """Return the cents of benefits that earnings cost: one of two dollars over the exempt amount.

    In the year of full retirement age one of three, of the earnings in the months before it.
    """
    over = max(0, earnings - exempt(law, year, economy, year_of_full_age=year_of_full_age))
    share: Fraction = law.test_shares[year_of_full_age]
    return over * share // 1
