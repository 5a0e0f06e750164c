"""`planner serve`, and the other commands while it holds the database."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from commands import EXAMPLE, FAMILY, Planner, run_planner, served
from lived_in import spoil

from planner.settings import server_file

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def database(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database with one household, served while these tests run."""
    copy = tmp_path_factory.mktemp("served") / "planner.db"
    copy.write_bytes(imported.read_bytes())
    with served(copy):
        yield copy


@pytest.mark.parametrize(
    "arguments",
    [
        ["households"],
        ["households", "--json"],
        ["journal", FAMILY, "--json"],
        ["export", FAMILY],
        ["export", FAMILY, "--format", "json"],
        ["jobs", FAMILY],
        ["jobs", "--kind", "refresh_baseline"],
        ["jobs", "--state", "failed"],
        ["jobs", "show", "nix"],
        ["export", "nix"],
    ],
)
def test_the_answer_is_the_same_through_a_server(
    planner: Planner, database: Path, imported: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """P20: the same door, whoever holds the database."""
    cold = tmp_path / "planner.db"
    cold.write_bytes(imported.read_bytes())
    through, alone = planner(*arguments, "--data", database), planner(*arguments, "--data", cold)
    if arguments[-1] == "--json" and arguments[0] == "households":
        known = json.loads(alone.out)[0]
        assert known.items() <= json.loads(through.out)[0].items()
    else:
        assert through == alone


def test_import_goes_through_the_server(planner: Planner, database: Path) -> None:
    """R8: the same job, waited for or not; R21: nobody opens the database beside its server."""
    done = planner("import", EXAMPLE, "--data", database)
    assert (done.status, done.err) == (0, "")
    household = done.out.strip()
    jobs = json.loads(planner("jobs", household, "--json", "--data", database).out)
    assert jobs[-1]["state"] == "succeeded"
    assert json.loads(planner("jobs", "why", jobs[-1]["id"], "--json", "--data", database).out)["sentence"]
    assert json.loads(planner("jobs", "cancel", jobs[-1]["id"], "--json", "--data", database).out)["id"]
    assert planner("journal", household, "--data", database).out.count("\n") == 2


def test_what_the_server_refuses_is_told_with_its_path(
    planner: Planner, database: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "future.toml"
    wrong.write_text(
        'name = "x"\nfiling_status = "single"\n[[accounts]]\nid = "a"\nname = "A"\nkind = "cash"\n'
        "balances = [{ date = 2099-01-01, value = 1 }]\n"
    )
    done = planner("import", wrong, "--data", database)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("planner: accounts[0].balances[0].date: is in the future")


def test_doctor_looks_at_a_database_that_is_served(planner: Planner, database: Path) -> None:
    """I4: checked on a live file."""
    done = planner("doctor", "--json", "--data", database)
    assert done.status == 0
    assert json.loads(done.out)["served"] is True


def test_a_second_server_is_refused_and_names_the_first(database: Path) -> None:
    """R21: the second refuses to start and says why."""
    first = json.loads(server_file(database).read_bytes())["pid"]
    done = run_planner("serve", "--data", database, "--port", "0")
    assert (done.status, done.out) == (2, "")
    assert f"is open in process {first} on {socket.gethostname()}" in done.err
    assert done.err.count("\n") == 1


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_planner("serve", "--data", tmp_path / "p.db", "--empty", "--port", str(port))
    assert (done.status, done.out) == (2, "")
    assert f"cannot listen on 127.0.0.1, port {port}" in done.err
    assert done.err.count("\n") == 1


def test_files_that_cannot_be_served(tmp_path: Path, imported: Path) -> None:
    text, other, newer = tmp_path / "text.db", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("a text " * 1000)
    spoil(other, "CREATE TABLE mine (x)")
    newer.write_bytes(imported.read_bytes())
    spoil(newer, "UPDATE alembic_version SET version_num = '9999'")
    for path, told in (
        (text, "is not a database"),
        (other, "is the database of another program"),
        (newer, "was last used by a newer planner"),
    ):
        done = run_planner("serve", "--data", path, "--port", "0")
        assert (done.status, done.out) == (2, "")
        assert told in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])  # noqa: S104 -- refused
def test_other_machines_are_not_served(planner: Planner, tmp_path: Path, host: str) -> None:
    done = planner("serve", "--host", host, "--data", tmp_path / "p.db")
    assert (done.status, done.out) == (2, "")
    assert "no users and no sign-in yet" in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    """R35: stopping loses nothing, and leaves no word of a server that is gone."""
    database = tmp_path / "planner.db"
    with served(database, "--empty") as (address, server):
        assert server.stdout is not None
        assert server.stdout.readline() == f"database: {database.resolve()}\n"
        assert server.stdout.readline() == "Ctrl-C stops it.\n"
        with urlopen(f"{address}readyz") as answer:  # noqa: S310 -- our own server
            assert answer.status == 200
        assert server_file(database).exists()
        server.send_signal(how)
        out, err = server.communicate(timeout=30)
        assert (server.returncode, out, err) == (0, "", "")
    assert not server_file(database).exists()


def test_examples_come_with_the_first_start_unless_it_is_to_be_empty(
    planner: Planner, tmp_path: Path
) -> None:
    full, empty = tmp_path / "full.db", tmp_path / "empty.db"
    with served(full):
        names = [each["name"] for each in json.loads(planner("households", "--json", "--data", full).out)]
    assert len(names) == 3
    assert FAMILY in names
    with served(empty, "--empty"):
        assert planner("households", "--data", empty).out == "There are no households.\n"
    assert len(json.loads(planner("households", "--json", "--data", full).out)) == 3


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="XDG is of other systems")
def test_the_default_database_is_in_the_user_s_own_data_folder(tmp_path: Path) -> None:
    done = run_planner("import", EXAMPLE, "--no-wait", more={"XDG_DATA_HOME": str(tmp_path / "data")})
    assert done.status == 0
    folder = tmp_path / "data" / "planner"
    assert (folder / "planner.db").exists()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("left", ["not json", '{"address": "http://127.0.0.1:9/", "pid": 1}', "{}", "[]"])
def test_what_a_crashed_server_left_is_passed_over(
    planner: Planner, imported: Path, tmp_path: Path, left: str
) -> None:
    cold = tmp_path / "planner.db"
    cold.write_bytes(imported.read_bytes())
    server_file(cold).write_text(left)
    assert FAMILY in planner("households", "--data", cold).out


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(planner: Planner, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = planner("import", EXAMPLE, "--data", closed / "planner.db")
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
