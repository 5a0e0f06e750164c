"""The clients: many at once, over real connections; they ask, repeat, hang up, look, cancel, remove."""

import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import httpx
import trio
from torturing.account import Account, Asked, KnownHousehold, Removal
from torturing.wishes import API, Wishes

ANSWER_SECONDS_MAX: Final = 40.0
THINK_SECONDS_MAX: Final = 0.06
HOUSEHOLDS_LEAST: Final = 6
HOUSEHOLDS_MOST: Final = 12
HANG_UP_CHANCE: Final = 0.06
TWICE_CHANCE: Final = 0.08
REPEAT_CHANCE: Final = 0.85
GOOD: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
NOT_NOW: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
REFUSED: Final = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


@dataclass
class Line:
    """The way to the server: its address while it serves, and how many requests are on the way."""

    address: str | None = None
    up: trio.Event = field(default_factory=trio.Event)
    on_the_way: int = 0
    quiet: trio.Event = field(default_factory=trio.Event)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def open(self, address: str) -> None:
        """The server answers here from now on."""
        self.address = address
        self.up.set()

    def close(self) -> None:
        """The server is dead: clients hold back until the next one is up."""
        self.address = None
        if self.up.is_set():
            self.up = trio.Event()

    async def all_ended(self) -> None:
        """Wait until every request has its answer or its error."""
        while self.on_the_way:
            self.quiet = trio.Event()
            await self.quiet.wait()

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Count a request while it is on the way."""
        self.on_the_way += 1
        try:
            yield
        finally:
            self.on_the_way -= 1
            if not self.on_the_way:
                self.quiet.set()


class Client:
    """One of the clients: its connections, and what it does by chance."""

    def __init__(self, line: Line, account: Account, wishes: Wishes, chance: random.Random) -> None:
        self._line = line
        self._account = account
        self._wishes = wishes
        self._chance = chance
        self._http: httpx.AsyncClient | None = None
        self._address = ""
        self._doings: Mapping[Callable[[], Awaitable[None]], int] = {
            self._ask: 74, self._repeat: 5, self._look: 8, self._read_own: 5, self._cancel: 5,
            self._more_or_fewer: 3,
        }  # fmt: skip

    async def work(self) -> None:
        """Do one thing after the other, for ever."""
        try:
            while True:
                await self._line.up.wait()
                (doing,) = self._chance.choices(list(self._doings), list(self._doings.values()))
                await doing()
                await trio.sleep(self._chance.uniform(0, THINK_SECONDS_MAX))
        finally:
            await self.hang_up()

    async def open_households(self, number: int) -> None:
        """Make the households that all work on."""
        for _ in range(number):
            await self.settle(self._wishes.household())

    async def settle(self, asked: Asked) -> None:
        """Send a request until it is known what became of it."""
        while asked.answer is None and not asked.refused:
            await self._line.up.wait()
            await self.send(asked)

    async def send(self, asked: Asked) -> None:
        """Send a request once and write down what became of it; a lost one stays lost."""
        sent_at = trio.current_time()
        before, asked.lost = asked.lost, True
        response = await self._post(asked.path, asked.body, asked.headers)
        if response is None:
            return
        asked.lost = before
        if response.status_code in GOOD:
            self._account.acknowledged(asked, response.json(), sent_at=sent_at)
        elif response.status_code in REFUSED:
            self._refused(asked, response)
        elif response.status_code in NOT_NOW:
            self._account.counts["not now"] += 1
            asked.told = response.json()["detail"]
            await trio.sleep(THINK_SECONDS_MAX)
        else:
            self._account.wrong(f"{asked.path} answered {response.status_code}: {response.text[:300]}")
            asked.lost = True

    def _refused(self, asked: Asked, response: httpx.Response) -> None:
        gone = response.status_code == HTTPStatus.NOT_FOUND and asked.household_id is not None
        if gone and self._account.may_be_gone(asked.household_id or ""):
            asked.lost = True  # done, perhaps, before the household went, and with it the job to wait for
            return
        if gone or asked.sort in ("create", "job"):
            self._account.wrong(f"{asked.path} is refused: {response.text[:300]}")
        self._account.turned_down(asked)

    async def _ask(self) -> None:
        """Ask for something new; what is lost is asked again with its key, by most."""
        household = self._some_household()
        if household is None:
            return
        asked = self._wishes.draw(household)
        if asked.key is not None and self._chance.random() < TWICE_CHANCE:
            asked.lost = True  # of the two at once, either may be the repetition
            async with trio.open_nursery() as both:
                both.start_soon(self.send, asked)
                both.start_soon(self.send, asked)
        elif self._chance.random() < HANG_UP_CHANCE:
            asked.lost = True
            with trio.move_on_after(self._chance.uniform(0, THINK_SECONDS_MAX)):
                await self.send(asked)
        else:
            await self.send(asked)
        if asked.key is not None and self._chance.random() < REPEAT_CHANCE:
            while asked.is_open and not self._account.may_be_gone(household.id):
                await self._line.up.wait()
                await self.send(asked)

    async def _repeat(self) -> None:
        """Send a request again that was acknowledged some time ago."""
        known = [
            each for each in self._account.asked[-300:] if each.key is not None and each.answer is not None
        ]
        if not known:
            return
        asked = self._chance.choice(known)
        if asked.household_id is None or not self._account.may_be_gone(asked.household_id):
            await self.send(asked)
            self._account.counts["repeated"] += 1

    async def _look(self) -> None:
        """Look at a job that was acknowledged, sometimes until it has ended."""
        jobs = [job for job in list(self._account.jobs.values())[-100:] if job.ended is None]
        if not jobs:
            return
        job = self._chance.choice(jobs)
        headers = {"Prefer": "wait=5"} if self._chance.random() < 0.5 else {}  # noqa: PLR2004 -- even odds
        sent_at = trio.current_time()
        response = await self.get(f"{API}/jobs/{job.id}", headers)
        if response is None or response.status_code in NOT_NOW:
            return
        if response.status_code == HTTPStatus.OK:
            self._account.saw_job(response.json(), sent_at=sent_at)
        elif not self._account.may_be_gone(job.household_id):
            self._account.wrong(f"job {job.id} was acknowledged, and is {response.status_code}")

    async def _read_own(self) -> None:
        """Read what was acknowledged before: the facts, and the projection that reflects them."""
        household = self._some_household()
        if household is None:
            return
        least = household.revision
        response = await self.get(f"{API}/households/{household.id}", {})
        read = response is not None and response.status_code == HTTPStatus.OK
        if read and response is not None and response.json()["revision"] < least:
            self._account.wrong(f"household {household.id} is behind its acknowledged revision {least}")
        response = await self.get(f"{API}/households/{household.id}/baseline?at_least={least}&wait=5", {})
        if response is not None and response.status_code == HTTPStatus.OK:
            fresh = response.json()["freshness"]
            if fresh["fresh"] and fresh["revision"] < least:
                self._account.wrong(
                    f"a projection of {household.id} calls revision {fresh['revision']} fresh"
                )
            self._account.counts["projections read"] += 1

    async def _cancel(self) -> None:
        jobs = [job for job in list(self._account.jobs.values())[-30:] if job.ended is None]
        if not jobs:
            return
        job = self._chance.choice(jobs)
        job.cancel_asked = True
        sent_at = trio.current_time()
        response = await self._post(f"{API}/jobs/{job.id}/cancel", "", {})
        if response is not None and response.status_code == HTTPStatus.OK:
            self._account.saw_job(response.json(), sent_at=sent_at)
            self._account.counts["cancels"] += 1

    async def _more_or_fewer(self) -> None:
        """Make a household, or remove one."""
        there = [each for each in self._account.households.values() if each.removal is Removal.NOT_ASKED]
        if len(there) < HOUSEHOLDS_MOST:
            asked = self._wishes.household()
            await self.send(asked)
            if asked.key is not None:
                await self.settle(asked)
        elif len(there) > HOUSEHOLDS_LEAST:
            await self._remove(self._chance.choice(there))

    async def _remove(self, household: KnownHousehold) -> None:
        household.removal = Removal.ASKED
        response = await self._send("DELETE", f"{API}/households/{household.id}", "", {})
        if response is None or response.status_code in NOT_NOW:
            return
        if response.status_code in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
            household.removal = Removal.CERTAIN
            self._account.counts["removed"] += 1
            self._account.on_news("acknowledged")
        else:
            self._account.wrong(f"removing {household.id} answered {response.status_code}")

    def _some_household(self) -> KnownHousehold | None:
        there = [each for each in self._account.households.values() if each.removal is Removal.NOT_ASKED]
        return self._chance.choice(there) if there else None

    async def refresh(self, household_id: str) -> None:
        """Ask for a refresh, by a request that is written down like all others."""
        await self.settle(self._wishes.refresh(household_id))

    async def is_busy(self, household_id: str) -> bool:
        """Whether anything of the household waits or runs."""
        response = await self.get(f"{API}/households/{household_id}/status", {})
        if response is None or response.status_code != HTTPStatus.OK:
            self._account.wrong(f"the status of {household_id} cannot be read")
            return False
        plain = response.json()
        return plain["running"] is not None or plain["waiting_count"] > 0

    async def get(self, path: str, headers: dict[str, str]) -> httpx.Response | None:
        """Ask for `path`; None when there was no answer."""
        return await self._send("GET", path, "", headers)

    async def _post(self, path: str, body: str, headers: dict[str, str]) -> httpx.Response | None:
        return await self._send("POST", path, body, headers)

    async def _send(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> httpx.Response | None:
        address = self._line.address
        if address is None:
            return None
        async with self._line.request():
            http = await self._connected(address)
            try:
                return await http.request(method, path, content=body.encode(), headers=headers)
            except httpx.ReadTimeout:
                self._account.wrong(f"{method} {path} was not answered in {ANSWER_SECONDS_MAX} s")
            except httpx.ConnectError:
                self._account.counts["not reached"] += 1
                await trio.sleep(THINK_SECONDS_MAX)
            except httpx.TransportError:
                self._account.counts["lost"] += 1
            return None

    async def _connected(self, address: str) -> httpx.AsyncClient:
        if self._http is None or address != self._address:
            await self.hang_up()
            self._address = address
            self._http = a_client(address, self._line.tls)
        return self._http

    async def hang_up(self) -> None:
        """Close the connections."""
        http, self._http = self._http, None
        if http is not None:
            with trio.CancelScope(shield=True):
                await http.aclose()


def a_client(address: str, tls: ssl.SSLContext) -> httpx.AsyncClient:
    """Return what speaks to the server at `address`."""
    return httpx.AsyncClient(base_url=address, timeout=ANSWER_SECONDS_MAX, trust_env=False, verify=tls)
