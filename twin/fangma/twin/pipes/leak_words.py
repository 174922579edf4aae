"""Why a zone or a part is suspected of leaking, in words, for who does not read the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from fangma.spatial.networks.leaking import Reason, Zone

Language = Literal["zh", "en"]

_ZONE: Final = {
    "en": {
        "balance": "{net:.3f} m3/h stay in it at night, usually {usual:.3f}; the meters may be off "
        "by {error:.3f}",
        "fed-past-meters": "a source feeds it without a meter between",
        "inlet-unmetered": "no meter is known to stand where water enters it",
        "direction-unknown": "at a meter on its border nobody knows which way the water runs",
        "unbounded": "no meter bounds it",
    },
    "zh": {
        "balance": "夜间净流入 {net:.3f} m³/h，平常 {usual:.3f}；计量误差可达 {error:.3f}",
        "fed-past-meters": "有水源未经水表供入",
        "inlet-unmetered": "进水处没有已知的水表",
        "direction-unknown": "边界上有水表流向不明",
        "unbounded": "没有水表与其他管段分界",
    },
}
_PART: Final = {
    "en": {
        "zone": "its zone loses {loss_m3h:.3f} m3/h at night",
        "pressure": "a leak here explains the drops of pressure",
        "against": "the pressures speak against it",
        "wet": "{of} lies wet {distance_m:.1f} m away",
        "dry": "{of} is dry {distance_m:.1f} m away",
    },
    "zh": {
        "zone": "所在计量区夜间流失 {loss_m3h:.3f} m³/h",
        "pressure": "此处漏水能解释压力下降",
        "against": "压力变化与此处不符",
        "wet": "{of} 有水，相距 {distance_m:.1f} m",
        "dry": "{of} 未见水，相距 {distance_m:.1f} m",
    },
}


def zone_words(zone: Zone, language: Language = "en") -> str:
    """Say what the verdict on a zone rests on."""
    return _ZONE[language][zone.reason].format(net=zone.net, usual=zone.usual, error=zone.error)


def part_words(reason: Reason, language: Language = "en") -> str:
    """Say why a part is suspected, or spared."""
    return _PART[language][reason.why].format(
        of=reason.of, distance_m=reason.distance_m, loss_m3h=reason.loss_m3h
    )
