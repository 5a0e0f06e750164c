"""The working paper of a state return: what is worked out so far, and the lines that show it."""

from dataclasses import dataclass, field
from decimal import Decimal

from planner.taxes.schedule import ZERO
from planner.taxes.states.facts import Filer, StateReturn
from planner.taxes.states.law import StateLaw
from planner.taxes.states.provisions import Provision


@dataclass(frozen=True, slots=True)
class StateLine:
    """A line of the working: dollars, unrounded, and where its rule stands."""

    name: str
    label: str
    amount: Decimal
    source: str


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One return on its way: amounts are dollars, unrounded, and stay as they were once they are noted.

    Incomes and exempt benefits are by filer, because some couples are taxed apart on one return.
    """

    law: StateLaw
    facts: StateReturn
    lines: list[StateLine] = field(default_factory=list)
    incomes: list[Decimal] = field(default_factory=list)
    before_subtractions: list[Decimal] = field(default_factory=list)
    exempt_benefits: list[Decimal] = field(default_factory=list)
    gains_excluded: Decimal = ZERO
    gains_apart: Decimal = ZERO
    """Gains that have rates of their own."""
    standard_deduction: Decimal = ZERO
    deductions: Decimal = ZERO
    exemptions: Decimal = ZERO
    federal_tax_deduction: Decimal = ZERO
    taxable_income: Decimal = ZERO
    tax: Decimal = ZERO
    tax_left: Decimal = ZERO
    """The tax less the credits so far that cannot be more than it."""
    credits: dict[str, Decimal] = field(default_factory=dict)
    taxable_apart: list[Decimal] = field(default_factory=list)
    """What each of a couple is taxed on where they are taxed on their own incomes, on one return."""
    by_low_income_table: bool = False
    """The tax was read in the table for low incomes, in which no deduction is taken."""
    personal_credits_most: Decimal | None = None
    """What credits for people can be at most where each of a couple has only their own."""
    keeps_credits: bool = False
    """What would give up the credits is not claimed."""
    credits_given_up: bool = False
    not_taxed: bool = False
    """The state asks no tax of so low an income."""

    @property
    def taxed_apart(self) -> bool:
        """Whether each of a couple is taxed on their own income."""
        return bool(self.taxable_apart)

    @property
    def state_agi(self) -> Decimal:
        """The income of the state, so far."""
        return sum(self.incomes, ZERO)

    def note(self, name: str, label: str, amount: Decimal, source: str | Provision = "") -> Decimal:
        """Write a line, and return its amount."""
        where = source.source if isinstance(source, Provision) else source or self.law.source
        self.lines.append(StateLine(name, label, amount, where))
        return amount

    def lower(self, amounts: list[Decimal], name: str, label: str, rule: Provision) -> None:
        """Take what each filer may subtract off their income; silent where that is nothing."""
        for number, amount in enumerate(amounts):
            self.incomes[number] -= amount
        if any(amounts):
            self.note(name, label, -sum(amounts, ZERO), rule)

    def measure(self, name: str) -> Decimal:
        """Return the income that a rule looks at, by the name that states' files use."""
        federal = self.facts.federal
        match name:
            case "federal_agi" | "":
                return federal.agi
            case "state_agi":
                return self.state_agi
            case "taxable_income":
                return self.taxable_income
            case "own_gross":
                return self.own_gross
            case "state_agi_less_exemptions":
                return self.state_agi - self.exemptions
            case "az_agi_plus_exemptions":
                return self.state_agi
            case "federal_agi_plus_untaxed_social_security":
                return federal.agi + self.facts.untaxed_social_security
            case "state_agi_before_ss":
                return self.state_agi + sum(self.exempt_benefits, ZERO)
            case "modified_agi":
                return max(federal.agi, self.state_agi)
            case _:
                raise AssertionError(f"{name} is no income that a state looks at")

    @property
    def own_gross(self) -> Decimal:
        """Federal income without the taxed part of Social Security."""
        return self.facts.federal.agi - self.facts.federal.taxable_social_security

    def share_of_benefits(self, filer: Filer) -> Decimal:
        """Return the part of the taxed benefits that is a filer's."""
        all_benefits = self.facts.social_security
        if not all_benefits:
            return ZERO
        return self.facts.federal.taxable_social_security * filer.social_security / all_benefits
