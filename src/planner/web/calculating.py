"""Where calculators work while the event loop goes on: one thread, shared case by case of many requests."""

from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple, Unpack

import trio

T = TypeVar("T")
Args = TypeVarTuple("Args")

_thread: Final = trio.lowlevel.RunVar[trio.CapacityLimiter]("the calculators' thread")


async def aside(fn: Callable[[Unpack[Args]], T], *args: *Args) -> T:
    """Return what `fn(*args)` returns, worked out in the calculators' thread; first come, first served.

    Work that is cancelled is waited for until it ends or asks `trio.from_thread.check_cancelled`.
    """
    try:
        limiter = _thread.get()
    except LookupError:
        limiter = trio.CapacityLimiter(1)
        _thread.set(limiter)
    return await trio.to_thread.run_sync(fn, *args, limiter=limiter)
