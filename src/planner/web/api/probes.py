"""What watches planner from outside asks: is it alive, can it work, how is it doing."""

from contextlib import suppress
from typing import Final

from quart import Response
from sqlalchemy import Connection, text

from planner.actors.ids import microseconds
from planner.domain.errors import Busy
from planner.engine import ENGINE_VERSION
from planner.storage.standing import Standing
from planner.taxes.law import LAW_VERSION
from planner.web.api.answers import answer
from planner.web.api.routes import COUNT, TEXT, Answer, Route, shape, shown
from planner.web.figures import alert_figures, figures
from planner.web.prometheus import CONTENT_TYPE, render
from planner.work.world import World

PLAIN_TEXT: Final = "text/plain"


async def alive(_world: World) -> Response:
    """Answer that the event loop turns."""
    return answer({"status": "alive"})


async def ready(world: World) -> Response:
    """Answer whether work can be accepted and stored; refuse with the reason if not."""
    if world.stopping.is_set():
        raise Busy("Planner is stopping.", retry_after_seconds=5)
    if world.store.read_only_reason is not None:
        raise Busy(world.store.read_only_reason, retry_after_seconds=30)
    await world.store.read(_answers)
    return answer(
        {
            "status": "ready",
            "epoch": world.store.epoch,
            "engine_version": ENGINE_VERSION,
            "law_version": LAW_VERSION,
        }
    )


def _answers(conn: Connection) -> None:
    conn.execute(text("SELECT 1"))


async def show_figures(world: World) -> Response:
    """Answer with the process's figures, as Prometheus reads them; those of memory in any case."""
    now_us = microseconds(world.now())
    stands: Standing | None = None
    with suppress(Busy):
        stands = await world.vitals.stands(world.store, now_us)
    made = render((*figures(world, stands, now_us=now_us), *alert_figures(world.vitals.raised)))
    return Response(made, content_type=CONTENT_TYPE)


ROUTES: Final = (
    Route(
        method="GET",
        path="/healthz",
        name="alive",
        summary="Whether the process is alive",
        tag="probes",
        handler=alive,
        answers=shown("It is.", shape(status=TEXT)),
    ),
    Route(
        method="GET",
        path="/readyz",
        name="ready",
        summary="Whether work can be accepted; 503 with the reason if not",
        tag="probes",
        handler=ready,
        answers=shown("It can.", shape(status=TEXT, epoch=COUNT, engine_version=TEXT, law_version=TEXT)),
    ),
    Route(
        method="GET",
        path="/metrics",
        name="figures",
        summary="Counters and gauges of the process, in Prometheus's text format",
        tag="probes",
        handler=show_figures,
        answers={200: Answer(description="The figures.", content={PLAIN_TEXT: TEXT})},
    ),
)
