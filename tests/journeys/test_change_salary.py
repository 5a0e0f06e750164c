"""The README's walk, taken from the README and walked against a real server process."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running import Running, a_server

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "README.md").read_text(encoding="utf-8").split("## What happens when I change my salary")[1]
WALK = WALK.split("\n## ")[0]
BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)
REQUEST = re.compile(r"^(GET|POST) (\S+)$")


def requests_of_the_walk() -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """Yield the method, path, headers and body of every request of the walk, in order."""
    for block in BLOCK.findall(WALK):
        head, _, body = block.partition("\n\n")
        lines = head.strip().splitlines()
        for place, line in enumerate(lines):
            if match := REQUEST.match(line):
                headers: dict[str, str] = {}
                for header in lines[place + 1 :]:
                    if REQUEST.match(header):
                        break
                    name, _, value = header.partition(": ")
                    headers[name] = value
                yield match[1], match[2], headers, body.strip() or None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with a_server(tmp_path / "planner.db") as running:
        yield running


@pytest.mark.journey
def test_the_walk_of_the_readme(server: Running) -> None:
    """R6, R8, R14, R16, P21: a change is followed to the new projection, once, and taken back."""
    names: dict[str, str] = {}
    answers: list[Any] = []
    with httpx.Client(base_url=server.address, timeout=30) as client:
        for method, path, headers, body in requests_of_the_walk():
            answer = client.request(method, path.format(**names), headers=headers, content=body)
            assert answer.is_success, (method, path, answer.text)
            answers.append(answer.json())
            if path == "/api/v1/households":
                (family,) = [each for each in answers[0]["items"] if "Okafor" in each["name"]]
                names["household"] = family["id"]
            if path.endswith("/changes") and method == "POST":
                names["job"] = answers[-1]["job"]["id"]
    _, changed, job, baseline, again, journal, undone = answers
    assert changed["revision"] == 2
    assert job["state"] == "succeeded"
    assert job["covers_revision"] == 2
    assert baseline["freshness"]["fresh"]
    assert baseline["freshness"]["revision"] == 2
    assert len(baseline["rows"]) == 240
    assert (again["revision"], again["repeated"], again["job"]["id"]) == (2, True, job["id"])
    assert [entry["revision"] for entry in journal["items"]] == [2, 1]
    assert journal["items"][0]["before"]["value"]["amount"] == "118000.00"
    assert undone["revision"] == 3


def test_the_walk_names_files_that_are_there() -> None:
    """The README's walk leads a newcomer to real rooms."""
    named = re.findall(r"`(src/planner/[\w/.]+|tests/[\w/.]+)`", WALK)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []
