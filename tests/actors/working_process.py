"""A process that runs jobs and says which it has acknowledged, until it is killed."""

import sys
from functools import partial
from itertools import count
from pathlib import Path

import trio
from actors.stage import EFFECTS, HOUSEHOLDS_OF_CRASHES, add_household, anything, rows, write_effect

from planner.actors import Child, Households, Kind, Outcome, Request, Turn, supervise
from planner.storage import Store, open_store


async def work(turn: Turn) -> Outcome:
    """Take a moment, then write one effect that cannot be there twice."""
    await turn.compute(sum, range(2_000))
    return Outcome(writes=(partial(write_effect, household_id=turn.job.household_id, note=turn.job.id),))


async def plan(turn: Turn) -> Outcome:
    """Plan a few of such jobs as one batch."""
    items = ({**turn.arguments, "item": item} for item in range(ITEMS))
    return Outcome(children=tuple(Child(kind="work", arguments=item) for item in items))


ITEMS = 5
KINDS = (
    Kind(name="work", title="Work", handle=work, check_arguments=anything, attempts_max=100),
    Kind(
        name="many",
        title="Much work",
        handle=plan,
        check_arguments=anything,
        children=frozenset({"work"}),
        attempts_max=100,
    ),
)


async def ask_for_ever(households: Households, household_id: str, kind: str, run: str) -> None:
    """Ask for job after job, and say so once each is acknowledged."""
    for number in count():
        request = Request(
            household_id=household_id, kind=kind, arguments={"n": number, "run": run}, requested_by="crash"
        )
        accepted = await households.accept(request)
        print(accepted.job_id, flush=True)  # noqa: T201 -- the acknowledgement
        if number % 3 == 0:
            assert accepted.job_id is not None
            await households.wait(accepted.job_id, 60)


async def main(path: Path, kind: str, run: str) -> None:
    """Open everything and work until killed."""
    async with trio.open_nursery() as nursery:
        store: Store = await nursery.start(open_store, path)
        await store.write(rows, EFFECTS)
        for household_id in HOUSEHOLDS_OF_CRASHES:
            if not await store.read(rows, "SELECT 1 FROM households WHERE id = ?", (household_id,)):
                await store.write(add_household, household_id)
        households: Households = await nursery.start(partial(supervise, store, KINDS, mailbox_max=1_000_000))
        for household_id in HOUSEHOLDS_OF_CRASHES:
            nursery.start_soon(ask_for_ever, households, household_id, kind, run)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2], sys.argv[3])
