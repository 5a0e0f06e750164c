"""From the blocks of the law's files to the rules of retirement."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from planner.domain.members import FilingStatus
from planner.taxes.law.blocks import Block
from planner.taxes.retirement_rules import MedicareLaw, RetirementLaw, SavingsLaw, SocialSecurityLaw

Blocks = Mapping[str, Block]
_SEPARATE = FilingStatus.MARRIED_FILING_SEPARATELY


def distributions(blocks: Blocks) -> RetirementLaw:
    """Read required distributions."""
    inherited = blocks["inherited_accounts"].rates
    joint = {int(age): tuple(row) for age, row in blocks["joint_life"].tables.items()}
    return RetirementLaw(
        lifetime_divisors=_by_number(blocks["uniform_lifetime"]),
        beginning_ages=_steps(blocks["required_beginning_age"]),
        single_life=tuple(blocks["single_life"].rates),
        joint_life=MappingProxyType(joint),
        adult_age=inherited["adult_age"],
        years_to_empty=inherited["years"],
    )


def social_security(blocks: Blocks) -> SocialSecurityLaw:
    """Read benefits."""
    formula, ages = blocks["primary_insurance_formula"], blocks["claiming_ages"].rates
    early, family = blocks["claiming_factors"].rates, blocks["family_benefits"].rates
    test = blocks["earnings_test"]
    first, second, third = formula.rates["rates"]
    low, high = (Decimal(base) for base in formula.amounts["bases"])
    return SocialSecurityLaw(
        wage_index=_by_number(blocks["average_wage_index"]),
        wage_bases=_by_number(blocks["contribution_bases"]),
        cost_of_living=_by_number(blocks["cost_of_living"]),
        computation_years=formula.rates["years"],
        formula_rates=(first, second, third),
        formula_bases=(low, high),
        formula_base_year=formula.rates["base_year"],
        retirement_ages=_steps(blocks["full_retirement_age"]),
        survivor_ages=_steps(blocks["survivor_retirement_age"]),
        earliest=ages["earliest"],
        latest=ages["latest"],
        survivor_earliest=ages["survivor_earliest"],
        steep_months=early["steep_months"],
        early_own=Fraction(*early["own"]),
        early_spouse=Fraction(*early["spouse"]),
        early_further=Fraction(*early["further"]),
        delayed=Fraction(*early["delayed"]),
        spouse_share=Fraction(*family["spouse"]),
        survivor_least=Fraction(*family["survivor_least"]),
        survivor_limit=Fraction(*family["survivor_limit"]),
        test_bases=(
            (Decimal(test.amounts["before"]), test.rates["before_base_year"]),
            (Decimal(test.amounts["year_of"]), test.rates["year_of_base_year"]),
        ),
        test_shares=(Fraction(*test.rates["before_share"]), Fraction(*test.rates["year_of_share"])),
    )


def savings(blocks: Blocks, factor: Decimal) -> SavingsLaw:
    """Read what may be saved, and what taking it out early costs."""

    def amount(block: str, key: str = "limit") -> Decimal:
        return blocks[block].amount(key, factor)

    roth, early = blocks["roth_phase_out"], blocks["early_distributions"].rates
    width, most = blocks["roth_phase_out_width"], blocks["early_exceptions"]
    catch_up = blocks.get("roth_catch_up")
    return SavingsLaw(
        roth_phase_out_above={status: roth.amount(status, factor) for status in FilingStatus},
        roth_phase_out_width={status: width.amount(status, factor) for status in FilingStatus},
        roth_least=width.amount("least", factor),
        roth_step=width.amount("step", factor),
        compensation=amount("plan_compensation"),
        sep_share=blocks["sep"].rates["share"],
        simple=amount("simple"),
        simple_catch_up=amount("simple_catch_up", "from_50"),
        simple_catch_up_larger=amount("simple_catch_up", "from_60_to_63"),
        roth_catch_up_wages=None if catch_up is None else catch_up.amount("wages", factor),
        early_rate=early["rate"],
        early_simple_rate=early["simple_rate"],
        early_age_months=early["age_months"],
        separation_age=early["separation_age"],
        early_simple_years=early["simple_years"],
        early_excepted_most={name: most.amount(name, factor) for name in most.amounts},
        roth_years=blocks["roth_accounts"].rates["years"],
    )


def medicare(blocks: Blocks, factor: Decimal) -> MedicareLaw:
    """Read premiums. The last tier's income is not indexed; separate returns know three tiers only."""
    premium, incomes = blocks["medicare_premiums"], blocks["medicare_incomes"]
    top = blocks["medicare_top_incomes"]
    above = {}
    for status in FilingStatus:
        column = "joint" if status is FilingStatus.MARRIED_FILING_JOINTLY else "single"
        above[status] = (*incomes.amount_list(column, factor), top.amount(column, factor))
    lowest, highest = above[_SEPARATE][0], above[_SEPARATE][-1]
    above[_SEPARATE] = (lowest, highest - lowest)
    every = tuple(range(len(premium.amounts["part_b_more"])))
    tiers = {status: every[-2:] if status is _SEPARATE else every for status in FilingStatus}
    return MedicareLaw(
        part_b=premium.amount("part_b", factor),
        part_b_more=premium.amount_list("part_b_more", factor),
        part_d_more=premium.amount_list("part_d_more", factor),
        income_above=MappingProxyType(above),
        tiers=MappingProxyType(tiers),
        years_back=blocks["medicare_look_back"].rates["years"],
    )


def _by_number(block: Block) -> Mapping[int, Decimal]:
    return MappingProxyType({int(number): Decimal(figure) for number, figure in block.rates})


def _steps(block: Block) -> tuple[tuple[int, int], ...]:
    return tuple((int(since), int(figure)) for since, figure in block.rates)
