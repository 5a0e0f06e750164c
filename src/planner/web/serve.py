"""Serves the app on the loopback interface until it is told to stop, within a bounded time.

hypercorn speaks HTTP on each connection; the loop that accepts connections is ours, because hypercorn
shields its sending from being cancelled: one client that does not read its answer would hold the end of
the process for ever. Here every connection that is still open after the grace time, or when the server
is cancelled, is closed under it.
"""

import ipaddress
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from quart_trio import QuartTrio

from planner.domain.errors import PlannerError
from planner.settings import Settings

log = logging.getLogger("planner.web")

CONNECTIONS_MAX: Final = 1_000
KEEP_ALIVE_SECONDS: Final = 75.0
REQUESTS_PER_CONNECTION_MAX: Final = 100_000
HEADER_BYTES_MAX: Final = 32 * 1024


class AddressTaken(PlannerError):
    """Another program listens at the address."""


class NotLoopback(PlannerError):
    """The host is not this machine's own: planner has one local owner and no sign-in yet."""


class _Connection(TCPServer):
    """One connection, which ends when its end is decided.

    Hypercorn's reader, when it has the next request before the last answer has ended, waits for its turn.
    When planner stops that turn never comes, and it would wait on the closed connection all the grace time.
    """

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._reading = trio.CancelScope()

    async def protocol_send(self, event: Event) -> None:
        """Send, or close; once closed there is nothing more to read."""
        try:
            await super().protocol_send(event)
        finally:
            if isinstance(event, Closed):
                self._reading.cancel()

    async def _read_data(self) -> None:
        with self._reading:
            await super()._read_data()


@dataclass(kw_only=True, slots=True)
class _Server:
    app: ASGIWrapper
    config: Config
    context: WorkerContext
    streams: set[trio.SocketStream] = field(default_factory=set)

    async def converse(self, stream: trio.SocketStream) -> None:
        """Speak HTTP with one client until either side ends the connection."""
        if len(self.streams) >= CONNECTIONS_MAX:
            await trio.aclose_forcefully(stream)
            return
        self.streams.add(stream)
        try:
            await _Connection(self.app, self.config, self.context, {}, stream)
        finally:
            self.streams.discard(stream)

    async def close_in_the_end(self, stopping: trio.Event, grace_seconds: float) -> None:
        """Close the connections under whatever still talks: after the grace time, or when cancelled."""
        try:
            await stopping.wait()
            await trio.sleep(grace_seconds)
        finally:
            for stream in tuple(self.streams):
                stream.socket.close()


async def serve(
    app: QuartTrio,
    settings: Settings,
    *,
    stopping: trio.Event,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stopping` is set; started with the address, whose port is the real one where 0 was asked.

    Raises AddressTaken or NotLoopback before it has started.
    """
    listeners = await _listen(_loopback(settings.host), settings.port)
    server = _Server(app=ASGIWrapper(app), config=_config(), context=WorkerContext(None))
    async with trio.open_nursery() as background:
        app.nursery = background
        background.start_soon(server.close_in_the_end, stopping, settings.grace_seconds)
        await app.startup()
        async with trio.open_nursery() as connections:
            accept = partial(trio.serve_listeners, server.converse, listeners, handler_nursery=connections)
            async with trio.open_nursery() as accepting:
                accepting.start_soon(accept)
                task_status.started(_address(listeners[0]))
                await stopping.wait()
                accepting.cancel_scope.cancel()
            await server.context.terminated.set()
            connections.cancel_scope.deadline = trio.current_time() + settings.grace_seconds
        await app.shutdown()
        background.cancel_scope.cancel()


def _loopback(host: str) -> str:
    """Return the address to bind to; planner listens to nobody but this machine."""
    named = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        if ipaddress.ip_address(named).is_loopback:
            return named
    except ValueError:
        pass
    raise NotLoopback(
        f"planner listens on this machine only: {host!r} is not a loopback address such as 127.0.0.1 or ::1."
    )


async def _listen(host: str, port: int) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        raise AddressTaken(
            f"planner cannot listen on {host}, port {port} ({error.strerror}). Another program, or another "
            "planner, may be using it: stop it, or choose another port."
        ) from error


def _address(listener: trio.SocketListener) -> str:
    name: Any = listener.socket.getsockname()
    host, port = name[0], name[1]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _config() -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = log
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.keep_alive_max_requests = REQUESTS_PER_CONNECTION_MAX
    config.h11_max_incomplete_size = HEADER_BYTES_MAX
    return config
