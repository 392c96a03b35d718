"""
LocalStack: that it takes one of several roles with our hook, and does not without.

What takes long, with LocalStack or without, is marked `localstack`: the first time some 110
packages are fetched.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, IdentityProvider, User
from stack import localstack
from stack.errors import NotHere, StackError
from stack.localstack import START_HOOKS, LocalStack, find_python
from stack.servers import free_port
from stack.setup import set_up
from tests.demo_servers import client

HOOK = START_HOOKS / "two_roles.py"
PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
ELSEWHERE = "arn:aws:iam::111122223333:role/team/Other"
USER = User("aws_user", (ROLE_USER,))
ADMIN = User("aws_admin", (ROLE_USER, ROLE_ADMIN, ELSEWHERE))


@pytest.fixture(scope="module")
def idp() -> Iterator[IdentityProvider]:
    with IdentityProvider() as running:
        yield running


# Each of these puts the hook into moto as LocalStack does, in a process of its own.
TAKE = """
import sys
exec(open(sys.argv[1]).read(), {})
from moto.sts.models import STSBackend
session = STSBackend("aws", "000000000000").assume_role_with_saml(
    role_arn=sys.argv[2], principal_arn=sys.argv[3], saml_assertion=sys.stdin.read()
)
print(session.role_arn, session.session_name)
"""
OLDER = """
import sys
import moto.sts.models
del moto.sts.models.STSBackend.assume_role
exec(open(sys.argv[1]).read(), {})
"""


def in_moto(program: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, str(HOOK), *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("role", "role_first"), [(ROLE_USER, True), (ROLE_ADMIN, False)])
def test_the_hook_takes_the_pair_that_is_asked_for(
    idp: IdentityProvider, role: str, role_first: bool
) -> None:
    idp.role_first = role_first
    done = in_moto(TAKE, role, PROVIDER, given=idp.saml_response(ADMIN))
    assert done.stdout == f"{role} aws_admin\n", done.stderr


def test_the_hook_refuses_a_pair_that_the_assertion_does_not_have(idp: IdentityProvider) -> None:
    done = in_moto(TAKE, ROLE_ADMIN, PROVIDER, given=idp.saml_response(USER))
    assert done.stdout == ""
    assert "Not authorized to perform sts:AssumeRoleWithSAML" in done.stderr


def test_the_hook_says_in_one_sentence_that_moto_has_changed() -> None:
    done = in_moto(OLDER)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "RuntimeError: two_roles.py does not fit this version of moto: "
        "type object 'STSBackend' has no attribute 'assume_role'."
    )


def test_a_machine_without_a_new_enough_python_is_told_which_is_needed(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    with pytest.raises(NotHere, match=r"LocalStack needs Python 3\.13 or newer"):
        find_python({"PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_a_python_of_pyenv_is_found(tmp_path: Path) -> None:
    new = tmp_path / "versions" / "3.13.0" / "bin" / "python3"
    new.parent.mkdir(parents=True)
    new.write_text("#!/bin/sh\nexit 0\n")
    new.chmod(0o755)
    assert find_python({"PATH": "", "PYENV_ROOT": str(tmp_path)}) == new


def test_an_environment_that_cannot_be_made_is_not_half_left(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text('#!/bin/sh\nmkdir -p "$3/bin"\nexit 1\n')
    broken.chmod(0o755)
    cache = tmp_path / "cache"
    with (
        pytest.raises(StackError, match="cannot create the virtual environment of LocalStack"),
        localstack.running(tmp_path / "run", port=free_port(), python=broken, cache=cache),
    ):
        pass
    assert list(cache.iterdir()) == []


@pytest.mark.localstack
def test_packages_that_cannot_be_fetched_end_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    cache = tmp_path / "cache"
    with (
        pytest.raises(StackError, match=r"LocalStack 4\.14\.0\. ERROR: .*localstack-core"),
        localstack.running(
            tmp_path / "run", port=free_port(), python=Path(sys.executable), cache=cache
        ),
    ):
        pass
    assert list(cache.iterdir()) == []


def running(folder: Path, **options: Any) -> Any:
    """LocalStack on a free port; the test is skipped where there is no Python for it."""
    try:
        python = find_python()
    except NotHere as error:
        pytest.skip(str(error))
    return localstack.running(folder, port=free_port(), python=python, **options)


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory, idp: IdentityProvider
) -> Iterator[LocalStack]:
    """One that knows the identity provider."""
    folder = tmp_path_factory.mktemp("localstack")
    metadata = folder / "descriptor.xml"
    metadata.write_text(idp.metadata)
    with running(folder) as one:
        try:
            set_up(one.url, metadata_file=metadata)
        except NotHere as error:
            pytest.skip(str(error))
        yield one


def assume(url: str, idp: IdentityProvider, role: str, prompt: User = ADMIN) -> dict[str, Any]:
    answer: dict[str, Any] = client("sts", url).assume_role_with_saml(
        RoleArn=role,
        PrincipalArn=f"{role.partition(':role/')[0]}:saml-provider/SamlExampleProvider",
        SAMLAssertion=idp.saml_response(prompt),
    )
    return answer


@pytest.mark.localstack
@pytest.mark.parametrize("role", [ROLE_USER, ROLE_ADMIN, ELSEWHERE])
def test_localstack_gives_keys_for_the_role_that_was_asked_for(
    started: LocalStack, idp: IdentityProvider, role: str
) -> None:
    keys = assume(started.url, idp, role)["Credentials"]
    caller = client("sts", started.url, keys).get_caller_identity()
    account, name = role.split(":")[4], role.rpartition("/")[2]
    assert caller["Account"] == account
    assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/aws_admin"


@pytest.mark.localstack
def test_keys_of_localstack_list_the_bucket(started: LocalStack, idp: IdentityProvider) -> None:
    keys = assume(started.url, idp, ROLE_ADMIN)["Credentials"]
    buckets = client("s3", started.url, keys).list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["example-bucket"]


@pytest.mark.localstack
def test_localstack_refuses_a_role_that_is_not_offered(
    started: LocalStack, idp: IdentityProvider
) -> None:
    with pytest.raises(ClientError) as raised:
        assume(started.url, idp, ROLE_ADMIN, USER)
    assert raised.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.localstack
def test_a_set_up_localstack_can_be_set_up_again(
    started: LocalStack, idp: IdentityProvider, tmp_path: Path
) -> None:
    metadata = tmp_path / "descriptor.xml"
    metadata.write_text(idp.metadata)
    set_up(started.url, metadata_file=metadata)
    keys = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
    iam = client("iam", started.url, keys)
    role = iam.get_role(RoleName="Role.Admin")["Role"]
    statement = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert role["MaxSessionDuration"] == 14_400
    assert statement["Principal"] == {"Federated": PROVIDER}


@pytest.mark.localstack
def test_localstack_listens_on_loopback_only(started: LocalStack) -> None:
    process = psutil.Process(started.process.pid)
    its = {each.pid for each in [process, *process.children(recursive=True)]}
    listening = [
        connection.laddr.ip
        for connection in psutil.net_connections("inet")
        if connection.pid in its and connection.laddr and connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.localstack
def test_without_the_hook_localstack_takes_one_role_and_fails_on_more(
    tmp_path: Path, idp: IdentityProvider
) -> None:
    with running(tmp_path, start_hooks=None) as bare:
        assert assume(bare.url, idp, ROLE_USER, USER)["Credentials"]
        with pytest.raises(ClientError) as raised:
            assume(bare.url, idp, ROLE_USER)
        process = bare.process
    assert raised.value.response["Error"]["Code"] == "InternalError"
    assert process.returncode is not None  # ended with the `with`


@pytest.mark.localstack
def test_a_hook_that_fails_is_named_and_localstack_ended(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "two_roles.py").write_text("raise RuntimeError('moto has changed')")
    folder = tmp_path / "run"
    with (
        pytest.raises(StackError, match=r"start hook two_roles\.py .* failed") as raised,
        running(folder, start_hooks=hooks),
    ):
        pass
    assert raised.value.hint == f"grep two_roles.py {folder / 'localstack.log'}"
    assert "moto has changed" in (folder / "localstack.log").read_text()
