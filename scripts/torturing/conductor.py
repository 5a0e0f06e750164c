"""Conducts the torture: lives of the server one after the other, clients all the while, a look after each."""

import json
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import trio
from torturing.account import Account, Removal
from torturing.clients import Client, Line
from torturing.followers import keep_following
from torturing.mail import RECIPIENT, Sink, put_messages, unsent
from torturing.misfortunes import Misfortune, misfortunes
from torturing.server import NotReady, Server
from torturing.small_disk import fill_up, make_room
from torturing.verdict import Verdict
from torturing.wishes import API, Wishes

HOUSEHOLDS: Final = 8
LIFE_SECONDS_MAX: Final = 6.0
STOP_SECONDS_MAX: Final = 20.0
STOPPING_SECONDS: Final = 0.4
REST_SECONDS_MAX: Final = 180.0
FOLLOWERS: Final = 4
REPEATED_AFTER_EACH_KILL: Final = 12
DOCTOR_LIVE_EVERY: Final = 20
LOOK_SECONDS: Final = 0.002


@dataclass
class Conductor:
    """One run of the torture."""

    seed: int
    kills: int
    clients: int
    folder: Path
    small_disk: bool = False
    account: Account = field(default_factory=Account)
    line: Line = field(default_factory=Line)
    endings: dict[str, int] = field(default_factory=dict)
    stop_seconds: list[float] = field(default_factory=list)

    async def run(self, smtp: str, sink: Sink) -> None:
        """Torture the server, let it come to rest, and hold everything against the account."""
        database = self.folder / "planner.db"
        self.server = Server(database, {"PLANNER_SMTP_URL": smtp, "PLANNER_ALERT_TO": RECIPIENT})
        self.sink = sink
        self.wishes = Wishes(self.account, random.Random(f"{self.seed} wishes"))
        await self._found()
        async with trio.open_nursery() as nursery:
            for number in range(self.clients):
                nursery.start_soon(self._client(number).work)
            for number in range(FOLLOWERS):
                nursery.start_soon(keep_following, self.line, self.account, number)
            for misfortune in misfortunes(self.seed, self.kills):
                await self._live(misfortune)
            nursery.cancel_scope.cancel()
        await self._come_to_rest()

    def _client(self, number: int | str) -> Client:
        return Client(self.line, self.account, self.wishes, random.Random(f"{self.seed} client {number}"))

    async def _found(self) -> None:
        """Make the first households in a life without misfortune."""
        await self._begin()
        self.line.open(await self.server.ready())
        founder = self._client("founder")
        await founder.open_households(HOUSEHOLDS)
        await founder.hang_up()
        await self._stop()

    async def _begin(self) -> None:
        self.account.life += 1
        self.sink.life = self.account.life
        await self.server.spawn()

    async def _live(self, misfortune: Misfortune) -> None:
        """One life: start, serve, be hurt, die; then look at what is left."""
        await self._begin()
        ending = "drained" if misfortune.drained else misfortune.kill
        if misfortune.drained or misfortune.kill not in ("while it starts", "at its first write"):
            self.line.open(await self.server.ready())
            await self._serve(misfortune)
        else:
            await self._die_young(misfortune)
        if misfortune.drained:
            await self._stop()
        else:
            self.server.send(signal.SIGKILL)
            await self.server.wait()
        self.line.close()
        make_room(self.folder)
        with trio.fail_after(STOP_SECONDS_MAX):
            await self.line.all_ended()
        self.account.on_news = _nobody_listens
        self.sink.on_mail = _nobody_minds
        self.endings[ending] = self.endings.get(ending, 0) + 1
        await self._look()
        print(
            f"\r{self.account.life} lives, {self.account.counts['acknowledged']} acknowledged, "
            f"{self.account.counts['anomalies']} anomalies ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    async def _die_young(self, misfortune: Misfortune) -> None:
        """Wait for a moment before, or just after, the server is ready."""
        with trio.move_on_after(LIFE_SECONDS_MAX):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._open_if_ready)
                if misfortune.kill == "at its first write":
                    await self._next_write()
                    await trio.sleep(misfortune.seconds / 20)
                else:
                    await trio.sleep(misfortune.seconds * self.server.usual_start)
                nursery.cancel_scope.cancel()

    async def _open_if_ready(self) -> None:
        try:
            self.line.open(await self.server.ready())
        except NotReady:
            self.account.wrong("the server ended by itself while it started")

    async def _serve(self, misfortune: Misfortune) -> None:
        """Let clients work until the moment has come, in which the server is killed, or asked to stop."""
        await self._repeat_some()
        if misfortune.messages:
            await self._put(misfortune.messages)
        if self.small_disk and misfortune.full_disk:
            fill_up(self.folder)
            self.account.counts["full disks"] += 1
            await trio.sleep(misfortune.full_disk)
            if misfortune.after % 2:  # else it is killed or stopped with the disk full
                make_room(self.folder)
        if misfortune.pause:
            await trio.sleep(misfortune.seconds / 4)
            self.server.send(signal.SIGSTOP)
            await trio.sleep(misfortune.pause)
            self.server.send(signal.SIGCONT)
        with trio.move_on_after(LIFE_SECONDS_MAX):
            await self._moment(misfortune)
        if misfortune.kill == "while it stops" and not misfortune.drained:
            self.server.send(signal.SIGTERM)
            await trio.sleep(misfortune.seconds / 2 * STOPPING_SECONDS)

    async def _moment(self, misfortune: Misfortune) -> None:
        struck = trio.Event()
        left = misfortune.after

        def news(what: str) -> None:
            nonlocal left
            if what in wanted:
                left -= 1
                if left == 0:
                    self._strike(misfortune)
                    struck.set()

        match misfortune.kill:
            case "at an acknowledgement":
                wanted = {"acknowledged"}
            case "as a turn starts":
                wanted = {"event started"}
            case "as a job ends":
                wanted = {"event succeeded"}
            case "as a mail is taken":
                self.sink.on_mail = self._striking(misfortune, struck)
                await struck.wait()
                return
            case "at a commit":
                await trio.sleep(misfortune.seconds)
                await self._next_write()
                return
            case _:
                await trio.sleep(misfortune.seconds)
                return
        self.account.on_news = news
        await struck.wait()

    def _striking(self, misfortune: Misfortune, struck: trio.Event) -> Callable[[], None]:
        """Return what kills from the thread that takes mail, before the sender hears of it."""
        token = trio.lowlevel.current_trio_token()

        def strike() -> None:
            self._strike(misfortune)
            token.run_sync_soon(struck.set)

        return strike

    def _strike(self, misfortune: Misfortune) -> None:
        """Kill at once, in the very moment: not one more step of ours in between.

        One that may end in order is asked to when we come to it: asked twice, it would not wait for anything.
        """
        if not misfortune.drained:
            self.server.send(signal.SIGKILL)

    async def _next_write(self) -> None:
        """Wait until the database's log is written to."""
        log = self.server.database.with_name(self.server.database.name + "-wal")
        before = _written(log)
        while _written(log) == before and not self.server.ended:  # noqa: ASYNC110 -- files tell nobody
            await trio.sleep(LOOK_SECONDS)

    async def _stop(self) -> None:
        """Stop in order: within bounded time, with a good end."""
        began = time.perf_counter()
        self.server.send(signal.SIGTERM)
        with trio.move_on_after(STOP_SECONDS_MAX) as scope:
            status = await self.server.wait()
            self.stop_seconds.append(time.perf_counter() - began)
            if status != 0:
                self.account.wrong(f"asked to stop, the server ended with {status}")
        if scope.cancelled_caught:
            self.account.wrong(f"asked to stop, the server had not ended after {STOP_SECONDS_MAX} s")
            self.server.send(signal.SIGKILL)
            await self.server.wait()
        self.line.close()

    async def _put(self, number: int) -> None:
        """Put messages into the outbox; the next life sends them."""
        subjects = [f"Trial {self.account.life}.{each}" for each in range(number)]
        await trio.to_thread.run_sync(put_messages, self.server.database, subjects)
        self.account.messages.update(dict.fromkeys(subjects, ""))

    async def _repeat_some(self) -> None:
        """Send requests again that were acknowledged before the kill: each gets its answer again."""
        again = self._client(f"again {self.account.life}")
        known = [
            each for each in self.account.asked[-200:]
            if each.key and each.answer and not self.account.may_be_gone(each.answer.household_id)
        ]  # fmt: skip
        with trio.move_on_after(LIFE_SECONDS_MAX):
            for asked in known[-REPEATED_AFTER_EACH_KILL:]:
                asked.headers.pop("Prefer", None)
                await again.send(asked)
                self.account.counts["repeated"] += 1
        await again.hang_up()

    async def _look(self) -> None:
        """Hold the cold file against the account, and let the doctor see it."""
        for line in self.server.complaints():
            self.account.wrong(f"the log says: {line[:300]}")
        Verdict(self.server.database, self.account).hold(at_rest=False)
        await self._doctor()

    async def _doctor(self) -> None:
        done = await trio.run_process(
            [sys.executable, "-m", "planner", "doctor", "--json", "--data", str(self.server.database)],
            capture_stdout=True, capture_stderr=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            for finding in json.loads(done.stdout or b"{}").get(
                "findings", [{"message": done.stderr.decode()}]
            ):
                self.account.wrong(f"the doctor finds: {finding}")

    async def _come_to_rest(self) -> None:
        """One more life without misfortune: everything ends, every request is repeated, all is held."""
        await self._begin()
        self.line.open(await self.server.ready())
        last = self._client("last")
        for asked in list(self.account.asked):
            household_id = asked.answer.household_id if asked.answer else asked.household_id
            open_or_done = asked.answer is not None or asked.is_open
            if asked.key and open_or_done and not (household_id and self.account.may_be_gone(household_id)):
                asked.headers.pop("Prefer", None)
                await last.send(asked)
        for household in list(self.account.households.values()):
            if household.removal is not Removal.CERTAIN:
                await last.get(f"{API}/households/{household.id}", {})
        await self._all_done(last)
        await self._doctor()
        await last.hang_up()
        await self._stop()
        await self._mails()
        await self._look()
        Verdict(self.server.database, self.account).hold(at_rest=True)

    async def _all_done(self, last: Client) -> None:
        """Ask each household for one more refresh, and wait until nothing waits or runs."""
        with trio.move_on_after(REST_SECONDS_MAX) as scope:
            listed = await last.get(f"{API}/households?limit=200", {})
            assert listed is not None
            for each in listed.json()["items"]:
                await last.refresh(each["id"])
            while True:
                busy = [each for each in listed.json()["items"] if await last.is_busy(each["id"])]
                if not busy:
                    break
                await trio.sleep(0.1)
        if scope.cancelled_caught:
            self.account.wrong(f"work had not ended after {REST_SECONDS_MAX} s")

    async def _mails(self) -> None:
        """Let lives begin until all mail is sent; then each message came, and always as the same."""
        for _ in range(3):
            await trio.to_thread.run_sync(put_messages, self.server.database, [])
            if not unsent(self.server.database):
                break
            await self._begin()
            self.line.open(await self.server.ready())
            with trio.move_on_after(LIFE_SECONDS_MAX * 5):
                while unsent(self.server.database):  # noqa: ASYNC110 -- files tell nobody
                    await trio.sleep(0.1)
            await self._stop()
        came: dict[str, list[tuple[str, int]]] = {}
        for subject, message_id, life in self.sink.mails:
            came.setdefault(subject, []).append((message_id, life))
        for subject in self.account.messages:
            if subject not in came:
                self.account.wrong(f"the message {subject!r} was never sent")
        for subject, each in came.items():
            if len({message_id for message_id, _ in each}) > 1:
                self.account.wrong(f"the message {subject!r} came as several: {each}")
            lives = [life for _, life in each]
            if len(set(lives)) < len(lives):
                self.account.wrong(f"the message {subject!r} came twice in one life: {lives}")
        if len({ids[0][0] for ids in came.values()}) < len(came):
            self.account.wrong("two messages have one Message-ID")
        self.account.counts["mails"] = len(self.sink.mails)


def _nobody_listens(_news: str) -> None:
    """Between two lives news strike nobody."""


def _nobody_minds() -> None:
    """The same for mails."""


def _written(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
