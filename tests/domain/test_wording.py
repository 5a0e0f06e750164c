"""Prove that every refusal of plain data names the field and says in plain words what it must be."""

import re
from collections.abc import Iterator
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from domain.strategies import few, plain_households
from households import a_debt, a_plain_household, a_salary, an_account, an_expense
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.codec import Plain, facts_from_plain, facts_to_plain
from planner.domain.errors import Problem, Refused
from planner.domain.files import read_household

Path = tuple[str | int, ...]

JARGON = re.compile(
    r"[Ii]nput|valid |[Tt]uple|dataclass|dict|[Dd]ecimal object|[Ss]tring|integer|boolean|pattern|"
    r"validation|\bctx\b|type=|pydantic|Keys|None|True|False|datetime|what belongs here"
)


def problems(plain: object) -> list[str]:
    """Return what is wrong with a household, as people see it."""
    with pytest.raises(Refused) as refused:
        facts_from_plain(plain)
    return [str(problem) for problem in refused.value.problems]


def whole() -> Plain:
    """Return a household with a fact of each sort whose fields are to be spoilt."""
    return a_plain_household(
        state="NC",
        accounts=[an_account(), an_account("k", kind="traditional_401k")],
        debts=[a_debt()],
        expenses=[an_expense()],
        incomes=[
            a_salary(
                w4={"step2_checkbox": True},
                deductions=[
                    {"name": "401k", "kind": "traditional_401k", "percent": "0.1", "to_account": "k"}
                ],
                employer_match={"to_account": "k", "tiers": [{"rate": 1, "up_to": "0.03"}]},
            )
        ],
        assumptions={"inflation": "0.02"},
    )


def spoilt(plain: Plain, path: Path, value: object) -> Plain:
    changed = deepcopy(plain)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


IN_JOB = ("incomes", 0)
STATES = "must be one of AL, AK, AZ,"


@pytest.mark.parametrize(
    "path,value,sentence",
    [
        (("name",), None, "name: must be text."),
        (("name",), "  ", "name: must not be empty."),
        (("name",), "x" * 121, "name: must have at most 120 characters."),
        (("name",), "a\nb", "name: must be one line of text without control characters."),
        (("name",), "a\u202eb", "name: must be one line of text without control characters."),
        (("name",), "\ud800", "name: must be text."),
        (("currency",), "usd", "currency: must be the three capital letters of a currency, such as USD."),
        (("state",), "PR", f"state: {STATES}"),
        (("revision",), -1, "revision: must be 0 or more."),
        (("revision",), 2**53 + 1, "revision: must be 9007199254740992 or less."),
        (
            ("members", 0, "id"),
            "Ann B",
            "members[0].id: must be lower-case letters, digits and hyphens, at most 63.",
        ),
        (("members", 0, "birth_date"), "1899-12-31", "birth_date: must be a date from 1900 to 2200."),
        (("members", 0, "birth_date"), "2201-01-01", "birth_date: must be a date from 1900 to 2200."),
        (("members", 0, "birth_date"), "2026-02-30", "members[0].birth_date: is not a day of the calendar."),
        (("members",), {}, "members: must be a list."),
        (("members",), ["ann"], "members[0]: must be a table of named fields."),
        ((*IN_JOB, "amount"), -1, "incomes[0].amount: must be 0.00 or more."),
        ((*IN_JOB, "raise_month"), 13, "incomes[0].raise_month: must be 12 or less."),
        ((*IN_JOB, "raise_month"), True, "incomes[0].raise_month: must be a whole number."),
        ((*IN_JOB, "taxable"), "yes", "incomes[0].taxable: must be true or false."),
        ((*IN_JOB, "annual_raise"), 3, "incomes[0].annual_raise: must be a number from -1 to 1 (0.05 is 5 %"),
        (("debts", 0, "annual_rate"), "3.875", "must be a number from 0 to 1.5 (yearly, 0.05 is 5 %)."),
        ((*IN_JOB, "deductions"), [{}] * 41, "incomes[0].deductions[40].kind: is missing."),
        (("groups",), [{}], "groups[0].id: is missing."),
        ((*IN_JOB, "w4", "step2"), True, 'w4.step2: is not a field here. Did you mean "step2_checkbox"?'),
        ((*IN_JOB, "amunt"), 1, 'incomes[0].amunt: is not a field here. Did you mean "amount"?'),
        (("Incomes",), [], 'Incomes: is not a field here. Did you mean "incomes"?'),
        (("zebra",), [], "zebra: is not a field here."),
        (("two words",), 1, '"two words": is not a field here.'),
        (("\ud800",), 1, "must be text."),
        ((*IN_JOB, "employer_match", "tiers", 0, "upto"), 1, 'Did you mean "up_to"?'),
        ((*IN_JOB, "pay_frequency"), "Weekly", 'semiannual, annual, once. Did you mean "weekly"?'),
        (("state",), "nc", 'WI, WY. Did you mean "NC"?'),
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_a_problem_names_the_field_and_what_it_must_be(path: Path, value: object, sentence: str) -> None:
    """P20: wrong values and unknown fields are refused with the key and what to do."""
    assert any(sentence in problem for problem in problems(spoilt(whole(), path, value)))


def test_a_day_is_a_date_and_nothing_that_could_be_made_one() -> None:
    values: list[object] = [
        0,
        86_400,
        20260101,
        "2026-1-1",
        "20260101",
        "2026-01-01T00:00:00",
        "2026-W01-1",
        True,
        {},
    ]
    for value in values:
        assert problems(spoilt(whole(), ("members", 0, "birth_date"), value)) == [
            "members[0].birth_date: must be a date such as 2026-11-30."
        ]


def test_nobody_is_asked_whether_they_meant_nothing() -> None:
    said = problems(spoilt(whole(), (*IN_JOB, "pay_frequency"), None))
    assert len(said) == 1
    assert said[0].endswith("monthly, quarterly, semiannual, annual, once.")


def test_a_collection_has_a_limit() -> None:
    many = [an_expense(f"e{n}") for n in range(501)]
    assert problems(a_plain_household(expenses=many)) == [
        "expenses: has more than the 500 entries that are possible."
    ]


def test_every_problem_is_reported_not_only_the_first() -> None:
    """P20: one look shows all that is to be put right."""
    plain = spoilt(whole(), (*IN_JOB, "amount"), "much")
    plain = spoilt(plain, (*IN_JOB, "kind"), "salaried")
    plain = spoilt(plain, ("debts", 0, "balances", 0, "value"), -5)
    plain = spoilt(plain, ("assumptions", "inflaton"), 1)
    del plain["filing_status"]
    assert [problem.partition(":")[0] for problem in problems(plain)] == [
        "filing_status",
        "debts[0].balances[0].value",
        "incomes[0].kind",
        "incomes[0].amount",
        "assumptions.inflaton",
    ]


@pytest.mark.parametrize("plain", [None, [], "household", 5, [{}]])
def test_a_household_is_a_table(plain: object) -> None:
    assert problems(plain) == ["must be a table of named fields."]


def test_endless_names_are_shortened() -> None:
    said = problems(spoilt(whole(), (*IN_JOB, "x" * 1_000_000), 1))
    assert said == [f'incomes[0]."{"x" * 64}...": is not a field here.']


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from leaves(inner, (*path, name))
        case list():
            for place, inner in enumerate(value):
                yield from leaves(inner, (*path, place))
        case _:
            yield path, value


def test_no_unknown_word_is_taken_for_a_default() -> None:
    """P4: an unknown frequency, category, kind or id is refused wherever it stands; never a default."""
    example = files("planner.examples").joinpath("family.toml").read_bytes()
    plain = facts_to_plain(read_household(example, "toml").facts)
    free = {"name", "note", "institution", "currency", "revision"}
    words = [path for path, value in leaves(plain) if isinstance(value, str) and path[-1] not in free]
    assert len(words) > 150
    for path in words:
        if path[-1] == "id":
            continue
        said = problems(spoilt(plain, path, "fortnightly"))
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
        assert any(problem.startswith(f"{where}:") for problem in said), path


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=3),
    st.just([]),
    st.just({}),
    st.lists(st.none() | st.integers() | st.just({}), min_size=1, max_size=3),
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.lists(st.none()), max_size=3),
)


@few
@given(plain_households(), st.data())
def test_junk_anywhere_is_kept_out_in_plain_words(plain: Plain, data: st.DataObject) -> None:
    """P20: whatever stands in a field, it is valid or refused in words without jargon."""
    places = [path for path, _ in leaves(plain)]
    for _ in range(10):
        path = data.draw(st.sampled_from(places))
        path = path[: data.draw(st.integers(1, len(path)))]
        for problem in found_in(spoilt(plain, path, data.draw(junk))):
            assert not JARGON.search(re.sub(r'"[^"]*"', "", problem.message)), problem
            assert problem.message.endswith((".", "?"))


def found_in(plain: object) -> tuple[Problem, ...]:
    try:
        facts_from_plain(plain)
    except Refused as refused:
        return refused.problems
    return ()
