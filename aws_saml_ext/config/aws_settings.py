"""AWS's own settings that a request to STS depends on, and their problems.

botocore reads them itself. But it finds most mistakes only when it makes a client or connects,
which is after the browser, and seldom names them as the user wrote them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints
from aws_saml_ext.config.sources import Written, plain
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files import atomic, ini, transaction
from aws_saml_ext.paths import Paths
from aws_saml_ext.text import quoted

if TYPE_CHECKING:
    from botocore.session import Session

_CERTIFICATE = re.compile(
    r"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----.*?-----END \1-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Key:
    """One of AWS's settings."""

    name: str
    """Its name in botocore and in a profile."""
    variables: tuple[str, ...] = ()
    """Its environment variables, the nearest first."""
    parse: Callable[[str], object] = str
    """Raises ValueError, with the end of a sentence, for a value that botocore cannot use."""


def open_session(
    profile: str,
    *,
    region: str | None,
    ca_bundle: str | None,
    like: Session | None = None,
    recovers: bool = True,
) -> Session:
    """Return a botocore session of a profile, which need not exist yet.

    An edit of its files that was interrupted is finished or reverted first, if it `recovers`; the
    files of a session `like` another have been read already.

    Args:
        profile: its name.
        region: that of the command line, which precedes the profile's.
        ca_bundle: that of the command line.
        like: a session of another profile. This one shares the content of its files, the models
            of AWS and the handlers of events with it: to read them again takes long.
        recovers: whether files may be changed.

    Raises:
        ConfigError: the config or credentials file cannot be read.
        StoreError: the same, with the line that is to blame.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=profile) if like is None else _beside(like, profile)
    paths = [
        atomic.expanded(Path(session.get_config_variable(name)))
        for name in ("config_file", "credentials_file")
    ]
    if recovers and like is None:
        transaction.recover(paths, folder=Paths.of().saml)
    try:
        session.full_config["profiles"].setdefault(profile, {})
    except (BotoCoreError, UnicodeDecodeError):
        for path in paths:
            # This names the line, and never shows it: it may hold a secret.
            ini.sections(path)
        raise ConfigError(
            "The AWS config or credentials file cannot be read.",
            command=hints.shown("aws", "configure", "list"),
        ) from None
    for name, value in {"region": region, "ca_bundle": ca_bundle}.items():
        if value is not None:
            session.set_config_variable(name, value)
    take_region_of_profile(session)
    take_models_of_botocore(session)
    return session


def _beside(like: Session, profile: str) -> Session:
    """Return a session of another profile that shares what takes long to read."""
    from botocore.session import Session

    class Beside(Session):
        @property
        def full_config(self) -> Any:
            return like.full_config

    session = Beside(
        event_hooks=like.get_component("event_emitter"),
        include_builtin_handlers=False,
        profile=profile,
    )
    session.register_component("data_loader", like.get_component("data_loader"))
    return session


def take_models_of_botocore(session: Session) -> None:
    """Let no file but botocore's own choose the address of STS, and what is sent there.

    A model in AWS_DATA_PATH or ~/.aws/models could name any, even over http. They are for the
    program's own requests.
    """
    from botocore.loaders import Loader

    own = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", own)


def take_region_of_profile(session: Session) -> None:
    """Let no variable of the environment choose the region of a session.

    AWS_REGION and AWS_DEFAULT_REGION are for the program's own requests. If they chose the STS
    that is asked, a loop over regions would sign in once for each.
    """
    from botocore.configprovider import ChainProvider, InstanceVarProvider, ScopedConfigProvider

    providers = [InstanceVarProvider("region", session), ScopedConfigProvider("region", session)]
    store = session.get_component("config_store")
    store.set_config_provider("region", ChainProvider(providers))


def problems(
    session: Session, *, verify_ssl: bool = True, environ: Mapping[str, str] = os.environ
) -> Iterator[ConfigError]:
    """Yield every setting that no client can be made with, by the name that the user wrote."""
    for key in _KEYS:
        try:
            found = _found(session, key, environ)
        except ConfigError as problem:
            yield problem
            continue
        if found is None or (key is _CA_BUNDLE and not verify_ssl):
            continue
        try:
            key.parse(found.value)
        except ValueError as error:
            yield ConfigError(
                f"{found.name} is not usable: {error}.",
                advice=f"Correct it, or {_without(found.name)}.",
            )


def refuse_unusable(
    session: Session, *, verify_ssl: bool = True, environ: Mapping[str, str] = os.environ
) -> None:
    """Refuse settings that no client can be made with, and let empty variables count as unset.

    Raises:
        ConfigError: the first of `problems`.
    """
    for problem in problems(session, verify_ssl=verify_ssl, environ=environ):
        raise problem
    for key in _PARSED_BY_BOTOCORE:
        if "" in map(environ.get, key.variables):
            # botocore would parse the empty text, and fail.
            found = _found(session, key, environ)
            value = key.parse(found.value) if found else None
            session.get_component("config_store").set_config_variable(key.name, value)


def judged_by_botocore(
    session: Session, *, environ: Mapping[str, str] = os.environ
) -> tuple[Written, ...]:
    """Return the settings that are judged only when botocore makes a client.

    They are those of botocore that somebody has set and that `problems` does not know.
    """
    known = {key.name for key in _KEYS} | _NOT_OF_CLIENTS
    profile = session.get_scoped_config()
    found: list[Written] = []
    for name, (key, variables, _, _) in session.session_var_map.items():
        if name in known or name.startswith(_OF_OTHERS):
            continue
        names = [variables] if isinstance(variables, str) else variables or ()
        found += [Written(each, environ[each]) for each in names if environ.get(each)]
        value = profile.get(key) if isinstance(key, str) else None
        if isinstance(value, str) and value:
            found.append(Written(_in_profile(session, str(key)), value))
    return tuple(found)


def ca_bundle(session: Session, *, environ: Mapping[str, str] = os.environ) -> Written | None:
    """Return the file of the certificate authorities to trust; None for botocore's own.

    Raises:
        ConfigError: the profile's value is nested.
    """
    return _found(session, _CA_BUNDLE, environ)


def endpoint(
    session: Session, service: str, *, environ: Mapping[str, str] = os.environ
) -> Written | None:
    """Return the address that is set for `sts` or `s3`; None leaves it to botocore.

    The order is that of botocore's `ConfiguredEndpointProvider`.

    Raises:
        ConfigError: the profile names a section [services …] that is missing or has another form.
    """
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    for variable in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        if value := environ.get(variable):
            return Written(variable, value)
    profile = session.get_scoped_config()
    if "services" in profile:
        written = _in_profile(session, "services")
        name = plain(profile["services"], written) or ""
        section = session.full_config.get("services", {}).get(name)
        if not section:
            raise ConfigError(
                f"{written} names [services {name}], which is missing or empty in the config file.",
                advice=f"Add [services {name}] to the config file, or remove services.",
            )
        of_service = section.get(service, {})
        if not isinstance(of_service, dict):
            raise ConfigError(
                f"{service} of [services {name}] is not usable: it has no indented lines below it.",
                advice=f"Write `{service} =` on one line and `  endpoint_url = URL` on the next.",
            )
        if value := of_service.get("endpoint_url"):
            return Written(f"endpoint_url of {service} in [services {name}]", value)
    written = _in_profile(session, "endpoint_url")
    found = plain(profile.get("endpoint_url"), written)
    return Written(written, found) if found else None


def _found(session: Session, key: _Key, environ: Mapping[str, str]) -> Written | None:
    return next(_places(session, key, environ), None)


def _places(session: Session, key: _Key, environ: Mapping[str, str]) -> Iterator[Written]:
    """Yield the places where a setting has a value, the nearest first."""
    if given := session.instance_variables().get(key.name):
        yield Written("--" + key.name.replace("_", "-"), given)
    for variable in key.variables:
        if value := environ.get(variable):
            yield Written(variable, value)
    written = _in_profile(session, key.name)
    if value := plain(session.get_scoped_config().get(key.name), written):
        yield Written(written, value)
    if key is _CA_BUNDLE and (value := environ.get(_LAST_BUNDLE)):
        yield Written(_LAST_BUNDLE, value)


def _in_profile(session: Session, name: str) -> str:
    return f"{name} of profile {session.profile or 'default'}"


def _without(name: str) -> str:
    if name.startswith("-"):
        return f"leave {name} out"
    return f"unset {name}" if name.isupper() else f"remove {name}"


# ---- the values; each raises ValueError with the end of a sentence ----


def _certificates(value: str) -> str:
    import ssl

    # botocore too takes neither ~ nor a folder.
    if not os.path.exists(value):  # noqa: PTH110
        raise ValueError(f"the certificate bundle {value} does not exist")
    try:
        # Only the first: loading all of a system's takes longer than much of the sign-in.
        found = _CERTIFICATE.search(Path(value).read_text(encoding="ascii", errors="replace"))
        _load_certificate(found[0] if found else "")
    except (ssl.SSLError, ValueError):
        raise ValueError(f"the certificate bundle {value} has no certificates (PEM)") from None
    except OSError as error:
        because = (error.strerror or "unknown reason").lower()
        raise ValueError(f"the certificate bundle {value} cannot be read: {because}") from None
    return value


@lru_cache(maxsize=4)  # many profiles have the same one
def _load_certificate(certificate: str) -> None:
    import ssl

    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)


def _attempts(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise ValueError(f"{quoted(value)} is not a number") from None
    if number < 1:
        raise ValueError(f"it must be at least 1, not {quoted(value)}")
    return number


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in names:
            raise ValueError(f"it must be one of {', '.join(names)}, not {quoted(value)}")
        return value

    return parse


_NOT_OF_CLIENTS = frozenset(
    ("profile", "config_file", "credentials_file", "data_path", "provider_signature_version")
)
"""Settings of botocore that no client depends on."""
_OF_OTHERS = ("saml_", "metadata_", "ec2_", "imds_", "csm_")
"""The beginnings of the names of others: ours, and those of instances and monitoring."""
_CA_BUNDLE = _Key("ca_bundle", ("AWS_CA_BUNDLE",), _certificates)
_LAST_BUNDLE = "REQUESTS_CA_BUNDLE"  # botocore's last resort
_PARSED_BY_BOTOCORE = (
    _Key("retry_mode", ("AWS_RETRY_MODE",), _one_of("legacy", "standard", "adaptive")),
    _Key("max_attempts", ("AWS_MAX_ATTEMPTS",), _attempts),
)
_KEYS = (
    _CA_BUNDLE,
    *_PARSED_BY_BOTOCORE,
    _Key("region"),
    _Key("endpoint_url"),
    _Key("services"),
    _Key("ignore_configured_endpoint_urls", ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",)),
    _Key("use_fips_endpoint", ("AWS_USE_FIPS_ENDPOINT",)),
    _Key("use_dualstack_endpoint", ("AWS_USE_DUALSTACK_ENDPOINT",)),
    _Key(
        "sts_regional_endpoints",
        ("AWS_STS_REGIONAL_ENDPOINTS",),
        _one_of("legacy", "regional"),
    ),
)
