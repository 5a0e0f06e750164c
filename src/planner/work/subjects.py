"""The names of what is derived, and how each is kept as bytes."""

import json
import zlib

from planner.engine.flows import Flows, flows_from_plain
from planner.engine.payroll import PayrollYear
from planner.engine.payroll_plain import kept, payroll_from

FLOWS = "flows"
BASELINE = "baseline"
SCENARIO_PREFIX = "scenario:"
PAYCHECKS_PREFIX = "paychecks:"

QUICK = 1
"""zlib's fastest level: what is kept is small, and people wait for it."""


def scenario_subject(scenario_id: str) -> str:
    """Return the subject under which a scenario's projection is kept."""
    return SCENARIO_PREFIX + scenario_id


def paychecks_subject(year: int) -> str:
    """Return the subject under which a year's paychecks are kept."""
    return f"{PAYCHECKS_PREFIX}{year}"


def payroll_to_bytes(payroll: PayrollYear) -> bytes:
    """Return a year's paychecks as they are stored."""
    return zlib.compress(json.dumps(kept(payroll), ensure_ascii=False).encode(), QUICK)


def payroll_from_bytes(body: bytes) -> PayrollYear:
    """Return the paychecks that were stored."""
    return payroll_from(json.loads(zlib.decompress(body)))


def flows_to_bytes(flows: Flows) -> bytes:
    """Return flows as they are stored."""
    return zlib.compress(json.dumps(flows.to_plain(), ensure_ascii=False).encode(), QUICK)


def flows_from_bytes(body: bytes) -> Flows:
    """Return the flows that were stored."""
    return flows_from_plain(json.loads(zlib.decompress(body)))
