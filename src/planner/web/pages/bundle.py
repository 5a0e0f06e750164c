"""The bundle of scripts and styles: read once, served from memory, cached by browsers for ever."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class BundledFile:
    """One file as it goes out; `zipped` is there where it pays."""

    content: bytes
    zipped: bytes | None
    content_type: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of the bundle and the digests that go into their addresses."""

    files: dict[str, BundledFile]
    digests: dict[str, str]

    def address(self, name: str) -> str:
        """Return where a page finds the file; the address changes when the file does."""
        return f"/static/{name}?{self.digests[name]}"


@cache
def bundle() -> Bundle:
    """Read the bundle that the build put beside this package."""
    folder = resources.files("planner.web").joinpath("static")
    found = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    if "manifest.json" not in found:
        message = (
            "the pages' scripts and styles are missing: install planner (pip install .), which builds them"
        )
        raise RuntimeError(message)
    files = {
        name: BundledFile(
            content=path.read_bytes(),
            zipped=found[name + ".gz"].read_bytes() if name + ".gz" in found else None,
            content_type=TYPES["." + name.rpartition(".")[2]],
        )
        for name, path in found.items()
        if "." + name.rpartition(".")[2] in TYPES
    }
    return Bundle(files=files, digests=json.loads(found["manifest.json"].read_text(encoding="utf-8")))
