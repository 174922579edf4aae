"""The work orders of the demonstration: one or two in each state, with the planted leak among them.

They are reported and moved on by the same deeds as everywhere, under ids of their own, so that a
start that was interrupted does not report them twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from fangma.asset_registry.store.connection import OPERATOR
from fangma.asset_registry.work_orders.facts import Deed, Part, Report
from fangma.twin.demonstration.days import at
from fangma.twin.demonstration.staff import DISPATCHER, ELECTRICIAN, PLANNER, PLUMBER
from fangma.twin.field import orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.demonstration.places import Places
    from fangma.twin.demonstration.staff import Member

#: Under which all ids of the demonstration are made.
NAMES: Final = UUID("9f0c4c1e-5b0e-4d52-9d0a-3c1f6a7e21d4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A deed: whose, on which working day and when, with what is told of it.

    Attributes
    ----------
    when : (int, str)
        Working days from today, and the clock.
    due : (int, str) or None
        Until when it is to be done, of an assignment.
    """

    deed: str
    by: Member
    when: tuple[int, str]
    note: str | None = None
    to: Member | None = None
    due: tuple[int, str] | None = None
    parts: tuple[Part, ...] = ()
    minutes: int | None = None
    yuan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault as it was reported, and what was done about it.

    Attributes
    ----------
    place : callable
        Finds the code where it is; None in a compound that has no such place.
    by : Member or None
        Who reported it; None is a passer-by with a signed link.
    """

    key: str
    place: Callable[[Places], str | None]
    fault: str
    urgency: str
    text: str
    when: tuple[int, str]
    by: Member | None
    deeds: tuple[Done, ...] = ()


def report_faults(conn: Connection, site: str, places: Places, now: datetime) -> dict[str, int]:
    """Report every fault that the compound has a place for; return their order numbers by key."""
    found: dict[str, int] = {}
    for fault in FAULTS:
        code = fault.place(places)
        if code is None:
            continue
        own = uuid5(NAMES, f"{site} order {fault.key}")
        order, is_new = orders.report(
            conn,
            OPERATOR,
            Report(
                id=own,
                code=code,
                fault=fault.fault,
                urgency=fault.urgency,
                text=fault.text,
                origin="link" if fault.by is None else "account",
                reporter=None if fault.by is None else fault.by.account,
                at=at(now, *fault.when),
            ),
        )
        found[fault.key] = order.number
        for i, done in enumerate(fault.deeds if is_new else ()):
            deed = Deed(
                key=uuid5(own, str(i)),
                name=done.deed,
                at=at(now, *done.when),
                note=done.note,
                person=None if done.to is None else done.to.account,
                due=None if done.due is None else at(now, *done.due),
                parts=done.parts,
                minutes=done.minutes,
                cost=None if done.yuan is None else Decimal(done.yuan),
            )
            role = (done.by.role,)
            orders.advance(conn, OPERATOR, own, deed, actor=done.by.account, roles=role)
    return found


def _given(to: Member, when: tuple[int, str], due: tuple[int, str]) -> Done:
    return Done(deed="assign", by=DISPATCHER, when=when, to=to, due=due)


FAULTS: Final = (
    Fault(
        key="wall", place=lambda p: p.room("文印室", building="A01"), fault="fabric",
        urgency="low", text="窗台下墙皮起泡、脱落，约半平方米。", when=(-13, "09:20"), by=PLANNER,
        deeds=(
            _given(ELECTRICIAN, (-13, "10:05"), (-9, "17:30")),
            Done(deed="accept", by=ELECTRICIAN, when=(-13, "10:30")),
            Done(deed="start", by=ELECTRICIAN, when=(-11, "14:00")),
            Done(deed="finish", by=ELECTRICIAN, when=(-11, "16:40"), minutes=160, yuan="85.00",
                 note="铲除起泡层，批腻子两遍，刷乳胶漆。",
                 parts=(Part(name="内墙腻子", count=5, unit="kg"),
                        Part(name="乳胶漆", count=1, unit="桶"))),
            Done(deed="send_back", by=DISPATCHER, when=(-10, "09:10"),
                 note="补漆颜色与旧墙不一致，请整面补刷。"),
            Done(deed="finish", by=ELECTRICIAN, when=(-9, "11:20"), minutes=90,
                 note="整面墙补刷一遍，颜色一致。"),
            Done(deed="close", by=DISPATCHER, when=(-9, "15:00"), note="现场复查合格。"),
        ),
    ),
    Fault(
        key="lamp", place=lambda p: p.room("会议室", building="A01", storey="F02"),
        fault="lighting", urgency="normal", text="会议室东侧两支灯管不亮。", when=(-9, "08:50"),
        by=PLANNER,
        deeds=(
            _given(ELECTRICIAN, (-9, "09:00"), (-8, "17:30")),
            Done(deed="accept", by=ELECTRICIAN, when=(-9, "09:12")),
            Done(deed="start", by=ELECTRICIAN, when=(-9, "13:40")),
            Done(deed="finish", by=ELECTRICIAN, when=(-9, "14:05"), minutes=25, yuan="56.00",
                 note="更换 LED 灯管两支，试灯正常。",
                 parts=(Part(name="LED 灯管 T8 1.2 m", count=2, unit="支"),)),
            Done(deed="close", by=DISPATCHER, when=(-8, "09:00")),
        ),
    ),
    Fault(
        key="lift", place=lambda p: p.room("电梯厅", building="A01", storey="F03"), fault="lift",
        urgency="urgent", text="2 号梯关门时有异响。", when=(-7, "10:15"), by=None,
        deeds=(
            Done(deed="reject", by=DISPATCHER, when=(-7, "10:40"),
                 note="维保单位当日上午已到场处理，与其维保记录重复。"),
        ),
    ),
    Fault(
        key="drain", place=lambda p: p.room("男卫生间", building="A02", storey="F02"),
        fault="blocked", urgency="urgent", text="小便斗下水不畅，地面积水。", when=(-6, "08:35"),
        by=None,
        deeds=(
            _given(PLUMBER, (-6, "08:42"), (-6, "12:00")),
            Done(deed="accept", by=PLUMBER, when=(-6, "08:45")),
            Done(deed="start", by=PLUMBER, when=(-6, "08:58")),
            Done(deed="finish", by=PLUMBER, when=(-6, "09:35"), minutes=37,
                 note="疏通存水弯，清出杂物，放水试验正常。"),
            Done(deed="close", by=DISPATCHER, when=(-6, "11:00"), note="复查排水正常。"),
        ),
    ),
    Fault(
        key="network", place=lambda p: p.room("综合科办公室", building="A02"), fault="network",
        urgency="normal", text="靠窗三个信息点不通。", when=(-5, "09:05"), by=PLANNER,
        deeds=(
            _given(ELECTRICIAN, (-5, "09:20"), (-4, "17:30")),
            Done(deed="accept", by=ELECTRICIAN, when=(-5, "09:31")),
            Done(deed="start", by=ELECTRICIAN, when=(-5, "10:10")),
            Done(deed="finish", by=ELECTRICIAN, when=(-5, "11:00"), minutes=50,
                 note="弱电间跳线松动，重新压接并做标签。"),
            Done(deed="close", by=DISPATCHER, when=(-5, "16:20")),
        ),
    ),
    Fault(
        key="ups", place=lambda p: p.room("信息机房", building="A01"), fault="power",
        urgency="urgent", text="UPS 旁路报警灯常亮。", when=(-3, "16:10"), by=DISPATCHER,
        deeds=(
            _given(ELECTRICIAN, (-3, "16:15"), (-1, "17:30")),
            Done(deed="accept", by=ELECTRICIAN, when=(-3, "16:20")),
            Done(deed="start", by=ELECTRICIAN, when=(-2, "09:00")),
            Done(deed="finish", by=ELECTRICIAN, when=(-2, "11:30"), minutes=150, yuan="1860.00",
                 note="更换老化电池一组，切换试验两次正常，待验收。",
                 parts=(Part(name="阀控铅酸蓄电池 12V 100Ah", count=4, unit="节"),)),
        ),
    ),
    Fault(
        key="leak", place=lambda p: p.planted("leak", "pipe_guid"), fault="leak",
        urgency="emergency",
        text="二层卫生间外走廊吊顶滴水，吊顶板有水渍，疑似给水支管渗漏。", when=(-2, "07:52"),
        by=DISPATCHER,
        deeds=(
            _given(PLUMBER, (-2, "07:55"), (-1, "18:00")),
            Done(deed="accept", by=PLUMBER, when=(-2, "07:58")),
            Done(deed="start", by=PLUMBER, when=(-2, "08:20")),
            Done(deed="hold", by=PLUMBER, when=(-2, "09:40"),
                 note="本层支管阀卡死关不断，须关立管总阀、全楼停水后更换；已接水盘，报计划停用。"),
        ),
    ),
    Fault(
        key="stuck", place=lambda p: p.planted("stuck-valve", "valve_guid"), fault="other",
        urgency="urgent", text="给水支管阀手轮转不动，疑似阀杆锈死，建议整阀更换（DN40 闸阀）。",
        when=(-2, "09:48"), by=PLUMBER,
        deeds=(
            _given(PLUMBER, (-2, "10:05"), (5, "17:30")),
            Done(deed="accept", by=PLUMBER, when=(-2, "10:10")),
        ),
    ),
    Fault(
        key="extinguisher", place=lambda p: p.room("走廊", building="A01", storey="F03"),
        fault="fire_safety", urgency="urgent", text="北侧灭火器压力表指针在红区。",
        when=(-2, "15:20"), by=DISPATCHER,
        deeds=(_given(ELECTRICIAN, (-2, "15:25"), (2, "17:30")),),
    ),
    Fault(
        key="cooling", place=lambda p: p.room("会议室", building="A01", storey="F04"),
        fault="climate", urgency="normal", text="会议室空调出风很小，室内闷热。",
        when=(-1, "14:20"), by=PLANNER,
        deeds=(
            _given(ELECTRICIAN, (-1, "14:35"), (1, "17:30")),
            Done(deed="accept", by=ELECTRICIAN, when=(-1, "14:50")),
            Done(deed="start", by=ELECTRICIAN, when=(-1, "15:30")),
        ),
    ),
    Fault(
        key="lock", place=lambda p: p.room("人事处办公室", building="A01"), fault="door_window",
        urgency="low", text="门锁锁舌卡顿，要用力才能关上。", when=(-1, "10:12"), by=PLANNER,
    ),
    Fault(
        key="corridor", place=lambda p: p.room("走廊", building="A02", storey="F02"),
        fault="lighting", urgency="normal", text="走廊尽头两盏灯不亮，晚上看不清台阶。",
        when=(-1, "17:42"), by=None,
    ),
)  # fmt: skip
