"""What tests of actors share: a database file, a script for handlers, and virtual time."""

from pathlib import Path

import pytest
from actors.stage import Script
from trio.testing import MockClock


@pytest.fixture
def clock(autojump_clock: MockClock) -> MockClock:
    return autojump_clock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "planner.db"


@pytest.fixture
def script() -> Script:
    return Script()
