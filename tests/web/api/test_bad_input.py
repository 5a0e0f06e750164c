"""Bad input over HTTP: a clear problem, nothing stored, the connection usable or closed, the server well."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
from web.serving import API, Served, a_server
from web.wire import wire

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
TOML = {"Content-Type": "application/toml"}
JSON = {"Content-Type": "application/json"}
HOME = {"name": "Home", "filing_status": "single"}


def a_file(**fields: object) -> bytes:
    return json.dumps({**HOME, **fields}).encode()


def an_expense(**fields: object) -> dict[str, object]:
    spent = {"id": "food", "name": "Food", "category": "food", "amount": "500", "frequency": "monthly"}
    return {**spent, **fields}


def a_debt(**fields: object) -> dict[str, object]:
    owed = {"balances": [{"date": "2026-10-31", "value": "100000"}]}
    loan = {"id": "loan", "name": "Loan", "kind": "mortgage", "annual_rate": "0.06", **owed}
    return {**loan, **fields}


def is_problem(answer: httpx.Response, status: int, path: str | None = None) -> dict[str, Any]:
    """Assert that the answer is a whole problem document, about the field at `path` if one is given."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["instance"] == answer.request.url.path
    assert said["detail"]
    assert "Traceback" not in answer.text
    if path is not None:
        assert path in {each["path"] for each in said["errors"]}, said
    return said


async def is_well(served: Served, *, households: int = 0) -> None:
    """Assert that the server works and has stored only so many households."""
    assert (await served.client.get("/readyz")).status_code == 200
    assert await served.count() == households


@pytest.mark.parametrize(
    "content, headers, status, path",
    [
        (b"", TOML, 400, None),
        (b"name = ", TOML, 400, None),
        (b"\xff\xfe", TOML, 400, None),
        (b'{"name": ', JSON, 400, None),
        (b'{"name": "a", "name": "b"}', JSON, 400, None),
        (b'{"name": NaN}', JSON, 400, None),
        (b"[" * 100_000, JSON, 400, None),
        (b"[1, 2]", JSON, 400, None),
        (b"{}", JSON, 422, "name"),
        (a_file(), {"Content-Type": "text/plain"}, 415, None),
        (a_file(), {"Content-Type": "application/xml"}, 415, None),
        (a_file(), {}, 415, None),
        (a_file(), {**JSON, "Content-Encoding": "gzip"}, 415, None),
        (a_file(nonsense=1), JSON, 422, "nonsense"),
        (a_file(revision=7), JSON, 422, "revision"),
        (a_file(filing_status="happily"), JSON, 422, "filing_status"),
        (a_file(expenses=[an_expense(amount="-5")]), JSON, 422, "expenses[0].amount"),
        (a_file(expenses=[an_expense(amount="1e999999999")]), JSON, 422, "expenses[0].amount"),
        (a_file(expenses=[an_expense(amount=[1])]), JSON, 422, "expenses[0].amount"),
        (a_file(expenses=[an_expense(start="2026-02-30")]), JSON, 422, "expenses[0].start"),
        (a_file(expenses=[an_expense(start="9999-01-01")]), JSON, 422, "expenses[0].start"),
        (a_file(expenses=[an_expense(), an_expense()]), JSON, 422, None),
        (a_file(expenses=[an_expense(paid_from="nowhere")]), JSON, 422, "expenses[0].paid_from"),
        (a_file(debts=[a_debt(payment="1.00")]), JSON, 422, None),
    ],
)
async def test_a_wrong_file_is_refused_and_nothing_is_stored(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int, path: str | None
) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{API}/households", content=content, headers=headers)
        is_problem(answer, status, path)
        await is_well(served)


async def test_a_file_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    """R23: nothing is cut short; what is over the limit is refused."""
    async with a_server(tmp_path) as served:
        answer = await served.client.post(f"{API}/households", content=b"#" * 10_000_000, headers=TOML)
        is_problem(answer, 413)
        await is_well(served)


async def test_other_bodies_have_a_smaller_limit(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        wish = {"kind": "refresh_baseline", "arguments": {"x": "y" * 300_000}}
        is_problem(await served.client.post(made["links"]["jobs"], json=wish), 413)
        wish["arguments"] = {"x": "y" * 100_000}
        is_problem(await served.client.post(made["links"]["jobs"], json=wish), 422)
        await is_well(served, households=1)


@pytest.mark.parametrize(
    "change, path",
    [
        ({"type": "explode"}, "type"),
        ({"type": "edit", "of": "incomes", "id": "nobody", "set": {"amount": "1"}}, "id"),
        ({"type": "edit", "of": "moods", "id": "x", "set": {"a": 1}}, "of"),
        ({"type": "edit", "of": "expenses", "id": "rent", "set": {}}, "set"),
        ({"type": "edit", "of": "expenses", "id": "rent", "set": {"amount": -1}}, "set.amount"),
        ({"type": "edit", "of": "expenses", "id": "rent", "set": {"colour": "red"}}, "set.colour"),
        ({"type": "edit_household", "set": {"name": ""}}, "set.name"),
        ({"type": "replace_facts", "facts": {}}, "facts.name"),
        ([], None),
        ("add", None),
    ],
)
async def test_a_wrong_change_is_refused_and_the_revision_stays(
    tmp_path: Path, change: object, path: str | None
) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        answer = await served.client.post(made["links"]["changes"], json=change)
        assert answer.status_code in {404, 422}
        is_problem(answer, answer.status_code, path)
        assert (await served.client.get(made["links"]["self"])).json()["revision"] == 1


@pytest.mark.parametrize(
    "wish, path",
    [
        ({}, "kind"),
        ({"kind": "fly"}, "kind"),
        ({"kind": 5}, "kind"),
        ({"kind": "refresh_baseline", "arguments": {"x": 1}}, "arguments.x"),
        ({"kind": "refresh_baseline", "arguments": [1]}, "arguments"),
        ({"kind": "refresh_baseline", "now": True}, "now"),
        ({"kind": "project_scenario", "arguments": {"scenario": "none"}}, None),
        ({"kind": "project_scenario"}, "arguments.scenario"),
    ],
)
async def test_a_wrong_wish_for_a_job_is_refused(tmp_path: Path, wish: object, path: str | None) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        before = len((await served.client.get(made["links"]["jobs"])).json()["items"])
        answer = await served.client.post(made["links"]["jobs"], json=wish)
        assert answer.status_code in {404, 422}
        is_problem(answer, answer.status_code, path)
        assert len((await served.client.get(made["links"]["jobs"])).json()["items"]) == before


@pytest.mark.parametrize(
    "method, path, headers, status",
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/households/00000000", {}, 404),
        ("GET", "/households/%2e%2e%2f%00", {}, 404),
        ("DELETE", "/households/00000000", {}, 404),
        ("GET", "/jobs/' OR 1=1 --", {}, 404),
        ("PUT", "/households", {}, 405),
        ("PATCH", "/kinds", {}, 405),
        ("GET", "/kinds", {"Accept": "image/png"}, 406),
        ("GET", "/kinds?colour=red", {}, 400),
        ("GET", "/households?limit=0", {}, 400),
        ("GET", "/households?limit=1000", {}, 400),
        ("GET", "/households?cursor=later", {}, 400),
        ("POST", "/households", {"Idempotency-Key": "", **TOML}, 400),
        ("POST", "/households", {"Idempotency-Key": "k" * 256, **TOML}, 400),
        ("POST", "/households", {"Idempotency-Key": "two words", **TOML}, 400),
    ],
)
async def test_a_wrong_address_method_or_header_is_refused(
    tmp_path: Path, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with a_server(tmp_path) as served:
        content = COUPLE if method == "POST" else b""
        answer = await served.client.request(method, API + path, headers=headers, content=content)
        is_problem(answer, status)
        if status == 405:
            assert answer.headers["allow"]
        await is_well(served)


async def test_what_nobody_foresaw_is_logged_under_an_id_and_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        del served.world.households._desk  # Something inside planner breaks.
        answer = await served.client.get(made["links"]["status"])
        said = is_problem(answer, 500)
        assert "_desk" not in answer.text
        assert said["id"] in caplog.text
        assert "AttributeError" in caplog.text
        served.world.households._desk = served.world.households._supervisor.desk


@pytest.mark.parametrize(
    "request_line, headers, status",
    [
        ("POST /api/v1/nowhere", "", 404),
        ("POST /api/v1/kinds", "", 405),
        ("POST /api/v1/households", "Content-Type: text/plain", 415),
        ("POST /api/v1/households", "Content-Type: application/json", 400),
        ("POST /api/v1/households", "Origin: http://elsewhere.example", 403),
        ("POST /api/v1/households/none/changes", "Content-Type: application/json", 404),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_refused_body_that_comes_late_does_not_hang_the_connection(
    tmp_path: Path, request_line: str, headers: str, status: int, *, chunked: bool
) -> None:
    async with a_server(tmp_path) as served, wire(served.address) as client:
        framing = "Transfer-Encoding: chunked" if chunked else "Content-Length: 8"
        lines = [f"{request_line} HTTP/1.1", "Host: HOST", framing, *([headers] if headers else [])]
        await client.send("\n".join(lines) + "\n\n")
        await client.send("8\nhalf a bo\n0\n\n".replace("half a bo", "half {bo") if chunked else "half {bo")
        answer = await client.answer()
        assert answer.status == status, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
        await client.send("GET /healthz HTTP/1.1\nHost: HOST\n\n")
        assert (await client.answer()).status == 200
        await is_well(served)


async def test_a_late_large_body_is_answered_and_the_connection_closed(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served, wire(served.address) as client:
        await client.send("POST /api/v1/nowhere HTTP/1.1\nHost: HOST\nContent-Length: 10000000\n\n")
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert json.loads(answer.body)["type"] == "urn:planner:problem:too-large"
        await client.send(b"x" * 10_000_000)
        assert await client.closed()
        await is_well(served)
