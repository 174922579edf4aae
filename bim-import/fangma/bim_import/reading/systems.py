"""To which pipe system does a thing belong? Two letters, as survey and registry use them.

JS water supply, RS hot water, PS drainage, WS foul water, YS rain water, XF fire, RQ gas,
RL heating, KT air and its water, DL power, TX communication, RD low voltage, GY process.
"""

from __future__ import annotations

import re

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
_WORDS = (
    ("XF", r"消防|消火栓|喷淋|自喷|喷头|水炮|灭火|fire|sprinkler|hydrant|lösch|brandschutz|пожар|消火"),
    ("YS", r"雨水|雨落|虹吸|rain|storm|regen|ливнев|дождев"),
    ("KT", r"空调|通风|送风|回风|新风|排风|排烟|风管|冷冻水|冷却水|冷媒|冷凝|暖通|chilled|condens|"
           r"refriger|hvac|\bair\b|ventilation|lüftung|klima|kälte|\bduct|exhaust|вентил|кондиц|空調|換気"),
    ("RL", r"采暖|供暖|供热|热力|暖气|地暖|地热|heating|heizung|hydronic|radiator|отоплен|暖房"),
    ("WS", r"污水|废水|污废|粪|压力污|sewage|sewer|waste\s?water|foul|soil|\bsanitary\b|schmutzwasser|"
           r"abwasser|канализ|汚水"),
    ("PS", r"排水|drain|entwässer|\bvent\b|通气"),
    ("RS", r"热水|hot\s?water|warmwasser|\bdhw\b|горяч|給湯"),
    ("RQ", r"燃气|煤气|天然气|\bgas\b|erdgas|\bfuel\b|газ(?!он)|ガス"),
    ("RD", r"弱电|安防|监控|门禁|广播|自控|楼控|报警|security|alarm|control|automation|low.?voltage"),
    ("TX", r"通信|通讯|电话|网络|布线|宽带|电视|光纤|telecom|telephone|\bdata\b|communicat|network|"
           r"fernmelde|связ"),
    ("DL", r"电力|强电|照明|动力|配电|插座|供电|防雷|接地|桥架|线槽|母线|electric|\bpower\b|lighting|"
           r"strom|elektro|beleuchtung|cable|conduit|электр|電気|電力"),
    ("JS", r"给水|生活水|冷水|自来水|中水|water\s?supply|water_supply|cold\s?water|domestic|potable|"
           r"trinkwasser|kaltwasser|plumbing|водоснаб|給水|\bwater\b"),
)  # fmt: skip
_PATTERNS = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _WORDS)
_CODE = re.compile(rf"({'|'.join(CODES)})(?![A-Za-z])")
# Marks of risers on Chinese drawings: JL-1 water riser, WL foul, FL waste, YL rain, XL hydrant, ZPL sprinkler.
_RISERS = {
    "JL": "JS", "RJL": "RS", "RHL": "RS", "WL": "WS", "FL": "WS", "PL": "PS", "YL": "YS",
    "XL": "XF", "XHL": "XF", "ZPL": "XF", "NL": "KT", "KNL": "KT",
}  # fmt: skip
_RISER = re.compile(rf"(?<![A-Za-z])({'|'.join(sorted(_RISERS, key=len, reverse=True))})[-_]?\d")

_BY_CLASS = (
    ("KT", re.compile(r"IfcDuct|IfcAirTerminal|IfcDamper|IfcFan|IfcChiller|IfcCoolingTower|"
                      r"IfcAirToAir|IfcUnitaryEquipment|IfcEvaporat|IfcCondenser|IfcHumidifier|IfcCoil")),
    ("DL", re.compile(r"IfcCable|IfcElectric|IfcLightFixture|IfcLamp|IfcOutlet|IfcSwitchingDevice|"
                      r"IfcProtectiveDevice|IfcJunctionBox|IfcTransformer|IfcSolarDevice|IfcMotor")),
    ("XF", re.compile(r"IfcFireSuppression")),
    ("TX", re.compile(r"IfcCommunications|IfcMobileTelecom|IfcAudioVisual")),
    ("RL", re.compile(r"IfcSpaceHeater|IfcBoiler")),
    ("PS", re.compile(r"IfcWasteTerminal|IfcStackTerminal|IfcInterceptor")),
)  # fmt: skip
_PROPERTY = re.compile(
    r"^(system[ _]?(type|classification|name|abbreviation)?|系统(类型|分类|名称|缩写)?|systemtyp|"
    r"fluid|medium|介质|管道系统)$",
    re.IGNORECASE,
)


def by_predefined_type(predefined: str | None) -> str | None:
    """Give the code of a predefined type of IfcDistributionSystem."""
    return _BY_PREDEFINED.get((predefined or "").upper())


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
    return next((code for code, pattern in _BY_CLASS if pattern.match(told)), None)


def is_system_property(name: str) -> bool:
    """Tell whether a property of that name says to which system its element belongs."""
    return _PROPERTY.match(name.strip()) is not None
