"""One paycheck: gross pay, what the law and the employee take out of it, and what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from planner.domain.errors import Refused
from planner.domain.income import RETIREMENT_DEFERRALS, W4, Deduction, EmployerMatch
from planner.taxes.deductions import Earner, Item, allowed, annual_additions_limit, asked_for, rule, used
from planner.taxes.fica import Fica, fica
from planner.taxes.residence import Residence, state_takes
from planner.taxes.rules import Law, Limit
from planner.taxes.stubs import LABELS, Stop, Stub, StubLine, Taking, Totals
from planner.taxes.supplemental import supplemental_withholding
from planner.taxes.withholding import federal_withholding

NOTHING_YET = Totals()
NOWHERE: Mapping[Limit, int] = {}
ANYONE = Earner()
NO_STATE_TAX = Decimal(0)
UNTAXED = Fica(0, 0, 0)
_CENT = Decimal(1)


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A paycheck while it is worked out: what is left of it, and the lines so far."""

    law: Law
    gross: int
    periods_per_year: int
    earner: Earner
    elsewhere: Mapping[Limit, int]
    before: Totals
    left: int
    taken: dict[Item, int] = field(default_factory=dict)
    lines: list[StubLine] = field(default_factory=list)

    def deduct(self, taking: Taking, deductions: Iterable[Deduction]) -> int:
        """Take deductions in their order, as far as limits and the pay go; return the cents taken."""
        total = 0
        for deduction in deductions:
            item = (deduction.kind, deduction.name)
            most = self._allowed(deduction)
            cents = min(self.left, most)
            self.left -= cents
            total += cents
            self.taken[item] = self.taken.get(item, 0) + cents
            asked = asked_for(deduction, self.gross)
            line = StubLine(
                taking=taking,
                label=deduction.name,
                cents=cents,
                asked=asked,
                stopped_by=_stopped_by(cents, most, asked),
                deduction=deduction,
            )
            self.lines.append(line)
        return total

    def _allowed(self, deduction: Deduction) -> int:
        cents = allowed(
            self.law,
            deduction,
            gross=self.gross,
            periods_per_year=self.periods_per_year,
            earner=self.earner,
            deducted=(self.before.deducted, self.taken),
            elsewhere=self.elsewhere,
        )
        shared = rule(self.law, deduction.kind).limit is Limit.ELECTIVE_DEFERRAL
        return min(cents, self.additions_left()) if shared else cents

    def additions_left(self) -> int:
        """Return the cents that own deferrals and the employer may still add to the plan this year."""
        own = used(self.law, Limit.ELECTIVE_DEFERRAL, self.before.deducted, self.taken)
        return max(0, annual_additions_limit(self.law, self.earner.age) - own - self.before.employer)

    def withhold(self, taking: Taking, asked: int, label: str = "") -> int:
        """Withhold a tax, as far as the pay goes; return the cents withheld."""
        cents = min(asked, self.left)
        self.left -= cents
        if asked:
            words = label or LABELS[taking]
            stop = _stopped_by(cents, asked, asked)
            self.lines.append(StubLine(taking=taking, label=words, cents=cents, asked=asked, stopped_by=stop))
        return cents


def _stopped_by(cents: int, most: int, asked: int) -> Stop | None:
    if cents < most:
        return Stop.PAY
    return Stop.LIMIT if most < asked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What sort of paycheck it is: regular, unless something else is said.

    `supplemental`: a bonus, paid by itself; tax is withheld at the flat rate, and deductions of a fixed
    amount wait for the next regular pay. `last_of_year`: the employer's match is trued up. Not `taxable`:
    nothing is withheld.
    """

    supplemental: bool = False
    last_of_year: bool = False
    taxable: bool = True


REGULAR = Occasion()


def paycheck(
    law: Law,
    gross: int,
    periods_per_year: int,
    w4: W4,
    *,
    deductions: Sequence[Deduction] = (),
    match: EmployerMatch | None = None,
    to_date: Totals = NOTHING_YET,
    earner: Earner = ANYONE,
    state_rate: Decimal = NO_STATE_TAX,
    residence: Residence | None = None,
    elsewhere: Mapping[Limit, int] = NOWHERE,
    occasion: Occasion = REGULAR,
) -> Stub:
    """Work out one paycheck of `gross` cents, given what this employer paid and took before it this year.

    The order is the law's: cafeteria deductions; Social Security and Medicare on what they leave; pre-tax
    deferrals; income tax on what is left of wages; then Roth and after-tax deductions. Nothing takes more
    than is left, so net pay is never negative; a line then says how much was asked. `elsewhere` is what the
    earner put aside at other employers under each limit. `state_rate` is a share of federal wages; with a
    `residence` the state's own formula takes its place.
    """
    if gross < 0:
        raise Refused.one("gross", "Gross pay cannot be negative.")
    draft = _Draft(
        law=law,
        gross=gross,
        periods_per_year=periods_per_year,
        earner=earner,
        elsewhere=elsewhere,
        before=to_date,
        left=gross,
    )
    if occasion.supplemental:
        deductions = [one for one in deductions if one.percent is not None]
    paid = _take_out(draft, w4, deductions, occasion, state_rate if residence is None else residence)
    paid = replace(paid, employer=_employer_adds(draft, match, occasion))
    return Stub(lines=tuple(draft.lines), paid=paid, to_date=to_date.plus(paid))


def _take_out(
    draft: _Draft,
    w4: W4,
    deductions: Sequence[Deduction],
    occasion: Occasion,
    state: Decimal | Residence,
) -> Totals:
    """Take everything out of the paycheck in the order of the law."""
    law = draft.law
    rules = [(deduction, rule(law, deduction.kind)) for deduction in deductions]
    cafeteria = draft.deduct(Taking.PRETAX, (one for one, its in rules if its.reduces_fica))
    fica_wages = draft.gross - cafeteria
    payroll = fica(law, fica_wages, draft.before.fica_wages) if occasion.taxable else UNTAXED
    draft.left -= payroll.total  # kept back: no deferral and no income tax may use it
    deferrals = (one for one, its in rules if its.reduces_federal and not its.reduces_fica)
    federal_wages = fica_wages - draft.deduct(Taking.PRETAX, deferrals)
    federal = draft.withhold(Taking.FEDERAL, _federal(draft, federal_wages, w4, occasion))
    draft.left += payroll.total
    draft.withhold(Taking.SOCIAL_SECURITY, payroll.social_security)
    draft.withhold(Taking.MEDICARE, payroll.medicare)
    draft.withhold(Taking.ADDITIONAL_MEDICARE, payroll.additional_medicare)
    paid = Totals(
        gross=draft.gross,
        federal_wages=federal_wages,
        fica_wages=fica_wages,
        federal=federal,
        social_security=payroll.social_security,
        medicare=payroll.medicare,
        additional_medicare=payroll.additional_medicare,
        supplemental=federal_wages if occasion.supplemental else 0,
    )
    paid = _withhold_for_state(draft, paid, state) if occasion.taxable else paid
    draft.deduct(Taking.POSTTAX, (one for one, its in rules if not its.reduces_federal))
    return replace(paid, net=draft.left, deducted=draft.taken)


def _federal(draft: _Draft, wages: int, w4: W4, occasion: Occasion) -> int:
    if not occasion.taxable:
        return 0
    if occasion.supplemental:
        return supplemental_withholding(draft.law, wages, draft.before.supplemental)
    return federal_withholding(draft.law, wages, draft.periods_per_year, w4)


def _withhold_for_state(draft: _Draft, paid: Totals, state: Decimal | Residence) -> Totals:
    """Withhold by the state's formula, with what else it takes; or a share of federal wages."""
    if isinstance(state, Decimal):
        return replace(paid, state=draft.withhold(Taking.STATE, _cents(paid.federal_wages * state)))
    takes = state_takes(state, draft.periods_per_year, paid, draft.before)
    withheld = draft.withhold(Taking.STATE, takes.income_tax)
    local = draft.withhold(Taking.LOCAL, takes.local)
    contributed = sum(
        draft.withhold(Taking.STATE_CONTRIBUTION, each.cents, each.label) for each in takes.contributions
    )
    return replace(paid, state=withheld, local=local, state_contributions=contributed)


def _employer_adds(draft: _Draft, match: EmployerMatch | None, occasion: Occasion) -> int:
    """Return the cents the employer adds: each tier matches the next part of what is deferred.

    The yearly cap, and the law's limit on own and employer's money together, count what came before.
    """
    if match is None:
        return 0
    adds = _cents(_by_tiers(match, draft.gross, _deferred(draft.taken)))
    if match.true_up and occasion.last_of_year:
        year = _by_tiers(
            match, draft.gross + draft.before.gross, _deferred(draft.taken) + _deferred(draft.before.deducted)
        )
        adds = max(adds, _cents(year) - draft.before.employer)
    room = draft.additions_left()
    if match.annual_cap is not None:
        room = min(room, match.annual_cap - draft.before.employer)
    return max(0, min(adds, room))


def _deferred(taken: Mapping[Item, int]) -> int:
    return sum(cents for (kind, _), cents in taken.items() if kind in RETIREMENT_DEFERRALS)


def _by_tiers(match: EmployerMatch, gross: int, deferred: int) -> Decimal:
    adds, unmatched = gross * match.percent_of_gross, Decimal(deferred)
    for tier in match.tiers:
        part = min(unmatched, gross * tier.up_to)
        adds += part * tier.rate
        unmatched -= part
    return adds


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(_CENT, rounding=ROUND_HALF_UP))
