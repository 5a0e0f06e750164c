"""The description of the API: valid, whole, and true (every other test here holds answers against it)."""

import re
from importlib import resources
from pathlib import Path

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from web.serving import API, a_server, description
from worlds import a_world

from planner.domain.changes import CHANGES
from planner.domain.codec import adapter, facts_to_plain
from planner.domain.files import read_household
from planner.settings import Settings
from planner.web.app import make_app

EXAMPLES = ("young_couple", "family", "near_retirement")


def test_it_is_valid_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1")
    validate(description())


async def test_every_route_is_described_and_nothing_else_is(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        app = make_app(world, Settings(database=tmp_path / "planner.db"))
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
        registered = {
            (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
            for rule in rules
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
    described = {(method.upper(), path) for path, item in description()["paths"].items() for method in item}
    assert registered == described


async def test_it_is_served(tmp_path: Path) -> None:
    async with a_server(tmp_path) as served:
        assert (await served.client.get(f"{API}/openapi.json")).json() == description()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_facts_of_the_examples_fit_their_schema(name: str) -> None:
    content = resources.files("planner.examples").joinpath(f"{name}.toml").read_bytes()
    plain = facts_to_plain(read_household(content, "toml").facts)
    schemas = {"components": description()["components"]}
    OAS31Validator({"$ref": "#/components/schemas/Facts", **schemas}).validate(plain)
    bad = OAS31Validator({"$ref": "#/components/schemas/Facts", **schemas})
    assert not bad.is_valid({**plain, "colour": "red"})


def test_every_change_is_among_the_shapes_of_a_change() -> None:
    named = {
        each["$ref"].rsplit("/", 1)[1] for each in description()["components"]["schemas"]["Change"]["anyOf"]
    }
    assert named == {each.__name__ for each in CHANGES.values()}
    assert all(adapter(each) for each in CHANGES.values())


def test_every_operation_describes_its_problems() -> None:
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            problems = {status for status in operation["responses"] if int(status) >= 400}
            assert {"400", "403", "500", "503"} <= problems, (method, path)
