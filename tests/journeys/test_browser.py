"""Stories in a real browser: change a salary and watch the plan, by keyboard, on a phone, in the dark."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import FLAGS, find_chromium, lend_node
from playwright.sync_api import Browser, Page, expect, sync_playwright
from running import Running, a_server

pytestmark = [pytest.mark.browser, pytest.mark.journey]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1360, "height": 900}
BUSY_MACHINE_MS = 30_000
SALARY = "Ada"
ADDRESSES = (
    "/operations",
    "/operations/jobs",
    "/operations/jobs?household=system",
    "/calculators",
    "/calculators/income-tax",
    "/calculators/fica?year=2026&gross=3+x+9500",
    "/calculators/state-tax?state=NY&year=2026&filing_status=single&wages=90000&wages_spouse=-1",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with a_server(tmp_path_factory.mktemp("browser") / "planner.db") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    assert found is not None, "no Chromium, Chrome or Edge: install one or set PLANNER_BROWSER"
    lend_node()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(found), args=list(FLAGS))
        yield launched
        launched.close()


@contextmanager
def a_page(
    browser: Browser, server: Running, *, size: dict[str, int] = DESK, dark: bool = False
) -> Iterator[Page]:
    """Open the list of households in a new profile; afterwards nothing may have gone wrong in it."""
    context = browser.new_context(
        base_url=server.address,
        color_scheme="dark" if dark else "light",
        viewport={"width": size["width"], "height": size["height"]},
    )
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto("/")
    yield page
    context.close()
    assert [said for said in wrong if "status of 422" not in said] == []


def open_family(page: Page, part: str = "") -> None:
    """Go to the family's dashboard, or to another of its pages by the menu."""
    page.get_by_role("link", name="Okafor").click()
    if part:
        page.get_by_role("navigation").get_by_role("link", name=part, exact=True).click()


def drawn(page: Page, times: int = 1) -> None:
    """Wait until the first chart was drawn so often."""
    expect(page.locator("figure.chart").first).to_have_attribute("data-drawn", str(times))


def figure(page: Page, name: str) -> str:
    return page.locator(f'[data-metric="{name}"] .value').inner_text()


def faults(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it is, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def test_a_new_salary_shows_its_plan_without_a_reload(browser: Browser, server: Running) -> None:
    """R14, P10: the form answers with the plan as soon as it is there, and says what the figures were."""
    with a_page(browser, server) as page:
        open_family(page, "Income")
        page.get_by_role("link", name=SALARY).first.click()
        drawn(page)
        page.evaluate("window.wasNotReloaded = true")
        before = figure(page, "net_worth_end")
        page.get_by_label("Amount before taxes").fill("160,000")
        page.get_by_role("button", name="Save").click()
        expect(page.locator('[data-metric="net_worth_end"] .was')).to_have_text(f"was {before}")
        drawn(page, 2)
        assert figure(page, "net_worth_end") != before
        assert page.evaluate("window.wasNotReloaded") is True
        expect(page.get_by_label("Amount before taxes")).to_have_value("160000.00")
        expect(page.locator("#live")).to_contain_text("Up to date with revision 2")
        expect(page.locator("#announce")).to_contain_text("now shows revision 2")
        assert faults(page) == []
        page.goto(page.url)
        assert figure(page, "net_worth_end") != before


def test_a_change_made_elsewhere_reaches_an_open_page(browser: Browser, server: Running) -> None:
    """R14, R37: nobody polls; the page follows its household."""
    with a_page(browser, server) as watching, a_page(browser, server) as working:
        open_family(watching)
        drawn(watching)
        open_family(working, "Income")
        working.get_by_role("link", name=SALARY).first.click()
        working.get_by_label("Amount before taxes").fill("90000")
        before = figure(watching, "net_worth_end")
        working.get_by_role("button", name="Save").click()
        expect(watching.locator('[data-metric="net_worth_end"] .was')).to_have_text(f"was {before}")
        drawn(watching, 2)


def test_what_is_wrong_is_said_where_reading_goes_on(browser: Browser, server: Running) -> None:
    with a_page(browser, server) as page:
        open_family(page, "Income")
        page.get_by_role("link", name=SALARY).first.click()
        page.get_by_label("Amount before taxes").fill("-5")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#problems")).to_be_focused()
        field = page.get_by_label("Amount before taxes")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_value("-5")
        assert faults(page) == []
        page.locator("#problems").get_by_role("link").click()
        expect(field).to_be_focused()


def test_charts_can_be_hovered_walked_with_keys_zoomed_and_read_as_tables(
    browser: Browser, server: Running
) -> None:
    with a_page(browser, server) as page:
        open_family(page)
        drawn(page)
        chart = page.locator("#net-worth")
        box = chart.locator(".canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".tip").first).to_contain_text("Net worth")
        chart.locator(".canvas").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(chart.locator(".spoken")).to_contain_text("Net worth $")
        part = chart.get_by_role("button", name="Retirement")
        part.click()
        expect(part).to_have_attribute("aria-pressed", "false")
        chart.get_by_role("button", name="Show 5 years").click()
        expect(chart.get_by_role("button", name="Show 5 years")).to_have_attribute("aria-pressed", "true")
        chart.get_by_text("Show as a table").click()
        expect(chart.get_by_role("table")).to_be_visible()
        assert faults(page) == []


def test_the_theme_is_chosen_and_kept(browser: Browser, server: Running) -> None:
    with a_page(browser, server) as page:
        background = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(background)
        page.get_by_role("button", name="Dark").click()
        assert page.evaluate(background) != light
        page.reload()
        assert page.evaluate(background) != light
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_the_first_tab_skips_to_the_content(browser: Browser, server: Running) -> None:
    with a_page(browser, server) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_jobs_are_explained_in_place(browser: Browser, server: Running) -> None:
    """R6, R36: the jobs page lists what ran and says why."""
    with a_page(browser, server) as page:
        open_family(page, "Jobs")
        page.get_by_role("button", name="Work the plan out again").click()
        expect(page.locator(".badge.succeeded").first).to_be_visible()
        page.get_by_role("button", name="Why").first.click()
        expect(page.locator(".why .message").first).to_contain_text("It has ended")
        assert faults(page) == []


def test_the_operations_page_follows_what_happens_elsewhere(browser: Browser, server: Running) -> None:
    """R36, R37: one look, live: what is done for a household shows without a reload."""
    with a_page(browser, server) as watching, a_page(browser, server) as working:
        watching.get_by_role("link", name="Operations").click()
        expect(watching.locator("#live")).to_contain_text("All is well")
        watching.evaluate("window.wasNotReloaded = true")
        figures = watching.locator("#operations .figures")
        before = figures.get_by_text("commits").inner_text()
        open_family(working, "Jobs")
        working.get_by_role("button", name="Work the plan out again").click()
        expect(figures.get_by_text("commits")).not_to_have_text(before, timeout=BUSY_MACHINE_MS)
        assert watching.evaluate("window.wasNotReloaded") is True
        watching.get_by_role("link", name="Jobs of The Okafor").click()
        watching.get_by_role("button", name="Why").first.click()
        expect(watching.locator(".why .message").first).to_contain_text("It has ended")
        assert faults(watching) == []


def test_a_calculator_answers_while_its_form_is_filled_in(browser: Browser, server: Running) -> None:
    """P6: by keyboard alone; the focus stays, the address keeps the question, errors stand by the field."""
    with a_page(browser, server) as page:
        page.get_by_role("link", name="Calculators").click()
        page.get_by_role("link", name="Federal withholding").click()
        page.evaluate("window.wasNotReloaded = true")
        page.get_by_label("Taxable wages").focus()
        page.keyboard.type("3,200")
        page.keyboard.press("Tab")
        withheld = page.locator('[data-result="withholding"] .value')
        expect(withheld).to_have_text("$364.38")
        expect(page.locator("#announce")).to_have_text("Withholding: $364.38")
        kept = page.url
        assert kept.endswith("taxable_wages=3%2C200")
        credit = page.get_by_label("Step 3: credits")
        credit.focus()
        page.keyboard.type("-5")
        page.keyboard.press("Tab")
        page.keyboard.type("70")
        expect(credit).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Step 4(a): other income")).to_be_focused()
        expect(page.get_by_label("Step 4(a): other income")).to_have_value("70")
        expect(withheld).to_have_count(0)
        assert faults(page) == []
        assert page.evaluate("window.wasNotReloaded") is True
        page.goto(kept)
        expect(withheld).to_have_text("$364.38")


def test_a_calculator_needs_no_script(browser: Browser, server: Running) -> None:
    """P6: the same form, sent by its button."""
    context = browser.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/calculators/withholding")
    page.get_by_label("Taxable wages").fill("3200")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator('[data-result="withholding"] .value')).to_have_text("$364.38")
    assert page.url.endswith("&taxable_wages=3200")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_any_page_and_nothing_overflows(
    browser: Browser, server: Running, size: dict[str, int], scheme: str
) -> None:
    """Every page is within WCAG 2.2 AA as far as axe can tell, in both themes, and fits a phone."""
    with a_page(browser, server, size=size, dark=scheme == "dark") as page:
        found = {"list": faults(page)}
        page.get_by_role("link", name="Add a household").click()
        found["new"] = faults(page)
        for address in ADDRESSES:
            page.goto(address)
            found[address] = faults(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
        page.goto("/")
        open_family(page)
        drawn(page)
        found["Plan"] = faults(page)
        for part in ("Flows", "Income", "Month by month", "Jobs"):
            page.get_by_role("navigation").get_by_role("link", name=part, exact=True).click()
            page.wait_for_load_state()
            found[part] = faults(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], part
        assert {part: faults for part, faults in found.items() if faults} == {}


def test_axe_does_find_what_is_wrong(browser: Browser, server: Running) -> None:
    """The negative control: the same check on a page made bad on purpose."""
    with a_page(browser, server) as page:
        page.evaluate(
            """() => {
                document.documentElement.removeAttribute("lang");
                const bad = document.createElement("div");
                bad.innerHTML = '<img src="/static/planner.svg"><button></button><input>'
                    + '<ul><p>x</p></ul><a href="/"></a><p id="pale">hard to read</p>';
                document.querySelector("main").append(bad);
                document.getElementById("pale").style.color = "#cccccc";
                document.getElementById("pale").style.background = "#ffffff";
            }"""
        )
        ids = {fault.partition(":")[0] for fault in faults(page)}
        assert ids >= {
            "html-has-lang",
            "image-alt",
            "button-name",
            "label",
            "list",
            "link-name",
            "color-contrast",
        }


def test_nothing_but_the_server_itself_is_asked(browser: Browser, server: Running) -> None:
    """Pages work offline: no request leaves for another host."""
    with a_page(browser, server) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        open_family(page)
        drawn(page)
        assert asked
        assert all(url.startswith(server.address) for url in asked)
