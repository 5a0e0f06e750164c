"""Take the README's screenshots: a real server over the example households, a real browser."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from chromium import FLAGS, lend_node, need_chromium
from environment import ROOT, Unready
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(ROOT / "tests"))  # the tests know how to run a server and stop it in order

from running import a_server

IMAGES = ROOT / "docs" / "images"
DESK = (1360, 900)
PHONE = (390, 844)


def plan(page: Page) -> None:
    """Show the family's dashboard."""
    page.get_by_role("link", name="Okafor").click()
    expect(page.locator("figure.chart").last).to_have_attribute("data-drawn", "1")


def change(page: Page) -> None:
    """Change a salary, and show the plan that followed."""
    page.get_by_role("link", name="Okafor").click()
    page.get_by_role("navigation").get_by_role("link", name="Income", exact=True).click()
    page.get_by_role("link", name="Ada").first.click()
    expect(page.locator("figure.chart")).to_have_attribute("data-drawn", "1")
    page.get_by_label("Amount before taxes").fill("135,000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("figure.chart")).to_have_attribute("data-drawn", "2")


def flows(page: Page) -> None:
    """Show where the family's flows come from."""
    page.get_by_role("link", name="Okafor").click()
    page.get_by_role("navigation").get_by_role("link", name="Flows", exact=True).click()


def jobs(page: Page) -> None:
    """Show what ran, and why it is where it is."""
    page.get_by_role("link", name="Okafor").click()
    page.get_by_role("navigation").get_by_role("link", name="Jobs", exact=True).click()
    page.get_by_role("button", name="Why").first.click()
    expect(page.locator(".why .message").first).to_be_visible()


def operations(page: Page) -> None:
    """Show how planner is doing."""
    page.get_by_role("link", name="Operations").click()
    expect(page.locator("#live")).to_contain_text("All is well")


def calculator(page: Page) -> None:
    """Show a tax return of nobody in particular."""
    page.get_by_role("link", name="Calculators").click()
    page.get_by_role("link", name="Federal income tax").click()
    page.get_by_role("link", name="Show an example").click()
    expect(page.locator("[data-result=refund]")).to_be_visible()


def tooltip(page: Page) -> None:
    """Show the dashboard with a month under the pointer."""
    plan(page)
    box = page.locator("#net-worth .canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    expect(page.locator(".tip").first).to_be_visible()


SHOTS: tuple[tuple[str, Callable[[Page], None], str, tuple[int, int]], ...] = (
    ("plan", tooltip, "light", DESK),
    ("flows", flows, "light", DESK),
    ("income", change, "light", DESK),
    ("jobs", jobs, "dark", DESK),
    ("operations", operations, "light", DESK),
    ("calculator", calculator, "light", DESK),
    ("phone", plan, "dark", PHONE),
)


def main() -> None:
    """Take every picture, in a new profile each."""
    try:
        browser_path = need_chromium()
    except Unready as reason:
        sys.exit(f"scripts/screenshots: {reason}")
    lend_node()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        a_server(Path(folder) / "planner.db") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(browser_path), args=list(FLAGS))
        for name, show, scheme, size in SHOTS:
            take(browser, server.address, name, show, scheme=scheme, size=size)
            print(f"docs/images/{name}.png")
        browser.close()


def take(
    browser: Browser,
    address: str,
    name: str,
    show: Callable[[Page], None],
    *,
    scheme: str,
    size: tuple[int, int],
) -> None:
    """Show something and take its picture once nothing moves any more."""
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()
    page.goto(address)
    show(page)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    context.close()


if __name__ == "__main__":
    main()
