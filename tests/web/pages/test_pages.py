"""The pages over HTTP: what they show, what they refuse, and that nothing on them is inline."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from web.serving import Served, a_server, held
from worlds import a_settled_household, example, quiet

from planner.domain.files import write_household
from planner.work.accept import import_examples
from planner.work.world import World

SMALL = write_household(example("young_couple").facts, "toml")
PARTS = ("", "/flows", "/incomes", "/incomes/ada-salary", "/months", "/jobs")


class Inline(HTMLParser):
    """Finds what the pages' content security policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, and what is inline or from another host."""
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "style" or (
            tag == "script" and "src" not in given and given.get("type") != "application/json"
        ):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        for name in ("src", "href", "action", "hx-get", "hx-post"):
            if re.match(r"(https?:)?//", given.get(name) or ""):
                self.found.append(str(given[name]))


async def get(served: Served, address: str, status: int = 200) -> str:
    answer = await served.client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def post(served: Served, address: str, **sent: Any) -> httpx.Response:
    return await served.client.post(address, data=sent, headers={"Sec-Fetch-Site": "same-origin"})


async def a_home(world: World, name: str = "family") -> str:
    household_id = (await a_settled_household(world, name)).household_id
    await quiet(world, household_id)
    return f"/households/{household_id}"


async def test_every_page_shows_itself_without_anything_inline_or_from_elsewhere(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        for address in ("/", "/households/new", *(home + part for part in PARTS)):
            seen = Inline()
            seen.feed(await get(served, address))
            assert seen.found == [], address
            assert len(seen.ids) == len(set(seen.ids)), address


async def test_the_dashboard_shows_figures_charts_and_their_tables(tmp_path: Path) -> None:
    """P16, R14: metrics and charts of the baseline, and from which revision they are."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        page = await get(served, home)
        assert "Up to date with revision 1" in page
        for metric in ("net_worth", "net_worth_end", "monthly_surplus", "debt_free_month"):
            assert f'data-metric="{metric}"' in page
        drawn = [json.loads(text) for text in re.findall(r'application/json">(.*?)</script>', page)]
        assert [len(chart["series"]) > 1 for chart in drawn] == [True, True, True]
        assert all(
            len(series["values"]) == len(chart["periods"]) for chart in drawn for series in chart["series"]
        )
        assert page.count("<details") == page.count("<table>") == 3


BARE = "name = 'Bare'\nfiling_status = 'single'\n"
EUROS = (
    BARE
    + """currency = 'EUR'
accounts = [{ id = 'cash', name = 'Cash', kind = 'cash', balances = [{ date = 2026-10-31, value = -200 }] }]
[[incomes]]
id = 'job'
name = 'Job'
kind = 'other'
amount = 1
amount_per = 'year'
pay_frequency = 'annual'
"""
)


@pytest.mark.parametrize("facts", [BARE, EUROS], ids=["nothing but a name", "an overdrawn account in euros"])
async def test_a_household_with_next_to_nothing_has_its_pages_too(tmp_path: Path, facts: str) -> None:
    async with a_server(tmp_path) as served:
        created = await post(served, "/households/new", text=facts, format="toml")
        home = created.headers["location"]
        await quiet(served.world, home.rpartition("/")[2])
        parts = (
            "",
            "/flows",
            "/incomes",
            "/months",
            "/jobs",
            *(("/incomes/job",) if "incomes" in facts else ()),
        )
        for part in parts:
            page = await get(served, home + part)
            assert "EUR" not in facts or "$" not in page, part


async def test_flows_say_where_they_come_from(tmp_path: Path) -> None:
    """P5: flows are traceable to their source; paychecks and debt payments are split."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        page = await get(served, f"{home}/flows")
        for line in (
            "Federal income tax withheld",
            "Social Security",
            "Medicare",
            "Net pay",
            "Principal",
            "Interest",
        ):
            assert line in page
        assert f'href="{home}/incomes/ada-salary"' in page
        assert "Escrow" in page


async def test_the_list_marks_examples_and_one_click_removes_them(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        await import_examples(served.world)
        page = await get(served, "/")
        assert "3 of these are examples" in page
        answer = await post(served, "/examples/remove")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "No household yet" in await get(served, "/")


async def test_a_household_comes_in_as_a_file_or_as_text(tmp_path: Path) -> None:
    """P20: a household starts from its file."""
    async with a_server(tmp_path) as served:
        pasted = await post(served, "/households/new", text=SMALL, format="toml")
        assert pasted.status_code == 303
        chosen = await served.client.post(
            "/households/new",
            files={"file": ("home.json", write_household(example().facts, "json"))},
            data={"text": "", "format": "toml"},
        )
        assert chosen.status_code == 303
        assert "Plan" in await get(served, chosen.headers["location"])
        assert await served.count() == 2


@pytest.mark.parametrize(
    "sent,expected",
    [
        ({"text": "", "format": "toml"}, "choose one, or paste"),
        ({"text": "name = 'x", "format": "toml"}, "not valid TOML"),
        ({"text": "{]", "format": "json"}, "not valid JSON"),
        ({"text": "name = 'x'\nfiling_status = 'single'\nwealth = 3", "format": "toml"}, "wealth"),
        ({"text": "name = 'x'", "format": "yaml"}, "TOML or JSON"),
    ],
)
async def test_a_file_that_makes_no_sense_is_refused_with_the_place(
    tmp_path: Path, sent: dict[str, str], expected: str
) -> None:
    async with a_server(tmp_path) as served:
        answer = await post(served, "/households/new", **sent)
        assert answer.status_code == 422
        assert "This file was not imported" in answer.text
        assert expected in answer.text.replace("&#39;", "'")
        assert await served.count() == 0


async def test_a_file_of_another_sort_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        files = {"file": ("home.xlsx", b"PK")}
        answer = await served.client.post("/households/new", files=files, data={"text": ""})
        assert answer.status_code == 422
        assert "ends in .toml or .json" in answer.text


async def test_what_people_wrote_is_shown_as_text_and_never_as_markup(tmp_path: Path) -> None:
    nasty = "</script><script>alert(1)</script>"
    facts = example("young_couple").facts
    accounts = tuple(replace(account, name=nasty) for account in facts.accounts)
    text = write_household(replace(facts, name=nasty, accounts=accounts), "toml")
    async with a_server(tmp_path) as served:
        created = await post(served, "/households/new", text=text, format="toml")
        home = created.headers["location"]
        await quiet(served.world, home.rpartition("/")[2])
        for address in ("/", home, f"{home}/flows"):
            assert "<script>alert" not in await get(served, address)


async def test_an_income_is_saved_and_its_form_knows_the_new_revision(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        sent = {"revision": "1", "amount": "150,000", "name": "Ada"}
        part = await served.client.post(
            f"{home}/incomes/ada-salary", data=sent, headers={"HX-Request": "true"}
        )
        assert part.status_code == 200
        assert "Saved as revision 2" in part.text
        assert 'name="revision" value="2"' in part.text
        assert "<html" not in part.text
        await quiet(served.world, home.rpartition("/")[2])
        assert "$150,000.00 a year" in await get(served, f"{home}/incomes")


async def test_without_scripts_the_form_answers_with_the_whole_page(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        answer = await post(served, f"{home}/incomes/ada-salary", revision="1", amount="1", name="Ada")
        assert answer.status_code == 200
        assert "<html" in answer.text
        assert "Saved as revision 2" in answer.text


async def test_a_form_made_against_an_older_revision_is_kept_and_can_be_sent_again(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        address = f"{home}/incomes/ada-salary"
        assert (await post(served, address, revision="1", amount="1", name="Ada")).status_code == 200
        late = await post(served, address, revision="1", amount="2", name="Ada")
        assert late.status_code == 412
        assert "revision 2 by now" in late.text
        assert 'value="2"' in late.text
        assert (await post(served, address, revision="2", amount="2", name="Ada")).status_code == 200


async def test_a_refused_income_stores_nothing(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        answer = await post(served, f"{home}/incomes/ada-salary", revision="1", amount="-1", name="Ada")
        assert answer.status_code == 422
        assert 'id="amount-error"' in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert "Up to date with revision 1" in answer.text


async def test_jobs_are_listed_asked_for_explained_and_cancelled(tmp_path: Path) -> None:
    """R6, R38: a waiting job is cancelled from its page, and says why it waited."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        await held(served, home.rpartition("/")[2])
        answer = await post(served, f"{home}/jobs", kind="refresh_baseline")
        assert answer.headers["location"] == f"{home}/jobs"
        page = await get(served, f"{home}/jobs")
        assert "This household is set aside" in page
        assert 'class="badge pending">waiting' in page
        job = re.findall(rf'{home}/jobs/([0-9a-f-]+)/cancel"', page)[0]
        why = await get(served, f"{home}/jobs/{job}/why")
        assert "set aside until it is resumed" in why
        assert (await post(served, f"{home}/jobs/{job}/cancel")).status_code == 303
        assert 'class="badge cancelled">cancelled' in await get(served, f"{home}/jobs")


async def test_older_jobs_are_a_page_further(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world, "young_couple")
        for _ in range(31):
            await post(served, f"{home}/jobs", kind="refresh_baseline")
            await quiet(served.world, home.rpartition("/")[2])
        first = await get(served, f"{home}/jobs")
        older = re.findall(r'href="([^"]+\?before=\d+)"', first)[0]
        seen = [re.findall(r'id="job-([0-9a-f-]+)"', page) for page in (first, await get(served, older))]
        assert len(seen[0]) == 30
        assert seen[1]
        assert not set(seen[0]) & set(seen[1])


async def test_a_household_that_was_set_aside_is_taken_up_again(tmp_path: Path) -> None:
    """R33: what was set aside is shown with its reason and can be resumed."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        await held(served, home.rpartition("/")[2])
        assert "held by a test" in await get(served, home)
        assert (await post(served, f"{home}/resume")).status_code == 303
        assert "held by a test" not in await get(served, home)


@pytest.mark.parametrize(
    "address", ["/nowhere", "/households/unknown", "/households/unknown/live", "/static/nothing.js"]
)
async def test_what_is_not_there_is_said_on_a_page(tmp_path: Path, address: str) -> None:
    """R1: an unknown id is 404."""
    async with a_server(tmp_path) as served:
        page = await get(served, address, 404)
        assert "There is nothing here" in page
        assert "All households" in page


async def test_an_unknown_income_or_job_of_a_household_is_not_there(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        other = await a_home(served.world, "young_couple")
        (job, *_) = await served.world.households.jobs(other.rpartition("/")[2])
        await get(served, f"{home}/incomes/nobody", 404)
        await get(served, f"{home}/jobs/{job.id}/why", 404)
        assert (await post(served, f"{home}/jobs/{job.id}/cancel")).status_code == 404


async def test_a_part_that_fails_is_a_message_in_its_place(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.get("/households/unknown/plan", headers={"HX-Request": "true"})
        assert answer.status_code == 404
        assert answer.text.startswith('<div class="message bad"')


async def test_a_page_of_another_site_changes_nothing(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        await import_examples(served.world)
        foreign = {"Origin": "https://elsewhere.example"}
        answer = await served.client.post("/examples/remove", headers=foreign)
        assert answer.status_code == 403
        assert "This is not yours to see or do" in answer.text
        assert await served.count() == 3


async def test_the_bundle_is_cached_for_ever_by_its_digest_and_sent_small(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        page = await get(served, "/")
        address = re.findall(r'src="(/static/planner\.js\?[0-9a-f]+)"', page)[0]
        answer = await served.client.get(address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        plain = await served.client.get("/static/planner.js", headers={"Accept-Encoding": "identity"})
        assert plain.headers["cache-control"] == "public, max-age=3600"
        assert "content-encoding" not in plain.headers
        assert plain.content == answer.content


@pytest.mark.parametrize("name", ["..%2f..%2fapp.py", "manifest.json", "sources.sha256", "%2e%2e"])
async def test_nothing_but_the_bundle_is_sent(tmp_path: Path, name: str) -> None:
    async with a_server(tmp_path) as served:
        assert (await served.client.get(f"/static/{name}")).status_code == 404
