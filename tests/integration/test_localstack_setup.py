"""`localstack-setup.sh`: what it makes in an AWS that judges by it, and which AWS it refuses."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_saml_ext.demo.aws import Aws, trusting
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, IdentityProvider, User
from aws_saml_ext.demo.issuer import AUDIENCE
from stack.errors import NotHere, StackError
from stack.setup import SCRIPT, set_up
from tests.command import AWS, CREDENTIALS_BY_HAND, Done, Home, home_at
from tests.demo_servers import client
from tests.web import Answer, Web, serving

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="localstack-setup.sh is for POSIX shells"
)

DESCRIPTOR = "/auth/realms/aws/protocol/saml/descriptor"
PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
ADMIN = User("aws_admin", (ROLE_USER, ROLE_ADMIN))
NAMES = ("Role.User", "Role.Admin")
GOVCLOUD = "urn:amazon:webservices:govcloud"
KEYS = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}


def shell(name: str) -> list[str]:
    """The command of one of the shells that the script is for."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    return [program, "sh"] if name == "busybox" else [program]


@dataclass(frozen=True, slots=True)
class World:
    """An AWS, an identity provider, and what the script said when it introduced them."""

    aws: Aws
    idp: IdentityProvider
    home: Home
    done: Done

    @property
    def iam(self) -> Any:
        return client("iam", self.aws.url, KEYS)

    def assume(self, role: str, *, seconds: int = 900, audience: str = AUDIENCE) -> dict[str, Any]:
        """STS's answer to somebody whom the identity provider offers both roles."""
        answer: dict[str, Any] = client("sts", self.aws.url).assume_role_with_saml(
            RoleArn=role,
            PrincipalArn=PROVIDER,
            SAMLAssertion=self.idp.saml_response(ADMIN, audience=audience),
            DurationSeconds=seconds,
        )
        return answer

    def state(self) -> dict[str, Any]:
        """All that the script answers for."""
        provider = self.iam.get_saml_provider(SAMLProviderArn=PROVIDER)
        roles = [self.iam.get_role(RoleName=name)["Role"] for name in NAMES]
        buckets = client("s3", self.aws.url, KEYS).list_buckets()["Buckets"]
        wanted = ("Arn", "RoleId", "AssumeRolePolicyDocument", "MaxSessionDuration")
        return {
            "metadata": provider["SAMLMetadataDocument"],
            "roles": [{key: role[key] for key in wanted} for role in roles],
            "buckets": [bucket["Name"] for bucket in buckets],
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """After one run, in Debian's shell, for a person whose own settings are of no use to it."""
    if not AWS.exists():
        pytest.skip(f"{AWS} is not installed")
    home = home_at(tmp_path_factory.mktemp("a home"))
    home.aws.mkdir()
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    home.config.write_text("no section [")
    with IdentityProvider() as idp, Aws() as aws:
        client("s3", aws.url, KEYS).delete_bucket(Bucket="example-bucket")
        with serving({DESCRIPTOR: Answer(idp.metadata)}) as keycloak:
            done = home.run(
                str(SCRIPT),
                command=shell("dash"),
                environ={
                    "AWS": str(AWS),
                    "AWS_ENDPOINT_URL": aws.url,
                    "AWS_PROFILE": "nobody",
                    "KEYCLOAK_URL": keycloak.url("/auth"),
                },
            )
        assert done.status == 0, done.err
        yield World(aws, idp, home, done)


def test_each_thing_made_has_a_line(world: World) -> None:
    provider, user, admin, bucket = world.done.out.splitlines()
    assert provider.startswith(f"SAML provider {PROVIDER}, from http://127.0.0.1:")
    assert provider.endswith(DESCRIPTOR)
    assert user == f"Role {ROLE_USER}, at most 3600 seconds"
    assert admin == f"Role {ROLE_ADMIN}, at most 14400 seconds"
    assert bucket == "Bucket example-bucket"


def test_nothing_else_is_said(world: World) -> None:
    assert world.done.err == ""


def test_the_provider_has_the_descriptor_that_was_served(world: World) -> None:
    assert world.state()["metadata"] == world.idp.metadata


def test_the_bucket_is_there(world: World) -> None:
    assert world.state()["buckets"] == ["example-bucket"]


@pytest.mark.parametrize("role", ADMIN.roles)
def test_an_assertion_of_the_provider_is_taken_for_the_role(world: World, role: str) -> None:
    keys = world.assume(role)["Credentials"]
    caller = client("sts", world.aws.url, keys).get_caller_identity()
    assert caller["Arn"].endswith(f":assumed-role/{role.rpartition('/')[2]}/aws_admin")


@pytest.mark.parametrize("role", ADMIN.roles)
def test_an_assertion_for_another_audience_is_refused(world: World, role: str) -> None:
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithSAML"):
        world.assume(role, audience=GOVCLOUD)


@pytest.mark.parametrize(("role", "seconds"), [(ROLE_USER, 3600), (ROLE_ADMIN, 14_400)])
def test_a_session_may_last_as_long_as_the_role_allows(
    world: World, role: str, seconds: int
) -> None:
    world.assume(role, seconds=seconds)
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration"):
        world.assume(role, seconds=seconds + 1)


def test_files_of_the_person_are_neither_read_nor_changed(world: World) -> None:
    # Broken, they would have ended any command that reads them.
    assert world.home.credentials.read_text() == CREDENTIALS_BY_HAND
    assert world.home.config.read_text() == "no section ["
    assert sorted(path.name for path in world.home.path.rglob("*")) == [
        ".aws",
        "config",
        "credentials",
        "tmp",
    ]


def test_a_second_run_brings_all_of_it_up_to_date(world: World, tmp_path: Path) -> None:
    metadata = tmp_path / "a descriptor.xml"
    metadata.write_text(world.idp.metadata)
    made = world.state()
    with IdentityProvider() as other:
        world.iam.update_saml_provider(
            SAMLProviderArn=PROVIDER, SAMLMetadataDocument=other.metadata
        )
    for name in NAMES:
        world.iam.update_role(RoleName=name, MaxSessionDuration=7200)
        world.iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=json.dumps(trusting(f"{PROVIDER}s"))
        )

    done = world.home.run(
        str(SCRIPT),
        command=shell("busybox"),
        environ={
            "AWS": str(AWS),
            "AWS_ENDPOINT_URL": world.aws.url,
            "SAML_METADATA_FILE": str(metadata),
        },
    )

    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[1:] == world.done.out.splitlines()[1:]
    assert world.state() == made


@dataclass(frozen=True, slots=True)
class Bench:
    """The script with a program in the place of the AWS CLI that says yes and writes it down."""

    home: Home
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> list[str]:
        """The commands that the CLI was run with."""
        written = Path(self.environ["CALLS"])
        return written.read_text().splitlines() if written.exists() else []

    def run(self, *, command: Sequence[str] = ("/bin/sh",), **environ: str) -> Done:
        return self.home.run(
            str(SCRIPT), command=command, environ={**self.environ, **environ}, timeout=30
        )


STAND_IN = """\
#!/bin/sh
echo $* >>"$CALLS"
case $* in
*create-saml-provider*) echo arn:aws:iam::000000000000:saml-provider/SamlExampleProvider ;;
esac
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """With a descriptor in a file."""
    program = tmp_path / "aws"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    metadata = tmp_path / "descriptor.xml"
    metadata.write_text("<EntityDescriptor/>")
    environ = {
        "AWS": str(program),
        "CALLS": str(tmp_path / "calls"),
        "SAML_METADATA_FILE": str(metadata),
    }
    return Bench(home_at(tmp_path / "home"), environ)


@pytest.fixture
def keycloak() -> Iterator[Web]:
    """A server that has the descriptor where Keycloak has it."""
    with serving({DESCRIPTOR: Answer("<EntityDescriptor/>")}) as web:
        yield web


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:4566",
        "http://localhost:4566/",
        "https://localhost",
        "http://127.0.0.1:4566",
        "http://127.1.2.3",
        "http://[::1]:4566",
        "http://[::1]",
        "http://localstack:4566",
        "http://my-local_stack1:4566",
    ],
)
def test_an_address_of_this_machine_or_of_a_container_is_taken(bench: Bench, endpoint: str) -> None:
    done = bench.run(AWS_ENDPOINT_URL=endpoint)
    assert (done.status, done.err) == (0, "")
    assert bench.calls
    assert all(f"--endpoint-url {endpoint} " in call for call in bench.calls)


@pytest.mark.parametrize("name", ["dash", "bash", "busybox"])
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://iam.amazonaws.com",
        "http://203.0.113.7:4566",
        "http://2130706433",
        "http://0x7f000001",
        "http://127.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "http://localhost:4566@example.com",
        "http://[::1]@example.com",
        "http://[::1]:4566@example.com",
        "http://[2001:db8::1]:4566",
        "http://example.com?localhost",
        "http://example.com#localhost",
        "http://example.com\\@localhost",
        "http://",
        "http:///localhost",
        "localhost:4566",
    ],
)
def test_any_other_address_is_refused_before_anything_is_asked(
    bench: Bench, endpoint: str, name: str
) -> None:
    done = bench.run(command=shell(name), AWS_ENDPOINT_URL=endpoint)
    assert done.status == 1
    assert done.err.startswith("localstack-setup.sh: AWS_ENDPOINT_URL cannot be used: it ")
    assert done.err.count("\n") == 1
    assert bench.calls == []


def test_a_region_of_the_environment_counts(bench: Bench) -> None:
    script = Path(bench.environ["AWS"])
    script.write_text(STAND_IN.replace("echo $*", "echo $AWS_DEFAULT_REGION $AWS_ACCESS_KEY_ID"))
    bench.run(AWS_REGION="eu-west-1", AWS_ACCESS_KEY_ID="me", AWS_SECRET_ACCESS_KEY="mine")
    assert set(bench.calls) == {"eu-west-1 me"}


@pytest.mark.parametrize("program", ["curl", "python3", "wget"])
def test_the_descriptor_is_fetched_by_whatever_is_there(
    bench: Bench, keycloak: Web, tmp_path: Path, program: str
) -> None:
    only = tmp_path / "only"
    only.mkdir()
    for name in [*"cat date grep mktemp rm sleep".split(), program]:
        found = shutil.which(name, path="/usr/bin:/bin")
        if found is None:
            pytest.skip(f"{name} is not installed")
        (only / name).symlink_to(found)
    done = bench.run(PATH=str(only), SAML_METADATA_FILE="", KEYCLOAK_URL=keycloak.url("/auth"))
    assert (done.status, done.err) == (0, "")
    assert keycloak.requests == [f"GET {DESCRIPTOR}"]


def test_a_descriptor_that_comes_late_is_waited_for(bench: Bench, keycloak: Web) -> None:
    descriptor = keycloak.pages.pop(DESCRIPTOR)
    later = threading.Timer(0.3, keycloak.pages.update, [{DESCRIPTOR: descriptor}])
    later.start()
    done = bench.run(SAML_METADATA_FILE="", KEYCLOAK_URL=keycloak.url("/auth"))
    later.join()
    assert (done.status, done.err) == (0, "")


def test_a_descriptor_that_does_not_come_ends_in_one_sentence(bench: Bench, keycloak: Web) -> None:
    keycloak.pages.clear()
    done = bench.run(
        SAML_METADATA_FILE="", KEYCLOAK_URL=keycloak.url("/auth"), KEYCLOAK_PATIENCE="1"
    )
    assert (done.status, done.out) == (1, "")
    address = keycloak.url(DESCRIPTOR)
    assert f"No descriptor from {address} within 1 seconds" in done.err
    assert "404" in done.err
    assert done.err.endswith("and run: sh localstack-setup.sh\n")
    assert done.err.count("\n") == 1
    assert bench.calls == []


def test_a_page_that_is_no_descriptor_is_not_registered(bench: Bench, keycloak: Web) -> None:
    keycloak.pages[DESCRIPTOR] = Answer("<html>We are being updated</html>")
    done = bench.run(SAML_METADATA_FILE="", KEYCLOAK_URL=keycloak.url("/auth"))
    assert done.status == 1
    assert f"Not a SAML descriptor: {keycloak.url(DESCRIPTOR)}." in done.err
    assert bench.calls == []


def test_a_patience_that_is_no_number_is_refused_by_its_name(bench: Bench) -> None:
    done = bench.run(KEYCLOAK_PATIENCE="soon")
    assert done.status == 1
    assert "KEYCLOAK_PATIENCE must be a number of seconds, not 'soon'." in done.err


def test_a_refusal_is_shown_in_the_words_of_the_cli(bench: Bench) -> None:
    Path(bench.environ["AWS"]).write_text("#!/bin/sh\necho 'An error occurred' >&2\nexit 254\n")
    done = bench.run()
    assert done.status == 1
    words, sentence = done.err.splitlines()
    assert words == "An error occurred"
    assert "http://localhost:4566 refused: iam list-saml-providers." in sentence


def test_nothing_fetched_is_left_behind(bench: Bench, keycloak: Web) -> None:
    bench.run(SAML_METADATA_FILE="", KEYCLOAK_URL=keycloak.url("/auth"))
    assert list((bench.home.path / "tmp").iterdir()) == []


def test_set_up_tells_the_last_line_of_a_run_that_failed() -> None:
    with pytest.raises(StackError, match=r"Could not set up .*it is not on this machine") as raised:
        set_up("https://iam.amazonaws.com")
    assert raised.value.hint == f"AWS_ENDPOINT_URL=https://iam.amazonaws.com sh {SCRIPT}"


def test_set_up_says_when_the_cli_is_not_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotHere, match="The AWS CLI is not installed"):
        set_up("http://localhost:4566")


def test_set_up_hands_on_where_the_descriptor_is(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, keycloak: Web
) -> None:
    for name in ("AWS", "CALLS", "SAML_METADATA_FILE"):
        monkeypatch.setenv(name, bench.environ[name])
    set_up("http://localhost:4566", keycloak_url=keycloak.url("/auth"))
    assert keycloak.requests == [f"GET {DESCRIPTOR}"]
