"""The family of a code as a drawing: ancestors on the left, descendants on the right. Pure."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH: Final = 230
_HEIGHT: Final = 62
_GAP_X: Final = 110
_GAP_Y: Final = 18
_MARGIN: Final = 16
_KINDS: Final = {"split": "拆分 split", "merge": "合并 merge", "replace": "沿用 replace"}


def draw_family(family: Mapping[str, Any]) -> str:
    """Draw what :func:`fangma.asset_registry.store.lineage.family` returns.

    Returns
    -------
    svg : str
        A whole document; every text is escaped, nothing is loaded from elsewhere.
    """
    columns: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for member in family["members"]:
        columns[member["generation"]].append(member)
    rows = max((len(c) for c in columns.values()), default=1)
    height = 2 * _MARGIN + rows * (_HEIGHT + _GAP_Y) - _GAP_Y
    places: dict[str, tuple[float, float]] = {}
    for column, generation in enumerate(sorted(columns)):
        members = columns[generation]
        top = (height - len(members) * (_HEIGHT + _GAP_Y) + _GAP_Y) / 2
        for row, member in enumerate(members):
            x = _MARGIN + column * (_WIDTH + _GAP_X)
            places[member["code"]] = (x, top + row * (_HEIGHT + _GAP_Y))
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP_X) - _GAP_X
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" '
        'font-family="Noto Sans SC, Source Han Sans SC, sans-serif" font-size="13">'
    )
    parts = [
        head,
        f"<title>{escape(family['code'])}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    parts += [_line(step, places) for step in family["steps"]]
    parts += [
        _box(member, places[member["code"]], is_asked=member["code"] == family["code"])
        for member in family["members"]
    ]
    return "\n".join([*parts, "</svg>\n"])


def _line(step: Mapping[str, Any], places: Mapping[str, tuple[float, float]]) -> str:
    if step["predecessor"] not in places or step["successor"] not in places:
        return ""
    x0, y0 = places[step["predecessor"]]
    x1, y1 = places[step["successor"]]
    start, end = (x0 + _WIDTH, y0 + _HEIGHT / 2), (x1, y1 + _HEIGHT / 2)
    middle = (start[0] + end[0]) / 2
    share = step.get("area_share")
    told = _KINDS.get(step["kind"], step["kind"])
    told += "" if share is None or step["kind"] != "split" else f" {share:.0%}"
    path = f"M{start[0]:g},{start[1]:g} C{middle:g},{start[1]:g} {middle:g},{end[1]:g} "
    why = " ".join(filter(None, (step["at"][:10], step.get("reason"), step.get("document"))))
    return (
        f'<g><title>{escape(why)}</title><path d="{path}{end[0]:g},{end[1]:g}" fill="none" '
        f'stroke="#7a8699" stroke-width="1.5"/><text x="{middle:g}" '
        f'y="{(start[1] + end[1]) / 2 - 5:g}" text-anchor="middle" font-size="11" '
        f'fill="#4a5568">{escape(told)}</text><text x="{middle:g}" '
        f'y="{(start[1] + end[1]) / 2 + 11:g}" text-anchor="middle" font-size="11" '
        f'fill="#4a5568">{escape(step["at"][:10])}</text></g>'
    )


def _box(member: Mapping[str, Any], place: tuple[float, float], *, is_asked: bool) -> str:
    x, y = place
    is_there = member["status"] == "current"
    edge = "#0b63c5" if is_asked else "#7a8699"
    area = "" if member["area_m2"] is None else f"{member['area_m2']:.2f} m²"
    words = " ".join(filter(None, (member["number"], member["name"])))[:26]
    state = "现存 current" if is_there else "已注销 retired"
    dashes = "" if is_there else ' stroke-dasharray="5 3"'
    fill = "#fff" if is_there else "#eef0f3"
    return (
        f'<g><rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
        f'fill="{fill}" stroke="{edge}" stroke-width="{2.5 if is_asked else 1}"{dashes}/>'
        f'<text x="{x + 10:g}" y="{y + 20:g}" font-weight="600">{escape(member["code"])}</text>'
        f'<text x="{x + 10:g}" y="{y + 37:g}">{escape(words)}</text>'
        f'<text x="{x + 10:g}" y="{y + 53:g}" fill="#4a5568" font-size="11">'
        f"{escape(f'{state} {area}'.strip())}</text></g>"
    )
