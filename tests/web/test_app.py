"""What every request passes costs it no worker thread."""

from importlib import resources
from pathlib import Path

import pytest
import trio
from web.serving import API, a_server
from worlds import quiet

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()


@pytest.mark.parametrize(
    "path, status",
    [
        ("/healthz", 200),
        ("/", 200),
        (f"{API}/households", 200),
        (f"{API}/households/nobody", 404),
        ("/nowhere", 404),
    ],
)
async def test_requests_are_answered_while_every_worker_thread_is_busy(
    tmp_path: Path, path: str, status: int
) -> None:
    """I14: nothing that quart calls for a request goes to a thread and back."""
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        await quiet(served.world, made["household_id"])
        await served.client.get("/healthz")  # connected
        threads = trio.to_thread.current_default_thread_limiter()
        for borrower in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(borrower)
        with trio.fail_after(10):
            answer = await served.client.get(path)
        for borrower in range(int(threads.total_tokens)):
            threads.release_on_behalf_of(borrower)
        assert answer.status_code == status
