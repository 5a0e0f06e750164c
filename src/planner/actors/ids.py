"""What a run must be handed to be repeatable: a clock, and the source of new ids."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

Now: TypeAlias = Callable[[], datetime]
"""Returns an aware instant."""

wall_clock: Final[Now] = partial(datetime.now, UTC)

_EPOCH_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_BITS: Final = 12
_TAIL_BITS: Final = 62


def microseconds(instant: datetime) -> int:
    """Return the instant as it is stored: whole microseconds since the epoch."""
    return (instant - _EPOCH_ZERO) // timedelta(microseconds=1)


def instant(at_us: int) -> datetime:
    """Return the stored instant as an aware one, in UTC."""
    return _EPOCH_ZERO + timedelta(microseconds=at_us)


def written(at: datetime) -> str:
    """Return the instant as JSON has it: ISO 8601, UTC, with Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Ids:
    """Makes UUIDv7s: unique for ever, and in order within the process even if the clock steps back."""

    def __init__(self, now: Now, source: random.Random) -> None:
        self._now = now
        self._source = source
        self._last = 0

    def new(self) -> str:
        """Return a new id, greater than every one before it."""
        milliseconds = microseconds(self._now()) // 1000
        # Milliseconds and a counter are one number, so that a full counter carries into the time.
        self._last = max(self._last + 1, milliseconds << _COUNTER_BITS)
        time_part, counter = divmod(self._last, 1 << _COUNTER_BITS)
        bits = (
            (time_part << 80)
            | (0x7 << 76)
            | (counter << 64)
            | (0b10 << _TAIL_BITS)
            | self._source.getrandbits(_TAIL_BITS)
        )
        digits = f"{bits:032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
