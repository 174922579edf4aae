"""Reckon an audit again from what Fangma exports, and say where the two differ.

    fangma audit --csv FOLDER        (or a pack of fangma audit --pack, unzipped)
    python tests/independent/audit_again.py FOLDER

Only the standard library and shapely; nothing of Fangma is imported. Areas are those of polygons in
rooms.geojson. Verdicts follow from the facts-*.csv by the rules as they stand in the standard of
2014 (发改投资〔2014〕2674号) and the rules of 2017 (中办发〔2017〕70号), written down here a second
time from docs/audit.md, with exact fractions. They are compared with the found-*.csv.

Not done again: townships, equal shares, tolerances, other standards than that of 2014; such folders
are refused.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import shapely.geometry

# Table 3: class of organ -> rank -> square metres. Spellings with and without brackets.
CEILINGS = {
    "中央": {
        "部级正职": 54, "部级副职": 42, "正司(局)级": 24, "副司(局)级": 18, "处级": 12,
        "处级以下": 9,
    },
    "省级": {
        "省级正职": 54, "省级副职": 42, "正厅(局)级": 30, "副厅(局)级": 24, "正处级": 18,
        "副处级": 12, "处级以下": 9,
    },
    "市级": {"市级正职": 42, "市级副职": 30, "正局(处)级": 24, "副局(处)级": 18, "局(处)级以下": 9},
    "县级": {"县级正职": 30, "县级副职": 24, "正科级": 18, "副科级": 12, "科级以下": 9},
}  # fmt: skip
CLERKS = {"科员", "办事员", "工作人员", "一般工作人员", "科级", "正科级", "副科级", "科级以下"}
# Rolls of staff name levels otherwise than table 3: class -> words -> rank of the table. A level
# of clerks of a class, and clerks under other names, are "" = the last row.
WORDS = {
    "中央": {
        "正部级": "部级正职", "副部级": "部级副职", "厅局级正职": "正司(局)级",
        "正厅级": "正司(局)级", "厅局级副职": "副司(局)级", "副厅级": "副司(局)级",
        "正处级": "处级", "副处级": "处级",
        "县处级正职": "处级", "县处级副职": "处级", "处级正职": "处级", "处级副职": "处级",
    },
    "省级": {
        "厅局级正职": "正厅(局)级", "厅局级副职": "副厅(局)级", "处级正职": "正处级",
        "县处级正职": "正处级", "处级副职": "副处级", "县处级副职": "副处级",
    },
    "市级": {
        "处级正职": "正局(处)级", "县处级正职": "正局(处)级", "处级副职": "副局(处)级",
        "县处级副职": "副局(处)级", "地厅级正职": "市级正职", "地厅级副职": "市级副职",
    },
    "县级": {
        "县处级正职": "县级正职", "正县级": "县级正职",
        "县处级副职": "县级副职", "副县级": "县级副职",
        "乡科级正职": "正科级", "科级正职": "正科级", "乡科级副职": "副科级", "科级副职": "副科级",
        "股级": "科级以下", "科员": "科级以下", "一般工作人员": "科级以下",
    },
}  # fmt: skip
CLERKS |= {"乡科级正职", "乡科级副职", "一般干部", "一级科员", "科级及以下", "三级主任科员"}
# Notes 1 and 2: units above the rank of their class, and the rows that are theirs.
NOTES = {
    ("市级", "副省级"): {
        "市级正职": 42, "市级副职": 42, "正局(处)级": 30, "副局(处)级": 24,
        "正处级": 18, "副处级": 12,
    },
    ("中央", "司局级"): CEILINGS["省级"] | {"正司(局)级": 30, "副司(局)级": 24},
}  # fmt: skip
# Note 2: units below the rank of their class are judged by another row of the table.
LOWER = {
    ("中央", "处级"): "市级",
    ("省级", "处级"): "市级",
    ("省级", "科级"): "县级",
    ("市级", "科级"): "县级",
}
# Service rooms: bracket, square metres, and the formula between.
SERVICE = {
    "中央": (200, 9, 400, 7, 1100, 100), "省级": (200, 9, 400, 7, 1100, 100),
    "市级": (200, 8, 400, 6, 1000, 100), "县级": (100, 8, 200, 6, 500, 50),
}  # fmt: skip
# Table 2.
OFFICE, SERVICES, PLANT, OTHER = "office", "services", "plant", "other"
USES = {
    OFFICE: "办公室 领导办公室",
    SERVICES: "服务用房 会议室 接待室 档案室 图书资料室 信息网络用房 机要保密室 文印室 收发室"
    " 医务室 值班室 储藏室 物业用房 开水间 卫生间 休息室",
    PLANT: "设备用房 变配电室 水泵房 锅炉房 空调机房 通信机房 电梯机房 智能化机房",
    OTHER: "附属用房 食堂 停车库 警卫用房 人防 技术业务用房 审讯室 政务大厅 实验室 指挥中心 公共"
    " 公共交通 走廊 楼梯 电梯 电梯厅 前室 门厅 阳台",
}
CLASS_OF = {name: kind for kind, names in USES.items() for name in names.split()}
LEFT = {"退休", "调离"}
TOILET_M2 = 6
CHINA = timezone(timedelta(hours=8))


def main(folder: Path) -> int:
    again = Again(folder)
    differences = [*again.areas(), *again.people(), *again.rooms_(), *again.units_()]
    for line in differences:
        print(line)
    print(json.dumps(again.counted | {"differences": len(differences)}))
    return 1 if differences else 0


class Again:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        about = {row["name"]: row["value"] for row in self.read("facts-audit")}
        if about["standard"] != "cn-2014" or about["sharing"] != "pro-rata":
            raise SystemExit(f"only cn-2014 with pro-rata shares is reckoned again, not {about}")
        if float(about["tolerance_m2"]) != 0:
            raise SystemExit("only audits without tolerance are reckoned again")
        self.day = datetime.fromisoformat(about["at"]).astimezone(CHINA).date()
        self.facts = {row["code"]: row for row in self.read("facts-rooms")}
        self.units = {row["code"]: row for row in self.read("facts-units")}
        self.staff = {row["id"]: row for row in self.read("facts-people")}
        self.holders: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self.read("facts-assignments"):
            if (not row["since"] or row["since"] <= str(self.day)) and (
                not row["until"] or str(self.day) <= row["until"]
            ):
                self.holders[row["room"]].append(row)
        self.annexes: dict[str, list[str]] = defaultdict(list)
        for code, row in self.facts.items():
            if row["annex_of"] and not self.holders.get(code):
                self.annexes[row["annex_of"]].append(code)
        self.area = {
            code: hundredths(Fraction(row["measured_m2"])) if row["measured_m2"] else None
            for code, row in self.facts.items()
        }
        self.judged: dict[str, Person] = {}
        self.counted: dict[str, int] = {}

    def read(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return [
                {k: v.removeprefix("'") for k, v in row.items()} for row in csv.DictReader(file)
            ]

    # ---- areas ----

    def areas(self):
        """Compare each measured area with that of its polygon, to 0.01 m2."""
        document = json.loads((self.folder / "rooms.geojson").read_text("utf-8"))
        polygons = {
            each["id"]: shapely.geometry.shape(each["geometry"]) for each in document["features"]
        }
        measured = {
            code: row["measured_m2"] for code, row in self.facts.items() if row["measured_m2"]
        }
        self.counted["areas"] = len(measured)
        for code, text in sorted(measured.items()):
            if code not in polygons:
                yield f"area {code}: measured {text}, and no polygon"
            elif abs(polygons[code].area - float(text)) > 0.01:
                yield f"area {code}: measured {text}, the polygon has {polygons[code].area:.4f}"

    # ---- people ----

    def ceiling(self, person: str) -> Fraction | None:
        row = self.staff.get(person)
        unit = self.units.get(row["unit"]) if row else None
        if row is None or unit is None or not row["rank"]:
            return None
        name = unit["organ_class"]
        said = unit["unit_rank"]
        level = said if said == "副省级" else said.replace("正", "").replace("副", "")
        level = level.replace("县处", "处")
        asked = plain(row["rank"])
        lower = LOWER.get((name, level), "")
        tables = [
            ("省级" if name == "中央" else name, NOTES.get((name, level), {})),
            (lower, CEILINGS.get(lower, {})),
            (name, CEILINGS.get(name, {})),
        ]
        for short in ("", "级"):
            for table, rows in tables:
                words = WORDS.get(table, {})
                wanted = words.get(asked + short, asked + short)
                for rank, m2 in rows.items():
                    if wanted in spellings(rank):
                        return Fraction(m2)
        if asked in CLERKS and name in CEILINGS and "县级" not in {name, lower}:
            return Fraction(9)
        return None

    def part(self, room: str, assigned: str) -> str:
        """Tell whether a room is an office, a rest room, a toilet, or none of an office."""
        fact = self.facts[room]
        told = {assigned, fact["use"]} | ({fact["registered_use"]} if fact["annex_of"] else set())
        if "卫生间" in told:
            return "toilet"
        if "休息室" in told or fact["annex_of"]:
            return "rest-room"
        kind = CLASS_OF.get(assigned) or CLASS_OF.get(fact["use"])
        return OFFICE if kind in {OFFICE, None} else OTHER

    def people_in(self, room: str) -> list[str]:
        rows = self.holders.get(room) or self.holders.get(self.facts[room]["annex_of"], [])
        return sorted({row["person"] for row in rows if row["person"]})

    def share(self, room: str, person: str) -> Fraction | None:
        """Divide a room by ceilings; who left keeps the share of the old rank."""
        area, inside = self.area[room], self.people_in(room)
        if area is None:
            return None
        if inside == [person]:
            return area
        ceilings = [self.ceiling(each) for each in inside]
        if None in ceilings:
            return None
        total = sum(ceiling for ceiling in ceilings if ceiling is not None)
        own = self.ceiling(person)
        return area * own / total if own is not None else None

    def people(self):
        """Judge each person again."""
        found = {row["person"]: row for row in self.read("found-persons")}
        rooms_of: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for room, rows in self.holders.items():
            for row in sorted(rows, key=lambda each: each["since"]):
                if row["person"]:
                    rooms_of[row["person"]].setdefault(room, row)
        everybody = self.staff.keys() | rooms_of.keys()
        self.counted["persons"] = len(everybody)
        if everybody != found.keys():
            yield f"persons: {sorted(everybody ^ found.keys())} are in one of the two only"
        for person in sorted(everybody):
            judged = Person(self, person, rooms_of[person])
            self.judged[person] = judged
            yield from compare(
                f"person {person}", found.get(person, {}),
                allowed_m2=judged.allowed, used_m2=judged.used, excess_m2=judged.excess,
                verdict=judged.verdict,
            )  # fmt: skip

    # ---- rooms ----

    def rooms_(self):
        """Judge each room again."""
        found = {row["room"]: row for row in self.read("found-rooms")}
        self.counted["rooms"] = len(self.facts)
        for code in sorted(self.facts):
            allowed, excess, verdict = self.room(code)
            yield from compare(
                f"room {code}", found.get(code, {}), allowed_m2=allowed, excess_m2=excess,
                verdict=verdict,
            )  # fmt: skip

    def room(self, code: str):
        area, inside = self.area[code], self.people_in(code)
        held = [self.judged[person] for person in inside]
        offices = [each for each in held if each.parts.get(code) == OFFICE]
        if offices:
            ceilings = [each.ceiling_in(code) for each in held]
            if area is None or None in ceilings:
                return None, None, "unknown"
            allowed = sum(c for c in ceilings if c is not None)
            whole = area + sum(self.area[annex] or 0 for annex in self.annexes[code])
            excess = max(Fraction(0), whole - allowed)
            return allowed, excess, "over" if excess > 0 else "within"
        if any(code in each.refused for each in held):
            return None, None, "over"
        rows = self.holders.get(code, [])
        kind = CLASS_OF.get(rows[0]["use"] if rows else "") or CLASS_OF.get(self.facts[code]["use"])
        if area is None or (kind == OFFICE and rows and not inside):
            return None, None, "unknown"
        return None, None, "within"

    # ---- units ----

    def answering(self, unit: str) -> str:
        at, seen = unit, set()
        while at in self.units and at not in seen:
            if int(self.units[at]["authorised"] or 0) or self.units[at]["posts"]:
                return at
            seen.add(at)
            at = self.units[at]["parent"]
        return unit

    def units_(self):
        """Judge each unit again: offices by share, service and plant rooms by assignment."""
        self.counted["units"] = len(self.units)
        found = {row["unit"]: row for row in self.read("found-units")}
        for unit in sorted(self.units):
            allowed, used, excess, verdict = self.unit(unit)
            yield from compare(
                f"unit {unit}", found.get(unit, {}), allowed_m2=allowed, used_m2=used,
                excess_m2=excess, verdict=verdict,
            )  # fmt: skip

    def unit(self, code: str):
        answers = self.answering(code)
        staff = [
            person
            for person, row in self.staff.items()
            if self.answering(row["unit"]) == answers and (answers == code or row["unit"] == code)
        ]
        own = [u for u in self.units if self.answering(u) == code] if answers == code else [code]
        in_use, missing = Fraction(0), 0
        for person in staff:
            for room, part in self.judged[person].parts.items():
                share = self.judged[person].shares[room]
                kind = OFFICE if part != OTHER else self.kind(room, person)
                if kind not in {OFFICE, SERVICES, PLANT}:
                    continue
                if share is None:
                    missing += 1
                else:
                    in_use += share
        for room, rows in self.holders.items():
            if any(row["person"] for row in rows):
                continue
            kind = CLASS_OF.get(rows[0]["use"]) or CLASS_OF.get(self.facts[room]["use"])
            heads = {row["unit"] for row in rows}
            for unit in own:
                if unit in heads and kind in {OFFICE, SERVICES, PLANT}:
                    area = self.area[room]
                    if area is None:
                        missing += 1
                    else:
                        in_use += area / len(heads)
        total = self.approved(code, staff) if answers == code else None
        people = sum((self.judged[p].excess or Fraction(0) for p in staff), Fraction(0))
        beyond = hundredths(in_use) - total if total is not None else Fraction(0)
        excess = max(people, beyond, Fraction(0))
        known = total is not None and not missing
        if answers != code:
            known = all(self.judged[person].verdict != "unknown" for person in staff)
        verdict = "over" if excess > 0 else "within" if known else "unknown"
        used = None if missing and verdict != "over" else hundredths(in_use)
        return total, used, None if verdict == "unknown" else excess, verdict

    def kind(self, room: str, person: str) -> str | None:
        row = next(row for row in self.holders[room] if row["person"] == person)
        return CLASS_OF.get(row["use"]) or CLASS_OF.get(self.facts[room]["use"])

    def approved(self, code: str, staff: list[str]) -> Fraction | None:
        """Reckon A + B + 9 % of A + B."""
        unit = self.units[code]
        x = int(unit["authorised"] or 0)
        if unit["organ_class"] not in SERVICE or not x or unit["posts"]:
            return None
        offices = Fraction(0)
        for person in staff:
            if self.judged[person].has_gone:
                continue
            ceiling = self.ceiling(person)
            if ceiling is None:
                return None
            offices += ceiling
        low, small, high, large, numerator, divisor = SERVICE[unit["organ_class"]]
        each = (
            Fraction(small) if x <= low
            else Fraction(large) if x >= high
            else Fraction(numerator - x, divisor)
        )  # fmt: skip
        services = hundredths(each * x)
        return offices + services + hundredths((offices + services) * Fraction(9, 100))


class Person:
    """One person, judged from the facts."""

    def __init__(self, again: Again, person: str, rooms: dict[str, dict[str, str]]) -> None:
        self.again = again
        row = again.staff.get(person, defaultdict(str))
        self.parts: dict[str, str] = {}
        self.shares: dict[str, Fraction | None] = {}
        for room in sorted(rooms):
            for each in (room, *again.annexes[room]):
                self.parts[each] = again.part(each, rooms[room]["use"] if each == room else "")
                self.shares[each] = again.share(each, person)
        self.rank = again.ceiling(person)
        self.refused = {
            room
            for room, part in self.parts.items()
            if self.rank is not None
            and (
                (part == "toilet" and not self.may_have_toilet(row, again.area[room]))
                or (part == "rest-room" and self.rank <= 9)
            )
        }
        left = row["status"] in LEFT
        due = months_after(date.fromisoformat(row["left_on"]), 1) if row["left_on"] else None
        is_overdue = left and due is not None and again.day > due
        is_undated = left and due is None
        self.has_gone = is_overdue or is_undated
        ceiling = Fraction(0) if is_overdue else self.rank
        offices = [room for room, part in self.parts.items() if part == OFFICE]
        self.first, self.second, self.is_apart = self.order(row, offices, rooms)
        self.allowed = ceiling
        if self.is_apart and ceiling is not None:
            self.allowed = 2 * ceiling
        if is_undated and offices:
            self.allowed = None
        self.ceiling = ceiling if self.allowed is not None else None
        self.verdict, self.used, self.excess = self.judge()
        alone = sum((self.shares[room] or Fraction(0) for room in offices), Fraction(0))
        if self.verdict == "over" and self.allowed and hundredths(alone) <= self.allowed:
            # The office alone would do: what was built into it is too much.
            self.refused |= {r for r, part in self.parts.items() if part in {"toilet", "rest-room"}}

    def may_have_toilet(self, row, area: Fraction | None) -> bool:
        """Note 4: at most 6 m2, leaders of ministries and provinces, chiefs of 厅局, 党政正职."""
        if self.rank is None or (area is not None and area > TOILET_M2):
            return False
        name = self.again.units[row["unit"]]["organ_class"]
        chief = row["post"] in {"市委书记", "市长", "县委书记", "县长", "区委书记", "区长", "书记"}
        if name in {"中央", "省级"}:
            return self.rank >= 42 or (
                name == "省级" and self.rank == 30 and "副" not in row["post"]
            )
        return chief and self.rank == {"市级": 42, "县级": 30}.get(name)

    def order(self, row, offices: list[str], rooms) -> tuple[str | None, str | None, bool]:
        """Tell the office at the main post, the second one, and whether that one is approved."""
        posts = [each.split(":") for each in (row["second_posts"] or "").split(";") if each]
        for post in posts:  # a table may name the unit instead of giving its code
            named = [code for code, unit in self.again.units.items() if unit["name"] == post[0]]
            if post[0] not in self.again.units and len(named) == 1:
                post[0] = named[0]
        elsewhere = {post[0] for post in posts}
        ordered = sorted(
            offices, key=lambda r: (rooms[r]["unit"] in elsewhere, -(self.shares[r] or 0), r)
        )
        if len(ordered) < 2:
            return (ordered[0] if ordered else None), None, False
        unit = rooms[ordered[1]]["unit"]
        approved = [post for post in posts if post[1] == "approved"]
        own = [post for post in approved if post[0] == unit] or approved
        lasting = [
            post
            for post in own
            if not post[2] or self.again.day <= months_after(date.fromisoformat(post[2]), 2)
        ]
        share = self.shares[ordered[1]]
        if share is not None and self.rank is not None:
            annexed = (self.shares[room] or Fraction(0) for room in self.again.annexes[ordered[1]])
            if hundredths(share + sum(annexed, Fraction(0))) >= self.rank:
                return ordered[0], ordered[1], False  # approval is for a smaller one
        return ordered[0], ordered[1], len(ordered) == 2 and bool(lasting)

    def judge(self) -> tuple[str, Fraction | None, Fraction | None]:
        inside = [room for room, part in self.parts.items() if part != OTHER]
        known = [self.shares[room] for room in inside if self.shares[room] is not None]
        used = hundredths(sum((share for share in known if share is not None), Fraction(0)))
        whole = len(known) == len(inside)
        excess = None
        if self.allowed is not None and self.is_apart and self.second is not None:
            seconds = {self.second, *self.again.annexes[self.second]}
            excess = Fraction(0)
            for group in (set(inside) - seconds, seconds):
                total = sum((self.shares[room] or Fraction(0) for room in group), Fraction(0))
                excess += max(Fraction(0), hundredths(total) - self.allowed / 2)
        elif self.allowed is not None:
            excess = max(Fraction(0), used - self.allowed)
        if excess is not None and excess > 0:
            return "over", used, excess
        if whole and self.allowed is not None:
            return "within", used, excess
        return "unknown", used if whole else None, None

    def ceiling_in(self, room: str) -> Fraction | None:
        if self.ceiling is None:
            return None
        if self.parts.get(room) == OTHER:
            return Fraction(0)
        own = room == self.first or (self.is_apart and room == self.second)
        return self.ceiling if own else Fraction(0)


def compare(what: str, found: dict[str, str], **expected: Fraction | str | None):
    for name, value in expected.items():
        text = found.get(name)
        if text is None:
            yield f"{what}: {name} is not among what was found"
        elif isinstance(value, str):
            if text != value:
                yield f"{what}: {name} is {text}, reckoned again {value}"
        elif (value is None) != (text == "") or (value is not None and Fraction(text) != value):
            again = "nothing" if value is None else f"{float(value):.4f}"
            yield f"{what}: {name} is {text or 'nothing'}, reckoned again {again}"


def hundredths(value: Fraction) -> Fraction:
    """Round to 0.01, halves up, once noise below a millionth is gone."""
    quiet = Fraction((value * 10**6 + Fraction(1, 2)).__floor__(), 10**6)
    return Fraction((quiet * 100 + Fraction(1, 2)).__floor__(), 100)


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(last, day.day))
        except ValueError:
            continue
    raise AssertionError(day)


def plain(rank: str) -> str:
    return "".join(rank.replace("（", "(").replace("）", ")").split())


def spellings(rank: str) -> set[str]:
    """正局(处)级 is also 正局级, 正处级 and 正局处级."""
    if "(" not in rank:
        return {rank}
    before, rest = rank.split("(")
    inner, after = rest.split(")")
    return {rank, before + after, before[:-1] + inner + after, before + inner + after}


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
