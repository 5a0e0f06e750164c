"""The examples of docs/command-line.md, run in their order: what they show is what comes."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import EXAMPLE, PLANNER, Finished, Planner, environment, served

from planner.cli.main import planner as commands

PAGE = Path(__file__).parent.parent.parent / "docs" / "command-line.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
CHANGING = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"planner (\d+\.\d+\.\d+|\(from its sources, not installed\))"), "planner VERSION"),
    (re.compile(r"\$?-?\d[\d,.]*"), "#"),
    (re.compile(r"database: .*"), "database: PATH"),
    (re.compile(r"\s+"), " "),
)

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform == "win32", reason="the examples are written for a POSIX shell"),
]


def examples() -> list[tuple[str, list[str]]]:
    """Return each command of the page with the lines it is shown to print."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line:
                found[-1][1].append(line)
    return found


def alike(line: str) -> str:
    """Return a line without what differs from day to day: ids, figures, dates, the width of columns."""
    for pattern, word in CHANGING:
        line = pattern.sub(word, line)
    return line.strip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example, in which `planner` is on the path."""
    shutil.copy(EXAMPLE, tmp_path / "family.toml")
    program = tmp_path / "bin" / "planner"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(PLANNER)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_every_example_prints_what_the_page_shows(folder: Path, planner: Planner) -> None:
    """P20: in and out, from the command line, as documented."""
    variables = ""
    shown = examples()
    assert len(shown) > 20
    for command, lines in shown:
        if command.startswith("planner serve"):
            assert_served_as_shown(folder / "planner.db", lines)
            continue
        if re.match("[A-Z]+=", command):
            variables += f"{command}\n"
            continue
        done = run_in_shell(variables + command) if set("$|<>") & set(command) else run_here(planner, command)
        printed = {alike(line) for line in (done.out + done.err).splitlines()}
        missing = [line for line in lines if alike(line) not in printed]
        assert not missing, f"$ {command}\n{done.out}{done.err}"
        assert done.status == (2 if any(line.startswith("planner: ") for line in lines) else 0), command
    made = {path.name for path in folder.iterdir()}
    assert made >= {"copy.json", "worth.svg", "planner-completion.bash", "planner-completion.fish"}


def run_here(planner: Planner, command: str) -> Finished:
    return planner(*shlex.split(command)[1:])


def run_in_shell(script: str) -> Finished:
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, check=False, timeout=60, text=True, env=environment()
    )
    return Finished(status=done.returncode, out=done.stdout, err=done.stderr)


def assert_served_as_shown(database: Path, lines: list[str]) -> None:
    with served(database, "--empty") as (address, server):
        assert server.stdout is not None
        printed = [f"planner is ready: {address}", server.stdout.readline(), server.stdout.readline()]
    assert [alike(line) for line in printed] == [alike(line) for line in lines]


def test_every_command_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in commands.commands if f"$ planner {name}" not in text] == []
