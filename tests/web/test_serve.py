"""The server listens to this machine only, and stops in time whatever its clients do."""

from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from quart_trio import QuartTrio
from web.wire import wire

from planner.settings import Settings
from planner.web import serve as serving
from planner.web.bodies import WholeRequests
from planner.web.serve import AddressTaken, NotLoopback, serve


def an_app() -> QuartTrio:
    app = QuartTrio(__name__)

    @app.get("/large")
    def large() -> bytes:
        return b"x" * 50_000_000

    @app.get("/small")
    def small() -> bytes:
        return b"small"

    @app.get("/slow")
    async def slow() -> bytes:
        await trio.sleep(0.2)
        return b"slow"

    app.asgi_app = WholeRequests(app=app.asgi_app, limit=lambda _: 1_000)  # type: ignore[method-assign]
    return app


def settings(**others: object) -> Settings:
    return Settings(**{"database": Path("unused"), "port": 0, "grace_seconds": 0.5, **others})  # type: ignore[arg-type]


async def test_it_says_where_it_really_listens() -> None:
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:
        address = await nursery.start(partial(serve, an_app(), settings(), stopping=stopping))
        assert address.startswith("http://127.0.0.1:")
        assert not address.endswith(":0/")
        async with wire(address) as client:
            await client.send("GET /small HTTP/1.1\nHost: HOST\n\n")
            assert (await client.answer()).body == b"small"
        stopping.set()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "planner.example", "::"])  # noqa: S104 -- refused
async def test_it_listens_to_this_machine_only(host: str) -> None:
    with pytest.raises(NotLoopback, match="this machine only"):
        await serve(an_app(), settings(host=host), stopping=trio.Event())


async def test_an_address_in_use_is_refused_with_a_reason() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        taken = listener.socket.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"port {taken}"):
            await serve(an_app(), settings(port=taken), stopping=trio.Event())


async def test_connections_over_the_limit_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """I12: everything is bounded."""
    monkeypatch.setattr(serving, "CONNECTIONS_MAX", 1)
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:
        address = await nursery.start(partial(serve, an_app(), settings(), stopping=stopping))
        async with wire(address) as first, wire(address) as second:
            await first.send("GET /small HTTP/1.1\nHost: HOST\n\n")
            assert (await first.answer()).body == b"small"
            assert await second.closed()
        stopping.set()


async def test_headers_without_end_are_refused_and_the_connection_closed() -> None:
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:
        address = await nursery.start(partial(serve, an_app(), settings(), stopping=stopping))
        async with wire(address) as client:
            await client.send("GET /small HTTP/1.1\nHost: HOST\nX: " + "x" * 100_000)
            assert (await client.answer()).status == 431
            assert await client.closed()
        stopping.set()


async def test_a_client_that_does_not_read_its_answer_does_not_hold_the_stop() -> None:
    """R35: stopping takes a bounded time."""
    stopping = trio.Event()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            address = await nursery.start(partial(serve, an_app(), settings(), stopping=stopping))
            async with wire(address) as client:
                await client.send("GET /large HTTP/1.1\nHost: HOST\n\n")
                assert await client.stream.receive_some(10)
                stopping.set()
                while len(nursery.child_tasks) > 0:  # noqa: ASYNC110 -- there is no event for it
                    await trio.sleep(0.01)


async def test_a_client_that_does_not_read_its_answer_does_not_hold_a_cancelled_server() -> None:
    """R35: nor when something else in the process fails, or the grace time is the process's own."""
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            address = await nursery.start(
                partial(serve, an_app(), settings(grace_seconds=60), stopping=trio.Event())
            )
            async with wire(address) as client:
                await client.send("GET /large HTTP/1.1\nHost: HOST\n\n")
                assert await client.stream.receive_some(10)
                await trio.testing.wait_all_tasks_blocked(0.05)
                nursery.cancel_scope.cancel()
                with trio.move_on_after(5, shield=True) as waiting:
                    while len(nursery.child_tasks) > 0:  # noqa: ASYNC110 -- there is no event for it
                        await trio.sleep(0.01)
    # Not where the nursery is cancelled: that would swallow the assertion.
    assert not waiting.cancelled_caught


async def test_an_answer_under_way_is_finished_and_idle_connections_end_at_once() -> None:
    """R35: what runs is finished, within the grace time."""
    stopping = trio.Event()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            address = await nursery.start(
                partial(serve, an_app(), settings(grace_seconds=60), stopping=stopping)
            )
            async with wire(address) as idle, wire(address) as busy:
                await idle.send("GET /small HTTP/1.1\nHost: HOST\n\n")
                assert (await idle.answer()).body == b"small"
                await busy.send("GET /slow HTTP/1.1\nHost: HOST\n\n")
                await trio.testing.wait_all_tasks_blocked(0.05)
                stopping.set()
                assert await idle.closed()
                assert (await busy.answer()).body == b"slow"
                assert await busy.closed()


async def test_a_request_that_came_before_the_answer_to_the_last_does_not_hold_the_stop() -> None:
    """R35: the answer under way is finished; the request behind it is never begun, and its client sees it."""
    stopping = trio.Event()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            address = await nursery.start(
                partial(serve, an_app(), settings(grace_seconds=60), stopping=stopping)
            )
            async with wire(address) as client:
                await client.send("GET /slow HTTP/1.1\nHost: HOST\n\n" * 2)
                await trio.testing.wait_all_tasks_blocked(0.05)
                stopping.set()
                assert (await client.answer()).body == b"slow"
                assert await client.closed()
