"""A short torture of the real server, and proof that the look after it sees what would be wrong."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio
from running import dying_connections
from torturing.account import Account, Removal
from torturing.conductor import Conductor
from torturing.mail import a_sink
from torturing.verdict import Verdict

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]

KILLS = 5
SEED = 20_261_123


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> Conductor:
    """Kill a server a few times under many clients."""
    folder = tmp_path_factory.mktemp("torture")
    conductor = Conductor(seed=SEED, kills=KILLS, clients=10, folder=folder)
    with a_sink() as (smtp, sink), dying_connections():
        trio.run(conductor.run, smtp, sink)
    return conductor


def test_nothing_acknowledged_is_lost_or_done_twice_however_often_it_is_killed(tortured: Conductor) -> None:
    """R27, R35, I2, I3, I10: after `kill -9` at any instant, every acknowledged request, once."""
    account = tortured.account
    assert account.anomalies == []
    assert sum(number for ending, number in tortured.endings.items() if ending != "drained") == KILLS
    assert account.counts["acknowledged"] > 20
    assert account.counts["repeated"] > 5
    assert account.counts["jobs seen succeeded"] > 5


@dataclass(frozen=True, kw_only=True)
class Found:
    """The file as the torture left it, and what clients know of it."""

    database: Path
    account: Account

    def anomalies(self) -> list[str]:
        """Hold a copy of the account against the file."""
        self.account.anomalies.clear()
        Verdict(self.database, self.account).hold(at_rest=True)
        return self.account.anomalies

    def change(self, statement: str, **values: object) -> None:
        """Alter the file behind everybody's back."""
        with closing(sqlite3.connect(self.database)) as driver, driver:
            assert driver.execute(statement, values).rowcount > 0, statement


@pytest.fixture
def found(tortured: Conductor, tmp_path: Path) -> Found:
    database = tmp_path / "planner.db"
    shutil.copy(tortured.server.database, database)
    return Found(database=database, account=tortured.account)


def an_edit(account: Account) -> Any:
    """Return an acknowledged edit with a key, of a household that stays."""
    return next(
        each for each in reversed(account.asked)
        if each.answer and each.key and each.content and each.content.verb == "edit"
        and account.households[each.answer.household_id].removal is Removal.NOT_ASKED
    )  # fmt: skip


def lose_a_change(found: Found) -> None:
    answer = an_edit(found.account).answer
    found.change(
        "DELETE FROM changes WHERE household_id = :h AND revision = :r",
        h=answer.household_id,
        r=answer.revision,
    )


def do_a_change_twice(found: Found) -> None:
    answer = an_edit(found.account).answer
    found.change(
        "INSERT INTO changes(household_id, revision, at_us, author, change, digest) SELECT household_id, "
        "(SELECT max(revision) + 1 FROM changes WHERE household_id = :h), at_us, author, change, digest "
        "FROM changes WHERE household_id = :h AND revision = :r",
        h=answer.household_id, r=answer.revision,
    )  # fmt: skip


def alter_facts(found: Found) -> None:
    household = an_edit(found.account).household_id
    found.change(
        "UPDATE households SET facts = json_set(facts, '$.expenses[0].amount', '1.00') WHERE id = :h",
        h=household,
    )


def forget_a_key(found: Found) -> None:
    found.change("DELETE FROM idempotency_keys WHERE key = :key", key=an_edit(found.account).key)


def lose_a_job(found: Found) -> None:
    found.change("DELETE FROM jobs WHERE id = :id", id=an_edit(found.account).answer.job_id)


def end_a_job_otherwise(found: Found) -> None:
    ended = next(
        job
        for job in found.account.jobs.values()
        if job.ended == "succeeded" and not found.account.may_be_gone(job.household_id)
    )
    found.change("UPDATE jobs SET state = 'cancelled' WHERE id = :id", id=ended.id)


def end_a_job_twice(found: Found) -> None:
    found.change(
        "INSERT INTO events(household_id, job_id, at_us, type, data) "
        "SELECT household_id, job_id, at_us, type, data FROM events WHERE type = 'succeeded' LIMIT 1"
    )


def leave_a_job(found: Found) -> None:
    job_id = an_edit(found.account).answer.job_id
    found.change(
        "UPDATE jobs SET state = 'running', finished_at_us = NULL, expires_at_us = NULL WHERE id = :id",
        id=job_id,
    )


def age_a_projection(found: Found) -> None:
    household = an_edit(found.account).household_id
    found.change("UPDATE derived SET revision = revision - 1 WHERE household_id = :h", h=household)


def lose_a_household(found: Found) -> None:
    found.change("DELETE FROM households WHERE id = :h", h=an_edit(found.account).household_id)


FAULTS: dict[Callable[[Found], None], str] = {
    lose_a_change: "lost",
    do_a_change_twice: "asked for by nobody, or is there twice",
    alter_facts: "should be",
    forget_a_key: "its key says None",
    lose_a_job: "was acknowledged, and is gone",
    end_a_job_otherwise: "was seen to have succeeded",
    end_a_job_twice: "more than one end",
    leave_a_job: "has not ended",
    age_a_projection: "is of",
    lose_a_household: "was acknowledged, and is gone",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_look_at_the_file_sees(found: Found, fault: Callable[[Found], None]) -> None:
    """R27: a torture that could find nothing would prove nothing."""
    assert found.anomalies() == []
    fault(found)
    assert any(FAULTS[fault] in sentence for sentence in found.anomalies())
