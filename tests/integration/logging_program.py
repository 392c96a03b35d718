"""A program around us that logs everything, and asks AWS itself while it signs in.

Its log goes to standard error. At the end it prints the secrets that it was given,
and how often it asked AWS by itself.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import websocket
from botocore.session import Session

from aws_saml_ext import login, role_choice
from aws_saml_ext.assertion import Assertion
from aws_saml_ext.capture import engine_for
from aws_saml_ext.capture.browser.discovery import Programs
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.credentials import Issued
from aws_saml_ext.sts import exchange
from aws_saml_ext.sts.check import check
from aws_saml_ext.sts.connection import StsConnection
from tests.browsers import settings
from tests.doubles import FakePrompt
from tests.geckodriver import firefox_settings

OWN = "own"
"""The name of the thread in which the program calls AWS."""


@contextmanager
def asking_aws(url: str) -> Iterator[list[str]]:
    """Ask again and again, in another thread; each answer."""
    own: Any = Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKIAEXAMPLE00000000",
        aws_secret_access_key="example",
    )
    answers: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            answers.append(own.get_caller_identity()["Arn"])

    thread = threading.Thread(target=ask, name=OWN)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def main(
    browser: str, binary: str, driver: str, idp_url: str, aws_url: str, folder: str, *commands: str
) -> None:
    logging.basicConfig(
        level=logging.DEBUG, format="%(threadName)s|%(name)s|%(levelname)s|%(message)s"
    )
    websocket.enableTrace(True)
    password_command, mfa_command = (tuple(json.loads(command)) for command in commands)
    settings_of = firefox_settings if browser == Browser.FIREFOX.value else settings
    wanted = settings_of(
        idp_url=idp_url,
        username="jane",
        password_command=password_command,
        mfa_command=mfa_command,
        timeout=timedelta(seconds=60),
    )
    heard: list[Assertion] = []
    kept: list[Issued] = []

    @contextmanager
    def profile_folder(settings: Settings) -> Iterator[Path]:
        yield Path(folder)

    prompt = FakePrompt()
    session = Session()
    programs = Programs(Browser(browser), Path(binary), Path(driver))
    with asking_aws(aws_url) as answers:
        login.sign_in(
            wanted,
            capture=capturing(
                engine_for(programs), prompt, profile_folder=profile_folder, environ={}
            ),
            hear=heard.append,
            choose=role_choice.chosen(wanted, prompt),
            confirm=lambda assertion, role: None,
            exchange=exchange.exchanging(
                session, wanted, notify=prompt.notify, connection=StsConnection(aws_url)
            ),
            store=kept.append,
        )
        checked = check(session, kept[0].credentials, StsConnection(aws_url))
    for library in ("botocore", "urllib3", "selenium", "websocket"):
        logging.getLogger(library).debug("afterwards")
    seen = {
        "assertion": heard[0].saml_response,
        "secret_access_key": kept[0].credentials.secret_access_key,
        "session_token": kept[0].credentials.session_token,
        "checked": checked,
        "own_requests": len(answers),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
