"""Prove that facts and plain dictionaries hold the same, and that JSON is read strictly."""

import json
from decimal import Decimal

import pytest
from domain.strategies import few, households, plain_households
from households import a_household, a_plain_household
from hypothesis import given

from planner.domain.codec import (
    VALUES_MAX,
    Plain,
    facts_from_plain,
    facts_to_plain,
    from_stored,
    read_json,
    stored,
)
from planner.domain.errors import Refused, TooLarge
from planner.domain.household import COLLECTIONS, Facts


@few
@given(households())
def test_facts_survive_being_plain_and_being_stored(facts: Facts) -> None:
    """P20: nothing is lost between facts, the API's plain form and the database's text."""
    plain = facts_to_plain(facts)
    assert facts_from_plain(plain) == facts
    assert from_stored(stored(facts)) == facts
    assert facts_from_plain(read_json(json.dumps(plain))) == facts


@few
@given(plain_households())
def test_what_was_written_is_what_is_kept(plain: Plain) -> None:
    """P1, P2, P3, P4: every field of every sort of fact is kept, not replaced by a default."""
    kept = facts_to_plain(facts_from_plain(plain))
    for name in COLLECTIONS:
        for given_item, kept_item in zip(plain[name], kept[name], strict=True):
            assert_kept(given_item, kept_item)
    assert_kept(plain["assumptions"], kept["assumptions"])


def assert_kept(given_value: object, kept: object) -> None:
    match given_value:
        case dict():
            assert isinstance(kept, dict)
            for field, value in given_value.items():
                assert_kept(value, kept[field])
        case list():
            assert isinstance(kept, list)
            for before, after in zip(given_value, kept, strict=True):
                assert_kept(before, after)
        case str() if given_value != kept:
            assert Decimal(given_value) == Decimal(str(kept))
        case _:
            assert given_value == kept


def test_plain_has_every_field_and_only_what_json_has() -> None:
    """P20: amounts and rates are text, dates ISO text; a field left out shows its default."""
    plain = facts_to_plain(a_household(salary="60000.5"))
    assert plain["incomes"][0]["amount"] == "60000.50"
    assert plain["accounts"][0]["balances"] == [
        {"date": "2026-10-31", "value": "10000.00", "cost_basis": None}
    ]
    assert plain["assumptions"]["inflation"] == "0.025"
    assert plain["state"] is None
    assert json.loads(json.dumps(plain)) == plain


def test_a_flood_of_values_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge, match="more than 200,000 values"):
        facts_from_plain({"incomes": [{} for _ in range(VALUES_MAX)]})


def test_very_many_problems_are_counted_and_not_all_listed() -> None:
    plain = a_plain_household(**{f"field{n}": n for n in range(20_000)})
    with pytest.raises(Refused) as refused:
        facts_from_plain(plain)
    assert len(refused.value.problems) == 101
    assert str(refused.value.problems[-1]) == "there are 19,900 more problems."


def test_very_many_disagreements_are_counted_too() -> None:
    balances = [{"date": "2026-01-01", "value": 1}] * 500
    with pytest.raises(Refused) as refused:
        a_household(accounts=[{"id": "a", "name": "A", "kind": "cash", "balances": balances}])
    assert str(refused.value.problems[-1]) == "there are 399 more problems."


def test_json_numbers_are_exact() -> None:
    assert read_json('{"a": 0.1, "b": 1e2, "c": 12}') == {"a": Decimal("0.1"), "b": 100, "c": 12}
    assert type(read_json("[0.1]")[0]) is Decimal


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "it is not valid JSON: Expecting value at line 1, column 1."),
        ('{\n "a": 1,\n}', "at line 3, column 1."),
        ('{"a": 1} x', "Extra data at line 1, column 10."),
        ('{"a": 1, "b": 2, "a": 3}', "it is not valid JSON: the key a is given twice."),
        ('{"x": {"two words": 1, "two words": 1}}', 'the key "two words" is given twice.'),
        ('{"a": "NaN",\n"b": NaN}', "it is not valid JSON: NaN is not a number, at line 2."),
        ('{\n\n"b": -Infinity}', "-Infinity is not a number, at line 3."),
        ("[" * 100_000, "it is nested too deeply."),
        ('{"a":' * 100_000, "it is nested too deeply."),
        (b'{\n"name": "\xe9"}', "it is not text in UTF-8 (line 2)."),
        ("{}".encode("utf-16"), "it is not text in UTF-8 (line 1)."),
        ("\x00", "Expecting value at line 1, column 1."),
    ],
    ids=lambda value: str(value)[:24],
)
def test_broken_json_is_refused_with_the_place(text: str | bytes, sentence: str) -> None:
    """P20: the message names the line or the key."""
    with pytest.raises(Refused) as refused:
        read_json(text, what="it")
    assert sentence in refused.value.message


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert read_json('\ufeff{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("number", ["1" * 60, "1" * 5000, "0." + "1" * 60, "1e999999999999999999999"])
def test_an_endless_number_is_refused_by_its_field(number: str) -> None:
    """P20: the message names the key."""
    plain = read_json(f'{{"amount": {number}, "growth": {number}}}')
    with pytest.raises(Refused) as refused:
        a_household(
            salary=plain["amount"],
            assumptions={"inflation": plain["growth"], "horizon_months": plain["amount"]},
        )
    assert [problem.path for problem in refused.value.problems] == [
        "incomes[0].amount",
        "assumptions.inflation",
        "assumptions.horizon_months",
    ]
