"""The index board: indicators reckoned from figures, each with the trail of its number. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.indicators.pack import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.indicators.figures import Figure
    from fangma.asset_registry.indicators.pack import Indicator, IndicatorPack


def judge(indicator: Indicator, value: float | None) -> str | None:
    """Tell how a value stands to its target.

    Returns
    -------
    verdict : str or None
        ``met``, ``near`` (within the band), ``missed``; None without a value or a target.
    """
    if value is None or indicator.target is None or indicator.direction is Direction.NONE:
        return None
    sign = 1 if indicator.direction is Direction.HIGHER else -1
    # Judged as it is shown: what reads as 80.0 has reached 80.
    short = sign * (indicator.target - round(value, indicator.digits))
    if short <= 0:
        return "met"
    return "near" if short <= indicator.band else "missed"


def board(
    pack: IndicatorPack, figures: Mapping[str, Figure], *, site: str, revision: int
) -> dict[str, Any]:
    """Reckon a board.

    Parameters
    ----------
    figures : mapping of str to Figure
        As :func:`fangma.asset_registry.indicators.figures.figures` returns them.
    revision : int
        Of the registry, to which the figures belong.

    Returns
    -------
    document : dict
        The body of ``GET /api/indicators`` without its moment.
    """
    values = {key: figure.value for key, figure in figures.items()}
    dimensions = []
    for dimension in pack.dimensions:
        rows = []
        for indicator in dimension.indicators:
            value = indicator.formula.value(values)
            rows.append(
                {
                    "key": indicator.key,
                    "title": indicator.title,
                    "title_en": indicator.title_en,
                    "value": None if value is None else round(value, indicator.digits),
                    "unit": indicator.unit,
                    "unit_en": indicator.unit_en,
                    "digits": indicator.digits,
                    "direction": str(indicator.direction),
                    "target": indicator.target,
                    "band": indicator.band,
                    "verdict": judge(indicator, value),
                    "formula": indicator.formula.text,
                    "source": indicator.source,
                    "note": indicator.note,
                    "note_en": indicator.note_en,
                    "trail": [told(figures[name], site=site) for name in indicator.formula.names],
                }
            )
        dimensions.append(
            {
                "key": dimension.key,
                "title": dimension.title,
                "title_en": dimension.title_en,
                "indicators": rows,
            }
        )
    return {
        "pack": pack.name,
        "title": pack.title,
        "title_en": pack.title_en,
        "source": pack.source,
        "revision": revision,
        "dimensions": dimensions,
    }


def told(figure: Figure, *, site: str) -> dict[str, Any]:
    """Return a figure as the API tells it; of its rooms only how many."""
    return {
        "key": figure.kind.key,
        "title": figure.kind.zh,
        "title_en": figure.kind.en,
        "value": figure.value,
        "unit": figure.kind.unit,
        "rooms": len(figure.rooms),
        "readings": figure.readings,
        "rule": figure.rule,
        "newest": figure.newest,
        "lacks": figure.lacks,
        "query": figure.kind.query.format(site=site),
    }
