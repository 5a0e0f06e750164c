"""`planner doctor`: says what is wrong and what to do, by its exit status too; repairs on demand."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from commands import Planner, run_planner, served
from lived_in import spoil

NO_GENERATION = "DELETE FROM derived WHERE subject = 'flows'"
LOOKS_MAX = 20


def subjects_in(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as driver:
        return {subject for (subject,) in driver.execute("SELECT subject FROM derived")}


def test_a_sound_database_is_status_0(planner: Planner, database: Path) -> None:
    done = planner("doctor", "--data", database)
    assert (done.status, done.out, done.err) == (0, f"{database}: all is well.\n", "")


def test_findings_are_a_table_with_what_to_do_and_status_1(planner: Planner, database: Path) -> None:
    spoil(database, "DELETE FROM changes", "UPDATE derived SET body = x'00' WHERE subject = 'flows'")
    done = planner("doctor", "--data", database)
    assert (done.status, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{database}: 2 findings."
    assert lines[1].split() == ["Check", "What", "was", "found"]
    assert [line.split()[0] for line in lines[2:]] == [
        "journal", "derived_bodies", "journal:", "derived_bodies:", "Some",
    ]  # fmt: skip
    assert "Export the household" in done.out
    plain = json.loads(planner("doctor", "--json", "--data", database).out)
    assert [finding["check"] for finding in plain["findings"]] == ["journal", "derived_bodies"]
    assert plain["served"] is False


def test_a_projection_that_cannot_be_read_is_found(planner: Planner, database: Path) -> None:
    spoil(database, "UPDATE derived SET body = x'789c03000000000001' WHERE subject = 'baseline'")
    done = planner("doctor", "--data", database)
    assert done.status == 1
    assert "derived_bodies  baseline of household " in done.out


def test_a_projection_of_other_facts_is_found(planner: Planner, database: Path) -> None:
    """I9, R14: derived data says what it follows from, and the facts say whether that is so."""
    facts = "json_set(facts, '$.expenses[0].amount', '1.00')"
    spoil(database, f"UPDATE households SET facts = {facts} WHERE id <> 'system'")  # noqa: S608 -- our words
    done = planner("doctor", "--data", database)
    assert "replay " in done.out
    assert done.out.count("says that it follows from the facts of revision 1, and does not") == 3


def test_what_cannot_be_checked_is_status_2(planner: Planner, tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("a text " * 1000)
    done = planner("doctor", "--data", text)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"planner: {text} is not a database.\n"
    for options in (("--dry-run",), ("--repair", "--heads")):
        assert planner("doctor", *options, "--data", text).status == 2


def test_heads_can_be_noted_and_compared(planner: Planner, database: Path, tmp_path: Path) -> None:
    """P21: what the hash chain cannot prove by itself, a digest that was noted elsewhere does."""
    notes = tmp_path / "notes.json"
    notes.write_text(planner("doctor", "--json", "--data", database).out)
    (head,) = json.loads(notes.read_text())["heads"]
    listed = planner("doctor", "--heads", "--data", database).out
    assert listed.splitlines()[1].split() == [head["household_id"], "1", head["digest"]]
    assert planner("doctor", "--noted", notes, "--data", database).status == 0
    notes.write_text(notes.read_text().replace(head["digest"], head["digest"][::-1]))
    done = planner("doctor", "--noted", notes, "--data", database)
    assert (done.status, "noted " in done.out) == (1, True)
    notes.write_text("{}")
    done = planner("doctor", "--noted", notes, "--data", database)
    assert (done.status, done.err) == (2, f"planner: {notes} is not what `planner doctor --json` prints.\n")


def test_a_repair_keeps_a_copy_and_the_next_start_brings_what_was_derived(
    planner: Planner, database: Path
) -> None:
    """R15, I9: derived data can be thrown away; the refresh that the repair asked for brings it again."""
    spoil(database, NO_GENERATION, "DROP INDEX ix_jobs_waiting")
    dry = planner("doctor", "--repair", "--dry-run", "--data", database)
    assert (dry.status, "Would make the missing indexes (1).\n" in dry.out) == (0, True)
    assert planner("doctor", "--data", database).status == 1
    done = planner("doctor", "--repair", "--data", database)
    assert done.status == 0, done.out
    copy = Path(done.out.splitlines()[0].removeprefix("The file as it was is kept: "))
    assert planner("doctor", "--data", copy).status == 1
    assert "Done: throw away what was derived, and have it worked out anew (1).\n" in done.out
    assert done.out.endswith(f"{database}, repaired: all is well.\n")
    assert subjects_in(database) == set()
    looks = (planner("jobs", "--state", "pending", "--data", database).out for _ in range(LOOKS_MAX))
    assert "There are no such jobs.\n" in looks, "each look works on what waits"
    assert {"flows", "baseline"} < subjects_in(database)
    assert planner("doctor", "--data", database).status == 0


def test_what_cannot_be_repaired_is_left_and_status_1(planner: Planner, database: Path) -> None:
    spoil(database, NO_GENERATION, "UPDATE changes SET author = 'somebody else'")
    done = planner("doctor", "--repair", "--data", database)
    assert done.status == 1
    assert "is never repaired: only an older copy has it." in done.out
    assert "chain: Something other than planner wrote to the file" in done.out
    plain = json.loads(planner("doctor", "--repair", "--json", "--data", database).out)
    assert [each["check"] for each in plain["left"]] == ["chain"]
    assert (plain["done"], plain["copy"]) == ({}, None)


def test_beside_a_server_it_looks_and_does_not_repair(database: Path) -> None:
    """R21, I4: a live file is examined on a snapshot, without a lock; a repair is refused, and says why."""
    with served(database) as (_, server):
        done = run_planner("doctor", "--data", database)
        assert (done.status, done.out) == (0, f"{database}, which is being served: all is well.\n")
        spoil(database, "DELETE FROM requests", "UPDATE jobs SET joined = joined + 1")
        assert run_planner("doctor", "--data", database).status == 1
        for more in ((), ("--dry-run",)):
            done = run_planner("doctor", "--repair", *more, "--data", database)
            assert (done.status, f"is open in process {server.pid} on" in done.err) == (2, True)
