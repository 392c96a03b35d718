"""Keycloak's realm as a file that can be read, compared and imported.

An export holds much more: ids, times, private keys, hashes of passwords, and the defaults of each
new realm. The realm `master` of the same Keycloak shows these defaults. Pure functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# Keycloak creates these in every realm.
_CLIENTS = frozenset(
    "account account-console admin-cli broker realm-management security-admin-console".split()
)
_ROLES = frozenset({"offline_access", "uma_authorization"})
_KEYS = "org.keycloak.keys.KeyProvider"
# These differ from `master` in every realm.
_IGNORED = frozenset({"defaultRole", "keycloakVersion", "users"})
_IN_A_NEW_REALM = {"accessTokenLifespan": 300}

_IDS = frozenset({"id", "containerId", "createdDate", "createdTimestamp", "notBefore", "totp"})
_IDS |= {"client.secret.creation.time", "saml.artifact.binding.identifier"}
_PERSISTENT_ID = "saml.persistent.name.id.for."  # a prefix; the name of the service follows
_RECREATED = frozenset({"secret"})  # of a client; Keycloak creates one if an import has none
_SECRETS = ("secret", "password", "private.key", "privatekey", "signing.certificate")
_IN_ORDER = "authenticationExecutions"


def cleaned(
    realm: Mapping[str, Any],
    master: Mapping[str, Any],
    *,
    before: Mapping[str, Any],
    notify: Callable[[str], None],
) -> dict[str, Any]:
    """Return the realm without Keycloak's defaults, sorted.

    Args:
        realm: the exported realm.
        master: the exported realm `master`, which shows the defaults.
        before: the file so far. Users keep its credentials, because an export has only hashes; the
            password of a new user is their name.
        notify: gets a line for each new user and each omitted secret.
    """
    plain = _plain(realm)
    usual = _plain(master)
    made = _without_usual(plain, usual)
    made["clients"] = [each for each in plain["clients"] if each["clientId"] not in _CLIENTS]
    made["roles"] = _roles(plain)
    flows = made.get("authenticationFlows", [])
    made["authenticationFlows"] = [each for each in flows if not each.get("builtIn")]
    _omit_secrets(made, (), notify)
    made["users"] = _users(plain.get("users", []), before.get("users", []), notify)
    kept = {name: value for name, value in made.items() if value not in ([], {})}
    return {name: _sorted(kept[name], name) for name in sorted(kept)}


def written(realm: Mapping[str, Any]) -> str:
    """Return the text of the realm file."""
    return json.dumps(realm, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Return `value` without ids, times and other values that differ in every realm."""
    if isinstance(value, Mapping):
        omitted = _IDS | _RECREATED
        return {
            name: _plain(each)
            for name, each in value.items()
            if name not in omitted and not name.startswith(_PERSISTENT_ID)
        }
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _without_usual(realm: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"realm": realm["realm"], "enabled": realm["enabled"]}
    for name, value in realm.items():
        if name in _IGNORED or _IN_A_NEW_REALM.get(name) == value:
            continue
        there = usual.get(name)
        if not _same(value, there):
            made[name] = _difference(value, there)
    made.get("components", {}).pop(_KEYS, None)  # private keys; each Keycloak creates its own
    return made


def _difference(value: Any, there: Any) -> Any:
    """Return the parts of an object or a list that `there` lacks."""
    if isinstance(value, dict) and isinstance(there, dict):
        return {key: each for key, each in value.items() if not _same(each, there.get(key))}
    if isinstance(value, list) and isinstance(there, list):
        return [each for each in value if not any(_same(each, other) for other in there)]
    return value


def _same(one: Any, other: Any) -> bool:
    return bool(_sorted(one) == _sorted(other))


def _roles(realm: Mapping[str, Any]) -> dict[str, Any]:
    usual = _ROLES | {f"default-roles-{realm['realm']}"}
    of_realm = [each for each in realm["roles"].get("realm", []) if each["name"] not in usual]
    of_clients = {
        client: each for client, each in realm["roles"]["client"].items() if client not in _CLIENTS
    }
    return {"realm": of_realm, "client": of_clients} if of_realm else {"client": of_clients}


def _users(
    exported: Iterable[dict[str, Any]],
    before: Iterable[Mapping[str, Any]],
    notify: Callable[[str], None],
) -> list[dict[str, Any]]:
    known = {user["username"]: user.get("credentials", []) for user in before}
    users = []
    for user in exported:
        name = user["username"]
        if "serviceAccountClientId" in user:
            continue
        if name not in known:
            notify(f"New user {name}; the password in the file is {name!r}.")
        own = known.get(name, [{"type": "password", "value": name, "temporary": False}])
        kept = {key: value for key, value in user.items() if value not in ([], {})}
        users.append(kept | {"credentials": own})
    return users


def _omit_secrets(value: Any, path: tuple[str, ...], notify: Callable[[str], None]) -> None:
    if isinstance(value, list):
        for each in value:
            _omit_secrets(each, path, notify)
    if not isinstance(value, dict):
        return
    for name in list(value):
        inner = (*path, name)
        held = value[name]
        is_text = isinstance(held, str) or (
            isinstance(held, list) and all(isinstance(each, str) for each in held)
        )
        if is_text and held and any(word in name.lower() for word in _SECRETS):
            del value[name]
            notify(f"Omitted, because it may be a secret: {'.'.join(inner)}")
        else:
            _omit_secrets(held, inner, notify)


def _sorted(value: Any, name: str = "") -> Any:
    """Sort objects by key and lists by text, so that exports of the same realm are equal."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key], key) for key in sorted(value)}
    if not isinstance(value, list):
        return value
    each = [_sorted(one) for one in value]
    return each if name == _IN_ORDER else sorted(each, key=_place)


def _place(value: Any) -> tuple[str, str]:
    names = ("username", "clientId", "alias", "name", "type")
    known = isinstance(value, Mapping) and next((value[n] for n in names if n in value), None)
    return str(known or ""), json.dumps(value, sort_keys=True)
