"""To which pipe system does a thing belong? Two letters, as survey and registry use them.

JS water supply, RS hot water, PS drainage, WS foul water, YS rain water, XF fire, RQ gas,
RL heating, KT air and its water, DL power, TX communication, RD low voltage, GY process.
"""

from __future__ import annotations

import re
from functools import lru_cache

CODES = ("JS", "RS", "PS", "WS", "YS", "XF", "RQ", "RL", "KT", "DL", "TX", "RD", "GY")

# IfcDistributionSystemEnum, ISO 16739-1:2024, 7.2.3.1.
_PREDEFINED = {
    "JS": "DOMESTICCOLDWATER WATERSUPPLY",
    "RS": "DOMESTICHOTWATER",
    "PS": "DRAINAGE",
    "WS": "SEWAGE WASTEWATER",
    "YS": "RAINWATER STORMWATER",
    "XF": "FIREPROTECTION",
    "RQ": "GAS FUEL",
    "RL": "HEATING",
    "KT": "AIRCONDITIONING VENTILATION EXHAUST CHILLEDWATER CONDENSERWATER REFRIGERATION",
    "DL": "ELECTRICAL LIGHTING LIGHTNINGPROTECTION EARTHING POWERGENERATION OVERHEAD_CONTACTLINE",
    "TX": "COMMUNICATION DATA TELEPHONE TV FIXEDTRANSMISSIONNETWORK MOBILENETWORK",
    "RD": "SIGNAL SECURITY CONTROL AUDIOVISUAL ELECTROACOUSTIC MONITORINGSYSTEM",
    "GY": "COMPRESSEDAIR VACUUM OIL CHEMICAL HAZARDOUS OPERATIONAL",
}
_BY_PREDEFINED = {word: code for code, words in _PREDEFINED.items() for word in words.split()}

# Order matters: fire water is fire before it is water, chilled water is air before it is water.
_WORDS = {
    "XF": (
        r"消防|消火栓|喷淋|自喷|喷头|水炮|灭火|感烟|烟感|消火",
        r"fire|smoke|sprinkler|hydrant|lösch|brandschutz|пожар",
    ),
    "YS": (r"雨水|雨落|虹吸", r"rain|storm|regen|ливнев|дождев"),
    "KT": (
        r"空调|通风|送风|回风|新风|排风|排烟|风管|冷冻水|冷却水|冷媒|冷凝|暖通|空調|換気",
        r"chilled|condens|refriger|hvac|\bair\b|ventilation|\bduct|exhaust",
        r"lüftung|klima|kälte|вентил|кондиц",
    ),
    "RL": (
        r"采暖|供暖|供热|热力|暖气|地暖|地热|暖房",
        r"heating|heizung|hydronic|radiator|отоплен",
    ),
    "WS": (
        r"污水|废水|污废|粪|压力污|汚水",
        r"sewage|sewer|waste\s?water|foul|soil|\bsanitary\b|schmutzwasser|abwasser|канализ",
    ),
    "PS": (r"排水|通气", r"drain|entwässer|\bvent\b"),
    "RS": (r"热水|給湯", r"hot\s?water|warmwasser|\bdhw\b|горяч"),
    "RQ": (r"燃气|煤气|天然气|ガス", r"\bgas\b|erdgas|\bfuel\b|газ(?!он)"),
    "RD": (
        r"弱电|安防|监控|门禁|广播|自控|楼控|报警",
        r"security|alarm|control|automation|low.?voltage",
    ),
    "TX": (
        r"通信|通讯|电话|网络|布线|宽带|电视|光纤",
        r"telecom|telephone|\bdata\b|communicat|network|fernmelde|связ",
    ),
    "DL": (
        r"电力|强电|照明|动力|配电|插座|供电|防雷|接地|桥架|线槽|母线|電気|電力",
        r"electric|\bpower\b|lighting|cable|conduit|strom|elektro|beleuchtung|электр",
    ),
    "JS": (
        r"给水|生活水|冷水|自来水|中水|給水",
        r"water\s?supply|water_supply|cold\s?water|domestic|potable|plumbing|\bwater\b",
        r"trinkwasser|kaltwasser|водоснаб",
    ),
}
_PATTERNS = tuple(
    (code, re.compile("|".join(words), re.IGNORECASE)) for code, words in _WORDS.items()
)
_CODE = re.compile(rf"({'|'.join(CODES)})(?![A-Za-z])")
# Marks of risers on Chinese drawings: JL-1 water, WL foul, FL waste, YL rain, XL hydrant.
_RISERS = {
    "JL": "JS", "RJL": "RS", "RHL": "RS", "WL": "WS", "FL": "WS", "PL": "PS", "YL": "YS",
    "XL": "XF", "XHL": "XF", "ZPL": "XF", "NL": "KT", "KNL": "KT",
}  # fmt: skip
_RISER = re.compile(rf"(?<![A-Za-z])({'|'.join(sorted(_RISERS, key=len, reverse=True))})[-_]?\d")

_CLASS_STEMS = {
    "KT": "Duct AirTerminal Damper Fan Chiller CoolingTower AirToAir UnitaryEquipment Evaporat "
    "Condenser Humidifier Coil",
    "DL": "Cable Electric LightFixture Lamp Outlet SwitchingDevice ProtectiveDevice JunctionBox "
    "Transformer SolarDevice Motor",
    "XF": "FireSuppression",
    "TX": "Communications MobileTelecom AudioVisual",
    "RL": "SpaceHeater Boiler",
    "PS": "WasteTerminal StackTerminal Interceptor",
}
_BY_CLASS = {stem: code for code, stems in _CLASS_STEMS.items() for stem in stems.split()}
_PROPERTY = re.compile(
    r"^(system[ _]?(type|classification|name|abbreviation)?|系统(类型|分类|名称|缩写)?|systemtyp|"
    r"fluid|medium|介质|管道系统)$",
    re.IGNORECASE,
)


def by_predefined_type(predefined: str | None) -> str | None:
    """Give the code of a predefined type of IfcDistributionSystem."""
    return _BY_PREDEFINED.get((predefined or "").upper())


@lru_cache(maxsize=4096)
def by_words(text: str | None) -> str | None:
    """Find the system that a text speaks of, in Chinese, English, German, Russian or Japanese."""
    if not text:
        return None
    match = _CODE.match(text)
    if match is not None:
        return match[1]
    match = _RISER.search(text)
    if match is not None:
        return _RISERS[match[1]]
    return next((code for code, pattern in _PATTERNS if pattern.search(text)), None)


def by_class(told: str) -> str | None:
    """Give the system that a class can only belong to."""
    stem = told.removeprefix("Ifc")
    return next((code for known, code in _BY_CLASS.items() if stem.startswith(known)), None)


def is_system_property(name: str) -> bool:
    """Tell whether a property of that name says to which system its element belongs."""
    return _PROPERTY.match(name.strip()) is not None
