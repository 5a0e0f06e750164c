"""A real stub beside the expected one: which lines differ, by how much, and by which rule they likely do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from planner.domain.income import Deduction
from planner.domain.members import FilingStatus
from planner.domain.money import to_cents
from planner.taxes.pay_year import Employment, Payment, one_of_year
from planner.taxes.stubs import Stub, StubLine, Taking, Totals
from planner.taxes.supplemental import supplemental_withholding
from planner.taxes.withholding import federal_withholding, to_whole_dollars, unrounded_withholding

LineKey = tuple[Taking, str]
ALLOWANCES_TRIED = 10
ROUNDING_CENTS = 1
_STATUS_WORDS = {status: status.value.replace("_", " ") for status in FilingStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A line that differs, in cents; `rule` names the rule, `reason` says what is likely."""

    label: str
    expected: int
    real: int
    rule: str
    reason: str

    @property
    def more(self) -> int:
        """How much the real stub has more; negative for less."""
        return self.real - self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A stub as it was worked out, and what it was worked out from."""

    employment: Employment
    payment: Payment
    stub: Stub
    before: Totals


def differences(
    expected: Expected, gross: int, lines: Mapping[LineKey, int], net: int | None
) -> tuple[Difference, ...]:
    """Compare a real stub's gross pay, its lines and its net pay with the expected ones.

    Lines are compared with what they would be from the real gross pay, so that a raise or overtime is told
    once and not again for every tax. Lines that are not given are not compared.
    """
    planned = expected
    if gross != expected.stub.paid.gross:
        payment = replace(expected.payment, gross=gross)
        stub = one_of_year(expected.employment, payment, expected.before)
        planned = replace(expected, payment=payment, stub=stub)
    return tuple(_differences(expected, planned, gross, lines, net))


def _differences(
    first: Expected, planned: Expected, gross: int, lines: Mapping[LineKey, int], net: int | None
) -> Iterator[Difference]:
    if gross != first.stub.paid.gross:
        yield Difference(
            label="Gross pay",
            expected=first.stub.paid.gross,
            real=gross,
            rule="Pay",
            reason="A raise, other hours, overtime or a bonus; the lines below are compared with what they "
            "would be from this gross pay.",
        )
    known = {(line.taking, line.label): line for line in planned.stub.lines}
    for key, real in lines.items():
        line = known.get(key)
        if real != (line.cents if line else 0):
            yield _difference(planned, key, line, real)
    if net is None:
        return
    taken = sum({**{key: line.cents for key, line in known.items()}, **lines}.values())
    if net != gross - taken:
        yield Difference(
            label="Net pay",
            expected=gross - taken,
            real=net,
            rule="Gross pay less all lines",
            reason="The lines do not add up to net pay: the stub has a line that is not here, or one is "
            "not as it was typed in.",
        )


def _difference(planned: Expected, key: LineKey, line: StubLine | None, real: int) -> Difference:
    rule, reason = _likely(planned, key, line, real)
    due = line.cents if line else 0
    return Difference(label=key[1], expected=due, real=real, rule=rule, reason=reason)


def _likely(planned: Expected, key: LineKey, line: StubLine | None, real: int) -> tuple[str, str]:
    """Return the rule a line follows, and why it likely differs."""
    taking, label = key
    match taking:
        case Taking.FEDERAL:
            return "Publication 15-T, Worksheet 1A", _federal(planned, real)
        case Taking.SOCIAL_SECURITY:
            return "Social Security, 6.2 % up to the wage base", _social_security(planned, real)
        case Taking.MEDICARE | Taking.ADDITIONAL_MEDICARE:
            return "Medicare, 1.45 %, and 0.9 % above 200,000", _medicare(planned, real)
        case Taking.STATE | Taking.LOCAL:
            return "The state's withholding formula", _state(planned, real)
        case Taking.STATE_CONTRIBUTION:
            return label, "The rate of the year or its limit of wages differs, or it is not due here."
        case Taking.PRETAX | Taking.POSTTAX:
            return _deduction(planned, line.deduction if line else None, real)


def _federal(planned: Expected, real: int) -> str:
    job, wages, due = planned.employment, planned.stub.paid.federal_wages, planned.stub.paid.federal
    law, periods = job.law, job.periods_per_year
    if real == to_whole_dollars(unrounded_withholding(law, wages, periods, job.w4)):
        return "The employer withholds whole dollars, which Publication 15-T allows."
    if real == supplemental_withholding(law, wages, planned.before.supplemental):
        return "It was withheld at the flat rate for supplemental wages (22 %)."
    for status in FilingStatus:
        for box in (False, True):
            w4 = replace(job.w4, filing_status=status, step2_checkbox=box)
            if w4 != job.w4 and real == federal_withholding(law, wages, periods, w4):
                said = "with" if box else "without"
                return f"The employer's W-4 says {_STATUS_WORDS[status]}, {said} the box of step 2."
    for name, other in (
        ("gross pay", planned.stub.paid.gross),
        ("Medicare wages", planned.stub.paid.fica_wages),
    ):
        if other != wages and real == federal_withholding(law, other, periods, job.w4):
            return f"It was withheld from {name}: deductions were not taken off before."
    if not real:
        return "Nothing was withheld: a W-4 that claims exemption, or pay below what is withheld from."
    if real > due:
        return (
            f"As if step 4(c) of the W-4 asked for {_dollars(real - due)} more, or step 3 or 4(b) for less."
        )
    yearly = _dollars((due - real) * periods)
    return f"As if step 3 of the W-4 had {yearly} a year more of credits, or step 4(b) more deductions."


def _social_security(planned: Expected, real: int) -> str:
    paid, rate = planned.stub.paid, planned.employment.law.payroll.social_security
    if abs(real - paid.social_security) <= ROUNDING_CENTS:
        return "Rounding: payroll rounds the year to date, not each paycheck."
    if not real:
        return "The employer has reached the wage base by its own count, or the work is not covered."
    if real == _part(paid.gross, rate):
        return "It was withheld from gross pay: no deduction is part of a cafeteria plan."
    if not paid.social_security:
        return (
            "By the employer's count the wage base is not reached: it paid less this year than is known here."
        )
    return (
        f"It is 6.2 % of {_dollars(to_cents(Decimal(real).scaleb(-2) / rate))}: what counts as wages differs."
    )


def _medicare(planned: Expected, real: int) -> str:
    paid, rate = planned.stub.paid, planned.employment.law.payroll.medicare
    if real == paid.medicare + paid.additional_medicare and paid.additional_medicare:
        return "The stub shows Medicare and additional Medicare tax in one line."
    if abs(real - paid.medicare) <= ROUNDING_CENTS:
        return "Rounding: payroll rounds the year to date, not each paycheck."
    if real == _part(paid.gross, rate):
        return "It was withheld from gross pay: no deduction is part of a cafeteria plan."
    return "What counts as wages differs, or the employer has paid other wages this year than is known here."


def _state(planned: Expected, real: int) -> str:
    job, wages = planned.employment, planned.stub.paid.federal_wages
    if job.state is not None and job.state_form is not None:
        for count in range(ALLOWANCES_TRIED + 1):
            for status in FilingStatus:
                form = replace(job.state_form, allowances=count, filing_status=status)
                again = one_of_year(replace(job, state_form=form), planned.payment, planned.before)
                if real in {again.paid.state, _whole_dollars(again.paid.state)}:
                    return (
                        f"The state's form says {_STATUS_WORDS[status]} with {count} allowances, "
                        "perhaps in whole dollars."
                    )
    share = Decimal(100 * real) / wages if wages else Decimal(0)
    return (
        f"It is {share:.2f} % of federal wages; the state's form or formula differs from what is known here."
    )


def _deduction(planned: Expected, deduction: Deduction | None, real: int) -> tuple[str, str]:
    gross = planned.stub.paid.gross
    if deduction is None:
        return "Deductions", "This deduction is not among those of the income."
    rule = f"Deduction: {deduction.kind.value.replace('_', ' ')}"
    if not real:
        return rule, "It was not taken: it has not begun, has ended, or has reached its limit for the year."
    if deduction.percent is not None:
        if real == _part(planned.stub.paid.fica_wages, deduction.percent):
            return rule, "The percentage was taken of pay after the cafeteria plan, not of gross pay."
        return rule, f"It is {Decimal(100 * real) / gross:.2f} % of gross pay; another share was elected."
    return rule, "Another amount was elected, or the plan's price has changed."


def _whole_dollars(cents: int) -> int:
    return to_whole_dollars(Decimal(cents).scaleb(-2))


def _part(cents: int, rate: Decimal) -> int:
    return to_cents(Decimal(cents).scaleb(-2) * rate)


def _dollars(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):,.2f}"
