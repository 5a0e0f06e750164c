"""The operations page: what it shows, what can be done on it, and its stream."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import trio
import trio.testing
from sqlalchemy import Connection
from web.pages.test_pages import Inline, get, post
from web.serving import API, Served, a_server, held
from worlds import NOON, a_settled_household, a_world, example

from planner.actors import Request
from planner.actors.ids import microseconds
from planner.storage.alerts import AlertRow
from planner.storage.facts import insert_household
from planner.storage.outbox import NewMessage, mark_failed, put_message
from planner.web.pages.operations_live import generation, operations_stream
from planner.web.pages.words import duration
from planner.work.alerts import send_request
from planner.work.post import Post
from planner.work.world import World

BROKEN = AlertRow(
    rule="set_aside", subject="", raised_at_us=0, resolved_at_us=None, detail="It <b>crashed</b>."
)
NOTE = NewMessage(key="k", channel="email", address="ada@example.org", subject="A subject", body="B")


async def a_household(served: Served) -> str:
    return (await a_settled_household(served.world, "young_couple")).household_id


async def wish(world: World, household_id: str) -> str:
    request = Request(household_id=household_id, kind="refresh_baseline", requested_by="test", force=True)
    accepted = await world.households.accept(request)
    assert accepted.job_id is not None
    return accepted.job_id


async def test_the_pages_show_themselves_without_anything_inline(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        household_id = await a_household(served)
        await held(served, household_id)
        await wish(served.world, household_id)
        for address in ("/operations", "/operations/jobs", "/operations/jobs?household=system"):
            seen = Inline()
            seen.feed(await get(served, address))
            assert seen.found == [], address
            assert len(seen.ids) == len(set(seen.ids)), address


async def test_one_look_shows_what_is_wrong_first(tmp_path: Path) -> None:
    """R36, R33: alerts, then households with something to show, each with what can be done."""
    async with a_server(tmp_path) as served:
        calm, aside = await a_household(served), await a_household(served)
        await held(served, aside)
        served.world.vitals.raised["set_aside", ""] = BROKEN
        page = await get(served, "/operations")
        assert "It &lt;b&gt;crashed&lt;/b&gt;. What waits is kept." in page
        assert "1 alert" in page
        assert page.index(f'id="household-{aside}"') < page.index(f'id="household-{calm}"')
        assert "held by a test" in page
        assert page.count("Take it up again") == 1
        assert "Nothing waits; shows revision 1, worked out on 23 Nov 2026" in page
        assert "Bring every household into the new month" in page
        assert "made up for once" in page


async def test_a_household_is_taken_up_again_and_a_job_cancelled(tmp_path: Path) -> None:
    """R33, R38: from the page, without JavaScript."""
    async with a_server(tmp_path) as served:
        household_id = await a_household(served)
        await held(served, household_id)
        job_id = await wish(served.world, household_id)
        done = await post(served, f"/operations/jobs/{job_id}/cancel?from=jobs")
        assert (done.status_code, done.headers["location"]) == (303, "/operations/jobs")
        assert (await served.world.households.job(job_id)).state.value == "cancelled"
        done = await post(served, f"/operations/households/{household_id}/resume")
        assert (done.status_code, done.headers["location"]) == (303, "/operations")
        assert served.world.households.set_aside() == {}
        assert (await post(served, "/operations/households/nobody/resume")).status_code == 404


async def test_all_jobs_are_narrowed_down_and_explained(tmp_path: Path) -> None:
    """R6, R36: of one household, one state, one kind; planner's own among them."""
    async with a_server(tmp_path) as served:
        household_id = await a_household(served)
        await served.world.households.accept(send_request("test"))
        page = await get(served, "/operations/jobs")
        assert "planner itself" in page
        assert f"/households/{household_id}/jobs" in page
        own = await get(served, "/operations/jobs?household=system")
        assert re.findall(r'id="job-', own) == ['id="job-']
        assert "Send an alert" in own
        few = await get(served, "/operations/jobs?state=succeeded&kind=refresh_baseline")
        (job_id,) = re.findall(r'id="job-([^"]+)"', few)
        assert '<option value="refresh_baseline" selected>' in few
        assert "It has ended: succeeded." in await get(served, f"/operations/jobs/{job_id}/why")
        assert "No such jobs" in await get(served, "/operations/jobs?state=failed")
        await get(served, "/operations/jobs?state=odd", 400)
        await get(served, "/operations/jobs?household=nobody", 404)


def add_household(conn: Connection, household_id: str) -> None:
    facts = replace(example("young_couple").facts, revision=1)
    insert_household(conn, household_id, facts, example=False, at=NOON)


async def test_households_come_in_pages(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        for number in range(26):
            await served.world.store.write(add_household, f"h{number}")
        first = await get(served, "/operations")
        assert "Next households" in first
        last = await get(served, "/operations?start=25")
        ids = [set(re.findall(r'id="household-([^"]+)"', page)) for page in (first, last)]
        assert (len(ids[0]), len(ids[1]), ids[0] & ids[1]) == (25, 2, set())


async def test_a_failed_message_is_tried_again(tmp_path: Path) -> None:
    """R17, R36: the outbox shows waiting, sent and failed with their errors, and lets them be tried again."""
    async with a_server(tmp_path) as served:
        world = served.world
        post_office = Post(addresses=(("email", "ada@example.org"),), deliver=world.post.deliver)
        object.__setattr__(world, "post", post_office)  # the kinds were made without: nothing is sent
        await world.store.write(put_message, NOTE, at_us=microseconds(NOON))
        await world.store.write(mark_failed, 1, "550 no such user")
        page = await get(served, "/operations")
        assert "550 no such user" in page
        assert "1 failed" in page
        done = await post(served, "/operations/messages/1/retry")
        assert (done.status_code, done.headers["location"]) == (303, "/operations")
        assert "1 waiting" in await get(served, "/operations")
        assert (await served.client.post(f"{API}/outbox/1/retry")).status_code == 204
        assert (await post(served, "/operations/messages/7/retry")).status_code == 404


async def heard(stream: AsyncIterator[bytes]) -> list[str]:
    """Return what the next look of the stream says: the badge, and the name of the moment."""
    return [(await anext(stream)).decode() for _ in range(2)]


async def test_the_stream_tells_what_the_page_should_show_until_planner_stops(tmp_path: Path) -> None:
    """R36, R37: live; what happens is named within a second, and rest is quiet."""
    with trio.fail_after(30):
        async with a_world(tmp_path) as world:
            stream = operations_stream(world)
            async with aclosing(stream):  # type: ignore[type-var]  # an async generator
                badge, moment = await heard(stream)
                assert "All is well" in badge
                assert moment.startswith("event: operations\ndata: ")
                world.vitals.raised["set_aside", ""] = BROKEN
                badge, after = await heard(stream)
                assert "1 alert" in badge
                assert after != moment
                before = generation(world)
                await wish(world, (await a_settled_household(world, "young_couple")).household_id)
                assert generation(world) != before
                world.stopping.set()
                assert [each async for each in stream] == []


def test_durations_have_the_unit_that_fits() -> None:
    said = [duration(seconds) for seconds in (0.0004, 0.25, 1, 119, 600, 7_200)]
    assert said == ["0.4 ms", "250.0 ms", "1 s", "119 s", "10 min", "2 h"]
