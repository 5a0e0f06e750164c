"""The names of what is derived, and how each is kept as bytes."""

import json
import zlib

from planner.engine.flows import Flows, flows_from_plain

FLOWS = "flows"
BASELINE = "baseline"
SCENARIO_PREFIX = "scenario:"

QUICK = 1
"""zlib's fastest level: what is kept is small, and people wait for it."""


def scenario_subject(scenario_id: str) -> str:
    """Return the subject under which a scenario's projection is kept."""
    return SCENARIO_PREFIX + scenario_id


def flows_to_bytes(flows: Flows) -> bytes:
    """Return flows as they are stored."""
    return zlib.compress(json.dumps(flows.to_plain(), ensure_ascii=False).encode(), QUICK)


def flows_from_bytes(body: bytes) -> Flows:
    """Return the flows that were stored."""
    return flows_from_plain(json.loads(zlib.decompress(body)))
