"""Figures and dates in words."""

from datetime import UTC, datetime

import pytest

from planner.web.pages import words


@pytest.mark.parametrize(
    "cents,expected",
    [
        (123_456_789, "$1,234,568"),
        (-123_450, "-$1,235"),
        (49, "$0"),
        (-49, "$0"),
        (50, "$1"),
        (None, words.NOTHING),
    ],
)
def test_whole_dollars_round_half_away_from_zero_and_zero_has_no_sign(
    cents: int | None, expected: str
) -> None:
    assert words.rounded(cents) == expected


def test_amounts_to_the_cent_keep_their_cents() -> None:
    assert words.exact(-123_450) == "-$1,234.50"
    assert words.exact(5, "EUR") == "€0.05"
    assert words.exact(None) == words.NOTHING


def test_a_currency_without_a_symbol_is_named() -> None:
    assert words.rounded(100_00, "SEK") == "SEK 100"


@pytest.mark.parametrize("period,expected", [("2031-04", "Apr 2031"), ("2031", "2031")])
def test_periods(period: str, expected: str) -> None:
    assert words.period_words(period) == expected


@pytest.mark.parametrize(
    "seconds,expected", [(0.4, "almost done"), (12, "about 12 s left"), (130, "about 2 min left")]
)
def test_time_left(seconds: float, expected: str) -> None:
    assert words.seconds_left(seconds) == expected


def test_instants_say_that_they_are_in_utc() -> None:
    assert words.instant(datetime(2026, 11, 23, 9, 5, tzinfo=UTC)) == "23 Nov 2026, 09:05 UTC"


def test_counts_have_their_plural() -> None:
    assert [words.count(n, "job") for n in (1, 2)] == ["1 job", "2 jobs"]
