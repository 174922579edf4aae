"""Every page by keyboard alone and for a screen reader: both languages, day and night, a phone."""

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import Twin, serving, smallest_building
from tests.journeys.keyboard import Walk, press, walk
from tests.journeys.routes import Route, routes, settle, show
from tests.journeys.test_compound_view import Page
from tests.journeys.test_pages import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

# One person who sees every page: of the roles only security excludes the others.
ROLES = ("administrator", "planner", "maintainer", "auditor", "leader")


# A page that was walked over is looked at like this too, without a walk.
MORE_LOOKS = {1280: (("dark", 1280), ("light", 768)), 390: (("light", 390),)}
LOOKS_OF_WALL = (("light", 1920), ("dark", 1920))


def size(browser: webdriver.Chrome, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(page: Page, language: str, theme: str) -> None:
    """Open the application anew in a language, by day or by night."""
    page.browser.execute_script(
        "localStorage.setItem('fangma.language', arguments[0]);"
        "localStorage.setItem('fangma.theme', arguments[1])",
        language,
        theme,
    )
    page.browser.get(f"{page.twin.address}/sites?inspect")
    settle(page)


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    """Serve a twin of its own: what other journeys left behind is not what a page shows here."""
    with serving(smallest_building) as served:
        yield served


def look(page: Page) -> list[str]:
    """What is wrong for everybody: grave findings of axe, too wide, a key instead of a word."""
    found = grave_findings(page.browser)
    over, key = page.browser.execute_script(
        "return [document.documentElement.scrollWidth - innerWidth,"
        " document.body.innerText.match(/^[a-z]+(\\.[a-zA-Z_]+)+$/m)?.[0]]"
    )
    if over > 0:
        found.append(f"{over} px wider than the screen")
    if key:
        found.append(f"the key {key} instead of a word")
    return found


def use(page: Page) -> list[str]:
    """What is wrong for who has no mouse."""
    way = walk(page.browser)
    if way != Walk(missed=[], unseen=[], off_screen=[], mouse_only=[]):
        # On a slow machine a part may have come while one walked: what is wrong stays wrong.
        settle(page)
        way = walk(page.browser)
    return [
        *(f"Tab never reaches {each}" for each in way.missed),
        *(f"nothing shows the focus on {each}" for each in way.unseen),
        *(f"has the focus off the screen: {each}" for each in way.off_screen),
        *(f"is pressed by a mouse alone: {each}" for each in way.mouse_only),
    ]


def findings(page: Page, route: Route, width: int, theme: str) -> list[str]:
    wear(page, theme, width)
    show(page, route)
    found = [f"{route.name} {width} {theme}: {each}" for each in (*use(page), *look(page))]
    for other, wide in MORE_LOOKS[width] + (LOOKS_OF_WALL if route.path == "wall" else ()):
        wear(page, other, wide)
        settle(page)
        found += [f"{route.name} {wide} {other}: {each}" for each in look(page)]
    return found


def wear(page: Page, theme: str, width: int) -> None:
    """Turn day and night, and the window, about the page that stands."""
    size(page.browser, width, 1080 if width == 1920 else 800)
    page.browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)


def test_every_page_is_used_without_a_mouse_and_read_aloud(
    browser: webdriver.Chrome, twin: Twin
) -> None:
    browser.set_script_timeout(120)  # axe reads long lists for seconds
    page = signed_in(browser, twin, "everyone", *ROLES, at="sites")
    page.one(".sections")
    prefer(page, "zh", "light")
    found = [each for route in routes() for each in findings(page, route, 1280, "light")]
    prefer(page, "en", "dark")
    found += [each for route in routes() for each in findings(page, route, 390, "dark")]
    assert found == [], "\n".join(found)


# Where a dialog is opened from, and the page that has it.
DIALOGS = (("desk", ".page-bar .views"), ("desk", ".bar .when"), ("orders", ".new"))


def test_a_dialog_keeps_the_focus_and_gives_it_back_on_escape(
    browser: webdriver.Chrome, twin: Twin
) -> None:
    page = signed_in(browser, twin, "typist", *ROLES, at="sites")
    page.one(".sections")
    for path, opener in DIALOGS:
        show(page, next(route for route in routes() if route.path == path))
        page.one(opener)
        browser.execute_script("document.querySelector(arguments[0]).focus()", opener)
        press(browser, " ", 32)
        page.until(lambda: is_within(browser, ".el-overlay"))
        for _ in range(25):  # more than any of them has
            press(browser, "Tab", 9)
            assert is_within(browser, ".el-overlay"), f"Tab leaves what {opener} opens on {path}"
        press(browser, "Escape", 27)
        page.until(lambda: not any(each.is_displayed() for each in page.all(".el-overlay")))
        assert has_focus_again(page, opener), f"Escape does not lead back to {opener} on {path}"


def is_within(browser: webdriver.Chrome, selector: str) -> bool:
    script = "return Boolean(document.activeElement.closest(arguments[0]))"
    return bool(browser.execute_script(script, selector))


def has_focus_again(page: Page, opener: str) -> bool:
    """Whether the focus comes back; a dialog gives it away when it has faded."""
    try:
        return bool(page.until(lambda: is_within(page.browser, opener)))
    except TimeoutException:
        return False
