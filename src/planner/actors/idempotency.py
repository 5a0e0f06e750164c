"""What a kind remembers of what it has done: by a key, for a while, and never a failure."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

DAILY_KEPT_SECONDS = 2 * 86_400.0
"""A day's key is of no use after that day, in whatever time zone it was."""


@dataclass(frozen=True, slots=True)
class Once:
    """For `ttl_seconds` after a success, a repeat is answered with the job that succeeded."""

    ttl_seconds: float

    def __post_init__(self) -> None:
        assert self.ttl_seconds > 0


@dataclass(frozen=True, slots=True)
class Daily:
    """On the day of a success, by the date of whoever asks, a repeat is answered with that job."""


@dataclass(frozen=True, slots=True)
class Strict:
    """A repeat is refused as a conflict, while the first is under way and for `kept_seconds` after it."""

    kept_seconds: float = 365 * 86_400.0

    def __post_init__(self) -> None:
        assert self.kept_seconds > 0


Idempotency: TypeAlias = Once | Daily | Strict


def done_key(policy: Idempotency, equal_key: str, on: date) -> str:
    """Return the key of a request; `equal_key` is that of all requests with its kind and arguments."""
    return f"{equal_key}:{on.isoformat()}" if isinstance(policy, Daily) else equal_key


def kept_seconds(policy: Idempotency) -> float:
    """Return how long a success is remembered."""
    match policy:
        case Once():
            return policy.ttl_seconds
        case Daily():
            return DAILY_KEPT_SECONDS
        case Strict():
            return policy.kept_seconds
