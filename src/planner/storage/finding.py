"""What a check of the database found: what does not hold, about what, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that does not hold. `check` names who says so; `message` and `remedy` are whole sentences."""

    check: str
    subject: str
    message: str
    remedy: str


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
