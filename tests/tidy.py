"""The rules of this code that no linter knows, each a function from sources to complaints."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SOURCE_KINDS = {".py", ".js", ".css", ".html"}
VAGUE = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}
VAGUE_ENDINGS = ("Base", "Handler", "Helper", "Manager", "Service", "Util", "Utils")
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
PURE = ("domain", "taxes", "engine")  # never a clock, the environment or chance
TIMELESS = (*PURE, "storage", "actors")  # below `work`: instants are arguments
IMPURE = {"time", "random", "secrets"}
LAW_KEYS = ("unit", "valid_from", "source", "retrieved")
# Who may catch everything, and why. Anything else that is unexpected flies to the supervisor.
CATCH_ALL = {
    "planner/actors/turn.py": "a turn that breaks is an outcome of its job",
    "planner/actors/supervisor.py": "one household's crash is that household's business",
    "planner/storage/group.py": "a unit of work that fails rolls back alone, and its caller gets the error",
    "planner/web/problems.py": "the web's error table: whatever is left becomes a 500",
}
# Addresses of package registries, in halves so that this file does not name them either.
REGISTRIES = tuple(
    ".".join(parts) for parts in (("registry", "npmjs"), ("pypi", "org"), ("files", "pythonhosted"))
)
PATH_IN_TEXT = re.compile(r"`((?:src|scripts|tests|docs|examples|\.ci)/[\w./-]+)`")
LINK_IN_TEXT = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def files(*folders: str, kinds: set[str] | None = None) -> Iterator[Path]:
    """Yield our own source files below `folders`; not what a build or npm left there."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            theirs = {"node_modules", "static", "__pycache__"} & set(path.relative_to(ROOT).parts)
            if path.is_file() and not theirs and path.suffix in (kinds or SOURCE_KINDS):
                yield path


def name(path: Path) -> str:
    """Return the path as people write it."""
    return path.relative_to(ROOT).as_posix()


def too_long(text: str) -> Iterator[str]:
    """A file has one subject; none is over 400 lines."""
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{lines} lines, over {LINES_MAX}"


def long_functions(tree: ast.Module) -> Iterator[str]:
    """A function fits on a screen; none is over 60 lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"line {node.lineno}: {node.name} has {lines} lines, over {FUNCTION_LINES_MAX}"


def vague_names(path: Path, tree: ast.Module) -> Iterator[str]:
    """Names say what a thing is, files and folders included."""
    for part in path.with_suffix("").parts:
        if part in VAGUE:
            yield f"{part} says nothing"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE_ENDINGS):
            yield f"line {node.lineno}: class {node.name} says nothing"


def clocks(layer: str, tree: ast.Module) -> Iterator[str]:
    """Below `work` nobody reads a clock; domain, taxes and engine know neither chance nor environment."""
    if layer not in TIMELESS:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in CLOCKS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}() reads a clock"
        if layer in PURE:
            yield from impurities(node)


def impurities(node: ast.AST) -> Iterator[str]:
    """Say what would make a pure layer depend on when and where it runs."""
    if isinstance(node, ast.Import):
        imported = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom):
        imported = {node.module or ""}
    else:
        imported = set()
    for module in sorted(imported & IMPURE):
        yield f"line {getattr(node, 'lineno', 0)}: imports {module}"
    if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}:
        yield f"line {node.lineno}: reads the environment"


def catches_all(path: str, tree: ast.Module) -> Iterator[str]:
    """Three places catch whatever comes; they are listed with their reasons."""
    if path.removeprefix("src/") in CATCH_ALL:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            passes_on = ast.unparse(node.body[-1]) == "raise"  # clean up, and let it fly
            if not passes_on and (not caught or re.search(r"\b(Base)?Exception\b", caught)):
                yield f"line {node.lineno}: catches everything"


def opening(tree: ast.Module) -> Iterator[str]:
    """A file opens with one sentence."""
    docstring = ast.get_docstring(tree)
    if not docstring:
        yield "has no docstring"
        return
    first = " ".join(docstring.split("\n\n")[0].split())
    if not first.endswith(".") or re.search(r"[.!?]\s+[A-Z]", first):
        yield f"opens with something else than one sentence: {first[:60]!r}"


def law_without_source(text: str) -> Iterator[str]:
    """Every block of law says its unit, since when it is valid, who says so and when that was looked up."""
    for block, content in tomllib.loads(text).items():
        if not isinstance(content, dict):
            yield f"{block} stands outside a block"
            continue
        missing = [key for key in LAW_KEYS if not content.get(key)]
        if missing:
            yield f"[{block}] lacks {', '.join(missing)}"


def addresses(text: str) -> Iterator[str]:
    """No file names a package registry: where packages come from is the machine's business."""
    for registry in REGISTRIES:
        if registry in text:
            yield f"names {registry}"


def missing_files(path: Path, text: str) -> Iterator[str]:
    """What a document names is there."""
    for named in PATH_IN_TEXT.findall(text):
        if not (ROOT / named).exists():
            yield f"names {named}, which is not there"
    for link in LINK_IN_TEXT.findall(text):
        if not (path.parent / link).exists():
            yield f"links to {link}, which is not there"
