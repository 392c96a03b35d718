"""Names below `localhost`, as the resolver of the system answers for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aws_saml_ext.net import addresses_of


def test_the_system_resolves_names() -> None:
    assert set(addresses_of("localhost")) & {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["no-such-name.invalid", "x" * 70 + ".localhost"])
def test_a_name_that_cannot_be_resolved_has_no_address(host: str) -> None:
    assert addresses_of(host, seconds=0.5) == ()


# A resolver on loopback that never answers, in a mount namespace of its own.
SILENT_RESOLVER = """
mount -t tmpfs none /mnt && printf 'nameserver 127.0.0.9\\n' >/mnt/resolv.conf &&
    printf 'hosts: dns\\n' >/mnt/nsswitch.conf &&
    mount --bind /mnt/resolv.conf /etc/resolv.conf &&
    mount --bind /mnt/nsswitch.conf /etc/nsswitch.conf || exit 99
exec "$@"
"""
ASK_IT = """
import socket, time
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.9", 53))
from aws_saml_ext.net import is_loopback
begin = time.monotonic()
print(is_loopback("idp.localhost"), time.monotonic() - begin < 4)
silent.settimeout(1)
print(b"localhost" in silent.recv(512))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a mount namespace")
def test_a_resolver_that_never_answers_is_not_waited_for() -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine makes no mount namespace")
    words = ["unshare", "-m", "sh", "-c", SILENT_RESOLVER, "sh", sys.executable, "-c", ASK_IT]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode == 99:
        pytest.skip("this machine lets no other resolver be put in place")
    assert done.stdout == "False True\nTrue\n", done.stderr
