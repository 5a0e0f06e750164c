"""`planner calc`: cases in, answers out in the same order, without a server or a database."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from commands import PLANNER, Planner, environment, run_planner

from planner.taxes.calculators import NAMES, calculate, calculators

PAID = {"year": 2026, "pay_frequency": "biweekly", "filing_status": "single", "taxable_wages": "3200.10"}


def as_input(cases: object) -> bytes:
    return json.dumps(cases).encode()


@pytest.mark.parametrize("name", NAMES)
def test_every_calculator_answers_in_order_and_in_place(planner: Planner, name: str) -> None:
    """P6, P7: a wrong case has its error in its place, and the answer is complete."""
    example = next(dict(each.example) for each in calculators() if each.name == name)
    cases: list[object] = [example, {"colour": "red"}, [], example]
    done = planner("calc", name, stdin=as_input(cases))
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == calculate(name, cases)
    assert [list(each) == ["error"] for each in json.loads(done.out)] == [False, True, True, False]


def test_amounts_are_exact_as_numbers_too(planner: Planner) -> None:
    """P6: an amount never goes through a binary float."""
    done = planner("calc", "fica", stdin=b'[{"year": 2026, "gross": [0.0849999999999999999999]}]')
    eight_cents, nine_cents = ({"year": 2026, "gross": [paid]} for paid in ("0.08", "0.09"))
    assert json.loads(done.out) == calculate("fica", [eight_cents]) != calculate("fica", [nine_cents])


def test_no_cases_have_no_answers(planner: Planner) -> None:
    assert planner("calc", "fica", stdin=b"[]").out == "[]\n"


def unspaced(text: str) -> str:
    """Return the text however it is broken into lines."""
    return "".join(text.split())


def test_all_are_listed_and_their_fields_told(planner: Planner) -> None:
    """P6, P7: what can be asked is found from the command line."""
    listed = planner("calc")
    assert all(f"{each.name} " in listed.out and each.about in listed.out for each in calculators())
    for each in calculators():
        rows = planner("calc", each.name, "--fields").out
        told = unspaced(planner("calc", each.name, "--help").out)
        for field in each.form.fields:
            assert f"\n{field.name} " in rows
            assert field.about in rows
            assert unspaced(f"{field.name} {field.about}") in told
        assert all(unspaced(f"{name} {about}") in told for name, about in each.outputs.items())


def test_the_table_says_unit_default_and_need(planner: Planner) -> None:
    rows = {line.split()[0]: line for line in planner("calc", "withholding", "--fields").out.splitlines()}
    assert "  needed  " in rows["filing_status"]
    assert "one of single, married_filing_jointly" in rows["filing_status"]
    assert rows["step4c_extra"].split()[1:3] == ["dollars", "0.00"]
    assert "true or false" in rows["step2_checkbox"]
    assert "whole number, 1 to 9999" in rows["year"]


@pytest.mark.parametrize(
    "name, given, told",
    [
        ("withholding", b"{}", "Standard input must be a JSON array of cases."),
        ("withholding", b"7", "Standard input must be a JSON array of cases."),
        ("withholding", b"", "Standard input is not valid JSON"),
        ("withholding", b"[{]", "Standard input is not valid JSON"),
        ("withholding", b"[NaN]", "NaN is not a number"),
        ("withholding", b"\xff", "Standard input is not text in UTF-8"),
        ("alchemy", b"[]", "There is no calculator alchemy; there are withholding, fica, "),
    ],
)
def test_what_is_no_list_of_cases_is_one_sentence_and_status_2(
    planner: Planner, name: str, given: bytes, told: str
) -> None:
    done = planner("calc", name, stdin=given)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("planner: ")
    assert told in done.err


def test_ten_thousand_cases_are_a_matter_of_seconds(tmp_path: Path) -> None:
    """P6: in a process of its own, in a folder where nothing may be written, and no database comes of it."""
    cases = [{**PAID, "taxable_wages": f"{place}.07"} for place in range(10_000)]
    tmp_path.chmod(0o500)
    done = run_planner("calc", "withholding", stdin=as_input(cases), more={"HOME": str(tmp_path)})
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out) == calculate("withholding", cases)
    assert not list(tmp_path.iterdir())


def read_to_the_end(terminal: int) -> bytes:
    said = b""
    with suppress(OSError):  # Linux: the other end is closed
        while more := os.read(terminal, 65_536):
            said += more
    os.close(terminal)
    return said


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are POSIX's here")
@pytest.mark.parametrize("count, shown", [(3_000, True), (3, False)])
def test_one_who_watches_many_cases_sees_how_far_they_are(tmp_path: Path, count: int, *, shown: bool) -> None:
    """R37: on stderr while the answers go into a file."""
    import pty  # noqa: PLC0415 -- POSIX only

    given, answers = tmp_path / "cases.json", tmp_path / "answers.json"
    given.write_bytes(as_input([PAID] * count))
    ours, theirs = pty.openpty()
    with (
        given.open("rb") as stdin,
        answers.open("wb") as stdout,
        subprocess.Popen(
            [*PLANNER, "calc", "withholding"], stdin=stdin, stdout=stdout, stderr=theirs,
            env=environment({"TERM": "xterm"}),
        ) as process,
    ):  # fmt: skip
        os.close(theirs)
        said = read_to_the_end(ours)
    assert process.returncode == 0
    assert len(json.loads(answers.read_text())) == count
    assert (b"Federal withholding" in said) is shown


def test_names_are_completed() -> None:
    asked = {"_PLANNER_COMPLETE": "bash_complete", "COMP_WORDS": "planner calc with", "COMP_CWORD": "2"}
    assert run_planner(more=asked).out == "plain,withholding\n"
    asked = {**asked, "COMP_WORDS": "planner calc alchemy --f", "COMP_CWORD": "3"}
    assert run_planner(more=asked).status == 0
