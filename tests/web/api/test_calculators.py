"""Calculators over HTTP: the same answers as from the registry, in order, bounded, beside a free loop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from web.serving import API, a_server

from planner.domain.files import FILE_BYTES_MAX
from planner.taxes.calculators import NAMES, calculate, calculator, calculators
from planner.web.api.calculators import CASES_MAX, _answers
from planner.web.calculating import aside

AT = f"{API}/calculators"
PAID = {"year": 2026, "pay_frequency": "biweekly", "filing_status": "single", "taxable_wages": "3200.10"}
JSON = {"Content-Type": "application/json"}


def is_problem(answer: httpx.Response, status: int) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    detail: str = answer.json()["detail"]
    return detail


async def test_all_calculators_are_listed_with_fields_and_example(tmp_path: Path) -> None:
    """P6, P7: what can be asked is described from the registry."""
    async with a_server(tmp_path) as served:
        listed = (await served.client.get(AT)).json()["items"]
        assert tuple(each["name"] for each in listed) == NAMES
        for each in listed:
            one = (await served.client.get(each["links"]["self"])).json()
            assert one == each
            assert one["case"]["properties"]["year"]["description"]


@pytest.mark.parametrize("name", NAMES)
async def test_examples_are_answered_like_the_registry_does(tmp_path: Path, name: str) -> None:
    """P6, P7: each answer is held against its description; a wrong case has its error in its place."""
    chosen = next(each for each in calculators() if each.name == name)
    cases: list[Any] = [dict(chosen.example), {"colour": "red"}, 7, dict(chosen.example)]
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{AT}/{name}", json=cases)
        assert answer.status_code == 200, answer.text
        assert answer.json() == calculate(name, cases)
        assert [list(each) == ["error"] for each in answer.json()] == [False, True, True, False]


async def test_thousands_of_cases_come_back_in_order_while_others_are_served(tmp_path: Path) -> None:
    """P6, R33: arithmetic is off the event loop, and in pieces."""
    cases = [{**PAID, "taxable_wages": f"{place}.50"} for place in range(4_000)]
    probes = 0
    answers: list[httpx.Response] = []
    async with a_server(tmp_path) as served:

        async def ask() -> None:
            answers.append(await served.client.post(f"{AT}/withholding", json=cases))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            while not answers:
                assert (await served.client.get("/healthz")).status_code == 200
                probes += 1
    assert answers[0].json() == calculate("withholding", cases)
    assert probes > 1


async def test_amounts_are_exact_as_numbers_too(tmp_path: Path) -> None:
    """P6: an amount never goes through a binary float."""
    exact = b'[{"year": 2026, "gross": [0.0849999999999999999999]}]'
    eight_cents, nine_cents = ({"year": 2026, "gross": [paid]} for paid in ("0.08", "0.09"))
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{AT}/fica", content=exact, headers=JSON)
    assert answer.json() == calculate("fica", [eight_cents]) != calculate("fica", [nine_cents])


async def test_no_cases_have_no_answers(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{AT}/fica", json=[])
        assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    "content, headers, status, told",
    [
        (b"{}", JSON, 422, "must be a JSON array of cases"),
        (b"[", JSON, 400, "not valid JSON"),
        (b"", JSON, 400, "empty"),
        (b"[NaN]", JSON, 400, "NaN"),
        (b"[]", {"Content-Type": "text/plain"}, 415, "application/json"),
        (b"[" + b"1," * CASES_MAX + b"1]", JSON, 413, "At most 10,000 cases"),
        (b" " * (FILE_BYTES_MAX + 1), JSON, 413, "bytes"),
    ],
)
async def test_what_is_no_list_of_cases_is_refused(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int, told: str
) -> None:
    """R23: refused as a whole, with the reason; nothing is cut short."""
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{AT}/withholding", content=content, headers=headers)
        assert told in is_problem(answer, status)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_name_is_answered_with_those_there_are(tmp_path: Path, method: str) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.request(method, f"{AT}/alchemy", content=b"[]", headers=JSON)
        assert all(name in is_problem(answer, 404) for name in NAMES)


async def test_a_field_name_that_is_no_text_is_told_of(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        content = rb'[{"\ud800": 1, "year": 2026}]'
        answer = await served.client.post(f"{AT}/withholding", content=content, headers=JSON)
        assert answer.json()[0]["error"]["problems"][0]["path"] == "\ud800"


class Leaving(list[object]):
    """Cases whose client leaves while the second is worked out."""

    def __init__(self, cases: list[object], scope: trio.CancelScope) -> None:
        super().__init__(cases)
        self.scope = scope
        self.begun = 0

    def __iter__(self) -> Iterator[object]:
        for case in super().__iter__():
            self.begun += 1
            if self.begun == 2:
                trio.from_thread.run_sync(self.scope.cancel)
            yield case


async def test_one_who_leaves_is_not_worked_for_any_more() -> None:
    """I14: arithmetic is cancelled between two cases."""
    with trio.CancelScope() as scope:
        cases = Leaving([PAID] * 50, scope)
        await aside(_answers, calculator("withholding"), cases)
    assert scope.cancelled_caught
    assert cases.begun == 2
