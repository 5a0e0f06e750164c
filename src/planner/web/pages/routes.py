"""Which address shows which page."""

from collections.abc import Awaitable, Callable
from functools import partial

from quart import Blueprint, Response, redirect, request

from planner.domain.errors import NotFound
from planner.web.pages import (
    all_jobs,
    calculators,
    flows,
    households,
    incomes,
    jobs,
    operations,
    paycheck,
    paychecks,
    plan,
)
from planner.web.pages.bundle import bundle
from planner.web.pages.live import live_stream
from planner.web.pages.operations_live import operations_stream
from planner.web.resolve import Resolved, Role, operator_of, resolve, resolve_mailbox
from planner.work.accept import remove_examples
from planner.work.operations import try_message_again
from planner.work.world import World

HTML = "text/html; charset=utf-8"
SEE_OTHER = 303
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"

Page = Callable[[World, Resolved], Awaitable[str]]


def blueprint(world: World) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("pages", __name__)

    def get(address: str, name: str, view: Callable[..., Awaitable[Response]]) -> None:
        pages.add_url_rule(address, name, partial(view, world), methods=["GET"])

    def post(address: str, name: str, view: Callable[..., Awaitable[Response]]) -> None:
        pages.add_url_rule(address, name, partial(view, world), methods=["POST"])

    get("/", "households", list_view)
    get("/households/new", "new", new_view)
    post("/households/new", "create", create_view)
    post("/examples/remove", "remove_examples", remove_examples_view)
    get("/households/<household_id>", "plan", partial(household_view, plan.dashboard_page))
    get("/households/<household_id>/plan", "plan_part", plan_part_view)
    get("/households/<household_id>/months", "months", partial(household_view, plan.months_page))
    get("/households/<household_id>/flows", "flows", partial(household_view, flows.flows_page))
    get("/households/<household_id>/incomes", "incomes", partial(household_view, incomes.incomes_page))
    get("/households/<household_id>/incomes/<income_id>", "income", income_view)
    post("/households/<household_id>/incomes/<income_id>", "save_income", save_income_view)
    get("/households/<household_id>/paychecks", "paychecks", paychecks_view)
    post("/households/<household_id>/paychecks", "ask_paychecks", ask_paychecks_view)
    get("/households/<household_id>/paychecks/<income_id>/<day>", "paycheck", paycheck_view)
    post("/households/<household_id>/paychecks/<income_id>/<day>", "compare", compare_view)
    get("/households/<household_id>/jobs", "jobs", jobs_view)
    post("/households/<household_id>/jobs", "ask", ask_view)
    get("/households/<household_id>/jobs/<job_id>/why", "why", why_view)
    post("/households/<household_id>/jobs/<job_id>/cancel", "cancel", cancel_view)
    post("/households/<household_id>/resume", "resume", resume_view)
    get("/households/<household_id>/live", "live", live_view)
    get("/calculators", "calculators", calculators_view)
    get("/calculators/<name>", "calculator", calculator_view)
    get("/operations", "operations", operations_view)
    get("/operations/live", "operations_live", operations_live_view)
    post("/operations/households/<household_id>/resume", "resume_any", resume_any_view)
    post("/operations/messages/<int:message_id>/retry", "retry_message", retry_message_view)
    get("/operations/jobs", "all_jobs", all_jobs_view)
    get("/operations/jobs/<job_id>/why", "why_any", why_any_view)
    post("/operations/jobs/<job_id>/cancel", "cancel_any", cancel_any_view)
    get("/static/<name>", "bundle", bundle_view)
    return pages


def html(body: str, status: int = 200) -> Response:
    """Answer with a page."""
    return Response(body, status=status, content_type=HTML)


def see(address: str) -> Response:
    """Answer a form with where to look: going back or reloading does not send it again."""
    return redirect(address, SEE_OTHER)  # type: ignore[return-value]  # a Response, says Quart


async def list_view(world: World) -> Response:
    """Show all households."""
    return html(await households.list_page(world))


async def new_view(_world: World) -> Response:
    """Show the form for a household file."""
    return html(households.new_page())


async def create_view(world: World) -> Response:
    """Import a household, or show the form again with what is wrong."""
    household_id, form = await households.create_from_form(world, request)
    if household_id is None:
        return html(households.new_page(form), 422)
    return see(f"/households/{household_id}")


async def remove_examples_view(world: World) -> Response:
    """Remove the example households."""
    await remove_examples(world)
    return see("/")


async def household_view(page: Page, world: World, household_id: str) -> Response:
    """Show a page of a household."""
    return html(await page(world, await _viewed(world, household_id)))


async def plan_part_view(world: World, household_id: str) -> Response:
    """Show what is derived, as a part of a page."""
    compact = request.args.get("compact") == "yes"
    return html(await plan.plan_part(world, await _viewed(world, household_id), compact=compact))


async def income_view(world: World, household_id: str, income_id: str) -> Response:
    """Show the form of an income."""
    return html(await incomes.income_page(world, await _viewed(world, household_id), income_id))


async def save_income_view(world: World, household_id: str, income_id: str) -> Response:
    """Store an income, and show its form again."""
    resolved = await _edited(world, household_id)
    sent = (await request.form).to_dict()
    part = bool(request.headers.get("HX-Request"))
    return html(*await incomes.save_income(world, resolved, income_id, sent, part=part))


async def paychecks_view(world: World, household_id: str) -> Response:
    """Show the paychecks of a year."""
    resolved = await _viewed(world, household_id)
    return html(await paychecks.paychecks_page(world, resolved, paychecks.year_of(request, world.today())))


async def ask_paychecks_view(world: World, household_id: str) -> Response:
    """Create paychecks or work them out anew."""
    resolved = await _edited(world, household_id)
    year = await paychecks.ask_for_paychecks(world, resolved, (await request.form).to_dict())
    return see(f"/households/{household_id}/paychecks?year={year}")


async def paycheck_view(world: World, household_id: str, income_id: str, day: str) -> Response:
    """Show a stub."""
    resolved = await _viewed(world, household_id)
    return html(*await paycheck.paycheck_page(world, resolved, income_id, day))


async def compare_view(world: World, household_id: str, income_id: str, day: str) -> Response:
    """Show a stub beside a real one."""
    resolved = await _viewed(world, household_id)
    sent = (await request.form).to_dict()
    return html(*await paycheck.paycheck_page(world, resolved, income_id, day, sent))


async def jobs_view(world: World, household_id: str) -> Response:
    """Show the jobs of a household."""
    before = request.args.get("before", type=int)
    return html(await jobs.jobs_page(world, await _viewed(world, household_id), before))


async def ask_view(world: World, household_id: str) -> Response:
    """Ask for a job."""
    resolved = await _edited(world, household_id)
    await jobs.ask_for_job(world, resolved, (await request.form).get("kind", ""))
    return see(f"/households/{household_id}/jobs")


async def why_view(world: World, household_id: str, job_id: str) -> Response:
    """Say why a job is where it is."""
    return html(await jobs.why_part(world, request, household_id, job_id))


async def cancel_view(world: World, household_id: str, job_id: str) -> Response:
    """Cancel a job."""
    await jobs.cancel_job(world, request, household_id, job_id)
    return see(f"/households/{household_id}/jobs")


async def resume_view(world: World, household_id: str) -> Response:
    """Take up a household that was set aside."""
    resolved = await _edited(world, household_id)
    await world.households.resume(resolved.household_id)
    return see(f"/households/{household_id}/jobs")


async def live_view(world: World, household_id: str) -> Response:
    """Follow a household: server-sent events until the page is left or the process stops."""
    resolved = await _viewed(world, household_id)
    world.households.refuse_watcher_if_full()
    response = Response(live_stream(world, resolved.household_id), content_type="text/event-stream")
    response.timeout = None
    return response


async def calculators_view(_world: World) -> Response:
    """Show all calculators."""
    return html(await calculators.list_page())


async def calculator_view(_world: World, name: str) -> Response:
    """Show one calculator, and the answer to what the address asks; addresses to keep have no empty parts."""
    sent, live = request.args.to_dict(), bool(request.headers.get("HX-Request"))
    here = calculators.kept(name, sent)
    if not live and any(not value.strip() for value in sent.values()):
        return see(here)
    response = html(*await calculators.calculator_page(name, sent, live=live))
    if live:
        response.headers["HX-Replace-Url"] = here
    return response


async def operations_view(world: World) -> Response:
    """Show how planner is doing."""
    operator_of(request)
    return html(await operations.operations_page(world, max(0, request.args.get("start", 0, type=int))))


async def operations_live_view(world: World) -> Response:
    """Follow how planner is doing."""
    operator_of(request)
    response = Response(operations_stream(world), content_type="text/event-stream")
    response.timeout = None
    return response


async def resume_any_view(world: World, household_id: str) -> Response:
    """Take up a household that was set aside, be it planner's own."""
    here = await resolve_mailbox(world, request, household_id, needs=Role.EDITOR)
    await world.households.resume(here.household_id)
    return see(operations.ADDRESS)


async def retry_message_view(world: World, message_id: int) -> Response:
    """Let a message of the outbox be tried now."""
    await try_message_again(world, message_id, author=operator_of(request).name)
    return see(operations.ADDRESS)


async def all_jobs_view(world: World) -> Response:
    """Show the jobs of all households."""
    return html(await all_jobs.all_jobs_page(world, request))


async def why_any_view(world: World, job_id: str) -> Response:
    """Say why any job is where it is."""
    return html(await all_jobs.why_any(world, request, job_id))


async def cancel_any_view(world: World, job_id: str) -> Response:
    """Cancel any job."""
    await all_jobs.cancel_any(world, request, job_id)
    return see(all_jobs.ADDRESS if request.args.get("from") == "jobs" else operations.ADDRESS)


async def bundle_view(_world: World, name: str) -> Response:
    """Send a file of the bundle; one that is asked for by its digest never changes."""
    files = bundle()
    file = files.files.get(name)
    if file is None:
        raise NotFound(f'There is no file "{name}" in the bundle.')
    headers = {
        "Cache-Control": FOR_EVER
        if request.query_string.decode() == files.digests.get(name)
        else FOR_AN_HOUR,
        "Vary": "Accept-Encoding",
    }
    if file.zipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.zipped, content_type=file.content_type, headers=headers)
    return Response(file.content, content_type=file.content_type, headers=headers)


async def _viewed(world: World, household_id: str) -> Resolved:
    return await resolve(world, request, household_id, needs=Role.VIEWER)


async def _edited(world: World, household_id: str) -> Resolved:
    return await resolve(world, request, household_id, needs=Role.EDITOR)
