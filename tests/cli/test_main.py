"""The command as a whole: quick to start, clear when refused, quiet when broken off."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import EXAMPLE, PLANNER, Finished, Planner, environment, run_planner

HEAVY = {"numpy", "sqlalchemy", "pydantic", "quart", "trio", "rich", "alembic", "hypercorn", "jinja2"}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["project", "--help"], ["jobs", "--help"]])
def test_nothing_heavy_is_loaded_to_say_the_version_or_to_help(arguments: list[str]) -> None:
    program = (
        "import sys; from planner.cli.main import run; status = run(sys.argv[1:]); "
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert "planner" in done.stdout


def test_the_version_is_that_of_the_package(planner: Planner) -> None:
    assert planner("--version").out.startswith("planner ")


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["--nonsense"], "No such option '--nonsense'"),
        (["project"], "Missing argument 'FILE'."),
        (["jobs", "show"], "Missing argument 'ID'."),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        (["serve", "--port", "70000"], "70000 is not in the range"),
        (["journal"], "Missing argument 'HOUSEHOLD'."),
    ],
)
def test_wrong_words_are_one_line_and_status_2(planner: Planner, arguments: list[str], told: str) -> None:
    done = planner(*arguments)
    assert (done.status, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert "--help`" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["households"],
        ["jobs"],
        ["jobs", "show", "x"],
        ["jobs", "cancel", "x"],
        ["jobs", "why", "x"],
        ["journal", "x"],
        ["export", "x"],
        ["doctor"],
    ],
)
def test_no_database_is_made_where_one_was_expected(
    planner: Planner, tmp_path: Path, arguments: list[str]
) -> None:
    done = planner(*arguments, "--data", tmp_path / "none.db")
    assert done.status == 2
    assert done.err.startswith("planner: There is no database at ")
    assert not list(tmp_path.iterdir())
    nowhere = planner(*arguments, "--data", tmp_path / "nowhere" / "planner.db")
    assert nowhere.status == 2
    assert nowhere.err.count("\n") == 1


def test_a_reader_that_leaves_is_no_error() -> None:
    command = [*PLANNER, "project", str(EXAMPLE), "--months", "600", "--format", "csv"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"month,")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) in {0, 1, 141}  # versions of click differ


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is POSIX")
def test_ctrl_c_ends_a_command_quietly(database: Path) -> None:
    with subprocess.Popen(
        [*PLANNER, "jobs", "--watch", "--data", str(database)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment({"PYTHONUNBUFFERED": "1"}),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert "succeeded" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read().strip() == ""


@pytest.mark.parametrize(
    "shell, mark", [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --")]
)
def test_a_shell_is_told_how_to_complete(planner: Planner, shell: str, mark: str) -> None:
    done = planner("completion", shell)
    assert done.status == 0
    assert mark in done.out
    assert "_PLANNER_COMPLETE" in done.out


def test_words_are_completed() -> None:
    def completed(words: str, word: int) -> Finished:
        asked = {"_PLANNER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(word)}
        return run_planner(more=asked)

    assert completed("planner pro", 1).out == "plain,project\n"
    assert completed("planner project --fo", 2).out == "plain,--format\n"
    assert completed("planner jobs ca", 2).out == "plain,cancel\n"
