"""What becomes of a request that finds a job of its sort waiting: one policy per kind, and its laws.

Whatever the policy, joining is associative and idempotent, and a job that answers a request covers it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from planner.storage.queue import DELAY_SECONDS_MAX

Arguments: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Attach:
    """Equal requests share one job; requests with other arguments are other jobs."""


@dataclass(frozen=True, slots=True)
class Replace:
    """One job waits for the kind, and the newest arguments win: they stand for the older ones too."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One job waits for the kind; `combine(waiting, asked)` gives it arguments that cover both.

    `combine` is associative and idempotent, and its results are in normal form.
    """

    combine: Callable[[Arguments, Arguments], Arguments]


@dataclass(frozen=True, slots=True)
class Debounce:
    """Equal requests share one job, which starts when none has come for `window_seconds`.

    It starts at the latest `at_most_seconds` after the first, or a stream of requests would put it off
    for ever.
    """

    window_seconds: float
    at_most_seconds: float

    def __post_init__(self) -> None:
        assert 0 < self.window_seconds <= self.at_most_seconds <= DELAY_SECONDS_MAX


MergePolicy: TypeAlias = Attach | Replace | Merge | Debounce

ATTACH = Attach()
REPLACE = Replace()


def merge_key(policy: MergePolicy, kind: str, arguments_json: str) -> str:
    """Return the key by which requests that share a job find each other."""
    if isinstance(policy, Replace | Merge):
        return kind
    digest = hashlib.blake2b(arguments_json.encode(), digest_size=16).hexdigest()
    return f"{kind}:{digest}"


def merged(policy: MergePolicy, waiting: Arguments, asked: Arguments) -> Arguments:
    """Return the arguments of the one job that answers for both; `asked` is the newer one."""
    match policy:
        case Merge():
            return policy.combine(waiting, asked)
        case Replace():
            return asked
        case _:
            assert waiting == asked, "requests that share a key have equal arguments"
            return waiting


def put_off(policy: MergePolicy, *, first_us: int, at_us: int) -> int | None:
    """Return the time before which a job does not start that was first asked for at `first_us`, now again."""
    if not isinstance(policy, Debounce):
        return None
    quiet_us = at_us + round(policy.window_seconds * 1e6)
    return min(quiet_us, first_us + round(policy.at_most_seconds * 1e6))
