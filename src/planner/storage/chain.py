"""The hash chain of the journal: the digest of an entry covers the entry and the digest before it.

The digest is BLAKE2b with 32 bytes, written as 64 hexadecimal digits. It is over eight fields, in this order:
the digest of the household's entry before this one (no bytes for its first entry), the household's id, the
revision, the instant in microseconds since 1970, the author, the change, what it touched before, and after.
The numbers are their decimal digits; the last three are their JSON exactly as it is stored; text is UTF-8.
Each field comes after its own length in bytes, as eight bytes, the highest first; a field that is not there
(NULL) is eight bytes of 255 and nothing else. None of this may ever change: it is written in people's files.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

DIGEST_CHARACTERS: Final = 64
BEFORE_THE_FIRST: Final = ""
_ABSENT: Final = b"\xff" * 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """An entry of the journal as it is stored, but for its digest."""

    household_id: str
    revision: int
    at_us: int
    author: str
    change: str
    before: str | None
    after: str | None


def digest_of(previous: str, entry: Written) -> str:
    """Return the digest of an entry that follows the one with the digest `previous`."""
    digest = hashlib.blake2b(digest_size=DIGEST_CHARACTERS // 2)
    fields = (
        previous,
        entry.household_id,
        str(entry.revision),
        str(entry.at_us),
        entry.author,
        entry.change,
        entry.before,
        entry.after,
    )
    for field in fields:
        if field is None:
            digest.update(_ABSENT)
            continue
        written = field.encode()
        digest.update(len(written).to_bytes(8, "big"))
        digest.update(written)
    return digest.hexdigest()
