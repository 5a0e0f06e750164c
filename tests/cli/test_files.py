"""`planner import` and `planner export`: a household goes through a file without loss."""

import json
from pathlib import Path

import pytest
from commands import EXAMPLE, FAMILY, Planner

from planner.domain.files import read_household

LOOKS_MAX = 20


@pytest.mark.parametrize("file_format", ["toml", "json"])
def test_what_is_exported_and_imported_again_is_the_same(
    planner: Planner, database: Path, tmp_path: Path, file_format: str
) -> None:
    """P20: both ways without loss."""
    there = tmp_path / f"family.{file_format}"
    assert planner("export", FAMILY, "-o", there, "--data", database).status == 0
    content = there.read_bytes()
    assert read_household(content, "json" if file_format == "json" else "toml") == read_household(
        EXAMPLE.read_bytes(), "toml"
    )
    again = planner("import", there, "--data", database)
    assert again.status == 0
    back = planner("export", again.out.strip(), "--format", file_format, "--data", database)
    assert back.out.encode() == content


def test_import_waits_for_the_baseline_and_prints_only_the_id(planner: Planner, tmp_path: Path) -> None:
    """R19: the job that an import causes is recorded, and has run when the command ends."""
    database = tmp_path / "new.db"
    done = planner("import", EXAMPLE, "--data", database)
    assert (done.status, done.err) == (0, "")
    household = json.loads(planner("households", "--data", database, "--json").out)[0]
    assert done.out == household["id"] + "\n"
    jobs = json.loads(planner("jobs", household["id"], "--json", "--data", database).out)
    assert jobs[-1]["state"] == "succeeded"
    assert jobs[-1]["kind"] == "refresh_baseline"


def test_without_waiting_the_work_is_there_for_whoever_opens_next(planner: Planner, tmp_path: Path) -> None:
    """R27: what was acknowledged is completed by the next process that opens the database."""
    database = tmp_path / "new.db"
    done = planner("import", EXAMPLE, "--no-wait", "--data", database)
    assert done.status == 0
    job = json.loads(planner("jobs", done.out.strip(), "--json", "--data", database).out)[-1]["id"]
    shown = ("jobs", "show", job, "--json", "--data", database)
    states = (json.loads(planner(*shown).out)["state"] for _ in range(LOOKS_MAX))
    assert "succeeded" in states, "each look works on what waits"


def test_standard_input_needs_its_format(planner: Planner, tmp_path: Path) -> None:
    database = tmp_path / "new.db"
    refused = planner("import", "-", "--data", database, stdin=EXAMPLE.read_bytes())
    assert (refused.status, refused.err) == (
        2,
        "planner: Say with --format whether standard input is toml or json.\n",
    )
    assert (
        planner("import", "-", "--format", "toml", "--data", database, stdin=EXAMPLE.read_bytes()).status == 0
    )


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("broken.toml", 'name = "x', "the file is not valid TOML: "),
        ("broken.json", '{"name": ', "the file is not valid JSON: Expecting value at line 1"),
        ("list.json", "[]", "the file must hold one household"),
        ("latin.toml", b'name = "\xe9"', "the file is not text in UTF-8"),
        ("empty.toml", "", "name: is missing."),
        ("large.json", b" " * 4_000_001, "the file is larger than 4 MB."),
        ("deep.json", b"[" * 100_000, "the file is nested too deeply."),
        ("negative.toml", 'name = "x"\nfiling_status = "single"\nassumptions = { horizon_months = -1 }',
         "assumptions.horizon_months: must be"),
        ("future.toml", ('name = "x"\nfiling_status = "single"\n[[accounts]]\nid = "a"\nname = "A"\n'
         'kind = "cash"\nbalances = [{ date = 2099-01-01, value = 1 }]'), "is in the future"),
        ("picture.png", b"\x89PNG", "ends neither in .toml nor in .json"),
    ],
)  # fmt: skip
def test_a_wrong_file_stores_nothing(  # noqa: PLR0917 -- pytest passes them by name
    planner: Planner, database: Path, tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    """P20: errors name the line or the key; nothing is half done."""
    wrong = tmp_path / name
    wrong.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = planner("import", wrong, "--data", database)
    assert (done.status, done.out) == (2, "")
    assert told in done.err
    assert all(line.startswith("planner: ") for line in done.err.splitlines())
    assert len(json.loads(planner("households", "--json", "--data", database).out)) == 1


def test_a_baseline_that_fails_is_told(planner: Planner, tmp_path: Path) -> None:
    """R7: nothing fails silently: the household is there, and what failed has its reason."""
    file = tmp_path / "never.toml"
    file.write_text(
        'name = "Never"\nfiling_status = "single"\n[[debts]]\nid = "d"\nname = "D"\nkind = "other"\n'
        "annual_rate = 0.05\npayment = 1000\nbalances = [{ date = 2026-01-31, value = 100000 }]\n"
        "rate_changes = [{ date = 2027-01-01, annual_rate = 1.4 }]\n"
    )
    done = planner("import", file, "--data", tmp_path / "new.db")
    assert done.status == 1
    assert len(done.out.strip()) == 36
    assert done.err.startswith("planner: The household is stored; its baseline failed. ")


def test_households_are_found_by_id_name_or_the_beginning_of_an_id(planner: Planner, database: Path) -> None:
    household = json.loads(planner("households", "--json", "--data", database).out)[0]["id"]
    whole = planner("export", household, "--data", database)
    assert whole.status == 0
    assert planner("export", FAMILY, "--data", database) == whole
    assert planner("export", household[:8].upper(), "--data", database) == whole
    twin = planner("import", EXAMPLE, "--data", database).out.strip()
    for unclear in (FAMILY, "0"):
        refused = planner("export", unclear, "--data", database)
        assert (refused.status, refused.out) == (2, "")
        assert "2 households answer to" in refused.err
        assert twin in refused.err
    unknown = planner("export", "The", "--data", database)
    assert "There is no household 'The'" in unknown.err
    assert planner("export", "", "--data", database).status == 2


def test_a_file_that_cannot_be_written_is_told(planner: Planner, database: Path, tmp_path: Path) -> None:
    done = planner("export", FAMILY, "-o", tmp_path / "nowhere" / "x.toml", "--data", database)
    assert done.status == 2
    assert "x.toml cannot be written (No such file or directory)." in done.err


def test_the_journal_says_who_did_what(planner: Planner, database: Path) -> None:
    """P21: every change with its author."""
    done = planner("journal", FAMILY, "--data", database)
    assert done.out.splitlines()[1].split()[0] == "1"
    assert done.out.rstrip().endswith("cli  replace facts")
    entry = json.loads(planner("journal", FAMILY, "--json", "--data", database).out)[0]
    assert entry["after"]["value"]["name"] == FAMILY
    assert "no household" in planner("journal", "x", "--data", database).err
