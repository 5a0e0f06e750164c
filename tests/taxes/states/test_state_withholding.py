"""State income tax withheld: the states' own published examples, and what is refused."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from planner.domain.errors import Refused
from planner.domain.members import FilingStatus
from planner.taxes.states.files import codes
from planner.taxes.states.withholding import StateForm, Withheld, state_withholding

GOLDEN = Path(__file__).parents[2] / "golden" / "state_withholding.json"
EXAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))["examples"]
PERIODS = {"weekly": 52, "biweekly": 26, "semimonthly": 24, "monthly": 12}
LATE = date(2026, 12, 15)
SINGLE = FilingStatus.SINGLE
JOINT = FilingStatus.MARRIED_FILING_JOINTLY


def cents(dollars: float) -> int:
    return round(dollars * 100)


def withheld(case: dict[str, Any]) -> Withheld:
    form = StateForm(
        filing_status=FilingStatus(case["status"]),
        allowances=case["allowances"],
        spouse_works=case.get("spouse_works", False),
        code=case.get("code", ""),
        county=case.get("county", ""),
        nonresident=case.get("nonresident", False),
        allowance_amount=cents(case["allowance_amount"]) if "allowance_amount" in case else None,
        exemptions=case.get("exemptions", {}),
    )
    return state_withholding(
        case["state"],
        date.fromisoformat(case.get("pay_date", LATE.isoformat())),
        cents(case["wages"]),
        PERIODS.get(case.get("frequency", ""), 1),
        form,
        federal_withheld=cents(case.get("federal_withheld", 0)),
    )


@pytest.mark.parametrize("case", EXAMPLES, ids=[f"{n}-{case['state']}" for n, case in enumerate(EXAMPLES)])
def test_published_examples(case: dict[str, Any]) -> None:
    """P6: to the cent, or within the document's own rounding."""
    found = withheld(case)
    assert abs(found.state - cents(case["expected"])) <= cents(case.get("tolerance", 0))
    if "expected_county" in case:
        assert found.county == cents(case["expected_county"])


def test_there_are_a_hundred_of_them() -> None:
    """P6: of every state that withholds by a formula, but Pennsylvania, Arizona."""
    assert len(EXAMPLES) == 100
    assert len({case["state"] for case in EXAMPLES}) == 40


@pytest.mark.parametrize("code", codes("withholding"))
def test_more_pay_is_never_withheld_whole(code: str) -> None:
    """P6: every state works for every status and frequency; what is withheld stays below the pay."""
    for status in FilingStatus:
        for periods in (260, 52, 26, 24, 12, 4, 1):
            form = StateForm(filing_status=status, allowances=1)
            taken = [
                state_withholding(code, LATE, wages, periods, form, federal_withheld=wages // 10).state
                for wages in (0, 50_000, 500_000, 50_000_000)
            ]
            assert taken[0] == 0
            assert all(
                0 <= part < wages
                for part, wages in zip(taken[1:], (50_000, 500_000, 50_000_000), strict=True)
            )


def test_tables_change_within_a_year() -> None:
    """P6: Georgia withholds less from 11 May 2026 on."""
    form = StateForm(filing_status=SINGLE)
    before, after = (
        state_withholding("GA", day, 500_000, 12, form).state
        for day in (date(2026, 5, 10), date(2026, 5, 11))
    )
    assert before == 20_760  # 5.19 % of 4,000
    assert after == 18_713  # 4.99 % of 3,750
    assert state_withholding("GA", date(2030, 1, 1), 500_000, 12, form).state == after


def test_flat_and_elected_rates() -> None:
    """P6: Pennsylvania's rate, and the one an employee chose in Arizona."""
    form = StateForm(filing_status=SINGLE, extra=1_000)
    assert state_withholding("PA", LATE, 100_000, 26, form).state == 4_070
    assert state_withholding("AZ", LATE, 100_000, 26, form).state == 3_000
    chosen = StateForm(filing_status=SINGLE, elected_rate=Decimal("0.035"))
    assert state_withholding("AZ", LATE, 100_000, 26, chosen).state == 3_500
    with pytest.raises(Refused, match=r"0\.5 %, 1 %"):
        state_withholding("AZ", LATE, 1, 26, StateForm(filing_status=SINGLE, elected_rate=Decimal("0.3")))


def test_a_working_spouse_is_heard() -> None:
    """P6: California's and Missouri's tables differ for couples who both work."""
    one, both = (StateForm(filing_status=JOINT, allowances=2, spouse_works=works) for works in (False, True))
    for code in ("CA", "MO", "WV"):
        less, more = (state_withholding(code, LATE, 300_000, 26, form).state for form in (one, both))
        assert less < more


def test_what_is_not_known_is_refused() -> None:
    """P6: a state, a day, a county, a letter that is not known."""
    form = StateForm(filing_status=SINGLE)
    with pytest.raises(Refused, match="AK, AL"):
        state_withholding("XX", LATE, 1, 12, form)
    with pytest.raises(Refused, match="2026-01-01 on, not for 2025-12-31"):
        state_withholding("CA", date(2025, 12, 31), 1, 12, form)
    with pytest.raises(Refused, match="Allegany, Anne Arundel"):
        state_withholding("MD", LATE, 100_000, 12, StateForm(filing_status=SINGLE, county="Kings"))
    with pytest.raises(Refused, match="A, B, C, D, E"):
        state_withholding("NJ", LATE, 100_000, 12, StateForm(filing_status=SINGLE, code="Q"))
    with pytest.raises(Refused, match="negative"):
        state_withholding("CA", LATE, -1, 12, form)
