"""Exchanges with an STS on loopback, for tests."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.session import Session

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import SamlLoginError
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.sts.exchange import exchanging
from tests import samples
from tests.integration.sts_server import Answer, StsServer
from tests.made_assertions import Made
from tests.saml import ADMIN_ROLE, saml_response

SETTINGS = replace(samples.SETTINGS, timeout=timedelta(seconds=60))

ASSERTION = Assertion.parse(saml_response(ADMIN_ROLE))
HEALTHY = Assertion.parse(Made(roles=(ADMIN_ROLE,)).saml_response)
"""An assertion in which no check finds a cause of a refusal."""

_MODELS = create_loader()  # read once: that takes longer than a test


def new_session(profile: str | None = None) -> Session:
    session = Session(profile=profile)
    session.register_component("data_loader", _MODELS)
    return session


def exchange(
    server: StsServer | None = None,
    *,
    settings: Settings = SETTINGS,
    assertion: Assertion = ASSERTION,
    role: Role = ADMIN_ROLE,
    notified: list[str] | None = None,
    session: Session | None = None,
    connection: StsConnection = DEFAULT,
    **options: Any,
) -> Credentials:
    if server is not None:
        connection = replace(connection, endpoint_url=server.url)
    notify = ([] if notified is None else notified).append
    ask = exchanging(
        session or new_session(), settings, notify=notify, connection=connection, **options
    )
    return ask(assertion, role).credentials


def refused(server: StsServer, answer: Answer) -> SamlLoginError:
    """Return the error that this answer leads to."""
    server.answer = lambda _: answer
    with pytest.raises(SamlLoginError) as caught:
        exchange(server, assertion=HEALTHY)
    return caught.value


def everything_shown(error: BaseException) -> str:
    hint = getattr(error, "hint", "")
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) + str(hint)
