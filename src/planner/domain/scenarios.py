"""What is assumed about the future, and scenarios that assume something else."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from planner.domain.record import Id, Name, Note, Rate, Whole, record

HORIZON_MONTHS_MAX = 720

Horizon = Annotated[Whole, Field(ge=1, le=HORIZON_MONTHS_MAX, description="months to plan ahead")]


@record
class Assumptions:
    """Yearly rates of change. Tax brackets and limits of years not yet published grow with inflation."""

    inflation: Rate = Decimal("0.025")
    salary_growth: Rate = Decimal("0.03")
    cash_return: Rate = Decimal("0.02")
    investment_return: Rate = Decimal("0.06")
    property_growth: Rate = Decimal("0.03")
    vehicle_growth: Rate = Decimal("-0.12")
    horizon_months: Horizon = 120


@record
class AssumptionChanges:
    """The assumptions a scenario replaces; what is left out stays as in the baseline."""

    inflation: Rate | None = None
    salary_growth: Rate | None = None
    cash_return: Rate | None = None
    investment_return: Rate | None = None
    property_growth: Rate | None = None
    vehicle_growth: Rate | None = None
    horizon_months: Horizon | None = None


assert {f.name for f in fields(Assumptions)} == {f.name for f in fields(AssumptionChanges)}


@record
class Scenario:
    """A what-if: the baseline under other assumptions."""

    id: Id
    name: Name
    assumptions: AssumptionChanges = AssumptionChanges()
    note: Note = ""


def assumed(assumptions: Assumptions, scenario: Scenario | None) -> Assumptions:
    """Return the assumptions that hold in `scenario` (None: in the baseline)."""
    if scenario is None:
        return assumptions
    changed: dict[str, Any] = {
        field.name: value
        for field in fields(AssumptionChanges)
        if (value := getattr(scenario.assumptions, field.name)) is not None
    }
    return replace(assumptions, **changed)
