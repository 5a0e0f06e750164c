"""What storage tests share: an open store on a real file, and a few units of work."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from planner.storage import Store, open_store


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "planner.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(open_store, database)
        nursery.cancel_scope.cancel()
