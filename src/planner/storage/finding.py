"""What a check of the database found: what does not hold, about what, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class Repair(StrEnum):
    """What `planner doctor --repair` can do about a finding, in the words in which it is announced."""

    REINDEX = "make the indexes anew from their tables"
    INDEXES = "make the missing indexes"
    ORPHANS = "delete the rows that belong to nothing"
    EVENTS = "delete the events of jobs that are not there"
    MARKS = "give jobs the marks that go with their state"
    SLOTS = "let the newest of equal jobs answer for the others"
    ATTEMPTS = "close attempts that never ended, and count them"
    PARK = "leave what ran when planner stopped to its next start"
    JOINED = "count again who joined"
    CHILDREN = "count again the children that have not ended"
    STRAY = "cancel the children of batches that have ended"
    SUPERSEDED = "ask again for what nothing answers"
    DERIVED = "throw away what was derived, and have it worked out anew"
    DONE_KEYS = "forget keys of what was not done"
    TIMETABLE = "forget entries of the timetable that there are not"
    EPOCHS = "let an epoch end where the next began"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that does not hold. `check` names who says so; `message` and `remedy` are whole sentences.

    `repair`: what can be done about it while planner is stopped; None: `remedy` says what a person can do.
    """

    check: str
    subject: str
    message: str
    remedy: str
    repair: Repair | None = None


Findings: TypeAlias = Iterator[Finding]

RESTORE: Final = (
    "Stop planner and put the newest copy (a file ending in .backup beside the database) in its place."
)
REPORT: Final = "Restart planner, which decides what was left unfinished; report this line if it stays."
REFRESH: Final = "It is worked out anew when anything in the household changes; report this line if it stays."
ANEW: Final = "Export the household, import the file as a new household, and report this line."
CANCEL: Final = "Cancel all but one of them (`planner jobs cancel ID`) and report this line."
MIGRATE: Final = "Start `planner serve` once: it makes a copy, migrates, and the file can then be checked."
TAMPERED: Final = "Something other than planner wrote to the file; compare it with an older copy."
NOTED: Final = "The journal was altered after its digest was noted; compare it with a copy of that time."
ASIDE: Final = "It changes nothing that is shown, and goes when what it is about is past its retention."
CLEAR: Final = "`planner jobs keys HOUSEHOLD --clear KEY` forgets the key, so that it can be done again."
WAIT: Final = "The answer is forgotten a week after it was given; look whether what was asked for was done."
CLOCK: Final = (
    "The clock was set back, or two planners had the file at once, as on a network disk that keeps no locks."
)
DROP: Final = "Planner makes no such thing; whoever made it should take it away again."
