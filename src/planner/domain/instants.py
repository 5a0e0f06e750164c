"""Instants: aware UTC datetimes among people, whole microseconds since 1970 in the database."""

from datetime import UTC, datetime, timedelta

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(instant: datetime) -> int:
    """Return microseconds since 1970 of an aware datetime."""
    return (instant - _ZERO) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the instant, in UTC."""
    return _ZERO + timedelta(microseconds=microseconds)


def as_text(instant: datetime) -> str:
    """Return the instant as the API writes it: 2026-11-23T00:50:12.345678Z."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
