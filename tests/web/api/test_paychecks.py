"""Paychecks over HTTP."""

from pathlib import Path

from web.serving import a_server
from worlds import a_settled_household

from planner.work.accept import request_job


async def test_the_year_s_stubs_add_up_to_their_totals(tmp_path: Path) -> None:
    """R18, P6: stubs with the year to date; null until they have been created; a wrong year is refused."""
    async with a_server(tmp_path) as served:
        house = (await a_settled_household(served.world)).household_id
        address = f"/api/v1/households/{house}/paychecks"
        first = (await served.client.get(address)).json()
        assert (first["payroll"], first["year"], first["freshness"]["fresh"]) == (None, 2026, False)
        asked = await request_job(served.world, house, "generate_missing_paychecks", {}, author="owner")
        assert asked.job_id is not None
        await served.world.households.wait(asked.job_id, 30)
        found = (await served.client.get(address, params={"year": 2026})).json()
        assert found["freshness"]["fresh"]
        for income in found["payroll"]["incomes"]:
            assert income["name"]
            cents = [round(float(each["net"]) * 100) for each in income["paychecks"]]
            assert sum(cents) == round(float(income["totals"]["net"]) * 100)
            assert income["paychecks"][-1]["to_date"] == income["totals"]
        for year in ("1999", "x", "2999"):
            wrong = await served.client.get(address, params={"year": year})
            assert wrong.status_code == 400, year
