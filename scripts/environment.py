"""Make .venv and keep what is installed in it up to date; nothing here needs more than a bare Python 3.11."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"


class Unready(Exception):
    """The environment cannot be made; the message says what the person at the keyboard can do."""


def program(name: str) -> Path:
    """Return where .venv keeps the program `name`."""
    return VENV / ("Scripts" if WINDOWS else "bin") / (name + ".exe" if WINDOWS else name)


def ready(extras: str = "") -> None:
    """Make sure that .venv holds planner with `extras`, installed from the sources as they are now.

    The second time costs one digest: a stamp in .venv says what it was installed from.
    """
    wanted = digest_of_what_installing_reads()
    stamps = [VENV / f".installed-{name}" for name in ([extras] if extras else ["", "test"])]
    if venv_works() and any(is_stamped(stamp, wanted) for stamp in stamps):
        return
    if not venv_works():
        say("making the virtual environment .venv")
        make_venv()
    say("installing planner" + (f" with what its {extras}s need" if extras else "") + " (once)")
    install(extras)
    (VENV / f".installed-{extras}").write_text(wanted, encoding="utf-8")


def digest_of_what_installing_reads() -> str:
    """Return a digest over the files that decide what gets installed, and over the pages' sources."""
    digest = hashlib.sha256()
    assets = ROOT / "src" / "planner" / "web" / "assets"
    recipe = [ROOT / name for name in ("pyproject.toml", "constraints.txt", "hatch_build.py")]
    pages = [
        path for path in sorted(assets.rglob("*")) if path.is_file() and "node_modules" not in path.parts
    ]
    for path in recipe + pages:
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_stamped(stamp: Path, wanted: str) -> bool:
    """Tell whether `stamp` says that exactly this was installed and the bundle is still where it was put."""
    bundle = ROOT / "src" / "planner" / "web" / "static" / "manifest.json"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and bundle.is_file()


def venv_works() -> bool:
    """Tell whether .venv is there and its Python is (a system upgrade can take it away)."""
    return (VENV / "pyvenv.cfg").is_file() and program("python").exists()


def make_venv() -> None:
    """Make .venv; where Debian's Python came without ensurepip, install that first if we may."""
    made = attempt_venv()
    if made.returncode != 0 and "ensurepip" in made.stdout + made.stderr and install_venv_package():
        made = attempt_venv()
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        said = (made.stdout + made.stderr).strip()
        message = (
            f"{sys.executable} could not make a virtual environment:\n{said}\n\n"
            f"On Debian and Ubuntu: sudo apt install python3-venv   (or python{version}-venv)\n"
            "Then run this again."
        )
        raise Unready(message)


def attempt_venv() -> subprocess.CompletedProcess[str]:
    """Try to make .venv, from nothing."""
    shutil.rmtree(VENV, ignore_errors=True)
    return subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )


def install_venv_package() -> bool:
    """Install Debian's package with ensurepip for this very Python, if this account may."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return apt_install(f"python{version}-venv") or apt_install("python3-venv")


def apt_install(*packages: str) -> bool:
    """Install Debian packages without asking anything; return whether they are there now."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        prefix = []
    elif (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        prefix = ["sudo", "-n"]
    else:
        return False
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq", "-o", "Dpkg::Use-Pty=0"]
    install_them = [*quiet, "install", "--yes", "--no-install-recommends", *packages]
    say("installing " + " ".join(packages) + " with apt")
    if subprocess.run(install_them, check=False, capture_output=True).returncode == 0:
        return True
    subprocess.run([*quiet, "update"], check=False, stdout=sys.stderr.fileno())
    return subprocess.run(install_them, check=False, stdout=sys.stderr.fileno()).returncode == 0


def install(extras: str) -> None:
    """Install planner, editable, with the exact versions of constraints.txt."""
    what = f"{ROOT}[{extras}]" if extras else str(ROOT)
    command = [str(program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += [
        "--no-warn-script-location",
        "--constraint",
        str(ROOT / "constraints.txt"),
        "--editable",
        what,
    ]
    done = subprocess.run(command, check=False, cwd=ROOT)
    if done.returncode != 0:
        message = "pip could not install planner; its own words are above. Is this machine online?"
        raise Unready(message)


def become(command: list[str]) -> None:
    """Replace this process by `command`, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if WINDOWS:
        try:
            sys.exit(subprocess.run(command, check=False).returncode)
        except KeyboardInterrupt:
            sys.exit(130)
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted)


def say(sentence: str) -> None:
    """Tell the person what takes time."""
    print(f"planner: {sentence}", file=sys.stderr, flush=True)
