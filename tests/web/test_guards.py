"""One owner on this machine: other hosts and other sites are turned away, and every answer is hardened."""

import ast
from importlib import resources
from pathlib import Path

import pytest
from web.serving import API, Served, a_server
from web.wire import wire

import planner.web

COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
TOML = {"Content-Type": "application/toml"}


def port_of(served: Served) -> str:
    return served.address.rstrip("/").rsplit(":", 1)[1]


@pytest.mark.parametrize("host", ["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "LOCALHOST:PORT"])
async def test_its_own_names_are_answered(tmp_path: Path, host: str) -> None:
    async with a_server(tmp_path) as served:
        own = host.replace("PORT", port_of(served))
        assert (await served.client.get("/healthz", headers={"Host": own})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:PORT",
        "127.0.0.1.evil.example:PORT",
        "localhost:1",
        "localhost",
        "192.168.1.2:PORT",
        "0.0.0.0:PORT",
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz", f"{API}/households"])
async def test_a_foreign_host_is_turned_away(tmp_path: Path, host: str, path: str) -> None:
    async with a_server(tmp_path) as served:
        foreign = host.replace("PORT", port_of(served))
        assert (await served.client.get(path, headers={"Host": foreign})).status_code == 421


@pytest.mark.parametrize("host", ["", "[::1", "localhost:port", "a b"])
async def test_a_host_that_is_no_address_is_turned_away(tmp_path: Path, host: str) -> None:
    async with a_server(tmp_path) as served, wire(served.address) as client:
        await client.send(f"GET /healthz HTTP/1.1\nHost: {host}\n\n")
        assert (await client.answer()).status in {400, 421}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://HOST"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_site_may_not_change_anything(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with a_server(tmp_path) as served:
        host = served.address.removeprefix("http://").rstrip("/")
        sent = {name: value.replace("HOST", host) for name, value in headers.items()}
        for path in (f"{API}/households", "/households/new", "/examples/remove"):
            answer = await served.client.post(path, content=COUPLE, headers={**TOML, **sent})
            assert answer.status_code == 403, path
        assert (await served.client.get(f"{API}/households", headers=sent)).status_code == 200
        assert await served.count() == 0


async def test_its_own_pages_may(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        own = {"Origin": served.address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        answer = await served.client.post(f"{API}/households", content=COUPLE, headers={**TOML, **own})
        assert answer.status_code == 202


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", f"{API}/households", f"{API}/nowhere"])
async def test_every_answer_is_hardened(tmp_path: Path, path: str) -> None:
    async with a_server(tmp_path) as served:
        headers = (await served.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


WEB = Path(planner.web.__file__).parent
SOURCES = sorted(path for path in WEB.rglob("*.py") if "node_modules" not in path.parts)
LOOKS_UP = "planner.storage.facts"


def imported(tree: ast.Module) -> set[str]:
    """The names a module imports from the place where households are looked up."""
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == LOOKS_UP
        for alias in node.names
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_nothing_but_resolve_looks_a_household_up(path: Path) -> None:
    """R1: one function finds the household together with the caller's role; nothing else does."""
    found = imported(ast.parse(path.read_text()))
    if path.name == "resolve.py":
        assert "household_record" in found
    else:
        assert found <= {"HouseholdRecord", "JournalEntry", "OWNER"}


def handlers() -> list[tuple[str, ast.AsyncFunctionDef]]:
    """The functions of the web that are handed an id from an address."""
    return [
        (path.relative_to(WEB).as_posix(), node)
        for path in SOURCES
        if path.name not in {"resolve.py", "streams.py"}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef)
        and {"household_id", "job_id"} & {each.arg for each in node.args.args}
    ]


def uses(handler: ast.AsyncFunctionDef, name: str) -> list[ast.Name]:
    """Where the handler reads the id as it came in the address."""
    return [
        node
        for node in ast.walk(handler)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]


@pytest.mark.parametrize(
    "where, handler",
    [each for each in handlers() if each[0].startswith("api/") and not each[1].name.startswith("_")],
)
def test_an_id_from_an_address_goes_to_resolve_and_nowhere_else(
    where: str, handler: ast.AsyncFunctionDef
) -> None:
    """R1: a household is reached through the role its caller has in it."""
    resolved = [
        argument
        for call in ast.walk(handler)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"resolve", "resolve_job", "resolve_mailbox", "_projection"}
        for argument in call.args
    ]
    for name in ("household_id", "job_id"):
        assert all(use in resolved for use in uses(handler, name)), f"{where}: {handler.name}"
