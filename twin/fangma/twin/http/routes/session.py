"""Sign in, ask who one is, sign out, choose another password."""

from typing import Final

from fastapi import APIRouter, Request, Response

from fangma.twin.http.access import COOKIE, PUBLIC, Reader
from fangma.twin.http.account_bodies import PasswordChange, SignedIn, SignIn, User
from fangma.twin.http.dependencies import PoolOf
from fangma.twin.http.wall_bodies import DeviceSignIn
from fangma.twin.sign_in import accounts, sessions
from fangma.twin.sign_in.sessions import Session

router: Final = APIRouter(prefix="/api/session", tags=["session"])


@router.post("", operation_id="signIn", dependencies=[PUBLIC])
def sign_in(body: SignIn, request: Request, response: Response, pool: PoolOf) -> SignedIn:
    """Open a session; the answer carries its token as a cookie and in the body."""
    address = request.client.host if request.client else None
    token, session = sessions.sign_in(
        pool, name=body.user, password=body.password, code=body.code, address=address
    )
    _keep(token, session, request, response)
    return SignedIn(token=token, expires=session.expires_at, user=_user(session))


@router.post("/device", operation_id="signInDevice", dependencies=[PUBLIC])
def sign_in_device(body: DeviceSignIn, request: Request, response: Response, pool: PoolOf) -> User:
    """Keep a device token as the session of a display's browser, until it ends or is revoked."""
    session = sessions.find_device(
        pool, body.token, address=request.client.host if request.client else None
    )
    _keep(body.token, session, request, response)
    return _user(session)


def _keep(token: str, session: Session, request: Request, response: Response) -> None:
    """Have the browser keep a session's token where no script reads it, and no cache the answer."""
    response.set_cookie(
        COOKIE,
        token,
        expires=session.expires_at,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    response.headers["Cache-Control"] = "no-store"


@router.get("", operation_id="whoAmI")
def who_am_i(session: Reader, response: Response) -> User:
    """Say who is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return _user(session)


@router.delete("", operation_id="signOut", status_code=204)
def sign_out(session: Reader, pool: PoolOf) -> Response:
    """End the session; its token is worth nothing from now on."""
    sessions.sign_out(pool, session)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.put("/password", operation_id="changePassword", status_code=204)
def change_password(body: PasswordChange, session: Reader, pool: PoolOf) -> Response:
    """Choose another password; every other session of the account ends."""
    accounts.change_own_password(pool, session, old=body.old, new=body.new)
    return Response(status_code=204)


def _user(session: Session) -> User:
    return User(
        name=session.name,
        displayName=session.display_name,
        roles=sorted(session.roles),
        seesSecret=session.sees_secret,
    )
