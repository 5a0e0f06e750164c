"""The law of a year: read from its files, or indexed for the years that are not known yet.

The rule for a year after the last known one: the last known year's indexed amounts times the rise of prices
since, rounded down to what the statute rounds to (`index_step` of the block), never below the last known
amount. The wage base follows prices too, though the statute has it follow wages. Amounts without an
`index_step` stay; a block whose `valid_until` has passed gives nothing. The withholding tables of such a
year are derived from its brackets and standard deduction in the way Publication 15-T derives them.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from types import MappingProxyType

from planner.domain.errors import Refused
from planner.domain.income import DeductionKind
from planner.domain.members import FilingStatus
from planner.domain.money import CENT
from planner.taxes.blocks import LASTING, Block, digest, folder_blocks, years
from planner.taxes.rules import (
    DeductionRule,
    FilingLaw,
    IncomeLaw,
    Law,
    Limit,
    LimitsLaw,
    PayrollLaw,
    RetirementLaw,
    WithholdingLaw,
)
from planner.taxes.schedule import ZERO, Schedule, from_rows, from_tops

FIRST_YEAR = years()[0]
LAST_YEAR = years()[-1]
LAW_VERSION = f"{LAST_YEAR}-{digest()}"
"""Names the law that derived data was worked out from; it changes with any figure of the law."""

LATEST_YEAR = 2200
Blocks = Mapping[str, Block]
_DEDUCTION_BLOCKS = ("cafeteria", "commuting", "traditional_deferrals", "roth_deferrals", "after_tax")
_ONE = Decimal(1)


def law(year: int) -> Law:
    """Return the published law of `year`, or refuse a year whose law is not known."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"The tax law of {year} is not known; it is known for {FIRST_YEAR} to {LAST_YEAR}.")
    return law_at(year, _ONE)


def law_for(year: int, inflation: Decimal) -> Law:
    """Return the law of `year`, indexed by a yearly `inflation` after the last known year."""
    if year <= LAST_YEAR:
        return law(year)
    return law_at(year, (1 + inflation) ** (year - LAST_YEAR))


@lru_cache(maxsize=2048)
def law_at(year: int, price_level: Decimal) -> Law:
    """Return the law of `year` when prices are `price_level` times those of the last known year."""
    if not FIRST_YEAR <= year <= LATEST_YEAR:
        raise Refused(f"Taxes can be worked out from {FIRST_YEAR} to {LATEST_YEAR}, not for {year}.")
    factor = max(_ONE, price_level) if year > LAST_YEAR else _ONE
    blocks = {
        **_in_force(folder_blocks(LASTING), year),
        **folder_blocks(str(min(year, LAST_YEAR))),
    }
    income = _income(blocks, factor)
    return Law(
        year=year,
        indexed_by=factor,
        withholding=_withholding(blocks, None if year <= LAST_YEAR else income),
        payroll=_payroll(blocks, factor),
        income=income,
        limits=_limits(blocks, factor),
        retirement=_retirement(blocks),
        sources=MappingProxyType({name: block.source for name, block in blocks.items()}),
    )


def _in_force(blocks: Blocks, year: int) -> dict[str, Block]:
    return {name: block for name, block in blocks.items() if block.in_force(year)}


def _withholding(blocks: Blocks, derive_from: IncomeLaw | None) -> WithholdingLaw:
    allowance = {status: blocks["withholding_allowance"].amount(status, _ONE) for status in FilingStatus}
    if derive_from is None:
        standard, step_2 = (_published_tables(blocks[name]) for name in ("standard", "step_2"))
    else:
        standard = {
            status: derived_table(filing, allowance[status]) for status, filing in derive_from.filing.items()
        }
        step_2 = {status: derived_table(filing) for status, filing in derive_from.filing.items()}
    periods = frozenset(int(number) for number in blocks["pay_periods"].rates)
    return WithholdingLaw(standard=standard, step_2=step_2, allowance=allowance, pay_periods=periods)


@cache
def _column(status: FilingStatus) -> str:
    separate = status is FilingStatus.MARRIED_FILING_SEPARATELY
    return FilingStatus.SINGLE if separate else status


def _published_tables(block: Block) -> dict[FilingStatus, Schedule]:
    columns = {
        name: from_rows([tuple(Decimal(number) for number in row) for row in rows])
        for name, rows in block.tables.items()
    }
    return {status: columns[_column(status)] for status in FilingStatus}


def derived_table(filing: FilingLaw, allowance: Decimal | None = None) -> Schedule:
    """Derive a table of Publication 15-T: the brackets shifted by the standard deduction less line 1g.

    Without `allowance`: the table for the step 2 box, with brackets and standard deduction halved; its
    thresholds are published in whole dollars and its taxes in cents.
    """
    half = Decimal("0.5") if allowance is None else _ONE
    shift = filing.standard_deduction * half - (allowance or ZERO)
    brackets = filing.brackets
    rows = [(ZERO, ZERO, ZERO)]
    for start, base, rate in zip(brackets.starts, brackets.bases, brackets.rates, strict=True):
        at_least = (shift + start * half).quantize(_ONE, rounding=ROUND_HALF_UP)
        rows.append((at_least, (base * half).quantize(CENT, rounding=ROUND_HALF_UP), rate))
    return from_rows(rows)


def _payroll(blocks: Blocks, factor: Decimal) -> PayrollLaw:
    fica, own = blocks["fica"].rates, blocks["self_employment"]
    additional = blocks["additional_medicare"]
    return PayrollLaw(
        wage_base=blocks["social_security_wage_base"].amount("wages", factor),
        social_security=fica["social_security"],
        medicare=fica["medicare"],
        additional_medicare=additional.rates["rate"],
        additional_withheld_above=additional.amount("withheld_above", factor),
        self_employed_share=own.rates["taxable_share"],
        self_employed_social_security=own.rates["social_security"],
        self_employed_medicare=own.rates["medicare"],
        self_employed_deductible=own.rates["deductible_share"],
        self_employed_floor=own.amount("floor", factor),
    )


def _filing(blocks: Blocks, status: FilingStatus, factor: Decimal) -> FilingLaw:
    def amount(block: str, key: str = status) -> Decimal:
        return blocks[block].amount(key, factor)

    def schedule(block: str) -> Schedule:
        return from_tops(blocks[block].amount_list(status, factor), blocks[block].rates)

    senior = blocks.get("senior_deduction")
    has_senior = senior is not None and status in senior.amounts
    return FilingLaw(
        brackets=schedule("brackets"),
        long_term_gains=schedule("long_term_gains"),
        standard_deduction=amount("standard_deduction"),
        additional_standard_deduction=amount("additional_standard_deduction"),
        senior_deduction=amount("senior_deduction", "person") if has_senior else ZERO,
        senior_phase_out_above=amount("senior_deduction") if has_senior else ZERO,
        benefit_bases=blocks["social_security_benefits"].amount_list(status, factor),
        net_investment_above=amount("net_investment_income"),
        additional_medicare_above=amount("additional_medicare"),
        child_phase_out_above=amount("child_tax_credit_limits"),
        capital_loss_most=amount("capital_losses"),
    )


def _income(blocks: Blocks, factor: Decimal) -> IncomeLaw:
    children, limits = blocks["child_tax_credit"], blocks["child_tax_credit_limits"]
    benefits = blocks["social_security_benefits"]
    senior = blocks.get("senior_deduction")
    return IncomeLaw(
        filing=MappingProxyType({status: _filing(blocks, status, factor) for status in FilingStatus}),
        elderly_age=blocks["ages"].rates["elderly"],
        senior_phase_out=senior.rates["phase_out"] if senior else ZERO,
        benefit_rates=(benefits.rates["first"], benefits.rates["second"]),
        benefit_bases_apart=benefits.amount_list("lived_apart", factor),
        net_investment=blocks["net_investment_income"].rates["rate"],
        child=children.amount("child", factor),
        child_refundable=children.amount("refundable", factor),
        other_dependent=limits.amount("other_dependent", factor),
        child_phase_out=limits.rates["phase_out"],
        child_phase_out_step=limits.amount("phase_out_step", factor),
        refundable_rate=limits.rates["refundable"],
        refundable_earned_above=limits.amount("earned_above", factor),
    )


def _limits(blocks: Blocks, factor: Decimal) -> LimitsLaw:
    def amount(block: str, key: str = "limit") -> Decimal:
        return blocks[block].amount(key, factor)

    ages = blocks["catch_up_ages"].rates
    return LimitsLaw(
        deductions=_deductions(blocks),
        elective_deferral=amount("elective_deferral"),
        deferral_457b=amount("deferral_457b"),
        catch_up=amount("deferral_catch_up", "from_50"),
        catch_up_age=ages["deferral"],
        catch_up_larger=amount("deferral_catch_up", "from_60_to_63"),
        catch_up_larger_ages=range(ages["larger_first"], ages["larger_last"] + 1),
        annual_additions=amount("annual_additions"),
        ira=amount("ira"),
        ira_catch_up=amount("ira_catch_up", "from_50"),
        ira_catch_up_age=ages["ira"],
        hsa_self_only=amount("hsa", "self_only"),
        hsa_family=amount("hsa", "family"),
        hsa_catch_up=amount("hsa_catch_up", "from_55"),
        hsa_catch_up_age=ages["hsa"],
        health_fsa=amount("health_fsa"),
        dependent_care=amount("dependent_care"),
        dependent_care_separate=amount("dependent_care", "married_filing_separately"),
        commuter_monthly=amount("commuter", "monthly"),
    )


def _deductions(blocks: Blocks) -> Mapping[DeductionKind, DeductionRule]:
    found = {}
    for block in (blocks[name] for name in _DEDUCTION_BLOCKS):
        for kind, limit in block.kinds.items():
            found[DeductionKind(kind)] = DeductionRule(
                block.reduces["federal"], block.reduces["fica"], Limit(limit)
            )
    return MappingProxyType(found)


def _retirement(blocks: Blocks) -> RetirementLaw:
    divisors = {int(age): Decimal(years) for age, years in blocks["uniform_lifetime"].rates}
    begins = tuple((int(born), int(age)) for born, age in blocks["required_beginning_age"].rates)
    return RetirementLaw(lifetime_divisors=MappingProxyType(divisors), beginning_ages=begins)
