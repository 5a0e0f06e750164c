"""Kill a real server again and again under many clients, and check every acknowledged request."""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import trio
from torturing.conductor import Conductor
from torturing.mail import a_sink
from torturing.server import NotReady
from torturing.small_disk import a_small_disk

KILLS = 200
CLIENTS = 20
SEED_BITS = 32


def main() -> int:
    """Run it, print what happened, and return 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="how often the server is killed")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many clients there are at once")
    parser.add_argument("--seed", type=int, help="draw the same misfortunes and wishes as another run")
    parser.add_argument("--folder", type=Path, help="keep the database here (it must be empty)")
    parser.add_argument(
        "--small-disk", type=int, metavar="MB", help="on a disk of this size, which is filled now and then"
    )
    options = parser.parse_args()
    seed = random.SystemRandom().getrandbits(SEED_BITS) if options.seed is None else options.seed
    folder = options.folder or Path(tempfile.mkdtemp(prefix="planner-torture-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {seed}, database in {folder}", flush=True)
    conductor = Conductor(
        seed=seed,
        kills=options.kills,
        clients=options.clients,
        folder=folder.resolve(),
        small_disk=options.small_disk is not None,
    )
    conductor.account.on_anomaly = partial(print, file=sys.stderr, flush=True)
    began = time.perf_counter()
    disk = a_small_disk(conductor.folder, options.small_disk) if conductor.small_disk else nullcontext()
    with disk, a_sink() as (smtp, sink):
        try:
            trio.run(conductor.run, smtp, sink)
        except* NotReady:
            conductor.account.wrong(f"the server did not start: {conductor.server.tail()}")
    print(file=sys.stderr)
    print_summary(conductor, time.perf_counter() - began)
    if conductor.account.anomalies:
        print_anomalies(conductor)
        return 1
    if options.folder is None:
        shutil.rmtree(folder)
    return 0


def print_summary(conductor: Conductor, seconds: float) -> None:
    """Print what was done to the server, and what clients know."""
    account, counts, endings = conductor.account, conductor.account.counts, conductor.endings
    ready = sorted(conductor.server.ready_seconds)
    jobs = [job for job in account.jobs.values() if job.acknowledged]
    drained = endings.get("drained", 0)
    print_line("kills", f"{sum(endings.values()) - drained} in {seconds:.0f} s, {drained} stopped in order")
    for ending, number in sorted(endings.items()):
        print_line("", f"{number:>4} {ending}")
    print_line("requests", f"{len(account.asked)} asked, {counts['acknowledged']} acknowledged")
    print_line(
        "", f"{counts['refused']} refused, {counts['lost']} answers lost, {counts['repeated']} repeated"
    )
    print_line("", f"{sum(each.is_open for each in account.asked)} that nobody learnt the fate of")
    print_line("jobs", f"{len(jobs)} acknowledged, {counts['cancels']} cancels")
    print_line("events", f"{counts['events']} told, {counts['projections read']} projections read")
    print_line("messages", f"{len(account.messages)} put, {counts['mails']} mails came")
    print_line(
        "ready", f"after {statistics.median(ready):.2f} s (median of {len(ready)}), at most {ready[-1]:.2f}"
    )
    print_line("stopped", f"after {max(conductor.stop_seconds):.2f} s at most")
    if conductor.small_disk:
        print_line("disk", f"full {counts['full disks']} times, {counts['not now']} requests put off")
    print_line("anomalies", f"{counts['anomalies']}")


def print_line(name: str, text: str) -> None:
    """Print one figure."""
    print(f"{name:<12}{text}")


def print_anomalies(conductor: Conductor) -> None:
    """Print what was wrong, and how to see it again."""
    for sentence in conductor.account.anomalies:
        print(f"  {sentence}")
    print(f"look at {conductor.server.database} and {conductor.server.log};")
    print(f"draw the same again with: scripts/torture --seed {conductor.seed} --kills {conductor.kills}")


if __name__ == "__main__":
    sys.exit(main())
