"""No request, however it is sent, leaves a connection hanging."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from quart import Response, abort, request
from quart_trio import QuartTrio
from web.wire import Wire, wire

from planner.settings import Settings
from planner.web.bodies import REFUSAL, Patience, WholeRequests
from planner.web.serve import serve

LIMIT = 1_000
SHORT = Patience(body_seconds=0.3, linger_seconds=0.3, linger_bytes=200_000)
NEXT = "GET /hello HTTP/1.1\nHost: HOST\n\n"
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 500, 503]


def an_app(patience: Patience) -> QuartTrio:
    """Answers /hello, and refuses /refuse/<status> without a look at the body."""
    app = QuartTrio(__name__)

    @app.before_request
    def refuse() -> Response | None:
        refusal = request.scope.get(REFUSAL)
        return None if refusal is None else Response(str(refusal), status=413)

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.post("/echo")
    async def echo() -> bytes:
        body: bytes = await request.body
        return body

    @app.post("/refuse/<int:status>")
    def refused(status: int) -> str:
        abort(Response("no", status=status))

    app.asgi_app = WholeRequests(app=app.asgi_app, limit=lambda _: LIMIT, patience=patience)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def served(patience: Patience = SHORT) -> AsyncIterator[str]:
    """Serve such an app on a free port."""
    stopping = trio.Event()
    settings = Settings(database=Path("unused"), port=0, grace_seconds=1)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            address: str = await nursery.start(partial(serve, an_app(patience), settings, stopping=stopping))
            yield address
            stopping.set()


async def answers_again(client: Wire) -> bool:
    """Whether the connection still carries a request to its answer."""
    await client.send(NEXT)
    return (await client.answer()).body == b"hello"


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_before_the_body_leaves_the_connection_usable(status: int) -> None:
    async with served() as address, wire(address) as client:
        await client.send(f"POST /refuse/{status} HTTP/1.1\nHost: HOST\nContent-Length: 10\n\n")
        await client.send(b"0123456789")
        assert (await client.answer()).status == status
        assert await answers_again(client)


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_of_a_chunked_body_leaves_the_connection_usable(status: int) -> None:
    async with served() as address, wire(address) as client:
        await client.send(f"POST /refuse/{status} HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n")
        await client.send("5\nhello\n")
        await client.send("0\n\n")
        assert (await client.answer()).status == status
        assert await answers_again(client)


@pytest.mark.parametrize("path", ["/nowhere", "/hello"])
async def test_unknown_routes_and_wrong_methods_take_their_body_with_them(path: str) -> None:
    async with served() as address, wire(address) as client:
        for _ in range(3):
            await client.send(f"POST {path} HTTP/1.1\nHost: HOST\nContent-Length: 10\n\n")
            await trio.testing.wait_all_tasks_blocked()
            await client.send(b"0123456789")
            assert (await client.answer()).status in {404, 405}
        assert await answers_again(client)


async def test_a_body_in_many_pieces_arrives_whole() -> None:
    async with served() as address, wire(address) as client:
        await client.send(f"POST /echo HTTP/1.1\nHost: HOST\nContent-Length: {LIMIT}\n\n")
        for _ in range(LIMIT // 10):
            await client.send(b"0123456789")
        assert (await client.answer()).body == b"0123456789" * (LIMIT // 10)
        assert await answers_again(client)


async def test_a_body_that_says_it_is_too_large_is_refused_at_once_and_the_connection_closed() -> None:
    async with served() as address, wire(address) as client:
        await client.send(f"POST /echo HTTP/1.1\nHost: HOST\nContent-Length: {LIMIT + 1}\n\n")
        answer = await client.answer()
        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        assert await client.closed()


@pytest.mark.parametrize("path", ["/echo", "/nowhere", "/hello"])
async def test_a_large_body_that_arrives_after_the_answer_is_swallowed_and_the_connection_closed(
    path: str,
) -> None:
    async with served(Patience(linger_seconds=5)) as address, wire(address) as client:
        size = 10_000_000
        await client.send(f"POST {path} HTTP/1.1\nHost: HOST\nContent-Length: {size}\n\n")
        assert (await client.answer()).status == 413
        await client.send(b"x" * size)
        assert await client.closed()


async def test_a_chunked_body_is_refused_when_it_grows_too_large() -> None:
    async with served() as address, wire(address) as client:
        await client.send("POST /echo HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n")
        for _ in range(LIMIT // 100 + 1):
            await client.send("64\n" + "x" * 100 + "\n")
        assert (await client.answer()).status == 413
        assert await client.closed()


async def test_an_endless_body_is_cut_off() -> None:
    async with served() as address, wire(address) as client:
        await client.send("POST /echo HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\n\n")
        with pytest.raises(trio.BrokenResourceError):
            await send_for_ever(client)


async def send_for_ever(client: Wire) -> None:
    while True:
        await client.send("64\n" + "x" * 100 + "\n")


async def test_a_client_that_never_sends_its_body_is_answered_and_let_go() -> None:
    async with served() as address, wire(address) as client:
        await client.send("POST /echo HTTP/1.1\nHost: HOST\nContent-Length: 10\n\nhalf")
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert await client.closed()


async def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody() -> None:
    async with served() as address:
        async with wire(address) as client:
            await client.send("POST /echo HTTP/1.1\nHost: HOST\nContent-Length: 10\n\nhalf")
        async with wire(address) as other:
            assert await answers_again(other)


async def test_a_websocket_is_refused() -> None:
    async with served() as address, wire(address) as client:
        await client.send(
            "GET /hello HTTP/1.1\nHost: HOST\nConnection: Upgrade\nUpgrade: websocket\n"
            "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"
        )
        assert (await client.answer()).status == 403
