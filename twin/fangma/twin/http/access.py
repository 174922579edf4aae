"""Who may call a route: each route names one of the aliases below, and a test counts.

A reader is known by a bearer token or by the cookie of the same token. Requests by cookie that
change something need a header that a page of another site cannot send (OWASP: custom request
header), on top of SameSite=Strict.
"""

# No `from __future__ import annotations`: FastAPI reads the annotations of Access.__call__.
from typing import Annotated, Final

from fastapi import Depends, Request

from fangma.twin.http.errors import ForbiddenError, ForeignRequestError
from fangma.twin.sign_in import sessions
from fangma.twin.sign_in.errors import NotSignedInError
from fangma.twin.sign_in.roles import EVERY_ROLE, Role
from fangma.twin.sign_in.sessions import Session
from fangma.twin.sign_in.tokens import LONGEST

COOKIE: Final = "fangma_session"
FOREIGN_HEADER: Final = "X-Fangma-Request"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """The declared access of a route: any of ``roles``, or everybody when there are none."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> Session:
        """Let the request pass, with the session that it belongs to.

        Raises
        ------
        NotSignedInError, ForbiddenError, ForeignRequestError
        """
        token, by_cookie = _token(request)
        session = sessions.find(request.app.state.pool, token)
        request.state.account_name = session.name
        if request.method not in _SAFE:
            if by_cookie and request.headers.get(FOREIGN_HEADER) != "1":
                raise ForeignRequestError(
                    f"The request changes something and lacks the header {FOREIGN_HEADER}.",
                    f"Send {FOREIGN_HEADER}: 1 with it, or use the token as a bearer token.",
                )
            if session.kind == "device":
                raise ForbiddenError(
                    "A device token reads only.", "Sign in with an account to change something."
                )
        if not self.roles & session.roles:
            raise ForbiddenError(
                f"This needs the role {' or '.join(sorted(self.roles))}; "
                f"{session.name} is {', '.join(sorted(session.roles))}.",
                "Ask an administrator for the role, or somebody who has it to do this.",
            )
        return session


class Everybody:
    """The declared access of the few routes that need no session."""

    def __call__(self) -> None:
        """Let the request pass."""


def _token(request: Request) -> tuple[str, bool]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return _usable(token.strip()), False
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return _usable(cookie), True
    raise NotSignedInError("Nobody is signed in.", "Sign in at POST /api/session.")


def _usable(token: str) -> str:
    if len(token) > LONGEST or not token.isascii():
        raise NotSignedInError("The token is not one of ours.", "Sign in at POST /api/session.")
    return token


PUBLIC: Final = Depends(Everybody())
Reader = Annotated[Session, Depends(Access(*EVERY_ROLE))]
Administrator = Annotated[Session, Depends(Access(Role.ADMINISTRATOR))]
SecurityOfficer = Annotated[Session, Depends(Access(Role.SECURITY))]
LogReader = Annotated[Session, Depends(Access(Role.SECURITY, Role.AUDITOR))]
SpaceAuditor = Annotated[Session, Depends(Access(Role.AUDITOR))]
AUDIT_READERS: Final = frozenset({Role.AUDITOR, Role.LEADER, Role.PLANNER})
SpaceReader = Annotated[Session, Depends(Access(*AUDIT_READERS))]
Planner = Annotated[Session, Depends(Access(Role.PLANNER))]
Maintainer = Annotated[Session, Depends(Access(Role.MAINTAINER))]
Dispatcher = Annotated[Session, Depends(Access(Role.ADMINISTRATOR, Role.MAINTAINER))]
RuleReader = Annotated[
    Session, Depends(Access(Role.ADMINISTRATOR, Role.AUDITOR, Role.LEADER, Role.PLANNER))
]
AccountReader = Annotated[Session, Depends(Access(Role.ADMINISTRATOR, Role.SECURITY))]
Operator = Annotated[Session, Depends(Access(Role.ADMINISTRATOR, Role.MAINTAINER, Role.SECURITY))]
