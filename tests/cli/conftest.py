"""What command line tests share: the command run in this process, and a database that it made."""

import io
import shutil
import sys
from pathlib import Path

import pytest
from commands import EXAMPLE, Finished, Planner, run_planner

from planner.cli.main import run

LOOKS_MAX = 20


@pytest.fixture
def planner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Planner:
    """Run a command in this process."""

    def planner(*arguments: str | Path, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Finished(status=status, out=said.out, err=said.err)

    return planner


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database into which the family was imported; nobody writes to it."""
    database = tmp_path_factory.mktemp("imported") / "planner.db"
    done = run_planner("import", EXAMPLE, "--data", database)
    assert done.status == 0, done.err
    live = ("jobs", "--state", "pending", "--data", database)
    looks = (run_planner(*live).out for _ in range(LOOKS_MAX))
    assert "There are no such jobs.\n" in looks, "scenarios follow the baseline; each look works on them"
    return database


@pytest.fixture
def database(imported: Path, tmp_path: Path) -> Path:
    """A copy of that database, for one test."""
    return Path(shutil.copy(imported, tmp_path / "planner.db"))
