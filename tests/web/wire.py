"""A client that speaks to a server in raw bytes, as no well-behaved library would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import trio


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; the names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Wire:
    """One connection; `host` is what an honest Host header would say."""

    stream: trio.SocketStream
    host: str
    read: bytes = b""

    async def send(self, request: str | bytes) -> None:
        """Send bytes as they are; in text, lines end as HTTP wants and HOST stands for the server."""
        if isinstance(request, str):
            request = request.replace("\n", "\r\n").replace("HOST", self.host).encode()
        await self.stream.send_all(request)

    async def answer(self) -> Answer:
        """Return the next answer, which must say how long it is."""
        head, _, self.read = (await self._until(b"\r\n\r\n")).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        length = int(headers["content-length"])
        while len(self.read) < length:
            self.read += await self._more()
        body, self.read = self.read[:length], self.read[length:]
        return Answer(status=int(status.split(" ")[1]), headers=headers, body=body)

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self.read:
            self.read += await self._more()
        return self.read

    async def _more(self) -> bytes:
        found = await self.stream.receive_some()
        if not found:
            raise trio.EndOfChannel
        return bytes(found)

    async def closed(self) -> bool:
        """Wait for the server to end the connection; whatever it still says is an error."""
        try:
            rest = await self.stream.receive_some()
        except trio.BrokenResourceError:
            return True
        return rest == b""


@asynccontextmanager
async def wire(address: str) -> AsyncIterator[Wire]:
    """Open one connection to the server."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    stream = await trio.open_tcp_stream(parts.hostname, parts.port)
    async with stream:
        yield Wire(stream=stream, host=parts.netloc)
