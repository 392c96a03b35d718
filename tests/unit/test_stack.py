"""The local stack: its variables, and the realm that is written from Keycloak's export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stack.__main__ import Options
from stack.errors import StackError
from stack.keycloak import REALM_FILE
from stack.realm import cleaned, written

MASTER: dict[str, Any] = {
    "id": "1",
    "realm": "master",
    "enabled": True,
    "rememberMe": False,
    "smtpServer": {},
    "browserFlow": "browser",
    "clients": [{"id": "2", "clientId": "account"}],
    "roles": {"realm": [{"id": "3", "name": "offline_access"}], "client": {}},
    "authenticationFlows": [],
    "components": {"org.keycloak.keys.KeyProvider": [{"config": {"privateKey": ["MIIE"]}}]},
}


def exported(**changed: Any) -> dict[str, Any]:
    """A realm as Keycloak exports it, with other ids than those of `master`."""
    plain = {
        "id": "11",
        "realm": "aws",
        "enabled": True,
        "rememberMe": False,
        "smtpServer": {},
        "browserFlow": "browser",
        "clients": [{"id": "12", "clientId": "account"}],
        "roles": {"realm": [{"id": "13", "name": "offline_access"}], "client": {"account": []}},
        "components": {"org.keycloak.keys.KeyProvider": [{"config": {"privateKey": ["MIIF"]}}]},
        "users": [],
    }
    return plain | changed


def clean(realm: dict[str, Any], *, before: dict[str, Any] | None = None) -> dict[str, Any]:
    return cleaned(realm, MASTER, before=before or {}, notify=lambda _: None)


# ---- the realm ----


def test_what_a_new_realm_has_by_itself_is_not_written() -> None:
    assert clean(exported()) == {"enabled": True, "realm": "aws", "roles": {"client": {}}}


def test_what_was_set_in_the_console_is_written() -> None:
    assert clean(exported(rememberMe=True))["rememberMe"] is True


def test_a_client_is_written_without_its_id_and_its_secret() -> None:
    client = {"id": "14", "clientId": "urn:amazon:webservices", "secret": "hidden"}
    assert clean(exported(clients=[client]))["clients"] == [{"clientId": "urn:amazon:webservices"}]


def test_private_keys_are_never_written() -> None:
    assert "MIIF" not in written(clean(exported()))


def test_a_secret_that_was_set_is_left_out_and_told() -> None:
    told: list[str] = []
    realm = exported(smtpServer={"host": "mail.example.com", "password": "hidden"})
    made = cleaned(realm, MASTER, before={}, notify=told.append)
    assert made["smtpServer"] == {"host": "mail.example.com"}
    assert [line for line in told if line.endswith("smtpServer.password")]


def test_a_users_password_stays_that_of_the_file_before() -> None:
    known = [{"type": "password", "value": "as before"}]
    made = clean(
        exported(users=[{"username": "jane", "credentials": [{"secretData": "a hash"}]}]),
        before={"users": [{"username": "jane", "credentials": known}]},
    )
    assert made["users"] == [{"username": "jane", "credentials": known}]


def test_what_keycloak_calls_a_person_is_not_written() -> None:
    attributes = {"saml.persistent.name.id.for.urn:amazon:webservices": ["G-1"]}
    [user] = clean(exported(users=[{"username": "joe", "attributes": attributes}]))["users"]
    assert "attributes" not in user


def test_a_new_users_password_is_their_name() -> None:
    [user] = clean(exported(users=[{"username": "joe"}]))["users"]
    assert user["credentials"] == [{"type": "password", "value": "joe", "temporary": False}]


def test_the_order_of_an_export_does_not_show() -> None:
    groups = [{"name": "B"}, {"name": "A"}]
    assert clean(exported(groups=groups)) == clean(exported(groups=groups[::-1]))


def test_the_order_of_the_steps_of_a_sign_in_stays() -> None:
    steps = [{"authenticator": "b"}, {"authenticator": "a"}]
    flow = {"alias": "ours", "builtIn": False, "authenticationExecutions": steps}
    [made] = clean(exported(authenticationFlows=[flow]))["authenticationFlows"]
    assert made["authenticationExecutions"] == steps


def test_the_file_in_the_repository_is_written_as_an_export_would_be() -> None:
    text = REALM_FILE.read_text()
    assert written(json.loads(text)) == text


# ---- the variables ----


def test_without_variables_it_is_keycloaks_own_database_and_the_demos_aws() -> None:
    options = Options.of({})
    assert (options.on_postgres, options.with_localstack) == (False, False)
    assert (options.keycloak_port, options.aws_port) == (8080, 4566)
    assert options.folder == Path(".stack").absolute()


def test_the_variables_choose_the_other_parts() -> None:
    options = Options.of({"STACK_DB": "postgres", "STACK_AWS": "localstack"})
    assert (options.on_postgres, options.with_localstack) == (True, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STACK_DB", "mysql"),
        ("STACK_AWS", "moto"),
        ("KEYCLOAK_EXPOSED_PORT", "http"),
        ("LOCALSTACK_EXPOSED_PORT", "70000"),
    ],
)
def test_a_variable_that_means_nothing_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(StackError, match=name):
        Options.of({name: value})
