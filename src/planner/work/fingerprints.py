"""Fingerprints of what goes into a calculation and of what comes out: equal means nothing to do."""

import hashlib
from dataclasses import replace

from planner.domain.codec import stored
from planner.domain.household import Facts


def fingerprint(*parts: object) -> str:
    """Return a digest of the parts' texts, in order."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        written = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(written).to_bytes(8, "big"))
        digest.update(written)
    return digest.hexdigest()


def facts_fingerprint(facts: Facts) -> str:
    """Return a digest of the facts that flows and baseline follow from; scenarios and the revision do not."""
    return fingerprint(stored(replace(facts, revision=0, scenarios=())))
