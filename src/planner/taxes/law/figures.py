"""From the blocks of the law's files to the rules of one year."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from planner.domain.income import DeductionKind
from planner.domain.members import FilingStatus
from planner.domain.money import CENT
from planner.taxes.law import return_figures
from planner.taxes.law.blocks import Block
from planner.taxes.rules import (
    DeductionRule,
    FilingLaw,
    IncomeLaw,
    Limit,
    LimitsLaw,
    PayrollLaw,
    WithholdingLaw,
)
from planner.taxes.schedule import ZERO, Schedule, from_rows, from_tops

Blocks = Mapping[str, Block]
_DEDUCTION_BLOCKS = ("cafeteria", "commuting", "traditional_deferrals", "roth_deferrals", "after_tax")
_ONE = Decimal(1)


def withholding(blocks: Blocks, derive_from: IncomeLaw | None) -> WithholdingLaw:
    """Read the tables of Publication 15-T, or derive them for a year that has none yet."""
    allowance = {status: blocks["withholding_allowance"].amount(status, _ONE) for status in FilingStatus}
    if derive_from is None:
        standard, step_2 = (_published_tables(blocks[name]) for name in ("standard", "step_2"))
    else:
        filings = {status: derive_from.filing[_column(status)] for status in FilingStatus}
        standard = {status: derived_table(filing, allowance[status]) for status, filing in filings.items()}
        step_2 = {status: derived_table(filing) for status, filing in filings.items()}
    periods = frozenset(int(number) for number in blocks["pay_periods"].rates)
    return WithholdingLaw(standard=standard, step_2=step_2, allowance=allowance, pay_periods=periods)


def _column(status: FilingStatus) -> FilingStatus:
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


def payroll(blocks: Blocks, factor: Decimal) -> PayrollLaw:
    """Read what is withheld from wages and owed by the self-employed."""
    fica, own = blocks["fica"].rates, blocks["self_employment"]
    additional, supplemental = blocks["additional_medicare"], blocks["supplemental_wages"]
    return PayrollLaw(
        wage_base=blocks["social_security_wage_base"].amount("wages", factor),
        social_security=fica["social_security"],
        medicare=fica["medicare"],
        additional_medicare=additional.rates["rate"],
        additional_withheld_above=additional.amount("withheld_above", factor),
        supplemental_flat=supplemental.rates["flat"],
        supplemental_above=supplemental.rates["above"],
        supplemental_flat_to=supplemental.amount("flat_to", factor),
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


def income(blocks: Blocks, factor: Decimal) -> IncomeLaw:
    """Read the figures of a return."""
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
        refundable_by_payroll_taxes_from=limits.rates["payroll_taxes_from"],
        itemized=return_figures.itemized(blocks, factor),
        adjustments=return_figures.adjustments(blocks, factor),
        business=return_figures.business(blocks, factor),
        amt=return_figures.amt(blocks, factor),
        credits=return_figures.credits(blocks, factor),
        estimates=return_figures.estimates(blocks, factor),
    )


def limits(blocks: Blocks, factor: Decimal) -> LimitsLaw:
    """Read what may be put aside."""

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
