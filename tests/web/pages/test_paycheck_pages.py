"""The pages of paychecks: a year of every earner, a stub, and a real stub beside it."""

from pathlib import Path

from web.pages.test_pages import Inline, a_home, get, post
from web.serving import a_server


async def test_a_year_of_stubs_is_created_from_the_page(tmp_path: Path) -> None:
    """R18, issue 4.5: nothing is there until it is asked for; then every payday, and the year's sums."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        assert "No paychecks of 2026 yet" in await get(served, f"{home}/paychecks")
        sent = await post(served, f"{home}/paychecks", kind="generate_missing_paychecks", year="2026")
        assert sent.headers["location"] == f"{home}/paychecks?year=2026"
        page = await get(served, f"{home}/paychecks?year=2026")
        assert "No paychecks" not in page
        assert "30 Jan 2026" in page
        assert page.count('class="sum"') == 2
        for kind in ("recalculate_paychecks", "recalculate_month"):
            again = await post(served, f"{home}/paychecks", kind=kind, year="2026", month="3")
            assert again.status_code == 303
        for wrong in ({"kind": "vacuum", "year": "2026"}, {"kind": "recalculate_paychecks", "year": "x"}):
            assert (await post(served, f"{home}/paychecks", **wrong)).status_code == 422


async def test_a_stub_shows_its_lines_and_compares_a_real_one(tmp_path: Path) -> None:
    """Issue 4.5: this paycheck and the year to date; lines that differ are shown with the likely reason."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        await post(served, f"{home}/paychecks", kind="generate_missing_paychecks", year="2026")
        address = f"{home}/paychecks/ada-salary/2026-01-30"
        year = await get(served, f"{home}/paychecks")
        assert address in year, year[:3000]
        page = await get(served, address)
        seen = Inline()
        seen.feed(page)
        assert seen.found == []
        assert len(seen.ids) == len(set(seen.ids))
        assert "Since January" in page
        assert 'id="differences"' not in page
        same = await post(served, address, gross="")
        assert "The real stub is as expected" in same.text
        differs = await post(served, address, gross="1,000.00", net="5")
        assert "What differs on the real stub" in differs.text
        assert "A raise, other hours, overtime or a bonus" in differs.text
        wrong = await post(served, address, gross="a lot", net="<script>")
        assert wrong.status_code == 422
        assert "must be an amount such as 1250.50" in wrong.text
        assert "<script>" not in wrong.text.partition("<main")[2]


async def test_a_stub_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    """Issue 4.5, bad input: no such income, day, or text for a day."""
    async with a_server(tmp_path) as served:
        home = await a_home(served.world)
        for path in ("nobody/2026-01-30", "ada-salary/2026-01-30", "ada-salary/tomorrow"):
            await get(served, f"{home}/paychecks/{path}", 404)
        assert "No paychecks" in await get(served, f"{home}/paychecks?year=1492")
