"""The checks of the settings, and of the two AWS files that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from aws_saml_ext import hints, partitions
from aws_saml_ext.assertion import is_role_arn
from aws_saml_ext.checks.findings import Looked, Problem, Skipped
from aws_saml_ext.cli import config_mistakes
from aws_saml_ext.cli.doctor.examination import UNREADABLE, Examination
from aws_saml_ext.config import aws_settings
from aws_saml_ext.config.settings import StoreKind
from aws_saml_ext.credentials import ACCESS_KEY_ID
from aws_saml_ext.errors import ConfigError, SamlLoginError
from aws_saml_ext.net import host_of
from aws_saml_ext.store import profile as profiles
from aws_saml_ext.text import did_you_mean

_IDENTITY_CENTER = re.compile(r"(.+\.)?awsapps\.(com|cn)|.+\.portal\.[\w-]+\.app\.aws")
_RESERVED = "AWSReservedSSO_"
_OF_CHECKS = (
    *("saml_idp", "saml_idp_url", "saml_role_arn", "saml_role_selection", "saml_provider_arn"),
    *("saml_session_duration", "saml_policy", "saml_policy_arns", "saml_browser"),
    *("saml_browser_binary", "saml_browser_driver", "saml_browser_arguments", "profile"),
    "saml_store",
)
"""The settings that have a check of their own."""


def config_file(examination: Examination) -> Iterator[Looked]:
    """Yield why the config file cannot be read."""
    yield from _file(examination, examination.config_file, "AWS_CONFIG_FILE")


def credentials_file(examination: Examination) -> Iterator[Looked]:
    """Yield why the credentials file cannot be read."""
    path = examination.credentials_file
    yield from _file(examination, path, "AWS_SHARED_CREDENTIALS_FILE")


def profile(examination: Examination) -> Iterator[Looked]:
    """Yield a profile that does not exist, or is one of another kind of sign-in."""
    name, session = examination.profile, examination.session
    if session is None:
        yield Skipped(UNREADABLE)
        return
    yield from examination.of_settings("profile")
    if not session.full_config["profiles"].get(name):
        known = config_mistakes.existing(session.full_config)
        if f"[{name}]" in _headers(examination.config_file):
            yield Problem(
                f"The config file has profile {name} in [{name}], which no AWS tool reads.",
                advice=f"Rename the section [{name}] to [profile {name}].",
            )
        else:
            yield Problem(
                f"There is no profile {name}.{did_you_mean(name, known)}",
                command=hints.command("configure", "--profile", name),
                # The options or variables of a first sign-in are enough: it makes the profile.
                is_warning=not examination.idp_needed
                or (examination.settings is not None and bool(examination.settings.idp_url)),
            )
        return
    others = [
        conflict.description
        for conflict in profiles.conflicts(examination.keys, examination.section)
    ]
    if others:
        yield Problem(
            f"Profile {name} has {', '.join(others)}, which a sign-in does not overwrite.",
            command=hints.sign_in_command(f"{name}-saml"),
        )


def idp_address(examination: Examination) -> Iterator[Looked]:
    """Yield an address that is none of an identity provider."""
    yield from _of_settings(examination, "saml_idp", "saml_idp_url")
    settings = examination.settings
    if settings is None or not settings.idp_url:
        return
    host = host_of(settings.idp_url)
    if partitions.is_sign_in_host(host):
        yield Problem(
            f"The address in saml_idp_url is that of AWS's own sign-in ({host}), where a SAML "
            "sign-in ends and not begins.",
            advice="Set it to the address of your identity provider's application for AWS.",
        )
    elif _IDENTITY_CENTER.fullmatch(host):
        yield Problem(
            f"The address in saml_idp_url is a start page of IAM Identity Center ({host}), which "
            "is no SAML identity provider for roles.",
            command=hints.shown("aws", "configure", "sso", "--profile", examination.profile),
        )
    else:
        yield f"The identity provider is {host}."


def role(examination: Examination) -> Iterator[Looked]:
    """Yield a role that cannot be assumed with SAML."""
    yield from _of_settings(examination, "saml_role_arn", "saml_role_selection")
    settings = examination.settings
    if settings is None or settings.role_arn is None:
        return
    if _RESERVED in settings.role_arn:
        yield Problem(
            f"The role {settings.role_arn} is one of IAM Identity Center, which SAML cannot "
            "assume.",
            command=hints.shown("aws", "configure", "sso", "--profile", examination.profile),
        )


def provider(examination: Examination) -> Iterator[Looked]:
    """Yield a SAML provider that cannot be the one of the role."""
    yield from _of_settings(examination, "saml_provider_arn")
    settings = examination.settings
    if (
        settings is None
        or settings.provider_arn is None
        or not is_role_arn(settings.role_arn or "")
    ):
        return
    role, provider = (settings.role_arn or "").split(":"), settings.provider_arn.split(":")
    for place, name in ((1, "partition"), (4, "account")):
        if role[place] != provider[place]:
            yield Problem(
                f"saml_provider_arn is in the {name} {provider[place]}, and the role in "
                f"{role[place]}.",
                advice="Correct one of the two.",
                is_warning=True,
            )


def duration(examination: Examination) -> Iterator[Looked]:
    """Yield a session that is longer than the role allows, as far as it is remembered."""
    yield from _of_settings(examination, "saml_session_duration")
    settings = examination.settings
    if settings is None or settings.role_arn is None or not is_role_arn(settings.role_arn):
        return
    from aws_saml_ext.role_memory import RoleMemory, sts_name

    wanted = int(settings.session_duration.total_seconds())
    name = sts_name(_sts_address(examination) or "https://sts.amazonaws.com")
    known = RoleMemory(settings.saml_folder).role(settings.role_arn, name)
    if known.refused is not None and known.granted is not None and wanted >= known.refused:
        yield Problem(
            f"saml_session_duration is {wanted}, and the role allowed {known.granted} seconds "
            "last time: you get those.",
            command=hints.setting_command(
                "saml_session_duration", str(known.granted), examination.profile
            ),
            is_warning=True,
        )


def policies(examination: Examination) -> Iterator[Looked]:
    """Yield session policies that cannot be used."""
    yield from _of_settings(examination, "saml_policy", "saml_policy_arns")


def region(examination: Examination) -> Iterator[Looked]:
    """Yield a region that does not exist, or is in another partition than the role."""
    session, settings = examination.session, examination.settings
    if session is None or settings is None:
        yield Skipped(UNREADABLE)
        return
    name = session.get_config_variable("region")
    if not name:
        yield "No region is set: STS is asked in that of the role's partition."
        return
    if not re.fullmatch(r"(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)", name):
        yield Problem(
            f"region is {name!r}, which is not the name of an AWS region.",
            command=hints.shown("aws", "configure", "set", "region", "us-east-1"),
        )
        return
    partition = partitions.of_arn(settings.role_arn or "")
    theirs = partitions.of_region(name)
    is_at_aws = examination.connection.endpoint_url is None
    if is_at_aws and (
        sentence := config_mistakes.unknown_region(session, environ=examination.environ)
    ):
        default = (partition or partitions.PARTITIONS["aws"]).sts_region
        yield Problem(
            sentence,
            command=hints.setting_command("region", default, examination.profile),
            is_warning=True,
        )
    elif partition is not None and partition != theirs:
        place = f"in the partition {theirs.name}" if theirs is not None else "in no partition"
        yield Problem(
            f"region is {name}, {place}, and the role in {partition.name}: "
            f"STS is asked in {partition.sts_region}.",
            command=hints.setting_command("region", partition.sts_region, examination.profile),
            is_warning=True,
        )


def sts_address(examination: Examination) -> Iterator[Looked]:
    """Yield settings about the connection to STS that cannot be used."""
    from aws_saml_ext.sts import client

    session, settings = examination.session, examination.settings
    if session is None or settings is None:
        yield Skipped(UNREADABLE)
        return
    verify = examination.connection.verify_ssl
    problems: list[SamlLoginError] = list(
        aws_settings.problems(session, verify_ssl=verify, environ=examination.environ)
    )
    if not problems:
        try:
            client.place_of(session, settings.role_arn, examination.connection)
        except ConfigError as error:
            problems.append(error)
    for problem in problems:
        if "region" not in str(problem):  # has its own check
            yield Problem(str(problem), command=problem.command, advice=problem.advice)
    address = _sts_address(examination)
    if address is not None:
        yield f"STS is asked at {host_of(address)}."


def store(examination: Examination) -> Iterator[Looked]:
    """Yield what the SDKs would use in place of our credentials."""
    yield from _of_settings(examination, "saml_store")
    settings = examination.settings
    if settings is None:
        return
    name, section, keys = examination.profile, examination.section, examination.keys
    process = section.get(profiles.PROCESS, "")
    by_process = profiles.is_our_process(process)
    for conflict in profiles.conflicts(keys, section, by_process=by_process):
        if conflict.is_preferred:
            yield Problem(
                f"The SDKs use {conflict.description} of profile {name} in place of its "
                "credentials.",
                advice=f"Remove it from profile {name}, or use another profile.",
            )
    if by_process and keys.get(ACCESS_KEY_ID):
        yield Problem(
            f"Credentials of profile {name} in the credentials file hide its credential_process.",
            command=hints.sign_in_command(name),
        )
    if by_process and (program := _program(process)) is not None and not program.exists():
        yield Problem(
            f"credential_process of profile {name} runs {program}, which is not there.",
            command=hints.sign_in_command(name, "--store", "credential-process"),
        )
    if settings.store is StoreKind.CREDENTIAL_PROCESS and not process:
        yield Problem(
            f"saml_store is credential-process, and profile {name} has no credential_process yet.",
            command=hints.sign_in_command(name),
            is_warning=True,
        )


def other_settings(examination: Examination) -> Iterator[Looked]:
    """Yield the other settings that cannot be used, and lines that have no effect."""
    if examination.session is None:
        yield Skipped(UNREADABLE)
        return
    rest = [name for name, _ in examination.unusable if name not in _OF_CHECKS]
    yield from examination.of_settings(*rest)
    of_profile = config_mistakes.mistakes(examination.session, examination.profile)
    for mistake in (*of_profile, *config_mistakes.misspelt_variables(examination.environ)):
        yield Problem(
            mistake,
            command=hints.help_command(),
            is_warning=True,
        )


def _file(examination: Examination, path: Path, variable: str) -> Iterator[Looked]:
    error = examination.broken.get(path)
    if error is not None:
        yield Problem(str(error), command=error.command, advice=error.advice)
    elif examination.environ.get(variable) and not path.exists():
        yield Problem(
            f"{variable} names {path}, which does not exist.",
            command=hints.shown("unset", variable),
            is_warning=True,
        )
    else:
        yield f"{path} can be read." if path.exists() else f"There is no {path} yet."


def _of_settings(examination: Examination, *names: str) -> Iterator[Looked]:
    if examination.settings is None:
        yield Skipped(UNREADABLE)
        return
    yield from examination.of_settings(*names)


def _sts_address(examination: Examination) -> str | None:
    """Return the address of STS that a setting names; None leaves it to botocore."""
    if examination.connection.endpoint_url is not None:
        return examination.connection.endpoint_url
    if examination.session is None:
        return None
    try:
        written = aws_settings.endpoint(examination.session, "sts", environ=examination.environ)
    except ConfigError:
        return None
    return written.value if written is not None else None


def _program(process: str) -> Path | None:
    from aws_saml_ext.config import values

    try:
        words = values.words(process)
    except ValueError:
        return None
    return Path(words[0]) if words and Path(words[0]).is_absolute() else None


def _headers(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


CHECKS: Mapping[str, Callable[[Examination], Iterator[Looked]]] = MappingProxyType(
    {
        "config-file": config_file,
        "credentials-file": credentials_file,
        "profile": profile,
        "idp-address": idp_address,
        "role": role,
        "provider": provider,
        "duration": duration,
        "policies": policies,
        "region": region,
        "sts-address": sts_address,
        "store": store,
        "settings": other_settings,
    }
)
"""Every check by its name, in the order of a sign-in."""
