"""The door through a running server: its HTTP API, spoken with what Python brings along."""

import json
from functools import partial
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import Request

import trio

from planner.cli.door import Plain
from planner.cli.server import opener
from planner.domain.errors import Busy, PlannerError, Problem, Refused
from planner.domain.files import FileFormat

ANSWER_SECONDS_MAX: Final = 60.0
PAGE: Final = 200
NOT_NOW: Final = frozenset({429, 503})


class ServerLost(PlannerError):
    """The server that held the database does not answer as one should."""


class Remote:
    """A Door to the server at `address`."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def households(self) -> list[Plain]:
        """Return all households."""
        return await self._pages("households")

    async def create(self, content: bytes, file_format: FileFormat) -> Plain:
        """Store the household that a file holds."""
        made = json.loads(await self._ask("POST", "households", content, f"application/{file_format}"))
        job = made["job"]
        return {
            "household_id": made["household_id"],
            "revision": made["revision"],
            "job_id": None if job is None else job["id"],
        }

    async def export(self, household_id: str, file_format: FileFormat) -> str:
        """Return a household as a file."""
        return (
            await self._ask("GET", f"households/{_part(household_id)}/export?format={file_format}")
        ).decode()

    async def journal(self, household_id: str, limit: int) -> list[Plain]:
        """Return the last changes, newest first."""
        return await self._pages(f"households/{_part(household_id)}/changes", limit=limit)

    async def jobs(
        self, household_id: str | None, state: str | None, limit: int, kind: str | None = None
    ) -> list[Plain]:
        """Return the last jobs, newest first."""
        asked = {"household": household_id, "state": state, "kind": kind}
        query = {name: value for name, value in asked.items() if value is not None}
        return await self._pages("jobs", limit=limit, **query)

    async def job(self, job_id: str) -> Plain:
        """Return one job."""
        return await self._json("GET", f"jobs/{_part(job_id)}")

    async def children(self, job_id: str) -> list[Plain]:
        """Return the items of a batch."""
        return await self._pages(f"jobs/{_part(job_id)}/children")

    async def cancel(self, job_id: str) -> Plain:
        """Cancel a job."""
        return await self._json("POST", f"jobs/{_part(job_id)}/cancel")

    async def why(self, job_id: str) -> Plain:
        """Return why a job is where it is."""
        return await self._json("GET", f"jobs/{_part(job_id)}/why")

    async def attempts(self, job_id: str) -> list[Plain]:
        """Return the runs of a job."""
        found: list[Plain] = (await self._json("GET", f"jobs/{_part(job_id)}/attempts"))["items"]
        return found

    async def ask(self, household_id: str, kind: str, arguments: Plain, *, force: bool) -> str:
        """Ask for a job."""
        wish = json.dumps({"kind": kind, "arguments": arguments, "force": force}).encode()
        made = json.loads(await self._ask("POST", f"households/{_part(household_id)}/jobs", wish))
        return str(made["job"]["id"])

    async def resume(self, household_id: str) -> None:
        """Let a household go on."""
        await self._ask("POST", f"households/{_part(household_id)}/resume", b"")

    async def keys(self, household_id: str) -> list[Plain]:
        """Return what the household remembers as done."""
        return await self._pages(f"households/{_part(household_id)}/idempotency-keys")

    async def clear_key(self, household_id: str, key: str) -> None:
        """Forget a key."""
        at = f"households/{_part(household_id)}/idempotency-keys"
        await self._ask("DELETE", f"{at}?{urlencode({'key': key})}")

    async def operations(self, households: int) -> Plain:
        """Return how planner is doing."""
        return await self._json("GET", f"operations?limit={households}")

    async def timetable(self) -> list[Plain]:
        """Return what planner does by itself."""
        items: list[Plain] = (await self._json("GET", "timetable"))["items"]
        return items

    async def outbox(self, limit: int) -> list[Plain]:
        """Return the last messages."""
        return await self._pages("outbox", limit=limit)

    async def retry_message(self, message_id: int) -> None:
        """Let a message be tried again now."""
        await self._ask("POST", f"outbox/{message_id}/retry", b"{}")

    async def _pages(self, path: str, *, limit: int | None = None, **query: str) -> list[Plain]:
        """Return the items of a list, up to `limit`, page after page."""
        size = PAGE if limit is None else min(limit, PAGE)
        at: str | None = f"{path}?{urlencode({**query, 'limit': size})}"
        items: list[Plain] = []
        while at is not None and (limit is None or len(items) < limit):
            page = await self._json("GET", at)
            items += page["items"]
            at = page["next"]
        return items[:limit]

    async def _json(self, method: str, path: str) -> Plain:
        body = b"{}" if method == "POST" else None
        answered: Any = json.loads(await self._ask(method, path, body))
        assert isinstance(answered, dict)
        return answered

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, media: str = "application/json"
    ) -> bytes:
        """Return the body of a good answer; raise what any other one says."""
        address = urljoin(urljoin(self._address, "api/v1/"), path)
        headers = {"Accept": "*/*"} if body is None else {"Accept": "*/*", "Content-Type": media}
        request = Request(address, data=body, headers=headers, method=method)  # noqa: S310 -- the server's own
        return await trio.to_thread.run_sync(partial(_exchange, request), abandon_on_cancel=True)


def _part(of_path: str) -> str:
    return quote(of_path, safe="")


def _exchange(request: Request) -> bytes:
    try:
        with opener.open(request, timeout=ANSWER_SECONDS_MAX) as answer:
            body: bytes = answer.read()
            return body
    except HTTPError as error:
        raise _refusal(error.code, error.read()) from error
    except (URLError, OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ServerLost(f"The planner server does not answer ({reason}).") from error


def _refusal(status: int, body: bytes) -> PlannerError:
    """Return the error that a problem document tells of."""
    try:
        problem = json.loads(body)
        detail = str(problem["detail"])
        problems = [Problem(each["path"], each["message"]) for each in problem.get("errors", [])]
    except (ValueError, KeyError, TypeError):
        return ServerLost(f"The planner server answered {status} without saying why.")
    if status in NOT_NOW:
        return Busy(detail)
    return Refused(detail, problems=problems)
