"""The viewer's pages, read from its source, and each shown at work in a real browser."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.test_compound_view import Page

PAGES = Path(__file__).parents[2] / "viewer" / "src" / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One page of the viewer."""

    path: str

    @property
    def name(self) -> str:
        """What it is called; the model is the page without a path."""
        return self.path or "model"


def routes() -> list[Route]:
    """Every page that the viewer has."""
    found = []
    for source in sorted(PAGES.glob("*/page.ts")):
        path = re.search(r"path: '(\w*)'", source.read_text("utf-8"))
        assert path, f"{source} names no path"
        found.append(Route(path=path[1]))
    assert len(found) == len({route.path for route in found}) > 0
    return found


_SETTLE = """
const [done, ends] = [arguments[arguments.length - 1], performance.now() + arguments[0]];
const waits = '[role=progressbar], [aria-busy=true], .page-wait, .shell';
const stands = '#page > *:not(.page-wait), .report > :nth-child(2):not([role=status])';
let told = '', same = 0;
(function look() {
  const now = `${document.querySelectorAll('body *').length} ${document.body.innerText.length}`;
  const rests = now === told && document.querySelector(stands) && !document.querySelector(waits);
  same = rests ? same + 1 : 0;
  told = now;
  if (same > 3 || performance.now() > ends) done(same > 3);
  else setTimeout(look, 80);
})();
"""
_GO = """
history.pushState({}, '', arguments[0]);
dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
"""
_OPEN_FIRST = """
const row = [...document.querySelectorAll('.list .all .row')].find((one) => one.checkVisibility());
row?.click();
return Boolean(row);
"""


def settle(page: Page, within_s: float = 20) -> bool:
    """Wait until the page stands, says no more that it loads, and has stopped growing.

    Returns
    -------
    rests : bool
        False of a page that never comes to rest in that time.
    """
    return bool(page.browser.execute_async_script(_SETTLE, within_s * 1000))


def show(page: Page, route: Route) -> None:
    """Go to a page within the application, and open the first line of its list, as one does."""
    page.browser.execute_script(_GO, f"/{route.path}?inspect")
    settle(page)
    open_first(page)


def open_first(page: Page) -> None:
    """Open the first line of the page's list, where it has one."""
    if page.browser.execute_script(_OPEN_FIRST):
        settle(page)
