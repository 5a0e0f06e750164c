"""Households over HTTP: in as a file, out as facts and as a file, and away."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest
from web.serving import API, a_server

from planner.domain.files import read_household

FAMILY = resources.files("planner.examples").joinpath("family.toml").read_bytes()
COUPLE = resources.files("planner.examples").joinpath("young_couple.toml").read_bytes()
TOML = {"Content-Type": "application/toml"}


async def test_a_file_becomes_a_household_with_its_facts(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        assert made["revision"] == 1
        assert made["job"]["state"] == "succeeded"
        answer = await served.client.get(made["links"]["self"])
        household = answer.json()
        assert answer.headers["etag"] == '"1"'
        assert household["name"] == "The Okafor-Lindqvist family (example)"
        assert household["example"] is True
        assert household["facts"]["incomes"][0]["amount"] == "118000.00"
        assert household["created_at"] == "2026-11-23T12:00:00.000000Z"


@pytest.mark.parametrize("media", ["application/toml", "text/toml", "application/toml; charset=utf-8"])
async def test_toml_has_several_names(tmp_path: Path, media: str) -> None:
    async with a_server(tmp_path) as served:
        answer = await served.client.post(
            f"{API}/households", content=COUPLE, headers={"Content-Type": media}
        )
        assert answer.status_code == 202
        assert answer.headers["location"] == answer.json()["links"]["job"]


@pytest.mark.parametrize("form", ["toml", "json"])
async def test_what_is_exported_makes_the_same_household_again(tmp_path: Path, form: str) -> None:
    """P20: a household goes out and in without loss."""
    async with a_server(tmp_path) as served:
        made = await served.create(FAMILY)
        out = await served.client.get(made["links"]["export"], params={"format": form})
        assert out.headers["content-type"].startswith(f"application/{form}")
        again = await served.client.post(
            f"{API}/households", content=out.content, headers={"Content-Type": f"application/{form}"}
        )
        assert again.status_code == 202
        facts = [
            (await served.client.get(f"{API}/households/{each}")).json()["facts"]
            for each in (made["household_id"], again.json()["household_id"])
        ]
        assert facts[0] == facts[1]


async def test_export_follows_accept(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        toml = await served.client.get(made["links"]["export"])
        assert tomllib.loads(toml.text)["name"]
        json = await served.client.get(made["links"]["export"], headers={"Accept": "application/json"})
        assert read_household(json.content, "json") == read_household(toml.content, "toml")


async def test_facts_that_the_client_has_are_not_sent_again(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        for known in ('"1"', 'W/"1"', '"0", "1"', "*"):
            answer = await served.client.get(made["links"]["self"], headers={"If-None-Match": known})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"1"')
        assert (
            await served.client.get(made["links"]["self"], headers={"If-None-Match": '"0"'})
        ).status_code == 200


async def test_households_are_listed_in_pages(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = {(await served.create(content))["household_id"] for content in (FAMILY, COUPLE, COUPLE)}
        seen = []
        address = f"{API}/households?limit=2"
        while address:
            page = (await served.client.get(address)).json()
            assert len(page["items"]) <= 2
            seen += [each["id"] for each in page["items"]]
            address = page["next"]
        assert len(seen) == 3
        assert set(seen) == made


async def test_a_removed_household_is_gone_with_everything(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        made = await served.create(COUPLE)
        assert (await served.client.delete(made["links"]["self"])).status_code == 204
        for link in ("self", "changes", "flows", "baseline", "metrics", "status", "jobs", "export", "job"):
            answer = await served.client.get(made["links"][link])
            assert answer.status_code == 404, link
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await served.client.delete(made["links"]["self"])).status_code == 404
        assert await served.count() == 0


async def test_the_same_key_makes_one_household(tmp_path: Path) -> None:
    """R16: the same request with the same key is done once; with another body it is 422."""
    async with a_server(tmp_path) as served:
        keyed = {**TOML, "Idempotency-Key": "from-my-script-1"}
        answers = [
            await served.client.post(f"{API}/households", content=COUPLE, headers=keyed) for _ in range(3)
        ]
        assert {each.json()["household_id"] for each in answers} == {answers[0].json()["household_id"]}
        assert [each.json()["repeated"] for each in answers] == [False, True, True]
        other = await served.client.post(f"{API}/households", content=FAMILY, headers=keyed)
        assert other.status_code == 422
        assert other.json()["type"] == "urn:planner:problem:key-reused"
        assert await served.count() == 1
