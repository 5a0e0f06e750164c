"""Fingerprints of what goes into a calculation and of what comes out: equal means nothing to do."""

import hashlib


def fingerprint(*parts: object) -> str:
    """Return a digest of the parts' texts, in order."""
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        written = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(written).to_bytes(8, "big"))
        digest.update(written)
    return digest.hexdigest()
