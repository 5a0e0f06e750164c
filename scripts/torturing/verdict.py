"""Holds the database file against the account: what was acknowledged is there once, what was not is whole."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from torturing.account import FINAL, Account, Answer, Asked, KnownHousehold, Removal
from torturing.model import Model, said_by

INTERRUPTIONS_MOST = 3
"""As many as a job may suffer; then it is given up, which is an end that may be."""

EVENTS_WRONG = """
    SELECT job_id, count(*) FROM events
    WHERE type IN ('succeeded', 'partial', 'failed', 'cancelled', 'superseded') AND job_id IS NOT NULL
    GROUP BY job_id HAVING count(*) > 1
"""
STARTS_WRONG = """
    SELECT id, attempts FROM jobs
    WHERE attempts <> (SELECT count(*) FROM events WHERE job_id = jobs.id AND type = 'started')
       OR (SELECT count(*) FROM events WHERE job_id = jobs.id AND type = 'accepted') <> 1
"""
ATTEMPTS_WRONG = """
    SELECT jobs.id, jobs.state FROM jobs WHERE jobs.state IN ('succeeded', 'partial')
    AND (SELECT count(*) FROM attempts WHERE job_id = jobs.id AND outcome = jobs.state) <> 1
"""
EFFECTS_WRONG = """
    SELECT derived.household_id, derived.subject, jobs.state FROM derived
    JOIN jobs ON jobs.id = derived.job_id WHERE jobs.state <> 'succeeded'
"""
EFFECTS_MISSING = """
    SELECT jobs.id, jobs.covers_revision FROM jobs
    WHERE jobs.kind = 'refresh_baseline' AND jobs.state = 'succeeded' AND jobs.covers_revision > coalesce(
        (SELECT min(revision) FROM derived
         WHERE derived.household_id = jobs.household_id AND subject IN ('flows', 'baseline')), 0)
"""
DUPLICATES = """
    SELECT household_id, merge_key, state, count(*) FROM jobs WHERE state IN ('pending', 'running')
    GROUP BY household_id, merge_key, state HAVING count(*) > 1
"""


class Verdict:
    """One look at the file, which no server writes to meanwhile, or which is at rest."""

    def __init__(self, database: Path, account: Account) -> None:
        self._account = account
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=10)) as driver:
            driver.row_factory = sqlite3.Row
            driver.execute("BEGIN")
            self._households = {
                row["id"]: row for row in driver.execute("SELECT * FROM households WHERE id <> 'system'")
            }
            self._jobs = {row["id"]: row for row in driver.execute("SELECT * FROM jobs")}
            self._keys = {
                row["key"]: json.loads(row["answer"])
                for row in driver.execute("SELECT * FROM idempotency_keys")
            }
            self._journal: dict[str, list[sqlite3.Row]] = defaultdict(list)
            for row in driver.execute("SELECT * FROM changes ORDER BY household_id, revision"):
                self._journal[row["household_id"]].append(row)
            self._events = {row["id"]: row for row in driver.execute("SELECT * FROM events")}
            self._interruptions = dict(
                driver.execute(
                    "SELECT job_id, count(*) FROM attempts WHERE outcome = 'interrupted' GROUP BY job_id"
                ).fetchall()
            )
            self._broken = {
                name: [tuple(row) for row in driver.execute(query)]
                for name, query in (
                    ("more than one end is recorded", EVENTS_WRONG),
                    ("starts or acceptances do not add up", STARTS_WRONG),
                    ("an outcome is recorded twice or not at all", ATTEMPTS_WRONG),
                    ("derived data is of a job that did not succeed", EFFECTS_WRONG),
                    ("a job succeeded whose effects are not there", EFFECTS_MISSING),
                    ("two jobs hold one slot", DUPLICATES),
                )
            }
            self._derived = driver.execute("SELECT * FROM derived").fetchall()

    def hold(self, *, at_rest: bool) -> None:
        """Write every breach into the account. `at_rest`: all work is done, so every job must have ended."""
        for name, rows in self._broken.items():
            for row in rows:
                self._account.wrong(f"{name}: {row}")
        self._removals()
        self._remembered()
        for household in list(self._account.households.values()):
            if household.id in self._households:
                self._journal_of(household)
                self._events_of(household)
        for household_id in self._households.keys() - self._account.households.keys():
            self._unknown_household(household_id)
        self._known_jobs(at_rest=at_rest)
        if at_rest:
            self._up_to_date()

    def _removals(self) -> None:
        for household in self._account.households.values():
            there = household.id in self._households
            if there and household.removal is Removal.CERTAIN:
                self._account.wrong(f"household {household.id} was removed, and is there")
            if not there and household.removal is Removal.NOT_ASKED:
                self._account.wrong(f"household {household.id} was acknowledged, and is gone")

    def _remembered(self) -> None:
        """Every acknowledged key is kept with its answer; a key that is kept tells what was done."""
        for asked in self._account.asked:
            if asked.key is None:
                continue
            kept = self._keys.get(asked.key)
            answer = None if kept is None else Answer(
                household_id=kept["household_id"], revision=kept["revision"], job_id=kept["job_id"]
            )  # fmt: skip
            if asked.answer is not None and answer != asked.answer:
                self._account.wrong(
                    f"request {asked.number} was answered {asked.answer}; its key says {answer}"
                )
            if answer is not None and not (asked.answer or asked.is_open):
                self._account.wrong(
                    f"request {asked.number} was turned down ({asked.told}), and its key says {answer}"
                )

    def _done(self, asked: Asked) -> Answer | None:
        """Return what became of a request as far as it is certain."""
        if asked.answer is not None or asked.key is None:
            return asked.answer
        kept = self._keys.get(asked.key)
        if kept is None:
            return None
        return Answer(household_id=kept["household_id"], revision=kept["revision"], job_id=kept["job_id"])

    def _unknown_household(self, household_id: str) -> None:
        """A household that nobody was told of: of a request that was lost, and each request made one."""
        name = said_by(json.loads(self._journal[household_id][0]["change"])).value
        makers = [
            each for each in self._account.asked
            if each.sort == "create" and each.content is not None and each.content.value == name
        ]  # fmt: skip
        if len(makers) != 1 or not makers[0].is_open:
            self._account.wrong(
                f"household {household_id} ({name}) was asked for by nobody, or is there twice"
            )

    def _journal_of(self, household: KnownHousehold) -> None:
        """Explain every entry by one request, and find every acknowledged request in it."""
        model = Model(household.opening, household.name)
        certain: dict[int, Asked] = {}
        uncertain: list[Asked] = []
        for asked in self._account.asked:
            if asked.household_id != household.id or asked.content is None:
                continue
            done = self._done(asked)
            if done is None:
                uncertain += [asked] if asked.key is None and asked.is_open else []
            elif certain.setdefault(done.revision, asked) is not asked:
                both = f"{certain[done.revision].number} and {asked.number}"
                self._account.wrong(f"requests {both} were both answered revision {done.revision}")
        entries = self._journal[household.id]
        for row in entries[1:]:
            said = said_by(json.loads(row["change"]))
            by = certain.pop(row["revision"], None)
            if by is None:
                by = next((each for each in uncertain if model.expected(each) == said), None)
                if by is not None:
                    uncertain.remove(by)
            where = f"revision {row['revision']} of {household.id}"
            if by is None:
                self._account.wrong(f"{where} ({said}) was asked for by nobody, or is there twice")
            elif model.expected(by) != said:
                self._account.wrong(f"{where} says {said}; request {by.number} asked {model.expected(by)}")
            model.apply(row["revision"], said)
        for revision, asked in certain.items():
            self._account.wrong(
                f"request {asked.number} was answered revision {revision} of {household.id}: lost"
            )
        self._facts_of(household, model, len(entries))

    def _facts_of(self, household: KnownHousehold, model: Model, entries: int) -> None:
        row = self._households[household.id]
        facts = json.loads(row["facts"])
        expenses = {each["id"]: each["amount"] for each in facts["expenses"]}
        if expenses != model.expenses or facts["name"] != model.name:
            self._account.wrong(f"the facts of {household.id} are {expenses}, and should be {model.expenses}")
        if row["revision"] != entries:
            self._account.wrong(f"household {household.id} is at {row['revision']} after {entries} changes")

    def _events_of(self, household: KnownHousehold) -> None:
        """What followers were told is in the log, and they missed nothing between the first and the last."""
        told = household.events
        if not told:
            return
        first, last = min(told), max(told)
        kept = {
            row["id"]: (row["type"], row["job_id"]) for row in self._events.values()
            if row["household_id"] == household.id and first <= row["id"] <= last
        }  # fmt: skip
        for event_id in told.keys() | kept.keys():
            if told.get(event_id) != kept.get(event_id):
                seen, there = told.get(event_id), kept.get(event_id)
                self._account.wrong(f"event {event_id} of {household.id}: told as {seen}, kept as {there}")

    def _known_jobs(self, *, at_rest: bool) -> None:
        for job in self._account.jobs.values():
            row = self._jobs.get(job.id)
            if row is None:
                if job.household_id in self._households:
                    self._account.wrong(f"job {job.id} was acknowledged, and is gone")
                continue
            if job.ended is not None and row["state"] != job.ended:
                self._account.wrong(f"job {job.id} was seen to have {job.ended}; it is {row['state']}")
            if at_rest:
                for sentence in self._wrong_end(row, job.least_revision):
                    self._account.wrong(f"job {job.id} ({row['kind']}) {sentence}")

    def _wrong_end(self, row: sqlite3.Row, least_revision: int) -> Iterator[str]:
        """Say what is wrong with how an acknowledged job, or the one that took it over, has ended."""
        answering = row
        while answering["successor_id"] is not None and answering["successor_id"] in self._jobs:
            answering = self._jobs[answering["successor_id"]]
        state = answering["state"]
        if state not in FINAL:
            yield f"has not ended; it is {state}"
        elif state == "succeeded" and (answering["covers_revision"] or 0) < least_revision:
            yield f"covers revision {answering['covers_revision']} instead of {least_revision}"
        elif state == "cancelled":
            known = self._account.jobs.get(answering["id"])
            if known is None or not known.cancel_asked:
                yield "was cancelled, and nobody asked for that"
        elif state == "failed":
            poison = json.loads(answering["error"])["type"] == "poison"
            if not poison or self._interruptions.get(answering["id"], 0) < INTERRUPTIONS_MOST:
                yield f"failed: {answering['error']}"
        elif state != "succeeded":
            yield f"ended {state}"

    def _up_to_date(self) -> None:
        """At rest, what is derived is of the present facts."""
        shown: dict[str, dict[str, Any]] = defaultdict(dict)
        for row in self._derived:
            shown[row["household_id"]][row["subject"]] = row["revision"]
        for household_id, row in self._households.items():
            for subject in ("flows", "baseline"):
                if shown[household_id].get(subject) != row["revision"]:
                    found = shown[household_id].get(subject)
                    self._account.wrong(f"{subject} of {household_id} is of {found}, not {row['revision']}")
