"""Prove that a household file loses nothing, and that a broken one is refused with the place."""

import json
import time
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from domain.strategies import few, households, plain_households
from households import a_household, a_salary, an_account
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from planner.domain.codec import Plain
from planner.domain.errors import Refused, TooLarge
from planner.domain.files import (
    FILE_BYTES_MAX,
    FileFormat,
    HouseholdFile,
    file_schema,
    read_household,
    write_household,
)
from planner.domain.household import Facts

FORMATS: tuple[FileFormat, ...] = ("toml", "json")
HEAD = 'name = "We"\nfiling_status = "single"\n'


def refusal(content: str | bytes, file_format: FileFormat = "toml") -> str:
    with pytest.raises(Refused) as refused:
        read_household(content.encode() if isinstance(content, str) else content, file_format)
    return refused.value.message


@pytest.mark.parametrize("file_format", FORMATS)
@few
@given(facts=households())
def test_a_household_goes_out_and_comes_in_without_loss(facts: Facts, file_format: FileFormat) -> None:
    """P20: TOML and JSON, both ways, every sort of fact."""
    written = write_household(facts, file_format, example=True)
    assert read_household(written.encode(), file_format) == HouseholdFile(facts=facts, example=True)
    assert write_household(read_household(written.encode(), file_format).facts, file_format) == (
        write_household(facts, file_format)
    )


def test_a_file_has_no_revision_and_nothing_that_was_left_out() -> None:
    """P20: a readable file."""
    facts = a_household(revision=9)
    assert tomllib.loads(write_household(facts, "toml")) == {
        **json.loads(write_household(facts, "json")),
        "members": [{"id": "ann", "name": "Ann", "birth_date": facts.members[0].birth_date, "role": "head"}],
        "accounts": [
            {
                "id": "checking",
                "name": "Checking",
                "kind": "checking",
                "balances": [{"date": facts.accounts[0].balances[0].date, "value": 10_000}],
            }
        ],
        "incomes": [{**a_salary(owner="ann"), "amount": 60_000}],
        "assumptions": {
            "inflation": 0.025,
            "salary_growth": 0.03,
            "cash_return": 0.02,
            "investment_return": 0.06,
            "property_growth": 0.03,
            "vehicle_growth": -0.12,
            "horizon_months": 120,
        },
    }
    assert read_household(write_household(facts, "toml").encode(), "toml").facts.revision == 0


def test_assumptions_are_written_even_where_they_are_the_defaults() -> None:
    """P20: a later planner may assume something else."""
    assert "inflation = 0.025" in write_household(a_household(), "toml")


def test_amounts_are_written_with_their_cents() -> None:
    written = write_household(a_household(salary="60000.10"), "toml")
    assert "amount = 60000.10\n" in written
    assert '"amount": "60000.10"' in write_household(a_household(salary="60000.10"), "json")


@pytest.mark.parametrize(
    "content,place",
    [
        (HEAD + "currency = USD", "(at line 3, column 12)"),
        (HEAD + "[[members]\n", "(at line 3, column 10)"),
        (HEAD + 'name = "Again"', "Cannot overwrite a value (at line 3, the end of the file)."),
        (HEAD + 'state = "NC', "Unterminated string (at line 3, the end of the file)."),
        (HEAD + 'name = "Again"\nstate = "NC"', "Cannot overwrite a value (at line 3, column 15)."),
        (HEAD + "state\n\n", "Expected '=' after a key in a key/value pair (at line 3, column 6)."),
        (HEAD + "x = " + "[" * 50_000, "the file is nested too deeply."),
        (HEAD + "x = " + "{a = " * 50_000, "the file is nested too deeply."),
        (HEAD + "a" + ".a" * 100_000 + " = 1", "a key has too many parts (at line 3)."),
        (HEAD + "['a'" + " . 'a'" * 100_000 + "]", "a key has too many parts (at line 3)."),
        (HEAD + "x = " + "1" * 5_000, "a number is too long (at line 3)."),
        (HEAD.encode() + b'state = "\xff"', "the file is not text in UTF-8 (line 3)."),
        (HEAD + "state = \x00", "(at line 3, column 9)"),
        ("\ufeff\ufeff" + HEAD, "(at line 1, column 1)"),
        ('{"name": "We"}', "(at line 1, column 1)"),
    ],
    ids=lambda value: str(value)[-30:],
)  # fmt: skip
def test_broken_toml_is_refused_with_the_line(content: str | bytes, place: str) -> None:
    """P20: errors of syntax name the line."""
    assert place in refusal(content)


@pytest.mark.parametrize(
    "content,message",
    [
        ('{"name": "We",}', "the file is not valid JSON: "),
        ('{"name": "We", "name": "You"}', "the key name is given twice."),
        ("[1]", "the file must hold one household: a table of named fields."),
        ("null", "the file must hold one household: a table of named fields."),
        ("", "the file is not valid JSON: Expecting value at line 1, column 1."),
    ],
)
def test_broken_json_is_refused(content: str, message: str) -> None:
    """P20: errors of syntax name the line or the key."""
    assert message in refusal(content, "json")


@pytest.mark.parametrize(
    "line,message",
    [
        ("inflation = nan", "assumptions.inflation: must be a number from -1 to 1"),
        ("inflation = -inf", "assumptions.inflation: must be a number from -1 to 1"),
        ("inflation = 1e999999999", "assumptions.inflation: must be a number from -1 to 1"),
        ("inflation = 1e-999999999", "assumptions.inflation: must be a number with at most 10 decimals"),
        ("inflation = 1e99999999999999999999", "assumptions.inflation: must be a number from -1 to 1"),
        ("horizon_months = 99999999999999999999999999999", "assumptions.horizon_months: must be 720 or less"),
        ("horizon_months = 1e3", "assumptions.horizon_months: must be a whole number"),
        ("horizon_months = 2026-01-01", "assumptions.horizon_months: must be a whole number"),
    ],
)
def test_absurd_numbers_are_refused_with_the_key(line: str, message: str) -> None:
    """P20: errors of content name the key."""
    assert message in refusal(f"{HEAD}[assumptions]\n{line}\n")


@pytest.mark.parametrize("day", ["2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "07:30:00", "20260101"])
def test_only_a_local_date_is_a_date(day: str) -> None:
    content = f'{HEAD}[[members]]\nid = "a"\nname = "A"\nrole = "head"\nbirth_date = {day}\n'
    assert refusal(content) == "members[0].birth_date: must be a date such as 2026-11-30."


def test_a_file_is_not_huge() -> None:
    with pytest.raises(TooLarge, match="the file is larger than 4 MB"):
        read_household(b"#" * (FILE_BYTES_MAX + 1), "toml")
    assert "filing_status: is missing." in refusal(b"#" * FILE_BYTES_MAX)


def test_an_endless_whole_number_costs_no_time() -> None:
    """P20: written in base 16 it is read at once, and turning it into a decimal would take minutes."""
    began = time.process_time()
    said = refusal(f"{HEAD}expenses = [{{ amount = 0x{'f' * 1_000_000} }}]")
    assert "expenses[0].amount: must be 100000000000.00 or less." in said
    assert time.process_time() - began < 5


def test_dots_in_text_and_numbers_are_no_key() -> None:
    note = "see " + "... " * 200 + "www." * 3 + "example"
    days = [f"{2000 + n // 12}-{n % 12 + 1:02}-01" for n in range(240)]
    balances = ", ".join(f"{{ date = {day}, value = 1_000.25 }}" for day in days)
    account = f'id = "a", name = "A", kind = "cash", note = "{note}", balances = [{balances}]'
    read = read_household(f"{HEAD}accounts = [{{ {account} }}]".encode(), "toml").facts.accounts[0]
    assert (len(read.balances), read.note) == (240, note)


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    content = ("\ufeff" + HEAD).replace("\n", "\r\n").encode()
    assert read_household(content, "toml").facts.name == "We"
    assert read_household(b'\xef\xbb\xbf{"name": "We", "filing_status": "single"}', "json").facts.name == "We"


@pytest.mark.parametrize(
    "line,message",
    [
        ("revision = 3", "revision: is counted by planner; leave it out."),
        ('example = "yes"', "example: must be true or false."),
        ("example = 1", "example: must be true or false."),
    ],
)
def test_what_belongs_to_planner_is_checked(line: str, message: str) -> None:
    assert refusal(HEAD + line) == message


def test_a_file_may_name_its_schema() -> None:
    content = json.dumps({"$schema": "planner.schema.json", "name": "We", "filing_status": "single"})
    assert read_household(content.encode(), "json").facts.name == "We"


def schema_problems(plain: Plain) -> Iterator[str]:
    for error in Draft202012Validator(file_schema()).iter_errors(plain):
        yield f"{error.json_path}: {error.message}"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(file_schema())
    assert "revision" not in file_schema()["properties"]
    assert file_schema()["additionalProperties"] is False


@few
@given(plain_households())
def test_the_schema_takes_every_household(plain: Plain) -> None:
    """P20: an editor that completes and checks by the schema is right."""
    assert list(schema_problems(plain)) == []


def test_the_schema_takes_the_examples_and_what_is_written() -> None:
    for example in files("planner.examples").iterdir():
        if example.name.endswith(".toml"):
            facts = read_household(example.read_bytes(), "toml").facts
            assert list(schema_problems(json.loads(write_household(facts, "json", example=True)))) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "Ohio"},
        {"incmes": []},
        {"revision": 1},
        {"incomes": [a_salary(amount=-1)]},
        {"incomes": [a_salary(taxable="yes")]},
        {"incomes": [a_salary(raise_month=13)]},
        {"accounts": [an_account(annual_return=3)]},
        {"accounts": [an_account(kind="piggy_bank")]},
    ],
)
def test_the_schema_refuses_what_planner_refuses(fields: dict[str, Any]) -> None:
    plain = {"name": "We", "filing_status": "single", **fields}
    assert list(schema_problems(plain))
    assert refusal(json.dumps(plain), "json")
