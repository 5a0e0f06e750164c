"""What claiming early or late makes of a benefit: one's own, a spouse's, a survivor's."""

from datetime import date
from fractions import Fraction

from planner.taxes.retirement.months import by_birth_year
from planner.taxes.retirement.primary_insurance import DIME
from planner.taxes.retirement_rules import SocialSecurityLaw

_WHOLE = Fraction(1)


def full_retirement_age(law: SocialSecurityLaw, birth: date) -> int:
    """Return the age in months at which a worker's or a spouse's benefit is whole."""
    return by_birth_year(law.retirement_ages, birth)


def survivor_age(law: SocialSecurityLaw, birth: date) -> int:
    """Return the age in months at which a widow's or widower's benefit is whole."""
    return by_birth_year(law.survivor_ages, birth)


def own_factor(law: SocialSecurityLaw, birth: date, age: int) -> Fraction:
    """Return the share of the primary insurance amount for a claim at an age in months.

    Five ninths of a percent less for each of the last 36 months before full retirement age, five twelfths
    for those before; two thirds of a percent more for each month after it, up to 70.
    """
    full = full_retirement_age(law, birth)
    if age < full:
        return _WHOLE - _reduction(law, full - age, law.early_own)
    return _WHOLE + law.delayed * (min(age, law.latest) - full)


def spouse_factor(law: SocialSecurityLaw, birth: date, age: int) -> Fraction:
    """Return the share of a spouse's benefit that is left at an age in months; waiting adds nothing."""
    early = max(0, full_retirement_age(law, birth) - age)
    return _WHOLE - _reduction(law, early, law.early_spouse)


def survivor_factor(law: SocialSecurityLaw, birth: date, age: int) -> Fraction:
    """Return the share of a survivor's benefit at an age in months: 71.5 % at 60, evenly up to all."""
    full = survivor_age(law, birth)
    early = max(0, full - max(age, law.survivor_earliest))
    return _WHOLE - (_WHOLE - law.survivor_least) * early / (full - law.survivor_earliest)


def own_benefit(insured: int, factor: Fraction) -> int:
    """Return a monthly benefit in cents, rounded down to the dime (42 USC sec. 415(g))."""
    return share_in_dimes(insured, factor)


def spouse_excess(law: SocialSecurityLaw, worker: int, own: int, factor: Fraction) -> int:
    """Return the cents a month that a spouse gets beside an own benefit.

    Half of the worker's primary insurance amount less the own one, reduced by the spouse's age.
    """
    excess = worker * law.spouse_share - own
    return share_in_dimes(1, excess * factor) if excess > 0 else 0


def survivor_benefit(law: SocialSecurityLaw, insured: int, worker: Fraction, factor: Fraction) -> int:
    """Return the cents a month of a widow or widower; `worker` is the factor of the one who died.

    Delayed credits are inherited. After an early claim it is no more than the worker had, or 82.5 % of
    the primary insurance amount if that is more (42 USC sec. 402(e)(2)(D)).
    """
    share = max(worker, _WHOLE) * factor
    if worker < _WHOLE:
        share = min(share, max(worker, law.survivor_limit))
    return share_in_dimes(insured, share)


def share_in_dimes(cents: int, share: Fraction) -> int:
    """Return a share of cents, rounded down to the dime."""
    return cents * share // DIME * DIME


def whole_dollars(cents: int) -> int:
    """Return what is paid of a monthly benefit: whole dollars, rounded down (42 USC sec. 415(g))."""
    return cents // 100 * 100


def _reduction(law: SocialSecurityLaw, months: int, steep: Fraction) -> Fraction:
    near = min(months, law.steep_months)
    return near * steep + (months - near) * law.early_further
