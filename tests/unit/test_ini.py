"""One section of an ini file changed: text in, text out, and botocore as the judge."""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

import pytest
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError

from aws_saml_ext.config.sections import SECRETS, config_section
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import ini, ini_edit, journal

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
PATH = Path("/home/jane/.aws/credentials")

TEAM = """\
# mine
[default]
aws_access_key_id=AKIA

# the team's
[prod]
s3 =
  addressing_style = path
"""


@pytest.mark.parametrize(
    ("before", "section", "values", "after"),
    [
        pytest.param("", "dev", {"k": "v"}, "[dev]\nk = v\n", id="an empty file"),
        pytest.param("[a]\nk=v", "dev", {"k": "v"}, "[a]\nk=v\n\n[dev]\nk = v\n", id="no end"),
        pytest.param("[a]\n\n", "dev", {"k": "v"}, "[a]\n\n[dev]\nk = v\n", id="blank end"),
        pytest.param("[a]\n ", "dev", {"k": "v"}, "[a]\n \n[dev]\nk = v\n", id="blank, no end"),
        pytest.param("# x\n", "dev", {"k": "v"}, "# x\n\n[dev]\nk = v\n", id="a comment only"),
        pytest.param("[a]\r\n", "dev", {"k": "v"}, "[a]\r\n\r\n[dev]\r\nk = v\r\n", id="CRLF"),
        pytest.param("[dev]", "dev", {"k": "v"}, "[dev]\nk = v\n", id="a bare header"),
        pytest.param("[a]\n", "dev", {"k": None}, "[a]\n", id="nothing to remove"),
    ],
)
def test_a_new_section_goes_to_the_end(
    before: str, section: str, values: Mapping[str, str | None], after: str
) -> None:
    assert ini_edit.changed(before, section, values) == after


def test_a_key_that_has_its_value_already_stays_as_it_is_written() -> None:
    text = "[dev]\nregion=eu-west-1\n"
    assert ini_edit.changed(text, "dev", {"region": "eu-west-1"}) == text


def test_a_new_key_goes_before_the_comment_of_the_next_section() -> None:
    assert (
        ini_edit.changed(TEAM, "default", {"aws_access_key_id": "ASIA", "aws_session_token": "t=="})
        == """\
# mine
[default]
aws_access_key_id = ASIA
aws_session_token = t==

# the team's
[prod]
s3 =
  addressing_style = path
"""
    )


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        pytest.param("[d]\nk: v\nj:w\n", {"k": "x"}, "[d]\nk : x\nj:w\n", id="colons"),
        pytest.param("[d]\nK=v\n", {"k": "x"}, "[d]\nK = x\n", id="capitals"),
        pytest.param("[d]\nk = a\n  b\nj=1\n", {"k": "x"}, "[d]\nk = x\nj=1\n", id="two lines"),
        pytest.param("[d]\nk = a\n\n  b\n#c\n", {"k": None}, "[d]\n#c\n", id="a blank line in it"),
        pytest.param("[d]\nk=a\n # c\nj=1\n", {"k": "x"}, "[d]\nk = x\n # c\nj=1\n", id="comment"),
        pytest.param("[d]\nk=a\n;c\n  b\nj=1\n", {"k": "x"}, "[d]\nk = x\nj=1\n", id="inside it"),
        pytest.param("[d]\n k=a\n j=1\n", {"k": "x"}, "[d]\n k = x\n j=1\n", id="indented"),
        pytest.param("[d]\n k=a\n [e]\n", {"j": "x"}, "[d]\n k=a\n j = x\n [e]\n", id="a header"),
        pytest.param("[d]\nk=a", {"k": "x"}, "[d]\nk = x", id="no line end stays"),
        pytest.param("[d]\nj=1\nk=a", {"k": None}, "[d]\nj=1\n", id="other lines keep theirs"),
        pytest.param("[d] # x\nk=a\n", {"k": "x"}, "[d] # x\nk = x\n", id="a word after a header"),
        pytest.param("[d]\r\nk=a\r\n", {"k": "x"}, "[d]\r\nk = x\r\n", id="CRLF"),
        pytest.param("[d]\rk=a\r[e]\r", {"j": "x"}, "[d]\rk=a\rj = x\r[e]\r", id="CR"),
        pytest.param("[d]\nk=a\r\nj=1\n", {"j": "2"}, "[d]\nk=a\r\nj = 2\n", id="mixed ends"),
        pytest.param("[d]\nj=é\n", {"k": "ü"}, "[d]\nj=é\nk = ü\n", id="not ASCII"),
        pytest.param("[d]\nj=1\n", {"k": "#1 [x] = y; z"}, "[d]\nj=1\nk = #1 [x] = y; z\n", id="!"),
    ],
)
def test_only_our_keys_change(before: str, values: Mapping[str, str | None], after: str) -> None:
    assert ini_edit.changed(before, "d", values) == after


@pytest.mark.parametrize(
    "header",
    ["[profile dev]", '[profile "dev"]', "[profile   dev]", "[profile 'dev' ]", "[profile\tdev]"],
)
def test_a_profile_is_found_however_botocore_lets_it_be_written(header: str) -> None:
    section = config_section("dev")
    assert ini_edit.changed(f"{header}\n", section, {"k": "v"}) == f"{header}\nk = v\n"


@pytest.mark.parametrize("header", ["[dev]", "[ profile dev]", "[profile Dev]", "[profile de]"])
def test_a_section_that_botocore_takes_for_another_is_left_alone(header: str) -> None:
    after = ini_edit.changed(f"{header}\n", config_section("dev"), {"k": "v"})
    assert after == f"{header}\n\n[profile dev]\nk = v\n"


def test_of_two_spellings_the_one_that_counts_is_changed() -> None:
    before = "[profile dev]\nk = 1\n[profile 'dev']\nk = 1\n"
    after = ini_edit.changed(before, "profile dev", {"k": "2"})
    assert after == "[profile dev]\nk = 1\n[profile 'dev']\nk = 2\n"


@pytest.mark.parametrize("header", ["[default]", "[profile default]"])
def test_the_default_profile_has_two_names_in_config(header: str) -> None:
    section = config_section("default")
    assert ini_edit.changed(f"{header}\n", section, {"k": "v"}) == f"{header}\nk = v\n"
    assert ini_edit.changed("", section, {"k": "v"}) == "[default]\nk = v\n"


def test_the_default_profile_has_one_name_in_credentials() -> None:
    before = "[profile default]\n"
    assert ini_edit.changed(before, "default", {"k": "v"}).endswith("\n\n[default]\nk = v\n")


@pytest.mark.parametrize("profile", ["dev", "my dev", "it's", 'a"b', "é", "a]b", "a\\b", "x:y"])
def test_botocore_reads_the_name_of_a_new_profile(profile: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    text = ini_edit.changed("", config_section(profile), {"region": "eu-west-1"})
    path.write_text(text, encoding="utf-8")
    assert load_config(str(path))["profiles"] == {profile: {"region": "eu-west-1"}}
    assert ini_edit.changed(text, config_section(profile), {"region": "x"}) == (
        text.replace("eu-west-1", "x")
    )


def test_a_line_of_a_value_that_looks_like_a_header_is_none() -> None:
    before = "[a]\nk = v\n  [dev]\n  j = 1\n"
    assert ini_edit.changed(before, "dev", {"j": "2"}) == before + "\n[dev]\nj = 2\n"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "\x00", "a\x0bb", " a", "a\u2028b"])
def test_a_value_cannot_bring_a_line_of_its_own(value: str) -> None:
    with pytest.raises(StoreError) as caught:
        ini_edit.changed("", "dev", {"k": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize("section", ["", " ", "a\nb", "DEFAULT"])
def test_a_section_name_that_cannot_be_written_is_refused(section: str) -> None:
    with pytest.raises(StoreError, match="cannot be named"):
        ini_edit.changed("", section, {"k": "v"})


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        pytest.param(f"[a]\nk={SECRET}\n[b]\n[a]\n", "lines 1 and 4", id="a section twice"),
        pytest.param(f"[a]\nk={SECRET}\nk={SECRET}\n", "line 3", id="a key twice"),
        pytest.param(f"[a]\nk={SECRET}\nK={SECRET}\n", "line 3", id="a key twice, in capitals"),
        pytest.param(f"[a]\n{SECRET}\nb=1\n{SECRET}\n", "lines 2 and 4", id="no key"),
        pytest.param(f"[a]\n={SECRET}\n", "line 2", id="an empty key"),
        pytest.param(f"\n{SECRET}=1\n[a]\n", "line 2", id="before the first section"),
        pytest.param(f"\ufeff[a]\nk={SECRET}\n", "line 1", id="a byte order mark"),
        pytest.param(f"[a]\nx=1\ns3 =\n  {SECRET}\n", "line 3", id="nested, no key"),
        pytest.param(f"[DEFAULT]\ns3 =\n  {SECRET}\n[a]\n", "line 1", id="nested, in all"),
    ],
)
def test_what_botocore_cannot_read_is_refused_by_line_and_never_quoted(
    content: str, lines: str, tmp_path: Path
) -> None:
    path = tmp_path / "credentials"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigParseError):
        raw_config_parse(str(path))
    with pytest.raises(StoreError, match=re.escape(f"{lines};")) as caught:
        ini.check(content, path)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert SECRET not in everything_said(caught.value)


def test_bytes_that_are_not_utf8_are_refused_by_line() -> None:
    with pytest.raises(StoreError, match="on line 2") as caught:
        ini.decode(b"[a]\nk = \xe9" + SECRET.encode(), PATH)
    assert SECRET not in everything_said(caught.value)


def everything_said(error: BaseException | None) -> str:
    """The error and whatever it carries, printed or not."""
    said = ""
    while error is not None:
        said += "".join(traceback.format_exception_only(error)) + repr(error.args)
        said += str(getattr(error, "hint", "")) + repr(vars(error))
        error = error.__context__
    return said


def test_a_section_is_read_as_botocore_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[DEFAULT]\nregion = x\n[dev]\nK = a\n  b\n")
    assert ini.read_section(path, "dev") == raw_config_parse(str(path))["dev"]
    assert ini.read_section(path, "prod") is None
    assert ini.read_section(tmp_path / "none", "dev") is None


def test_a_section_without_keys_goes_with_its_blank_line() -> None:
    before = "[a]\nk = v\n\n[dev]\n"
    assert ini_edit.without_section(before, "dev") == "[a]\nk = v\n"


def test_a_section_with_a_key_does_not_go() -> None:
    before = "[a]\nk = v\n"
    assert ini_edit.without_section(before, "a") == before


class Writer:
    """Writes ini files as odd as botocore takes them, and a little odder."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        choose = self.random.choice
        ends = choose([["\n"], ["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"]])
        names = iter(["a", "dev", "profile dev", 'profile "x y"', "default", "d[e]v"])
        lines = [choose(["", "# top", "  ; top"])]
        name: str | None = next(names)
        indent = ""
        while name is not None:
            indent = choose(["", "", "", " ", "\t"])
            lines.append(f"{indent}[{name}]{choose(['', '', ' # note', '  '])}")
            lines += self.section()
            name = next(names, None) if self.random.random() < 0.7 else None
        return "".join(line + choose(ends) for line in lines)[: choose([None, None, -1])]

    def section(self) -> list[str]:
        choose = self.random.choice
        keys = self.random.sample(["k", "K2", "region", "aws_session_token", "s3", "x y"], 4)
        if self.random.random() < 0.03:
            keys.append(keys[0])
        if self.random.random() < 0.03:
            keys.append("no delimiter ")
        lines = []
        indent = choose(["", "", "", "  ", "\t"])
        for key in keys[: self.random.randint(0, len(keys))]:
            value = choose(["v", "", "a = b", "[dev]", "#1", "x ; y"])
            delimiter = choose(["=", " = ", ":", " : ", "= "])
            lines.append(f"{indent}{key}{'' if 'no' in key else delimiter + value}")
            below = ["", "   ", "# c", "   # c", "  ;c", "    j = 1", "   [dev]", "\t\tmore"]
            lines += self.random.choices(below, k=choose([0, 0, 0, 1, 2, 3]))
        return lines

    def values(self) -> dict[str, str | None]:
        keys = self.random.sample(["k", "k2", "region", "aws_session_token", "s3", "new"], 3)
        return {key: self.random.choice([None, "w", "x=y", "[z]", ""]) for key in keys}


def read_by_botocore(text: str, path: Path) -> dict[str, dict[str, str]] | None:
    path.write_bytes(text.encode())
    try:
        return {
            section: dict(values)
            for section, values in raw_config_parse(str(path), parse_subsections=False).items()
        }
    except ConfigParseError:
        return None


def refused(text: str) -> bool:
    try:
        ini.check(text, PATH)
    except StoreError:
        return True
    return False


def without_lines_of(text: str, section: str, keys: Mapping[str, object]) -> str:
    found = ini.find(text, section)
    for option in reversed(found.options if found else ()):
        if option.key in keys:
            text = text[: option.start] + text[option.end :]
    return text


def test_random_files_mean_the_same_to_botocore_and_to_us(tmp_path: Path) -> None:
    path = tmp_path / "file"
    edited = 0
    for seed in range(600):
        writer = Writer(seed)
        text, values = writer.text(), writer.values()
        section = writer.random.choice(["a", "dev", "profile dev", "brand new"])
        before = read_by_botocore(text, path)
        if before is None:
            assert refused(text), seed
            continue
        try:
            raw_config_parse(str(path))
        except ConfigParseError:
            assert refused(text), seed
            continue
        assert not refused(text), seed

        after = ini_edit.changed(text, section, values)

        edited += 1
        given = {key: value for key, value in values.items() if value is not None}
        wanted = {name: dict(found) for name, found in before.items()}
        if section in wanted or given:
            wanted[section] = {
                key: value
                for key, value in (wanted.get(section, {}) | values).items()
                if value is not None
            }
        assert read_by_botocore(after, path) == wanted, seed
        if section in before:
            kept = without_lines_of(text, section, values)
            assert without_lines_of(after, section, values).rstrip("\r\n") == kept.rstrip("\r\n")
        else:
            assert after.startswith(text)
        edit = journal.edit_of(PATH, text, after, section, secrets=SECRETS, now=NOW)
        if edit is not None:
            assert journal.reverted(after, edit)[0] == text, seed
    assert edited > 360
