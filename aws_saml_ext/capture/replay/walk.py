"""The walk: from the address of an identity provider to the page that would post to AWS.

It requests what the browser would request without a person, and nothing else. Whatever it does not
understand ends it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.navigation import Headers, Navigation, request_headers
from aws_saml_ext.capture.replay.page_step import LastPage, decoded, next_step

if TYPE_CHECKING:
    from aws_saml_ext.capture.replay.cookies import Jar
    from aws_saml_ext.capture.replay.transport import Answer

_log = logging.getLogger(__name__)

MAX_REQUESTS = 12
_REDIRECTS = frozenset({301, 302, 303})
_KEEPING_REDIRECTS = frozenset({307, 308})
_BROWSERS_OWN = (
    ("refresh", "a refresh by a header"),
    ("clear-site-data", "data to clear"),
    ("critical-ch", "more headers that it wants"),
)
_POLICIES = frozenset(
    "sandbox form-action script-src script-src-elem script-src-attr default-src".split()
)
_DEVICE_BOUND = ("sec-session-", "secure-session-")

Send = Callable[[str, Address, Headers, bytes | None], "Answer"]
"""Send a request: method, address, headers, body. Raises NotUnderstood."""


class DeviceBound(NotUnderstood):
    """The session is bound to a key of the device, which only the browser has."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Everything that a walk needs."""

    jar: Jar
    headers: Headers
    """Those of a navigation of the browser."""
    send: Send
    save: Callable[[], None]
    """Write the cookies down; called after each answer that changes one."""
    acs_url: str | None = None
    """A sign-in address besides those of AWS."""
    is_firefox: bool = False
    now: Callable[[], float] = time.time

    def walk(self, idp_url: str) -> str:
        """Return the SAMLResponse that the identity provider would have the browser post.

        Raises:
            NotUnderstood: the browser has to do it.
            DeviceBound: and no walk ever can.
            StoreError: the cookies cannot be written down.
        """
        start = Address.parse(idp_url.partition("#")[0])
        request = Navigation(start)
        for _ in range(MAX_REQUESTS):
            self._check(request.address, start)
            answer = self._answer(request)
            address = request.address
            if answer.status in _REDIRECTS | _KEEPING_REDIRECTS:
                if answer.status in _KEEPING_REDIRECTS and request.method != "GET":
                    raise NotUnderstood("a form is to be sent elsewhere")
                target = answer.one("location")
                if not target:
                    raise NotUnderstood("a redirect leads nowhere")
                policies = answer.all("referrer-policy")
                request = request.redirected(_joined(address, target), policies, self.jar)
                continue
            if answer.status != 200:
                raise NotUnderstood(f"a server answered {answer.status}")
            if answer.one("content-disposition"):
                raise NotUnderstood("an answer is a download")
            page = decoded(answer.body, answer.one("content-type"))
            step = next_step(page, address, self._takes_assertion)
            if isinstance(step, LastPage):
                return step.saml_response
            if _has_policy(answer):
                raise NotUnderstood("a policy may forbid the step of the page")
            policies = [*answer.all("referrer-policy"), step.referrer_policy]
            request = request.follow(step.address, step.body, policies, self.jar)
        raise NotUnderstood("there are too many requests")

    def _takes_assertion(self, method: str, url: str) -> bool:
        return pac.takes_assertion(method, url, self.acs_url)

    def _check(self, address: Address, start: Address) -> None:
        """Check an address before a connection is made.

        Raises:
            NotUnderstood: it is not for a walk.
        """
        if pac.is_watched(address.text, self.acs_url):
            raise NotUnderstood("an address is one of AWS's")
        is_plain = address.scheme == "http"
        if is_plain and not (start.scheme == "http" and address.is_loopback and start.is_loopback):
            raise NotUnderstood("an address is not https")
        if address.host != start.host and not self.jar.knows(address.host):
            raise NotUnderstood("the browser has no cookie of a host")
        if address.ends_session:
            raise NotUnderstood("an address may end the session")

    def _answer(self, request: Navigation) -> Answer:
        """Return the answer to a request, once its cookies are written down."""
        cookies = self.jar.header(
            request.address, method=request.method, initiator=request.page, now=self.now()
        )
        headers = request_headers(request, self.headers, cookies, is_firefox=self.is_firefox)
        answer = self.send(request.method, request.address, headers, request.body)
        _log.debug("Replay: %s answered %d.", request.address.host, answer.status)
        problem = self._taken(answer, request.address) or answer.problem
        if any(name.lower().startswith(_DEVICE_BOUND) for name, _ in answer.headers):
            raise DeviceBound("the session is bound to this device")
        if problem:
            raise NotUnderstood(problem)
        for name, described in _BROWSERS_OWN:
            if answer.all(name):
                raise NotUnderstood(f"an answer has {described}")
        return answer

    def _taken(self, answer: Answer, address: Address) -> str:
        """Take the cookies of an answer; return why a browser may have taken more, else nothing.

        Each is tried: one that only a browser can judge must not cost the session the others.
        """
        before = self.jar.cookies
        reason = ""
        for text in answer.all("set-cookie"):
            try:
                self.jar.take(text, address, now=self.now())
            except NotUnderstood as error:  # noqa: PERF203 - a few cookies
                reason = str(error)
        if self.jar.cookies != before:
            self.save()
        return reason


def _joined(address: Address, target: str) -> Address:
    return address.join(target.partition("#")[0])


def _has_policy(answer: Answer) -> bool:
    """Return whether a Content-Security-Policy may forbid a script or a form."""
    directives = (
        directive.split()[0].lower()
        for text in answer.all("content-security-policy")
        for directive in text.replace(",", ";").split(";")
        if directive.strip()
    )
    return any(name in _POLICIES for name in directives)
