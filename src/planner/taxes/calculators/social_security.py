"""The calculator `social-security`: a worker's benefit, a spouse's, a survivor's, and the earnings test."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from planner.domain.errors import Refused
from planner.taxes.calculators.answers import share, text
from planner.taxes.calculators.calculator import Answer, Calculator
from planner.taxes.calculators.lines_of_working import line
from planner.taxes.calculators.social_security_fields import FORM, age_of, economy_of, people_of
from planner.taxes.law import LAST_YEAR, law
from planner.taxes.retirement import earnings_test
from planner.taxes.retirement.benefits import (
    Worker,
    average_of,
    first_insured,
    insured,
    own,
    spousal,
    survivor,
)
from planner.taxes.retirement.claiming import full_retirement_age, own_benefit, own_factor, whole_dollars
from planner.taxes.retirement.months import MONTHS, month_at, month_of, written, year_of
from planner.taxes.retirement.primary_insurance import Economy, bend_points, eligible_year
from planner.taxes.rules import Law

_FIRST_DAYS: Final = 2
"""Who is born on them is of the next age throughout the month."""


def _work_out(case: Mapping[str, Any]) -> Answer:
    found = law(LAST_YEAR)
    rules, economy = found.social_security, economy_of(case)
    worker, spouse = people_of(rules, case)
    month = worker.claims_in
    monthly = own(rules, worker, month, economy)
    left_out = sorted(year for year in worker.earnings if year >= year_of(month))
    warnings = [f"Earnings of {left_out[0]} and later do not count for this claim."] if left_out else []
    if worker.claim_age == rules.earliest and worker.birth.day > _FIRST_DAYS:
        warnings.append(
            "The first month of benefits is the first one that is spent at 62 from its first day on."
        )
    return {
        "aime": text(average_of(rules, worker, economy).monthly * 100) if worker.earnings else None,
        "pia": text(first_insured(rules, worker, economy)),
        "pia_at_claim": text(insured(rules, worker, month, economy)),
        "full_retirement_age": _age(full_retirement_age(rules, worker.birth)),
        "claim_age": _age(worker.claim_age),
        "claim_month": written(month),
        "claim_factor": _share(own_factor(rules, worker.birth, worker.claim_age)),
        "monthly_benefit": text(monthly),
        "monthly_payment": text(whole_dollars(monthly)),
        "annual_benefit": text(whole_dollars(monthly) * MONTHS),
        "by_claim_age": _by_age(found, worker, economy),
        "spouse": _spouse(found, spouse, worker, economy),
        "survivor": _survivor(found, case, spouse, worker, economy),
        "earnings_test": _test(found, case, worker, economy),
        "working": _working(found, worker, economy),
        "warnings": warnings,
    }


def _age(months: int) -> dict[str, int]:
    years, rest = divmod(months, MONTHS)
    return {"years": years, "months": rest}


def _share(part: Fraction) -> str:
    return share(Decimal(part.numerator) / part.denominator)


def _by_age(found: Law, worker: Worker, economy: Economy) -> list[dict[str, object]]:
    """Show each whole age, as if the record up to the claim that is asked held at each of them."""
    rules = found.social_security
    ages = range(rules.earliest, rules.latest + 1, MONTHS)
    rows: list[dict[str, object]] = []
    for months in ages:
        month = month_at(worker.birth, months)
        factor = own_factor(rules, worker.birth, months)
        monthly = own_benefit(insured(rules, worker, month, economy), factor)
        rows.append({"age": months // MONTHS, "factor": _share(factor), "monthly_benefit": text(monthly)})
    return rows


def _spouse(found: Law, spouse: Worker | None, worker: Worker, economy: Economy) -> Answer | None:
    if spouse is None:
        return None
    rules = found.social_security
    theirs, ours = spousal(rules, spouse, worker, economy), spousal(rules, worker, spouse, economy)
    return {
        "pia": text(first_insured(rules, spouse, economy)),
        "claim_month": written(spouse.claims_in),
        "claim_factor": _share(own_factor(rules, spouse.birth, spouse.claim_age)),
        "own_benefit": text(own(rules, spouse, spouse.claims_in, economy)),
        "from_month": written(theirs.month),
        "spousal_factor": _share(theirs.factor),
        "spousal_benefit": text(theirs.excess),
        "monthly_benefit": text(theirs.total),
        "monthly_payment": text(whole_dollars(theirs.total)),
        "worker_spousal_benefit": text(ours.excess),
        "couple_monthly_benefit": text(theirs.total + ours.total),
    }


def _survivor(
    found: Law, case: Mapping[str, Any], spouse: Worker | None, worker: Worker, economy: Economy
) -> Answer | None:
    death: date | None = case["death_date"]
    if spouse is None or death is None:
        return None
    rules = found.social_security
    at_death = spouse.age_in(month_of(death))
    age = age_of(case, "survivor_claim_age")
    age = max(at_death, rules.survivor_earliest) if age is None else age
    if age < rules.survivor_earliest:
        raise Refused.one("survivor_claim_age_years", "A survivor's benefit begins at 60 at the earliest.")
    have = survivor(rules, spouse, worker, death, economy, claim_age=age)
    return {
        "from_month": written(have.month),
        "factor": _share(have.factor),
        "survivor_benefit": text(have.inherited),
        "own_benefit": text(have.own),
        "monthly_benefit": text(have.total),
        "monthly_payment": text(whole_dollars(have.total)),
    }


def _test(found: Law, case: Mapping[str, Any], worker: Worker, economy: Economy) -> Answer | None:
    year: int | None = case["work_year"]
    if year is None:
        return None
    rules = found.social_security
    full = month_at(worker.birth, full_retirement_age(rules, worker.birth))
    if year < year_of(worker.claims_in):
        raise Refused.one("work_year", "The earnings test is for years in which benefits are drawn.")
    if year > year_of(full):
        return {"exempt": None, "benefits": text(0), "withheld": text(0)}
    of_full_age = year == year_of(full)
    drawn = range(max(worker.claims_in, year * MONTHS), min(full, (year + 1) * MONTHS))
    benefits = sum(whole_dollars(own(rules, worker, month, economy)) for month in drawn)
    cost = earnings_test.withheld(rules, year, case["work_earnings"], economy, year_of_full_age=of_full_age)
    return {
        "exempt": text(earnings_test.exempt(rules, year, economy, year_of_full_age=of_full_age)),
        "benefits": text(benefits),
        "withheld": text(min(cost, benefits)),
    }


def _working(found: Law, worker: Worker, economy: Economy) -> list[dict[str, str]]:
    """Return the lines from the record, where there is one, to the benefit."""
    from_record = [] if worker.stated is not None else _from_record(found, worker, economy)
    return [*from_record, *_from_amount(found, worker, economy)]


def _from_record(found: Law, worker: Worker, economy: Economy) -> list[dict[str, str]]:
    rules = found.social_security
    average = average_of(rules, worker, economy)
    low, high = bend_points(rules, eligible_year(worker.birth), economy)
    return [
        line(
            found,
            "indexed_earnings",
            "Indexed earnings that count",
            text(sum(average.counted.values())),
            rule=f"Up to each year's base, times the rise of wages to {average.base_year},"
            f" to the cent; the highest {rules.computation_years} years.",
            block="average_wage_index",
        ),
        line(
            found,
            "aime",
            "Average indexed monthly earnings",
            text(average.monthly * 100),
            rule=f"By {rules.computation_years * MONTHS} months, rounded down to the dollar.",
            block="primary_insurance_formula",
        ),
        line(
            found,
            "pia",
            "Primary insurance amount",
            text(first_insured(rules, worker, economy)),
            rule=f"90 % up to {low}, 32 % up to {high}, 15 % of the rest, rounded down to the dime.",
            block="primary_insurance_formula",
        ),
    ]


def _from_amount(found: Law, worker: Worker, economy: Economy) -> list[dict[str, str]]:
    rules, month = found.social_security, worker.claims_in
    at_claim, factor = (
        insured(rules, worker, month, economy),
        own_factor(rules, worker.birth, worker.claim_age),
    )
    monthly = own(rules, worker, month, economy)
    return [
        line(
            found,
            "pia_at_claim",
            "Primary insurance amount at the claim",
            text(at_claim),
            rule="Raised each December from the year of age 62 on, each time rounded down to the dime.",
            block="cost_of_living",
        ),
        line(
            found,
            "claim_factor",
            "Share for the age of the claim",
            _share(factor),
            rule="5/9 % less for each of 36 months before full retirement age, 5/12 % for those before;"
            " 2/3 % more for each month after it, up to 70.",
            block="claiming_factors",
        ),
        line(
            found,
            "monthly_benefit",
            "Monthly benefit",
            text(monthly),
            rule="The amount times the share, rounded down to the dime; what is paid, to the dollar.",
            block="claiming_factors",
        ),
    ]


CALCULATOR: Final = Calculator(
    name="social-security",
    title="Social Security benefits",
    about="A retirement benefit from earnings or a stated amount, with a spouse's and a survivor's.",
    form=FORM,
    outputs={
        "aime": "Average indexed monthly earnings; null without earnings.",
        "pia": "The primary insurance amount of the year of age 62, or as it was given.",
        "pia_at_claim": "The same in the month of the claim.",
        "full_retirement_age": "Years and months.",
        "claim_age": "Years and months.",
        "claim_month": "The month in which that age is reached.",
        "claim_factor": "The share of the primary insurance amount.",
        "monthly_benefit": "The benefit a month, rounded down to the dime.",
        "monthly_payment": "What is paid of it: whole dollars.",
        "annual_benefit": "Twelve payments.",
        "by_claim_age": "For each age from 62 to 70: age, factor, monthly_benefit in the month it begins.",
        "spouse": (
            "pia, claim_month, claim_factor, own_benefit; when both have claimed: from_month, spousal_factor,"
            " spousal_benefit beside the own one, monthly_benefit, monthly_payment, worker_spousal_benefit,"
            " couple_monthly_benefit. Null without a spouse."
        ),
        "survivor": (
            "from_month, factor, survivor_benefit, own_benefit, and the larger as monthly_benefit and"
            " monthly_payment. Null without `death_date`."
        ),
        "earnings_test": "exempt; benefits before full retirement age; withheld. Null without `work_year`.",
        "working": "Every line: line, label, amount, rule, source.",
        "warnings": "What is to be known about the case.",
    },
    work_out=_work_out,
    example={
        "birth_date": "1962-05-20",
        "pia": "2600.00",
        "claim_age_years": 65,
        "spouse_birth_date": "1964-09-02",
        "spouse_pia": "900.00",
    },
    headline=(
        "monthly_payment",
        "annual_benefit",
        "monthly_benefit",
        "claim_month",
        "claim_factor",
        "pia_at_claim",
    ),
)
