"""The pager is the one that the AWS CLI would take."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_saml_ext.cli.pager import command_of


@pytest.mark.parametrize(
    ("variables", "config", "command"),
    [
        ({}, "", "less"),
        ({"AWS_PAGER": "more"}, "[default]\ncli_pager = cat\n", "more"),
        ({"AWS_PAGER": ""}, "", ""),
        ({}, "[default]\ncli_pager = cat\n", "cat"),
        ({}, "[default]\ncli_pager =\n", ""),
        ({"AWS_PROFILE": "dev"}, "[profile dev]\ncli_pager = cat\n", "cat"),
        ({}, "this is no ini file", "less"),
    ],
)
def test_the_nearest_place_names_the_pager(
    variables: dict[str, str], config: str, command: str, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text(config)
    assert command_of({"AWS_CONFIG_FILE": str(file), **variables}) == command
