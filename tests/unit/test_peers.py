"""The files of other tools: addresses, roles and names as their own programs mean them."""

from __future__ import annotations

import zlib
from base64 import b64decode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.peers import (
    aws_config,
    awscli_saml_sso,
    gimme_aws_creds,
    known,
    okta_aws_cli,
    saml2aws,
)
from aws_saml_ext.peers.account import Account

WRITTEN = Path(__file__).parents[1] / "peers"
"""Files as these tools wrote them; `okta.yaml` and `saml2aws` are as documented."""
URN = "urn:amazon:webservices"


def written(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def of_saml2aws(folder: Path, **keys: str) -> Account:
    lines = [f"{key.ljust(24)}= {text}" for key, text in keys.items()]
    [account] = saml2aws.accounts(written(folder, "\n".join(["[dev]", *lines, ""])))
    return account


@pytest.mark.parametrize("provider", ["Browser", "Okta", "KeyCloak", "GoogleApps", "PingOne"])
def test_the_url_of_some_providers_is_the_address(provider: str, tmp_path: Path) -> None:
    account = of_saml2aws(tmp_path, provider=provider, url="https://idp.example.com/aws")
    assert account.address == "https://idp.example.com/aws"


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        ("ADFS", f"https://idp.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp={URN}"),
        ("ADFS2", f"https://idp.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp={URN}"),
        ("Ping", f"https://idp.example.com/idp/startSSO.ping?PartnerSpId={URN}"),
        (
            "Shibboleth",
            f"https://idp.example.com/idp/profile/SAML2/Unsolicited/SSO?providerId={URN}",
        ),
    ],
)
def test_other_providers_get_their_path_and_the_urn(
    provider: str, address: str, tmp_path: Path
) -> None:
    account = of_saml2aws(tmp_path, provider=provider, url="https://idp.example.com/", aws_urn=URN)
    assert account.address == address


def test_entra_id_gets_the_id_of_the_application(tmp_path: Path) -> None:
    url = "https://account.activedirectory.windowsazure.com"
    account = of_saml2aws(tmp_path, provider="AzureAD", url=url, app_id="1-2")
    assert account.address == (
        f"{url}/applications/redirecttofederatedapplication.aspx"
        "?Operation=LinkedSignIn&applicationId=1-2"
    )


@pytest.mark.parametrize("provider", ["OneLogin", "F5APM", "NetIQ", "ShibbolethECP", "Shell"])
def test_an_address_that_cannot_be_known_is_missing(provider: str, tmp_path: Path) -> None:
    account = of_saml2aws(tmp_path, provider=provider, url="https://idp.example.com")
    assert account.address is None
    assert account.missing != ""


@pytest.mark.parametrize("quote", ["`", '"""', '"'])
def test_the_quotes_of_go_are_no_part_of_a_value(quote: str, tmp_path: Path) -> None:
    url = f"{quote}https://idp.example.com/#aws{quote}"
    account = of_saml2aws(tmp_path, provider="Okta", url=url)
    assert account.address == "https://idp.example.com/#aws"


@pytest.mark.parametrize("line", ["{url} ; by hand", "{url} # by hand", "`{url}` ; by hand"])
def test_a_comment_behind_a_value_is_no_part_of_it(line: str, tmp_path: Path) -> None:
    url = "https://idp.example.com/aws"
    account = of_saml2aws(tmp_path, provider="Okta # SSO", url=line.format(url=url))
    assert account.address == url


def test_an_hour_is_the_default_and_not_taken(tmp_path: Path) -> None:
    account = of_saml2aws(tmp_path, url="https://x.example", aws_session_duration="3600")
    assert account.settings == {}


def request_of(address: str) -> str:
    """The SAML request in the address of Entra ID, as a server reads it."""
    [packed] = parse_qs(urlsplit(address).query)["SAMLRequest"]
    return zlib.decompress(b64decode(packed), -zlib.MAX_WBITS).decode()


def of_azure(folder: Path, region: str = "eu-west-1") -> Account:
    text = (WRITTEN / "aws-config").read_text(encoding="utf-8")
    [account] = aws_config.of_aws_azure_login(written(folder, text.replace("eu-west-1", region)))
    return account


def test_entra_id_is_asked_for_the_application_as_it_was_typed(tmp_path: Path) -> None:
    """The tool writes the `#` of the application as `\\#`."""
    address = of_azure(tmp_path).address or ""
    tenant = "8c0f1a3e-0000-4000-8000-000000000001"
    assert address.startswith(f"https://login.microsoftonline.com/{tenant}/saml2?SAMLRequest=")
    assert ">https://signin.aws.amazon.com/saml#1</Issuer>" in request_of(address)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "signin.aws.amazon.com"),
        ("us-gov-west-1", "signin.amazonaws-us-gov.com"),
        ("cn-north-1", "signin.amazonaws.cn"),
    ],
)
def test_the_region_chooses_the_partition(region: str, host: str, tmp_path: Path) -> None:
    request = request_of(of_azure(tmp_path, region).address or "")
    assert f'AssertionConsumerServiceURL="https://{host}/saml"' in request


def test_the_same_profile_has_the_same_address_each_time(tmp_path: Path) -> None:
    assert of_azure(tmp_path).address == of_azure(tmp_path).address


def test_hours_become_seconds(tmp_path: Path) -> None:
    assert of_azure(tmp_path).settings["saml_session_duration"] == "14400"


@pytest.mark.parametrize("hours", ["9" * 5000, "1.", ".", "1e3", "٣", "-1", "inf"])
def test_no_number_of_hours_is_too_strange_to_be_named(hours: str, tmp_path: Path) -> None:
    lines = ["[profile az]", "azure_tenant_id=t", "azure_app_id_uri=u"]
    text = "\n".join([*lines, f"azure_default_duration_hours={hours}", ""])
    [account] = aws_config.of_aws_azure_login(written(tmp_path, text))
    expected = {} if hours == "1." else {"saml_session_duration": hours}
    assert account.settings == expected


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("mfa_token_command = totp", "mfa_token_command is not taken: it prints JSON"),
        ("username_password_command = x", "username_password_command is not taken"),
        ("ssl_verification = False", "ssl_verification is not taken"),
        ("duo_factor = Duo Push", "duo_factor not taken"),
        ("sspi = True", "sspi not taken"),
    ],
)
def test_what_aws_adfs_has_of_its_own_is_named(line: str, note: str, tmp_path: Path) -> None:
    text = f"[profile dev]\nadfs_config.adfs_host = adfs.example.com\nadfs_config.{line}\n"
    [account] = aws_config.of_aws_adfs(written(tmp_path, text))
    assert note in account.notes[0]
    assert account.settings == {}


def test_a_name_without_quotes_is_a_profile_that_aws_does_not_read(tmp_path: Path) -> None:
    lines = ["[profile my dev]", "azure_tenant_id=t", "azure_app_id_uri=u", "region=eu-west-1", ""]
    [account] = aws_config.of_aws_azure_login(written(tmp_path, "\n".join(lines)))
    assert (account.profile, account.settings) == ("my dev", {"region": "eu-west-1"})
    assert "[profile 'my dev'] is a section of its own" in account.notes[0]


def of_gimme(folder: Path, *lines: str) -> Account:
    found = gimme_aws_creds.accounts(written(folder, "\n".join(["[dev]", *lines, ""])))
    return found[-1]


@pytest.mark.parametrize(
    ("wanted", "profile"),
    [
        ("role", "Role.User"),
        ("acc", "123456789012"),
        ("acc-role", "123456789012-Role.User"),
        ("default", "default"),
        ("mine", "mine"),
    ],
)
def test_a_profile_is_named_as_gimme_does(wanted: str, profile: str, tmp_path: Path) -> None:
    role = "aws_rolename = arn:aws:iam::123456789012:role/Role.User"
    assert of_gimme(tmp_path, role, f"cred_profile = {wanted}").profile == profile


def test_the_path_of_a_role_is_in_the_name_where_gimme_puts_it(tmp_path: Path) -> None:
    role = "aws_rolename = arn:aws:iam::123456789012:role/ops/Deploy"
    account = of_gimme(tmp_path, role, "cred_profile = acc-role", "include_path = True")
    assert account.profile == "123456789012-/ops/Deploy"


@pytest.mark.parametrize(
    ("wanted", "template"),
    [("role", "{role}"), ("acc", "{account}"), ("acc-role", None), ("mine", None)],
)
def test_several_roles_are_named_as_gimme_does(
    wanted: str, template: str | None, tmp_path: Path
) -> None:
    account = of_gimme(tmp_path, "aws_rolename = all", f"cred_profile = {wanted}")
    assert account.settings.get("saml_profile_name") == template


def test_several_roles_are_no_role(tmp_path: Path) -> None:
    assert "saml_role_arn" not in of_gimme(tmp_path, "aws_rolename = all").settings


def test_profiles_inherit_and_a_circle_ends(tmp_path: Path) -> None:
    path = written(
        tmp_path, "[a]\ninherits = b\nokta_username = jane\n[b]\ninherits = a\napp_url = x\n"
    )
    [a, _] = gimme_aws_creds.accounts(path)
    assert a.idp == {"saml_username": "jane"}


def test_the_shared_section_of_gimme_is_that_of_every_other(tmp_path: Path) -> None:
    path = written(tmp_path, "[DEFAULT]\nokta_username = jane\n[a]\ncred_profile = mine\n")
    assert [each.idp for each in gimme_aws_creds.accounts(path)] == [{"saml_username": "jane"}] * 2


def test_an_okta_application_has_its_own_address() -> None:
    first, second = okta_aws_cli.accounts(WRITTEN / "okta.yaml")
    assert first.address == "https://globex.okta.com/app/amazon_aws/0oafedexample/sso/saml"
    assert second.address is None


def test_only_the_first_identity_provider_becomes_the_one_profile() -> None:
    found = awscli_saml_sso.accounts(WRITTEN / "awscli-saml-sso")
    assert [(each.nickname, each.profile) for each in found] == [
        ("globex", "saml"),
        ("initech", None),
    ]


@pytest.mark.parametrize(
    ("file", "tools"),
    [
        ("saml2aws", ["saml2aws"]),
        ("aws-config", ["aws-adfs", "aws-azure-login"]),
        ("okta.yaml", ["okta-aws-cli"]),
        ("gimme-aws-creds", ["gimme-aws-creds"]),
        ("awscli-saml-sso", ["awscli-saml-sso"]),
    ],
)
def test_a_file_is_known_by_its_content(file: str, tools: list[str], tmp_path: Path) -> None:
    copy = written(tmp_path, (WRITTEN / file).read_text(encoding="utf-8"))
    found = known.sources(str(copy), home=tmp_path, config_file=tmp_path / "config", environ={})
    assert [source.peer.name for source in found] == tools


@pytest.mark.parametrize("wanted", ["saml3aws", "/nonexistent", ""])
def test_neither_a_tool_nor_a_file_is_a_usage_error(wanted: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        known.sources(wanted, home=tmp_path, config_file=tmp_path / "config", environ={})


def test_a_variable_names_another_file(tmp_path: Path) -> None:
    environ = {"SAML2AWS_CONFIGFILE": "/elsewhere"}
    [source] = known.sources(
        "saml2aws", home=tmp_path, config_file=tmp_path / "config", environ=environ
    )
    assert source.path == Path("/elsewhere")


BROKEN = {
    "a section twice": (b"[a]\n[b]\n[a]\n", 3),
    "a key twice": (b"[a]\nurl = x\nurl = y\n", 3),
    "no section": (b"url = example-secret\n", 1),
    "no ini": (b"[a]\nexample-secret\n", 2),
    "Latin-1": (b"[a]\nusername = J\xf6rg example-secret\n", 2),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named_with_its_line_and_never_its_content(
    kind: str, tmp_path: Path
) -> None:
    content, line = BROKEN[kind]
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"line {line} ") as caught:
        saml2aws.accounts(path)
    assert "example-secret" not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        okta_aws_cli.accounts(written(tmp_path, "awscli:\n\tprofiles: {\n"))


@pytest.mark.parametrize("content", ["", "- a\n", "awscli: 3\n", "awscli: {profiles: [1]}\n", "a"])
def test_yaml_of_another_shape_has_no_profiles(content: str, tmp_path: Path) -> None:
    assert okta_aws_cli.accounts(written(tmp_path, content)) == []


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="more than 1 MiB"):
        saml2aws.accounts(written(tmp_path, "#" * 5_000_000))


@pytest.mark.parametrize("kind", ["folder", "loop"])
def test_what_is_no_file_is_an_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path)
    with pytest.raises(ConfigError):
        saml2aws.accounts(path)


def of_okta(folder: Path, *lines: str) -> list[Account]:
    text = "\n".join(["awscli:", "  profiles:", *(f"    {line}" for line in lines), ""])
    return okta_aws_cli.accounts(written(folder, text))


def test_a_number_that_is_too_long_for_a_text_is_not_read(tmp_path: Path) -> None:
    duration = "0x" + "f" * 6000
    [account] = of_okta(
        tmp_path, f"dev: {{org-domain: x.okta.com, aws-session-duration: {duration}}}"
    )
    assert account.settings == {}


def test_the_id_of_an_application_cannot_change_the_path(tmp_path: Path) -> None:
    [account] = of_okta(tmp_path, "dev: {org-domain: x.okta.com, aws-acct-fed-app-id: '../a?b#c'}")
    assert account.address == "https://x.okta.com/app/amazon_aws/..%2Fa%3Fb%23c/sso/saml"


def test_a_value_of_yaml_that_is_no_text_is_no_name_and_no_setting(tmp_path: Path) -> None:
    """`null` and `true` would become a profile None and a role True."""
    [account] = of_okta(tmp_path, "null: {org-domain: x}", "dev: {aws-iam-role: true}")
    assert (account.name, account.settings) == ("dev", {})
