"""Only a household's actor rewrites derived data: no other code can even name what does."""

import ast
from collections.abc import Iterator

import tidy

REWRITES = {"put_derived", "confirm_derived", "drop_derived_but"}
MAY = {
    "src/planner/work/derive.py",
    "src/planner/work/baseline.py",
    "src/planner/work/paychecks.py",
    "src/planner/simulation/kinds.py",  # the sample kinds of the simulator
}
TURNS_ONLY = {"planner.work.derive", "planner.work.baseline", "planner.work.scenarios"}
KNOW_THE_TURNS = {"src/planner/work/kinds.py", *MAY, "src/planner/work/scenarios.py"}


def names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.name for alias in node.names)


def modules_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_only_turns_name_the_writers_of_derived_data() -> None:
    """R10, I1: the writers of derived data are named only by what turns run."""
    named = {
        tidy.name(path)
        for path in tidy.files("src/planner", kinds={".py"})
        if REWRITES & set(names_in(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert named == MAY


def test_only_the_list_of_kinds_hands_turns_out() -> None:
    """R10: nobody can run a turn's work by hand, for only the list of kinds imports it."""
    importing = {
        tidy.name(path)
        for path in tidy.files("src/planner", kinds={".py"})
        if TURNS_ONLY & set(modules_in(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert importing <= KNOW_THE_TURNS
    assert "src/planner/work/kinds.py" in importing
