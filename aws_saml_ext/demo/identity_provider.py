"""An identity provider on loopback: it asks for a password and posts signed assertions to AWS."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from aws_saml_ext.demo import many, pages, steps
from aws_saml_ext.demo.issuer import ACS, ATTRIBUTE, AUDIENCE, Claims, Issuer
from aws_saml_ext.demo.loopback import LoopbackServer
from aws_saml_ext.demo.pages import LABELS, NUMBER, PASSWORD, STAY, USERNAME, Look

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROLE_USER = "arn:aws:iam::000000000000:role/Role.User"
ROLE_ADMIN = "arn:aws:iam::000000000000:role/Role.Admin"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # public, for the demo only
COOKIE = "idp_session"

# The entity IDs of AWS's sign-in in its partitions, and the addresses that take assertions.
SERVICE_PROVIDERS: Mapping[str, str] = {
    AUDIENCE: ACS,
    "urn:amazon:webservices:govcloud": "https://signin.amazonaws-us-gov.com/saml",
    "urn:amazon:webservices:cn-north-1": "https://signin.amazonaws.cn/saml",
}
_MAX_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class User:
    """A user of the identity provider.

    `roles` are ARNs. An empty `password` means the name. `totp` is the Base32 secret of a one-time
    code. A `locked` account gets a page without a form. With a `refusal` the response to AWS is a
    Status with this message and has no assertion.
    """

    name: str
    roles: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    totp: str = field(default="", repr=False)
    locked: bool = False
    refusal: str | None = None


USERS = (
    User("aws_user", (ROLE_USER,)),
    User("aws_admin", (ROLE_USER, ROLE_ADMIN)),
    User("aws_many", many.ROLES),
    User("aws_void"),
    User("aws_mfa", (ROLE_USER, ROLE_ADMIN), totp=TOTP_SECRET),
    User("aws_locked", (ROLE_USER,), locked=True),
    User("aws_refused", (ROLE_USER,), refusal="Not allowed to use AWS."),
)


@dataclass(slots=True)
class _Session:
    user: User
    ends: datetime
    steps: list[str]
    """The steps that are left before the user is signed in."""
    approved_at: datetime | None = None
    """The time at which the push approval arrives."""


class IdentityProvider:
    """An identity provider at `url`, inside a `with` block.

    A sign-in starts at `start`, or with other pages at `address(...)`. `users`, `lifespan`,
    `role_first`, `relay_state` and `approval` may be set while it runs. It records `requests`
    (method and path), `sign_ins`, `wrong_passwords`, `answers` (the number of SAML responses) and
    `stays` (the answers to the stay-signed-in offer).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        users: Iterable[User] = USERS,
        provider: str = "SamlExampleProvider",
        acs: str | None = None,
        lifespan: timedelta = timedelta(minutes=5),
        session_lifespan: timedelta = timedelta(hours=10),
        session_duration: timedelta = timedelta(hours=8),
        persistent_cookie: bool = False,
        role_first: bool = False,
        approval: timedelta = timedelta(seconds=3),
        relay_state: str | None = None,
        language: str = "en",
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare an identity provider.

        Args:
            port: the port to listen on; 0 takes a free one.
            users: the users who can sign in.
            provider: the name of the SAML provider in AWS.
            acs: an address to post assertions to, instead of AWS's own.
            lifespan: the lifetime of an assertion.
            session_lifespan: the lifetime of a user's session.
            session_duration: the value of the attribute SessionDuration.
            persistent_cookie: whether the session outlives the browser.
            role_first: whether a value of the attribute Role begins with the role.
            approval: the time that a push approval takes.
            relay_state: a RelayState to post with each response.
            language: the language of the pages, one of `pages.WORDS`.
            tls: a TLS context, to serve https.
            clock: returns the current time.
            sleep: waits for a number of seconds.
        """
        self.users = tuple(users)
        self.provider = provider
        self.lifespan = lifespan
        self.role_first = role_first
        self.approval = approval
        self.relay_state = relay_state
        self.service_providers = dict(SERVICE_PROVIDERS)
        if acs is not None:
            self.service_providers[AUDIENCE] = acs
        self.url = ""
        self.requests: list[str] = []
        self.sign_ins = 0
        self.wrong_passwords = 0
        self.answers = 0
        self.stays: list[str] = []
        self._port = port
        self._session_lifespan = session_lifespan
        self._session_duration = session_duration
        self._persistent_cookie = persistent_cookie
        self._language = language
        self._tls = tls
        self._clock = clock
        self._sleep = sleep
        self._sessions: dict[str, _Session] = {}
        self._tickets: dict[str, str] = {}
        self._counter_lock = threading.Lock()

    def __enter__(self) -> IdentityProvider:
        """Start the server and create the signing key.

        Raises:
            ConfigError: the port is in use.
        """
        self._server = LoopbackServer(self._application, self._port, tls=self._tls)
        self.url = self._server.url
        self.issuer = Issuer.create(f"{self.url}/metadata")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self._server.close()

    @property
    def start(self) -> str:
        """The address that starts a sign-in: one page with username and password."""
        return f"{self.url}/start"

    def address(self, **options: str | int) -> str:
        """Return the address that starts a sign-in with other pages.

        Args:
            **options: `pages` 2 asks for username and password on two pages. `label`, `lang` and
                `late` are those of `pages.Look`. `ask` adds steps: captcha, method, number or
                stay, separated by commas. `via` new-tab, popup or iframe posts to AWS from there.
                `slow` is a pause in seconds before each page. `sp` is the entity ID of AWS's
                sign-in in a partition. `RelayState` is posted with the response.
        """
        return f"{self.start}?{urlencode(options)}"

    @property
    def metadata(self) -> str:
        """The SAML metadata to register with AWS."""
        return self.issuer.metadata(self.start)

    def end_sessions(self) -> None:
        """End all sessions: the next sign-in asks for the password."""
        self._sessions.clear()

    def saml_response(
        self,
        user: User,
        *,
        audience: str = AUDIENCE,
        session_lifespan: timedelta | None = None,
    ) -> str:
        """Return the base64 `SAMLResponse` for `user`, as after a sign-in."""
        return self.issuer.response(
            Claims(
                name_id=user.name,
                issued=self._clock(),
                attributes=self._attributes(user),
                acs=self.service_providers[audience],
                audience=audience,
                lifespan=self.lifespan,
                session_lifespan=session_lifespan or self._session_lifespan,
                refusal=user.refusal,
            )
        )

    def _attributes(self, user: User) -> dict[str, list[str]]:
        attributes = {
            f"{ATTRIBUTE}RoleSessionName": [user.name],
            f"{ATTRIBUTE}SessionDuration": [str(int(self._session_duration.total_seconds()))],
        }
        if user.roles:
            attributes[f"{ATTRIBUTE}Role"] = [self._pair(role) for role in user.roles]
        return attributes

    def _pair(self, role: str) -> str:
        _, partition, _, _, account, _ = role.split(":", 5)
        provider = f"arn:{partition}:iam::{account}:saml-provider/{self.provider}"
        return f"{role},{provider}" if self.role_first else f"{provider},{role}"

    def _application(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        request = Request(environ)
        self.requests.append(f"{request.method} {request.path}")
        response = self._respond(request)
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path == "/start":
            pause = request.args.get("slow", 0.0, type=float)
            self._sleep(min(max(0.0, pause), _MAX_PAUSE_SECONDS))
            return self._start(request)
        if request.path == "/answer":
            # A ticket instead of a cookie: browsers send no cookie to a frame of another site.
            answer = self._tickets.pop(request.args.get("ticket", ""), None)
            if answer is not None:
                return _html(answer)
        if request.path == "/metadata":
            return Response(self.metadata, mimetype="application/samlmetadata+xml")
        if request.path == "/logout":
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)
            return _html(pages.message("Signed out", "You are signed out."))
        return _html(pages.message("Not found", "There is no such page."), status=404)

    def _start(self, request: Request) -> Response:
        if request.args.get("sp", AUDIENCE) not in self.service_providers:
            return _html(pages.message("Error", "This service provider is not known."), status=400)
        look = self._look(request)
        session = self._session(request)
        if session is not None and not session.steps:
            return self._answer(request, session)
        if request.method != "POST":
            return self._ask(request, look, session)
        if session is not None and session.steps[0] in request.form:
            return self._next_step(request, look, session)
        return self._check_password(request, look)

    def _look(self, request: Request) -> Look:
        label = request.args.get("label")
        return Look(
            language=request.args.get("lang", self._language),
            label=label if label in LABELS else "label",
            late=request.args.get("late", 0, type=int),
        )

    def _session(self, request: Request) -> _Session | None:
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session is not None and self._clock() < session.ends else None

    def _ask(self, request: Request, look: Look, session: _Session | None) -> Response:
        if session is not None:
            return _html(steps.PAGES[session.steps[0]](look, error=""))
        first = (USERNAME,) if _two_pages(request) else (USERNAME, PASSWORD)
        return _html(pages.sign_in(look, fields=first))

    def _check_password(self, request: Request, look: Look) -> Response:
        name = request.form.get(USERNAME, "")
        if PASSWORD not in request.form:
            return _html(pages.sign_in(look, fields=(PASSWORD,), username=name))
        password = request.form[PASSWORD]
        user = next((user for user in self.users if user.name == name), None)
        if user is None or password != (user.password or user.name):
            with self._counter_lock:
                self.wrong_passwords += 1
            fields = (PASSWORD,) if _two_pages(request) else (USERNAME, PASSWORD)
            return _html(pages.sign_in(look, fields=fields, username=name, error=look.words.wrong))
        if user.locked:
            return _html(pages.locked(look))
        key = secrets.token_urlsafe(24)
        session = _Session(
            user,
            self._clock() + self._session_lifespan,
            steps.requested(request.args.get("ask", ""), with_code=bool(user.totp)),
        )
        self._sessions[key] = session
        response = self._ask_or_answer(request, look, session)
        response.set_cookie(
            COOKIE,
            key,
            max_age=self._session_lifespan if self._persistent_cookie else None,
            httponly=True,
            samesite="Lax",
            secure=self._tls is not None,
        )
        return response

    def _next_step(self, request: Request, look: Look, session: _Session) -> Response:
        step = session.steps[0]
        text = request.form[step].strip()
        if step == NUMBER and not self._approved(session):
            return _html(pages.number(look))
        if not steps.is_correct(step, text, secret=session.user.totp, now=self._clock()):
            return _html(steps.PAGES[step](look, error=look.words.wrong_code))
        session.steps[:1] = steps.following(step, text)
        if step == STAY:
            self.stays.append(text)
        return self._ask_or_answer(request, look, session)

    def _approved(self, session: _Session) -> bool:
        now = self._clock()
        session.approved_at = session.approved_at or now + self.approval
        return now >= session.approved_at

    def _ask_or_answer(self, request: Request, look: Look, session: _Session) -> Response:
        if session.steps:
            return self._ask(request, look, session)
        with self._counter_lock:
            self.sign_ins += 1
        return self._answer(request, session)

    def _answer(self, request: Request, session: _Session) -> Response:
        """Return the page that posts to AWS, in the way that `via` requests."""
        audience = request.args.get("sp", AUDIENCE)
        left = session.ends - self._clock()
        form = {
            "SAMLResponse": self.saml_response(
                session.user, audience=audience, session_lifespan=left
            )
        }
        relay_state = request.args.get("RelayState", self.relay_state)
        if relay_state is not None:
            form["RelayState"] = relay_state
        with self._counter_lock:
            self.answers += 1
        acs = self.service_providers[audience]
        via = request.args.get("via")
        page = pages.posting(acs, form, target="_blank" if via == "new-tab" else "_self")
        if via not in {"popup", "iframe"}:
            return _html(page)
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = page
        address = f"/answer?ticket={ticket}"
        if via == "popup":
            return _html(pages.opening(address))
        # Under the name localhost, this server is another site to the browser.
        elsewhere = urlsplit(self.url)
        other_site = elsewhere._replace(netloc=f"localhost:{elsewhere.port}").geturl()
        return _html(pages.framing(f"{other_site}{address}"))


def offering(users: Iterable[User], name: str, roles: Iterable[str]) -> tuple[User, ...]:
    """Return `users`, with `roles` for the user called `name`."""
    offered = tuple(roles)
    return tuple(replace(user, roles=offered) if user.name == name else user for user in users)


def _two_pages(request: Request) -> bool:
    return request.args.get("pages") == "2"


def _html(page: str, *, status: int = 200) -> Response:
    return Response(page, status=status, mimetype="text/html")
