"""Alerts reach a real mail server and a real webhook, each key once, whatever breaks on the way."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from work.far_sides import PASSWORD, USER, Authority, Hook, Mailbox, a_web_server, an_smtp_server
from work.outbox_stage import AN_ALERT, Hands, a_planner

from planner.actors import JobState, Outcome
from planner.settings import Alerting, MailServer, Webhook
from planner.storage.outbox import ATTEMPTS_MAX, OutboxRow
from planner.work.alerts import Alert, alert_kinds, put_alert, raise_alert, send_request
from planner.work.delivery import NotNow, RefusedThere
from planner.work.post import Post, make_post
from planner.work.world import Clock

WRONG = {"password": "wrong"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "planner.db"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def mailbox(authority: Authority) -> Iterator[tuple[int, Mailbox]]:
    with an_smtp_server(implicit=authority.server_context(), with_user=True) as server:
        yield server


@pytest.fixture
def hook() -> Iterator[tuple[str, Hook]]:
    with a_web_server() as server:
        yield server


def by_mail(authority: Authority, port: int, **options: Any) -> Post:
    values: dict[str, Any] = {
        "host": "127.0.0.1", "port": port, "implicit_tls": True, "sender": USER,
        "user": USER, "password": PASSWORD, **options,
    }  # fmt: skip
    return make_post(Alerting(mail=MailServer(**values), to=("ada@example.org",)), tls=authority.trusting)


def by_hook(address: str, secret: str | None = None) -> Post:
    return make_post(Alerting(webhook=Webhook(url=f"{address}/hook?token=abc", secret=secret)))


async def test_an_alert_is_sent_by_mail_over_tls_once_for_its_key(
    database: Path, authority: Authority, mailbox: tuple[int, Mailbox]
) -> None:
    """R17: a duplicate alert is no second mail; a line break in a subject is no second header."""
    port, box = mailbox
    async with a_planner(database, by_mail(authority, port)) as stage:
        assert await stage.alert()
        assert not await stage.alert(replace(AN_ALERT, body="Again!"))
        (mail,) = box.mails
        assert (mail["To"], mail["From"]) == ("ada@example.org", f"planner <{USER}>")
        assert mail["Subject"] == "The disk is Bcc: full"
        assert mail["Bcc"] is None
        body = mail.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert body.decode().splitlines() == ["Make room.", ".", "Now, Zoë."]
        (row,) = await stage.rows()
        assert mail["Message-ID"] == f"<{row.message_id}@planner.invalid>"
        assert (row.state, row.attempts, row.error) == ("sent", 1, None)
        assert box.signed_in == [USER.encode()]


async def test_mail_turns_to_tls_where_the_server_offers_it(database: Path, authority: Authority) -> None:
    """R17: STARTTLS, before user and password are told."""
    with an_smtp_server(starttls=authority.server_context(), with_user=True) as (port, box):
        async with a_planner(database, by_mail(authority, port, implicit_tls=False)) as stage:
            await stage.alert()
            assert (len(box.mails), box.safe) == (1, [True])


async def test_nothing_is_sent_in_the_clear_but_to_this_machine(database: Path, authority: Authority) -> None:
    """R17: a relay on this machine needs no TLS; any other server that offers none gets no mail."""
    with an_smtp_server() as (port, box):
        plain = {"implicit_tls": False, "user": None, "password": None}
        async with a_planner(database, by_mail(authority, port, **plain)) as stage:
            await stage.alert()
            assert len(box.mails) == 1
        # This address leads here too, but nothing in it says so.
        elsewhere = by_mail(authority, port, host="0.0.0.0", **plain)  # noqa: S104 -- connected to, not bound
        async with a_planner(database, elsewhere) as stage:
            await stage.alert(replace(AN_ALERT, key="another"))
            assert len(box.mails) == 1
            row = (await stage.rows())[-1]
            assert row.error is not None
            assert "STARTTLS" in row.error


async def test_a_certificate_of_nobody_is_not_talked_to(database: Path, authority: Authority) -> None:
    """R17: no user, no password, no mail; it waits, and says why."""
    with an_smtp_server(implicit=Authority().server_context(), with_user=True) as (port, box):
        async with a_planner(database, by_mail(authority, port)) as stage:
            await stage.alert()
            assert (box.mails, box.signed_in) == ([], [])
            (row,) = await stage.rows()
            assert row.state == "waiting"
            assert row.error is not None
            assert "certificate" in row.error.lower()


async def test_a_refusal_for_ever_is_given_up_and_shown(
    database: Path, authority: Authority, mailbox: tuple[int, Mailbox]
) -> None:
    """R17, R7: 5xx ends the message as failed, with what the server said; the next message is sent."""
    port, box = mailbox
    box.about_recipients = ["550 no such person"]
    async with a_planner(database, by_mail(authority, port)) as stage:
        await stage.alert()
        await stage.later(days=5)
        await stage.alert(replace(AN_ALERT, key="another"))
        first, second = await stage.rows()
        assert (first.state, first.attempts, second.state) == ("failed", 1, "sent")
        assert first.error == "The mail server said: 550 no such person"
        failed = [job for job in await stage.jobs() if job.state is JobState.PARTIAL]
        assert len(failed) == 1
        assert "no such person" in str(failed[0].error)


async def test_a_passing_refusal_is_tried_again_later_and_later(
    database: Path, authority: Authority, mailbox: tuple[int, Mailbox]
) -> None:
    """R17, R15: backoff, each attempt counted."""
    port, box = mailbox
    box.about_messages = ["451 busy", "421 going down"]
    async with a_planner(database, by_mail(authority, port)) as stage:
        await stage.alert()
        assert box.mails == []
        await stage.later(seconds=59)
        assert (await stage.rows())[0].attempts == 1
        await stage.later(seconds=1)
        assert (await stage.rows())[0].attempts == 2
        await stage.later(seconds=60)
        (row,) = await stage.rows()
        assert (row.state, row.attempts, row.error, len(box.mails)) == ("sent", 3, None, 1)


async def test_what_never_works_is_given_up_in_the_end(
    database: Path, authority: Authority, mailbox: tuple[int, Mailbox]
) -> None:
    """R17, I12: bounded; a wrong password is not the message's fault, so it has all its attempts."""
    port, _ = mailbox
    async with a_planner(database, by_mail(authority, port, **WRONG)) as stage:
        await stage.alert()
        for _ in range(ATTEMPTS_MAX + 3):
            await stage.later(hours=12)
        (row,) = await stage.rows()
        assert (row.state, row.attempts) == ("failed", ATTEMPTS_MAX)
        assert row.error is not None
        assert "does not accept the user and password" in row.error
        assert "wrong" not in row.error


async def test_a_webhook_gets_signed_json_and_the_key_of_the_message(
    database: Path, hook: tuple[str, Hook], caplog: pytest.LogCaptureFixture
) -> None:
    """R17: what the far side needs to know who sends, and that it has had it before; secrets stay secret."""
    address, sent = hook
    caplog.set_level(logging.DEBUG)
    async with a_planner(database, by_hook(address, "shared")) as stage:
        assert await stage.alert(Alert(key="k", subject="Hä?", body="b", household_id=None))
        assert not await stage.alert(Alert(key="k", subject="Hä?", body="b"))
        (target, headers, body), (row,) = sent.requests[0], await stage.rows()
        assert len(sent.requests) == 1
        assert target == "/hook?token=abc"
        expected = hmac.new(b"shared", body, hashlib.sha256).hexdigest()
        assert headers["X-Planner-Signature"] == f"sha256={expected}"
        assert headers["Idempotency-Key"] == row.message_id
        assert json.loads(body) == {
            "at": "2026-11-23T12:00:00.000000Z", "body": "b", "household_id": None,
            "key": f"k to webhook {address}", "subject": "Hä?",
        }  # fmt: skip
        shown = f"{caplog.text} {await stage.rows()} {await stage.jobs()}"
        assert "token=abc" not in shown
        assert "shared" not in shown


@pytest.mark.parametrize(
    "status,state", [(404, "failed"), (302, "failed"), (429, "waiting"), (503, "waiting"), (201, "sent")]
)
async def test_what_a_webhook_answers_decides(
    database: Path, hook: tuple[str, Hook], status: int, state: str
) -> None:
    """R17: 4xx and redirections are for ever, 5xx and 429 for now; no redirection is followed."""
    address, sent = hook
    sent.statuses = [status]
    async with a_planner(database, by_hook(address)) as stage:
        await stage.alert()
        (row,) = await stage.rows()
        assert row.state == state
        assert (row.error is None) == (state == "sent")
        assert [target for target, _, _ in sent.requests] == ["/hook?token=abc"]


async def test_a_webhook_over_tls_needs_a_certificate_that_is_trusted(
    database: Path, authority: Authority
) -> None:
    """R17: https means it."""
    with a_web_server(authority.server_context()) as (address, sent):
        alerting = Alerting(webhook=Webhook(url=address))
        async with a_planner(database, make_post(alerting)) as stage:
            await stage.alert()
            assert sent.requests == []
        async with a_planner(database, make_post(alerting, tls=authority.trusting)) as stage:
            await stage.later(minutes=2)
            assert len(sent.requests) == 1


async def test_after_a_crash_between_sending_and_recording_it_is_sent_again_as_the_same(
    database: Path, hook: tuple[str, Hook]
) -> None:
    """R17, R27: at least once overall; the far side sees by the key that it is the same message."""
    address, sent = hook
    post, hands = by_hook(address), Hands()
    arrived = trio.Event()

    async def deliver_and_die(row: OutboxRow) -> None:
        await post.deliver(row)
        arrived.set()
        await trio.sleep_forever()

    async with a_planner(database, replace(post, deliver=deliver_and_die), hands) as stage:
        await raise_alert(stage.world, AN_ALERT, requested_by="test")
        await arrived.wait()
    async with a_planner(database, post, hands) as stage:
        await stage.quiet()
        assert len(sent.requests) == 1, "the attempt was counted: the next one has its time"
        await stage.later(seconds=60)
        await stage.later(days=1)
        assert len(sent.requests) == 2
        assert sent.requests[0][1]["Idempotency-Key"] == sent.requests[1][1]["Idempotency-Key"]
        assert sent.requests[0][2] == sent.requests[1][2]
        assert (await stage.rows())[0].state == "sent"


async def test_two_planners_do_not_take_each_others_messages_for_repetitions(
    tmp_path: Path, hook: tuple[str, Hook]
) -> None:
    """R17: the identity of a message is of its key and of its database."""
    address, sent = hook
    for name, day in (("one", 1), ("two", 2)):
        hands = Hands(datetime(2026, 11, day, tzinfo=UTC))
        async with a_planner(tmp_path / f"{name}.db", by_hook(address), hands) as stage:
            await stage.alert()
    first, second = (headers["Idempotency-Key"] for _, headers, _ in sent.requests)
    assert first != second


async def test_the_alert_and_what_caused_it_are_one_transaction(
    database: Path, hook: tuple[str, Hook]
) -> None:
    """R17, I3: what is rolled back alerts nobody; an alert that came while another was being sent is sent."""
    address, sent = hook
    post, hands = by_hook(address), Hands()

    async with a_planner(database, post, hands) as stage:

        def fail_after_alert(conn: Any) -> None:
            put_alert(conn, AN_ALERT, post, at_us=0)
            raise RuntimeError("on purpose")

        with pytest.raises(RuntimeError, match="on purpose"):
            await stage.world.store.write(fail_after_alert)
        assert await stage.rows() == []

        async with trio.open_nursery() as nursery:
            for number in range(12):
                alert = replace(AN_ALERT, key=f"alert {number}")
                nursery.start_soon(partial(raise_alert, stage.world, alert, requested_by="test"))
        await stage.quiet()
        assert {row.state for row in await stage.rows()} == {"sent"}
        assert len(sent.requests) == 12


async def test_an_alert_does_not_join_a_turn_that_has_chosen_its_message(database: Path) -> None:
    """R17: what the turn that runs will send was decided when it began."""
    began, go_on = trio.Event(), trio.Event()

    async def deliver(_row: OutboxRow) -> None:
        began.set()
        await go_on.wait()

    async with a_planner(database, Post(addresses=(("webhook", "x"),), deliver=deliver)) as stage:
        await raise_alert(stage.world, AN_ALERT, requested_by="test")
        await began.wait()
        await raise_alert(stage.world, replace(AN_ALERT, key="another"), requested_by="test")
        assert (await stage.world.households.status("system")).waiting_count == 1
        go_on.set()
        await stage.quiet()
        assert [row.state for row in await stage.rows()] == ["sent", "sent"]


async def test_a_fault_of_ours_does_not_stand_in_the_way_of_other_messages(database: Path) -> None:
    """R17: a message that breaks the sender has its attempts like any other."""
    delivered: list[str] = []

    async def deliver(row: OutboxRow) -> None:
        if row.key.startswith("poison"):
            raise ZeroDivisionError
        delivered.append(row.key)

    post = Post(addresses=(("webhook", "x"),), deliver=deliver)
    async with a_planner(database, post) as stage:
        await stage.alert(Alert(key="poison", subject="s", body="b"))
        await stage.alert(Alert(key="good", subject="s", body="b"))
        assert delivered == ["good to webhook x"]
        assert [row.state for row in await stage.rows()] == ["waiting", "sent"]


async def test_a_planner_that_sends_nothing_leaves_what_waits(database: Path, hook: tuple[str, Hook]) -> None:
    """R17: the command line without the settings must not lose what the server is to send."""
    address, sent = hook
    down = replace(by_hook(address), deliver=_not_now)
    hands = Hands()
    async with a_planner(database, down, hands) as stage:
        await stage.alert()
    async with a_planner(database, Post(deliver=_not_now), hands) as stage:
        await stage.later(hours=1)
        assert not await stage.alert(Alert(key="nowhere", subject="s", body="b"))
    async with a_planner(database, by_hook(address), hands) as stage:
        await stage.later(hours=1)
        assert [row.state for row in await stage.rows()] == ["sent"]
        assert len(sent.requests) == 1


async def _not_now(_row: OutboxRow) -> None:
    raise NotNow("not now")


async def test_sending_is_refused_to_the_households_of_people(database: Path) -> None:
    """R17: planner's own work is planner's own."""
    post = Post(deliver=_not_now)
    (kind,) = alert_kinds(Clock(), post)
    assert kind.name == "send_alert"
    async with a_planner(database, post) as stage:
        await stage.world.store.write(
            lambda conn: conn.exec_driver_sql(
                "INSERT INTO households(id, name, revision, facts, created_at_us, updated_at_us) "
                "VALUES ('h', 'h', 1, '{}', 0, 0)"
            ).close()
        )
        request = replace(send_request("somebody"), household_id="h")
        accepted = await stage.world.households.accept(request)
        view = await stage.world.households.wait(str(accepted.job_id), 30)
        assert (view.state, view.error and view.error["type"]) == (JobState.FAILED, "refused")


def test_the_two_ways_of_not_being_delivered_are_not_each_other() -> None:
    assert not issubclass(RefusedThere, NotNow)
    assert Outcome().state is JobState.SUCCEEDED
