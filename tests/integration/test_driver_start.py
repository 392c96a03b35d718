"""A WebDriver server that does not answer, and one that is older than a capability."""

from __future__ import annotations

import os
import sys
import time

import pytest

from aws_saml_ext.capture.browser.driver import DriverServer
from aws_saml_ext.capture.browser.engine import prompt_behavior
from aws_saml_ext.errors import BrowserError

PATIENCE = 20.0  # seconds, on a busy machine
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

NEVER_ANSWERS = """
import socket, subprocess, sys
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("port", listening.getsockname()[1], flush=True)
    connection, _ = listening.accept()
    if sys.argv[1:]:
        browser = subprocess.Popen(sys.argv[1:])  # and does not wait for it
    connection.recv(1)
    import time; time.sleep(60)
"""
"""A driver that starts a browser, and does not answer."""

OLDER = """
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = request["capabilities"]["alwaysMatch"]
        value = {"error": "invalid argument", "message": "invalid argument: not a string"}
        if isinstance(asked["unhandledPromptBehavior"], str):
            value = {"sessionId": "1", "capabilities": asked}
        answer = json.dumps({"value": value}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

with HTTPServer(("127.0.0.1", 0), Handler) as server:
    print("port", server.server_port, flush=True)
    server.serve_forever()
"""
"""A driver that knows no difference between the dialogs of a page."""


def why_it_does_not_start(*browser: str, seconds: float) -> BrowserError:
    command = [sys.executable, "-c", NEVER_ANSWERS, *browser]
    driver = DriverServer(command, ready=r"port (\d+)", environ=os.environ, seconds=seconds)
    began = time.monotonic()
    try:
        with pytest.raises(BrowserError) as raised:
            driver.new_session({})
    finally:
        driver.end()
    assert time.monotonic() - began < PATIENCE
    return raised.value


def test_a_browser_that_does_not_start_is_not_waited_for_any_longer() -> None:
    assert "did not start in time" in str(why_it_does_not_start(seconds=1.0))


@linux
def test_a_browser_that_ends_at_once_is_told_before_its_driver_notices() -> None:
    assert "it ended at once" in str(why_it_does_not_start("/bin/false", seconds=60.0))


def test_an_older_driver_starts_the_browser_and_closes_every_dialog() -> None:
    command = [sys.executable, "-c", OLDER]
    driver = DriverServer(command, ready=r"port (\d+)", environ=os.environ, seconds=PATIENCE)
    try:
        session = driver.new_session({"unhandledPromptBehavior": prompt_behavior(headless=True)})
    finally:
        driver.end()
    assert session["capabilities"] == {"unhandledPromptBehavior": "dismiss and notify"}
