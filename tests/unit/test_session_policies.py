"""Session policies: what a setting may say, what goes to STS, and what is refused before."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext import fast_path, session_policies
from aws_saml_ext.clock import Clock
from aws_saml_ext.session_policies import NO_POLICIES, SessionPolicies
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore
from aws_saml_ext.store.credentials_file import CredentialsFile
from tests.doubles import FakeClock
from tests.stored import ISSUED, NOW, REQUEST, ROLE

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN = "arn:aws:iam::111111111111:policy/team/Bound"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}'

# ---- managed policies ----


def test_policies_are_separated_by_commas() -> None:
    assert session_policies.arns(f" ReadOnlyAccess, {OWN},") == ("ReadOnlyAccess", OWN)


def test_a_policy_that_stands_twice_counts_once() -> None:
    assert session_policies.arns("SecurityAudit,SecurityAudit") == ("SecurityAudit",)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_name_is_a_policy_of_aws_in_the_partition_of_the_role(partition: str) -> None:
    policies = SessionPolicies(("job-function/ViewOnlyAccess",))
    assert policies.arns_in(partition) == (
        f"arn:{partition}:iam::aws:policy/job-function/ViewOnlyAccess",
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (",".join(f"P{number}" for number in range(11)), "10 managed policies at most, not 11"),
        (",", "names no policy"),
        ("", "names no policy"),
        ("Read Only", "'Read Only' is no managed policy"),
        ("/ReadOnlyAccess", "is no managed policy"),
        ("arn:aws:iam::aws:role/Admin", "is no managed policy"),
        ("arn:aws:iam::1:policy/P", "is no managed policy"),
        ("P\x1b[31m", r"'P\\x1b\[31m' is no managed policy"),
        (f"{READ_ONLY},arn:aws-cn:iam::aws:policy/P", "several partitions, aws and aws-cn"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        session_policies.arns(value)


def test_a_policy_of_another_partition_does_not_fit_a_role() -> None:
    problem = session_policies.misfit(("arn:aws-cn:iam::aws:policy/P",), ROLE)
    assert problem == f"arn:aws-cn:iam::aws:policy/P is not of the partition of the role {ROLE}"


def test_a_policy_of_another_account_does_not_fit_a_role() -> None:
    problem = session_policies.misfit(("arn:aws:iam::222222222222:policy/P",), ROLE)
    assert problem is not None
    assert "is not of the account of the role" in problem


def test_policies_of_aws_and_of_the_account_fit() -> None:
    assert session_policies.misfit(("ReadOnlyAccess", READ_ONLY, OWN), ROLE) is None


# ---- the inline policy ----


def test_a_policy_that_fits_is_sent_as_it_is_written() -> None:
    assert session_policies.inline(f"  {POLICY}\n") == POLICY


def test_a_long_policy_is_sent_without_its_white_space() -> None:
    written = json.dumps(json.loads(POLICY), indent=900)
    assert session_policies.inline(written) == json.dumps(json.loads(POLICY), separators=(",", ":"))


def test_characters_that_sts_does_not_take_are_escaped() -> None:
    written = POLICY.replace("s3:Get*", "s3:日")
    assert "\\u65e5" in session_policies.inline(written)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{", "the policy is not JSON, line 1"),
        ("s3:Get*", "is not JSON"),
        ('{"Statement": NaN}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has no Statement"),
        ("{}", "has no Statement"),
        ('{"Statement": [1], "Statement": [2]}', "has 'Statement' twice"),
        (POLICY.replace("s3:Get*", "s" * 2048), r"has 21\d\d characters without white space"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        session_policies.inline(value)


def test_a_file_may_have_crlf_a_byte_order_mark_and_blanks_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "my policy.json"
    file.write_bytes(b"\xef\xbb\xbf" + POLICY.replace(", ", ",\r\n").encode() + b"\r\n")
    assert json.loads(session_policies.inline(f"file://{file}")) == json.loads(POLICY)


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "p.json").write_text(POLICY)
    assert session_policies.inline("file://~/p.json") == POLICY


def test_a_profile_gets_the_absolute_path(tmp_path: Path) -> None:
    assert session_policies.absolute("file://p.json") == f"file://{Path.cwd()}/p.json"
    assert session_policies.absolute(POLICY) == POLICY


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no file"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "is not JSON"),
        (b" " * 70_000, "is too long for a policy"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "p.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{file}.*{reason}|{reason}.* {file}"):
        session_policies.inline(f"file://{file}")


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no file"):
        session_policies.inline(f"file://{tmp_path}")


# ---- what is shown ----


def test_status_shows_arns_and_the_beginning_of_an_inline_policy() -> None:
    shown = SessionPolicies(("ReadOnlyAccess",), POLICY + " " * 9 + "x" * 200).shown(ROLE)
    assert shown[0] == READ_ONLY
    assert (len(shown[1]), shown[1][-1]) == (80, "…")


def test_policies_are_counted_in_words() -> None:
    one, two = SessionPolicies(("P",)), SessionPolicies(("P",), POLICY)
    assert [session_policies.in_words(each) for each in (one, two)] == ["1 policy", "2 policies"]


# ---- stored credentials ----

STORES = [
    pytest.param(lambda folder, clock: Cache(folder / "saml", clock=clock), id="cache"),
    pytest.param(
        lambda folder, clock: CredentialsFile(folder / "file", folder / "saml", clock=clock),
        id="file",
    ),
]


@pytest.mark.parametrize("store_at", STORES)
@pytest.mark.parametrize(
    "other",
    [
        SessionPolicies(("ReadOnlyAccess",)),
        SessionPolicies(("SecurityAudit",)),
        SessionPolicies((), POLICY),
    ],
    ids=str,
)
def test_credentials_of_other_policies_are_not_found(
    store_at: type[CredentialStore], other: SessionPolicies, tmp_path: Path
) -> None:
    clock: Clock = FakeClock(NOW)
    store = store_at(tmp_path, clock)  # type: ignore[call-arg]
    restricted = replace(REQUEST, session_policies=other)
    store.save(restricted, ISSUED)
    assert store.find(restricted) == ISSUED
    assert store.find(REQUEST) is None
    assert store.find(replace(REQUEST, session_policies=SessionPolicies(("Else",)))) is None


@pytest.mark.parametrize("store_at", STORES)
def test_a_store_knows_how_its_credentials_are_restricted(
    store_at: type[CredentialStore], tmp_path: Path
) -> None:
    clock: Clock = FakeClock(NOW)
    store = store_at(tmp_path, clock)  # type: ignore[call-arg]
    request = replace(REQUEST, session_policies=SessionPolicies(("ReadOnlyAccess",)))
    store.save(replace(request, fingerprint=b""), ISSUED)
    [stored] = store.profiles()
    assert stored.restricted == (READ_ONLY,)


def test_threads_never_get_the_credentials_of_the_other_profile(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "saml", clock=FakeClock(NOW))
    requests = [
        replace(REQUEST, profile=f"p{number % 2}", session_policies=policies)
        for number, policies in enumerate([NO_POLICIES, SessionPolicies(("ReadOnlyAccess",))] * 4)
    ]

    def run(request: CredentialRequest) -> set[str]:
        key = f"ASIA{request.profile}"
        issued = replace(ISSUED, credentials=replace(ISSUED.credentials, access_key_id=key))
        found = set()
        for _ in range(10):
            cache.save(request, issued)
            if (stored := cache.find(request)) is not None:
                found.add(stored.credentials.access_key_id)
        return found

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(run, requests)) == [{"ASIAp0"}, {"ASIAp1"}] * 4


# ---- the fast path ----


def indexed(tmp_path: Path, request: CredentialRequest) -> bool:
    """Return whether the index still leads to the credentials of the request."""
    environ = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    cache = Cache(tmp_path / "saml", environ=environ, clock=FakeClock(NOW))
    return cache.indexed(request.profile) is not None


def test_an_index_is_stale_once_the_file_of_a_policy_has_changed(tmp_path: Path) -> None:
    environ = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    policy = tmp_path / "p.json"
    policy.write_text(POLICY)
    fingerprint = fast_path.fingerprint(environ) + fast_path.watching(policy)
    request = replace(REQUEST, fingerprint=fingerprint)
    Cache(tmp_path / "saml", environ=environ, clock=FakeClock(NOW)).save(request, ISSUED)
    assert indexed(tmp_path, request)
    os.utime(policy, ns=(0, 0))
    assert not indexed(tmp_path, request)
