"""List the rows of docs/requirements.md that no test names in its docstring."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (?P<id>[RP]\d+) \| (?P<words>.+?) \|$", re.MULTILINE)
NAMED = re.compile(r"\b[RPI]\d+\b")


def rows() -> dict[str, str]:
    """Return every requirement's id with its one line of words."""
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    return {found["id"]: found["words"] for found in ROW.finditer(text)}


def tests_by_row() -> dict[str, list[str]]:
    """Map each id to the tests whose docstring opens by naming it: `R14: ...` or `R14, P10: ...`."""
    named: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for function, docstring in documented_tests(path):
            head = docstring.partition(":")[0]
            for row in NAMED.findall(head):
                named.setdefault(row, []).append(f"{path.relative_to(ROOT).as_posix()}::{function}")
    return named


def documented_tests(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and docstring of each test function, and of a module that is one story."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            docstring = ast.get_docstring(node)
            if docstring:
                yield node.name, docstring


def report() -> str:
    """Return the rows without a test, one to a line, and a count."""
    wanted, named = rows(), tests_by_row()
    missing = [row for row in wanted if row not in named]
    lines = [f"{row:>4}  {wanted[row]}" for row in missing]
    return "\n".join(
        [
            *lines,
            f"{len(wanted) - len(missing)} of {len(wanted)} rows are named by a test, {len(missing)} are not",
        ]
    )
