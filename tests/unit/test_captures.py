"""The capture of a command: what `--clean` forgets first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aws_saml_ext.cli import captures
from aws_saml_ext.clock import utc_now
from aws_saml_ext.role_memory import Lesson, RoleMemory, idp_name
from tests.samples import SETTINGS

ARN = "arn:aws:iam::111111111111:role/Dev"


def test_clean_forgets_the_roles_of_the_identity_provider(tmp_path: Path) -> None:
    settings = replace(SETTINGS, saml_folder=tmp_path)
    own = Lesson(ARN, "sts", utc_now(), granted=3600, idp=idp_name(settings.idp_url))
    other = Lesson(ARN, "other", utc_now(), granted=900, idp=idp_name("https://other.example/"))
    RoleMemory(tmp_path).learn([own, other])
    captures.forget(settings)
    memory = RoleMemory(tmp_path)
    assert (memory.role(ARN, "sts").granted, memory.role(ARN, "other").granted) == (None, 900)
