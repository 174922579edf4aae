"""Who works in the demonstration. All names are invented; nobody is told their passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store.accounts import NameTakenError
from fangma.twin.sign_in.accounts import Actor, NewAccount, add_account

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who has an account."""

    account: str
    name: str
    role: str


DISPATCHER: Final = Member(account="zhao.min", name="赵敏", role="maintainer")
PLUMBER: Final = Member(account="wang.jianguo", name="王建国", role="maintainer")
ELECTRICIAN: Final = Member(account="chen.zhiqiang", name="陈志强", role="maintainer")
PLANNER: Final = Member(account="li.wenjing", name="李文静", role="planner")
AUDITOR: Final = Member(account="zhou.li", name="周立", role="auditor")
STAFF: Final = (DISPATCHER, PLUMBER, ELECTRICIAN, PLANNER, AUDITOR)


def engage(conn: Connection) -> None:
    """Give everybody an account, each with a password of its own that is told nobody."""
    operator = Actor(reader="operator", name="operator")
    for member in STAFF:
        try:
            add_account(
                conn,
                operator,
                NewAccount(
                    name=member.account,
                    display_name=member.name,
                    roles=(member.role,),
                    every_site=True,
                ),
            )
        except NameTakenError:
            continue
