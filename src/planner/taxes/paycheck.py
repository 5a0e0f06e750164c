"""One paycheck: gross pay, what the law and the employee take out of it, and what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from planner.domain.errors import Refused
from planner.domain.income import RETIREMENT_DEFERRALS, W4, Deduction, EmployerMatch
from planner.taxes.deductions import Earner, Item, allowed, annual_additions_limit, asked_for, rule, used
from planner.taxes.fica import fica
from planner.taxes.rules import Law, Limit
from planner.taxes.stubs import LABELS, Stub, StubLine, Taking, Totals
from planner.taxes.withholding import federal_withholding

NOTHING_YET = Totals()
NOWHERE: Mapping[Limit, int] = {}
ANYONE = Earner()
NO_STATE_TAX = Decimal(0)
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
            cents = min(self.left, self._allowed(deduction))
            self.left -= cents
            total += cents
            self.taken[item] = self.taken.get(item, 0) + cents
            asked = asked_for(deduction, self.gross)
            self.lines.append(
                StubLine(taking=taking, label=deduction.name, cents=cents, asked=asked, deduction=deduction)
            )
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

    def withhold(self, taking: Taking, asked: int) -> int:
        """Withhold a tax, as far as the pay goes; return the cents withheld."""
        cents = min(asked, self.left)
        self.left -= cents
        if asked:
            self.lines.append(StubLine(taking=taking, label=LABELS[taking], cents=cents, asked=asked))
        return cents


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
    elsewhere: Mapping[Limit, int] = NOWHERE,
) -> Stub:
    """Work out one paycheck of `gross` cents, given what this employer paid and took before it this year.

    The order is the law's: cafeteria deductions; Social Security and Medicare on what they leave; pre-tax
    deferrals; income tax on what is left of wages; then Roth and after-tax deductions. Nothing takes more
    than is left, so net pay is never negative; a line then says how much was asked. `elsewhere` is what the
    earner put aside at other employers under each limit. `state_rate` is a share of federal wages.
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
    paid = _take_out(draft, w4, deductions, state_rate)
    paid = replace(paid, employer=_employer_adds(draft, match))
    return Stub(lines=tuple(draft.lines), paid=paid, to_date=to_date.plus(paid))


def _take_out(draft: _Draft, w4: W4, deductions: Sequence[Deduction], state_rate: Decimal) -> Totals:
    """Take everything out of the paycheck in the order of the law."""
    law = draft.law
    rules = [(deduction, rule(law, deduction.kind)) for deduction in deductions]
    cafeteria = draft.deduct(Taking.PRETAX, (one for one, its in rules if its.reduces_fica))
    fica_wages = draft.gross - cafeteria
    payroll = fica(law, fica_wages, draft.before.fica_wages)
    draft.left -= payroll.total  # kept back: no deferral and no income tax may use it
    deferrals = (one for one, its in rules if its.reduces_federal and not its.reduces_fica)
    federal_wages = fica_wages - draft.deduct(Taking.PRETAX, deferrals)
    asked = federal_withholding(law, federal_wages, draft.periods_per_year, w4)
    federal = draft.withhold(Taking.FEDERAL, asked)
    draft.left += payroll.total
    draft.withhold(Taking.SOCIAL_SECURITY, payroll.social_security)
    draft.withhold(Taking.MEDICARE, payroll.medicare)
    draft.withhold(Taking.ADDITIONAL_MEDICARE, payroll.additional_medicare)
    state = draft.withhold(Taking.STATE, _cents(federal_wages * state_rate))
    draft.deduct(Taking.POSTTAX, (one for one, its in rules if not its.reduces_federal))
    return Totals(
        gross=draft.gross,
        federal_wages=federal_wages,
        fica_wages=fica_wages,
        federal=federal,
        social_security=payroll.social_security,
        medicare=payroll.medicare,
        additional_medicare=payroll.additional_medicare,
        state=state,
        net=draft.left,
        deducted=draft.taken,
    )


def _employer_adds(draft: _Draft, match: EmployerMatch | None) -> int:
    """Return the cents the employer adds: each tier matches the next part of what is deferred.

    The yearly cap, and the law's limit on own and employer's money together, count what came before.
    """
    if match is None:
        return 0
    adds = draft.gross * match.percent_of_gross
    unmatched = Decimal(
        sum(cents for (kind, _), cents in draft.taken.items() if kind in RETIREMENT_DEFERRALS)
    )
    for tier in match.tiers:
        part = min(unmatched, draft.gross * tier.up_to)
        adds += part * tier.rate
        unmatched -= part
    room = draft.additions_left()
    if match.annual_cap is not None:
        room = min(room, match.annual_cap - draft.before.employer)
    return max(0, min(_cents(adds), room))


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(_CENT, rounding=ROUND_HALF_UP))
