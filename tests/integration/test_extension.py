"""The extension of a botocore session: its settings, and its place in the credential chain."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials
from botocore.exceptions import ProfileNotFound
from botocore.session import Session

import aws_saml_ext
from aws_saml_ext.credentials import Credentials as Keys
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import ConfigError, IdentityProviderRefused, SignInRequired, UsageError
from aws_saml_ext.extension import SamlCredentials
from tests.doubles import FakeClock
from tests.integration.sign_ins import (
    IDP,
    IdentityProvider,
    fresh,
    new_keys,
    write_profile,
    write_saml_profile,
)
from tests.integration.sts_server import Answer, Request, StsServer
from tests.saml import ADMIN, ADMIN_ROLE, USER, USER_ROLE

BEHIND_ENV = [
    "assume-role",
    "assume-role-with-web-identity",
    "sso",
    "saml-login",
    "shared-credentials-file",
]


@pytest.fixture
def sts_server() -> Iterator[StsServer]:
    with StsServer(new_keys()) as server:
        yield server


@pytest.fixture
def home(aws_home: Path, sts_server: StsServer) -> Path:
    """
    With profiles dev and admin that sign in, static with keys, and plain with none.

    Profile dev has keys in the credentials file as well.
    """
    write_saml_profile(aws_home, "dev", sts_server, saml_role_arn=USER)
    write_saml_profile(aws_home, "admin", sts_server, saml_role_arn=ADMIN, region="us-west-2")
    write_profile(aws_home, "plain", region="eu-west-3")
    (aws_home / "credentials").write_text(
        "".join(
            f"[{name}]\naws_access_key_id = AKIA{name.upper()}\naws_secret_access_key = example\n"
            for name in ("static", "dev")
        )
    )
    return aws_home


def sign_in(profile: str, **given: str) -> str:
    """The key of a profile that is in the cache from now on; as with these variables set."""
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    return fresh(profile, idp, given=given).credentials.access_key_id


def methods(session: Session) -> list[str]:
    return [provider.METHOD for provider in session.get_component("credential_provider").providers]


def method(session: Session) -> str | None:
    """Which provider's credentials the session takes."""
    credentials: Any = session.get_credentials()
    return None if credentials is None else str(credentials.method)


def key(session: Session) -> str:
    """The access key that the session would sign with now."""
    credentials = session.get_credentials()
    assert credentials is not None
    return str(credentials.get_frozen_credentials().access_key)


def signer(client: Any) -> str:
    """The access key that a client of STS signs with."""
    address = client.generate_presigned_url("get_caller_identity")
    return str(parse_qs(urlsplit(address).query)["X-Amz-Credential"][0].partition("/")[0])


class Own(CredentialProvider):
    """A provider of the program's own."""

    METHOD = "own"

    def load(self) -> None:
        return None


# ---- the place in the chain ----


def test_ours_comes_after_roles_and_before_the_credentials_file(home: Path) -> None:
    assert methods(aws_saml_ext.Session(profile="dev"))[:5] == BEHIND_ENV


def test_the_environment_comes_first_where_no_profile_is_named(home: Path) -> None:
    assert methods(aws_saml_ext.Session())[:6] == ["env", *BEHIND_ENV]


def test_every_provider_of_botocore_stays_in_its_place(home: Path) -> None:
    extended = methods(aws_saml_ext.Session())
    extended.remove("saml-login")
    assert extended == methods(Session())


def test_a_profile_with_our_settings_is_signed_in_to(home: Path) -> None:
    assert method(aws_saml_ext.Session(profile="dev")) == "saml-login"


def test_a_profile_that_names_an_idp_section_is_signed_in_to(home: Path) -> None:
    write_profile(home, "nickname", saml_idp="corp")
    assert method(aws_saml_ext.Session(profile="nickname")) == "saml-login"


@pytest.mark.parametrize(
    ("profile", "found"), [("static", "shared-credentials-file"), ("plain", None)]
)
def test_a_profile_without_our_settings_gets_what_it_got_before(
    profile: str, found: str | None, home: Path
) -> None:
    extended = aws_saml_ext.Session(profile=profile)
    assert method(extended) == method(Session(profile=profile)) == found


def test_a_profile_that_is_not_there_is_botocores_error(home: Path) -> None:
    with pytest.raises(ProfileNotFound):
        aws_saml_ext.boto3_session("nobody's")


def test_keys_given_to_a_client_win(home: Path) -> None:
    client: Any = aws_saml_ext.Session(profile="dev").create_client(
        "sts", aws_access_key_id="AKIAGIVEN", aws_secret_access_key="example"
    )
    assert signer(client) == "AKIAGIVEN"


def test_keys_given_to_the_session_win(home: Path) -> None:
    session = aws_saml_ext.boto3_session(
        "dev", aws_access_key_id="AKIAGIVEN", aws_secret_access_key="example"
    )
    assert signer(session.client("sts")) == "AKIAGIVEN"


def test_keys_of_the_environment_win_over_aws_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    assert method(aws_saml_ext.Session()) == "env"


def test_a_profile_that_is_named_wins_over_keys_of_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    assert method(aws_saml_ext.Session(profile="dev")) == "saml-login"


# ---- extending ----


def test_extending_twice_is_extending_once(home: Path) -> None:
    session = aws_saml_ext.extend(aws_saml_ext.extend(Session(profile="dev")))
    assert methods(session).count("saml-login") == 1


def test_a_chain_that_is_made_already_is_extended(home: Path) -> None:
    session = Session(profile="dev")
    session.get_component("credential_provider")
    aws_saml_ext.extend(aws_saml_ext.extend(session))
    assert methods(session)[:5] == BEHIND_ENV


def test_what_a_program_put_into_the_chain_stays(home: Path) -> None:
    session = Session(profile="dev")
    chain = session.get_component("credential_provider")
    chain.insert_before("assume-role", Own())
    cache = chain.get_provider("assume-role").cache = {"a": "file"}
    aws_saml_ext.extend(session)
    assert methods(session)[:6] == ["own", *BEHIND_ENV]
    assert chain.get_provider("assume-role").cache is cache


def test_a_program_can_put_its_own_into_the_extended_chain(home: Path) -> None:
    session = aws_saml_ext.Session(profile="dev")
    session.get_component("credential_provider").insert_before("saml-login", Own())
    assert methods(session)[2:5] == ["sso", "own", "saml-login"]


def test_a_chain_without_the_credentials_file_ends_with_ours(home: Path) -> None:
    session = Session(profile="dev")
    session.register_component("credential_provider", CredentialResolver([Own()]))
    assert methods(aws_saml_ext.extend(session)) == ["own", "saml-login"]


def test_a_chain_that_a_program_makes_later_is_extended(home: Path) -> None:
    session = Session(profile="dev")
    session.lazy_register_component("credential_provider", lambda: CredentialResolver([Own()]))
    assert methods(aws_saml_ext.extend(session)) == ["own", "saml-login"]


def test_the_profile_may_be_set_after_extending(home: Path) -> None:
    session = aws_saml_ext.extend(Session())
    session.set_config_variable("profile", "dev")
    assert method(session) == "saml-login"


def test_a_way_that_is_none_is_refused(home: Path) -> None:
    with pytest.raises(
        ValueError, match="sign_in must be one of auto, window, terminal, silent, not 'loudly'"
    ):
        aws_saml_ext.extend(Session(), sign_in="loudly")


def test_a_session_of_boto3_is_refused_with_what_makes_one(home: Path) -> None:
    session: Any = boto3.Session()
    with pytest.raises(TypeError, match="boto3_session"):
        aws_saml_ext.extend(session)


def test_a_session_that_answers_in_coroutines_is_refused(home: Path) -> None:
    class AioSession(Session):
        """As aiobotocore's."""

        async def get_credentials(self) -> Credentials | None:  # type: ignore[override]
            return super().get_credentials()

    with pytest.raises(TypeError, match="--store credential-process"):
        aws_saml_ext.extend(AioSession())


def test_our_settings_are_known_to_the_session(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = aws_saml_ext.extend(Session(profile="dev"))
    monkeypatch.setenv("AWS_SAML_USERNAME", "jane")
    names = ("saml_role_arn", "saml_username", "saml_session_duration")
    assert [session.get_config_variable(name) for name in names] == [USER, "jane", "3600"]


# ---- what is signed with ----


def test_kept_keys_are_signed_with_and_asked_for_once(home: Path, sts_server: StsServer) -> None:
    kept = sign_in("dev")
    session = aws_saml_ext.Session(profile="dev")
    requests = len(sts_server.requests)
    assert {key(session), key(session), signer(session.create_client("sts"))} == {kept}
    assert len(sts_server.requests) == requests


def test_sessions_of_one_process_keep_to_their_profiles(home: Path) -> None:
    kept = {name: sign_in(name) for name in ("dev", "admin")}
    sessions = {name: aws_saml_ext.boto3_session(name) for name in kept}
    clients = {name: session.client("sts") for name, session in sessions.items()}
    assert {name: signer(client) for name, client in clients.items()} == kept
    regions = {name: client.meta.region_name for name, client in clients.items()}
    assert regions == {"dev": "eu-west-1", "admin": "us-west-2"}


def test_aws_profile_is_signed_in_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = sign_in("dev")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert key(aws_saml_ext.Session()) == signer(aws_saml_ext.boto3_session().client("sts")) == kept


def test_a_profile_of_the_environment_leaves_the_choice_of_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "dev")
    session = boto3.Session(profile_name="admin", botocore_session=aws_saml_ext.Session())
    assert session.profile_name == "admin"


def test_the_default_profile_is_signed_in_to(home: Path, sts_server: StsServer) -> None:
    write_saml_profile(home, "default", sts_server, saml_role_arn=USER)
    assert sign_in("default") == key(aws_saml_ext.Session())


def test_boto3_takes_an_extended_session_and_another_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = sign_in("admin")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    session = boto3.Session(profile_name="admin", botocore_session=aws_saml_ext.Session())
    client = session.client("sts")
    assert (signer(client), client.meta.region_name) == (kept, "us-west-2")


def test_boto3s_default_session_can_sign_in(home: Path) -> None:
    kept = sign_in("dev")
    boto3.setup_default_session(botocore_session=aws_saml_ext.Session(profile="dev"))
    try:
        assert signer(boto3.client("sts")) == kept
    finally:
        boto3.DEFAULT_SESSION = None


def test_boto3_session_passes_on_what_is_for_boto3(home: Path) -> None:
    session = aws_saml_ext.boto3_session("dev", region_name="ap-south-1")
    assert (session.region_name, session.profile_name) == ("ap-south-1", "dev")


def test_credentials_know_their_account(home: Path) -> None:
    sign_in("dev")
    credentials = aws_saml_ext.Session(profile="dev").get_credentials()
    assert credentials is not None
    assert credentials.get_frozen_credentials().account_id == "111111111111"


def assuming(request: Request) -> Answer:
    """As `new_keys`, and AssumeRole grants ASIACHAINED."""
    if request["Action"] != "AssumeRole":
        return new_keys()(request)
    ends = datetime.now(timezone.utc) + timedelta(hours=1)
    fields = {
        "AccessKeyId": "ASIACHAINED",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
    }
    keys = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    arn = "<Arn>arn:aws:sts::111111111111:assumed-role/Chained/x</Arn>"
    return Answer(
        200,
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
        f"<AssumedRoleUser>{arn}<AssumedRoleId>x</AssumedRoleId></AssumedRoleUser>"
        f"<Credentials>{keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>",
    )


@pytest.mark.parametrize("is_made_already", [False, True], ids=["new", "made already"])
def test_a_role_is_assumed_from_a_profile_that_is_signed_in_to(
    is_made_already: bool, home: Path, sts_server: StsServer
) -> None:
    sts_server.answer = assuming
    sign_in("dev")
    role = {"role_arn": "arn:aws:iam::111111111111:role/Chained", "source_profile": "dev"}
    write_profile(home, "chained", region="eu-west-1", endpoint_url=sts_server.url, **role)
    session = Session(profile="chained")
    if is_made_already:
        session.get_component("credential_provider")
    aws_saml_ext.extend(session)
    assert (key(session), method(session)) == ("ASIACHAINED", "assume-role")


# ---- what a program sets in its session ----


def test_settings_of_the_program_are_enough(aws_home: Path) -> None:
    session = aws_saml_ext.Session(sign_in="silent")
    session.set_config_variable("saml_idp_url", IDP)
    session.set_config_variable("saml_timeout", "soon")
    with pytest.raises(UsageError, match="--timeout is not usable: it must be"):
        key(session)


def test_settings_of_the_program_get_keys_of_their_own(home: Path) -> None:
    of_profile, own = sign_in("dev"), sign_in("dev", saml_role_arn=ADMIN)
    session = aws_saml_ext.Session(profile="dev")
    session.set_config_variable("saml_role_arn", ADMIN)
    assert key(session) == own
    assert key(aws_saml_ext.Session(profile="dev")) == of_profile


# ---- what goes wrong ----


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("saml_timeout", "soon"),
        ("saml_role_arn", "/(/"),
        ("saml_session_duration", "7d"),
        ("saml_browser", "lynx"),
        ("saml_idp_url", "http://idp.example.com"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str, value: str, home: Path, sts_server: StsServer
) -> None:
    write_saml_profile(home, "broken", sts_server, **{name: value})
    session = aws_saml_ext.Session(profile="broken", sign_in="silent")
    with pytest.raises(ConfigError) as raised:
        key(session)
    assert f"{name} of profile broken is not usable" in str(raised.value)
    assert str(raised.value).endswith("\nCorrect it in the AWS config file.")


def test_a_nickname_without_its_section_is_told_with_its_remedy(home: Path) -> None:
    write_profile(home, "nickname", saml_idp="corp")
    with pytest.raises(ConfigError, match="configure --profile nickname --idp-nickname corp"):
        key(aws_saml_ext.Session(profile="nickname", sign_in="silent"))


# ---- windows ----


def issued(seconds: int, *, of: int, name: str = "ASIAEXAMPLE") -> Issued:
    """Keys of a session of so many seconds that live on for `seconds`."""
    ends = datetime.now(timezone.utc) + timedelta(seconds=seconds + 0.5)
    keys = Keys(name, "secret", "token", ends, USER, f"{USER}/jane")
    return Issued(keys, ends - timedelta(seconds=of))


class Fetches:
    """Brings what is given, one after the other; an error is raised."""

    def __init__(self, *brought: Issued | Exception) -> None:
        self.brought = list(brought)
        self.clock = FakeClock()
        self.credentials = SamlCredentials(self._fetch, clock=self.clock.monotonic)

    def _fetch(self) -> Issued:
        next_one = self.brought.pop(0)
        if isinstance(next_one, Exception):
            raise next_one
        return next_one

    def keys(self) -> list[str]:
        """The keys at two moments, one behind the other."""
        both = [self.credentials.get_frozen_credentials() for _ in range(2)]
        return [str(each.access_key) for each in both]


NEW = issued(43200, of=43200, name="ASIANEW")
REFUSED = IdentityProviderRefused("idp.example.com did not sign you in.", advice="Ask them.")
REQUIRED = SignInRequired("idp.example.com asks for a person.")


@pytest.mark.parametrize(
    ("of", "still", "not_any_more"),
    [(900, 230, 220), (1800, 455, 445), (3600, 905, 895), (43200, 905, 895)],
)
def test_keys_are_renewed_before_their_end(of: int, still: int, not_any_more: int) -> None:
    assert Fetches(issued(still, of=of), NEW).keys() == ["ASIAEXAMPLE", "ASIAEXAMPLE"]
    assert Fetches(issued(not_any_more, of=of), NEW).keys() == ["ASIAEXAMPLE", "ASIANEW"]


@pytest.mark.parametrize(
    ("of", "may_fail", "must_not"), [(900, 155, 145), (3600, 605, 595), (43200, 605, 595)]
)
def test_a_renewal_may_fail_as_long_as_there_is_time(of: int, may_fail: int, must_not: int) -> None:
    assert Fetches(issued(may_fail, of=of), REFUSED).keys() == ["ASIAEXAMPLE", "ASIAEXAMPLE"]
    with pytest.raises(IdentityProviderRefused, match="did not sign you in"):
        Fetches(issued(must_not, of=of), REFUSED).keys()


def test_a_renewal_that_failed_is_tried_again_after_a_minute() -> None:
    fetches = Fetches(issued(220, of=900), REFUSED, NEW)
    assert fetches.keys() == ["ASIAEXAMPLE", "ASIAEXAMPLE"]
    fetches.clock.advance(59)
    assert fetches.keys() == ["ASIAEXAMPLE", "ASIAEXAMPLE"]
    fetches.clock.advance(2)
    assert fetches.keys() == ["ASIANEW", "ASIANEW"]


def test_a_renewal_that_failed_for_a_reason_of_somebody_else_waits_as_long() -> None:
    fetches = Fetches(issued(220, of=900), OSError("no space left"), NEW)
    assert [fetches.keys(), fetches.keys()] == [["ASIAEXAMPLE", "ASIAEXAMPLE"]] * 2


def test_after_a_failure_the_next_request_tries_again() -> None:
    fetches = Fetches(REQUIRED, NEW)
    with pytest.raises(SignInRequired):
        fetches.keys()
    assert fetches.keys() == ["ASIANEW", "ASIANEW"]


def test_what_a_failed_renewal_says_is_in_botocores_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="botocore.credentials"):
        Fetches(issued(220, of=900), REFUSED).keys()
    assert "failed during advisory refresh period" in caplog.text


def at_once(ask: Callable[[], str], times: int) -> list[str | Exception]:
    """Ask in so many threads that begin together, and return their answers and errors."""
    together = threading.Barrier(times)

    def run(_: int) -> str | Exception:
        together.wait()
        try:
            return ask()
        except Exception as error:
            return error

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def in_64_threads(outcome: Issued | Exception) -> tuple[int, list[str | Exception]]:
    """Let 64 threads sign at once; return how often they fetched, and what they got."""
    fetches: list[threading.Thread] = []
    looked = threading.Semaphore(0)

    def fetch() -> Issued:
        fetches.append(threading.current_thread())
        if len(fetches) == 1:
            for _ in range(64):
                assert looked.acquire(timeout=20)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    class Watched(SamlCredentials):
        def refresh_needed(self, refresh_in: float | None = None) -> bool:
            if refresh_in == 600:  # the last look before a renewal is waited for, or begun
                looked.release()
            return super().refresh_needed(refresh_in)

    credentials = Watched(fetch)
    got = at_once(lambda: str(credentials.get_frozen_credentials().access_key), 64)
    return len(fetches), got


def test_64_threads_sign_in_once() -> None:
    assert in_64_threads(NEW) == (1, ["ASIANEW"] * 64)


def test_64_threads_are_refused_once() -> None:
    fetches, errors = in_64_threads(REFUSED)
    told = {(type(error), str(error), getattr(error, "hint", None)) for error in errors}
    assert (fetches, told) == (1, {(IdentityProviderRefused, str(REFUSED), "Ask them.")})


# ---- what it costs ----

COST = """\
import os, sys

opened = []

def heard(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(os.path.abspath(arguments[0]))
    elif event in ("socket.connect", "subprocess.Popen", "os.mkdir"):
        opened.append(event)

sys.addaudithook(heard)
import boto3, botocore.session
before = set(sys.modules)
import aws_saml_ext
session = aws_saml_ext.extend(botocore.session.Session(profile="dev"))
boto3.Session(botocore_session=session).client("s3", region_name="us-east-1")
assert session.get_credentials().method == "saml-login"
home = os.path.expanduser("~")
print(sorted({path for path in opened if path.startswith(home) or "/" not in path}))
heavy = ("selenium", "seleniumwire", "mitmproxy", "cryptography", "psutil", "filelock")
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before} & set(heavy)))
print(sorted(name for name in sys.modules if name.startswith("aws_saml_ext.config.")))
"""


def test_nothing_is_opened_or_loaded_before_something_is_signed(home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", COST], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    opened, loaded, of_settings = done.stdout.splitlines()
    assert opened == str([str(home / "config"), str(home / "credentials")])
    assert loaded == "[]"
    modules = ["declared", "flows", "table"]
    assert of_settings == str([f"aws_saml_ext.config.{name}" for name in modules])
