"""Hold the code to the rules that no linter knows."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tidy
from requirement_rows import rows

DOCUMENTS = [path for path in (tidy.ROOT / "README.md", tidy.ROOT / "CHANGELOG.md") if path.exists()]


def complaints(paths: Iterator[Path], rule: Callable[[Path, str], Iterator[str]]) -> list[str]:
    return [
        f"{tidy.name(path)}: {complaint}"
        for path in paths
        for complaint in rule(path, path.read_text(encoding="utf-8"))
    ]


def layer(path: Path) -> str:
    """Return the folder of src/planner that holds `path`."""
    return tidy.name(path).split("/")[2]


def test_files_are_short() -> None:
    assert not complaints(tidy.files("src", "tests", "scripts"), lambda _, text: tidy.too_long(text))


def test_functions_are_short() -> None:
    sources = tidy.files("src", "tests", "scripts", kinds={".py"})
    assert not complaints(sources, lambda _, text: tidy.long_functions(ast.parse(text)))


def test_names_say_something() -> None:
    sources = tidy.files("src", "tests", "scripts", kinds={".py"})
    assert not complaints(
        sources, lambda path, text: tidy.vague_names(path.relative_to(tidy.ROOT), ast.parse(text))
    )


def test_nobody_below_work_reads_a_clock() -> None:
    sources = tidy.files("src/planner", kinds={".py"})
    assert not complaints(sources, lambda path, text: tidy.clocks(layer(path), ast.parse(text)))


def test_only_the_listed_places_catch_everything() -> None:
    sources = tidy.files("src", "scripts", kinds={".py"})
    assert not complaints(sources, lambda path, text: tidy.catches_all(tidy.name(path), ast.parse(text)))


def test_every_source_file_opens_with_one_sentence() -> None:
    sources = tidy.files("src", "scripts", kinds={".py"})
    assert not complaints(sources, lambda _, text: tidy.opening(ast.parse(text)))


def test_every_block_of_law_has_a_source() -> None:
    """P7: laws are data, with their sources."""
    laws = list(tidy.files("src/planner/taxes/law", kinds={".toml"}))
    assert laws
    assert not complaints(iter(laws), lambda _, text: tidy.law_without_source(text))


def test_no_file_names_a_package_registry() -> None:
    everything = tidy.files(
        "src", "tests", "scripts", "docs", kinds={*tidy.SOURCE_KINDS, ".json", ".md", ".toml"}
    )
    extra = (tidy.ROOT / name for name in ("pyproject.toml", "constraints.txt", "hatch_build.py", ".ci/run"))
    for paths in (everything, extra, iter(DOCUMENTS)):
        assert not complaints(paths, lambda _, text: tidy.addresses(text))


def test_the_lockfile_holds_digests_and_no_addresses() -> None:
    lock = json.loads((tidy.ROOT / "src/planner/web/assets/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert packages
    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if "integrity" not in about] == []


def test_what_documents_name_is_there() -> None:
    documents = [*DOCUMENTS, *tidy.files("docs", kinds={".md"})]
    assert not complaints(iter(documents), tidy.missing_files)


def test_every_requirement_has_its_line() -> None:
    assert list(rows()) == [f"R{n}" for n in range(1, 39)] + [f"P{n}" for n in range(1, 22)]


BAD = [
    (lambda: tidy.too_long("\n" * 401), "401 lines"),
    (lambda: tidy.long_functions(ast.parse("def f():\n" + "    pass\n" * 60)), "f has 61 lines"),
    (lambda: tidy.vague_names(Path("src/planner/utils/x.py"), ast.parse("")), "utils"),
    (lambda: tidy.vague_names(Path("x.py"), ast.parse("class JobManager: ...")), "JobManager"),
    (lambda: tidy.clocks("storage", ast.parse("started = datetime.datetime.now(UTC)")), "reads a clock"),
    (lambda: tidy.clocks("actors", ast.parse("import time\nt = time.time()")), "reads a clock"),
    (lambda: tidy.clocks("engine", ast.parse("from random import random")), "imports random"),
    (lambda: tidy.clocks("domain", ast.parse("home = os.environ['HOME']")), "environment"),
    (lambda: tidy.catches_all("x.py", ast.parse("try: f()\nexcept Exception: pass")), "catches everything"),
    (
        lambda: tidy.catches_all("x.py", ast.parse("try: f()\nexcept (OSError, BaseException): pass")),
        "catches",
    ),
    (lambda: tidy.catches_all("x.py", ast.parse("try: f()\nexcept: pass")), "catches everything"),
    (lambda: tidy.opening(ast.parse("x = 1")), "no docstring"),
    (lambda: tidy.opening(ast.parse('"""Two things. And another."""')), "one sentence"),
    (lambda: tidy.law_without_source("[fica]\nunit = 'dollars'\nrate = 0.062"), "lacks valid_from, source"),
    (lambda: tidy.law_without_source("rate = 0.062"), "outside a block"),
    (lambda: tidy.addresses(f"https://{tidy.REGISTRIES[0]}/simple"), "names"),
    (lambda: tidy.missing_files(tidy.ROOT / "README.md", "see `src/planner/nowhere.py`"), "not there"),
    (lambda: tidy.missing_files(tidy.ROOT / "README.md", "see [this](docs/nowhere.md)"), "not there"),
]


@pytest.mark.parametrize("rule,expected", BAD, ids=[expected for _, expected in BAD])
def test_each_rule_sees_a_breach(rule: Callable[[], Iterator[str]], expected: str) -> None:
    assert any(expected in complaint for complaint in rule())
