"""`env`: values that no shell takes for more than values."""

from __future__ import annotations

import pytest

from aws_saml_ext.cli.verbs import env
from aws_saml_ext.errors import StsUnreachable


@pytest.mark.parametrize("value", ["x$(touch ran)", "a b", "a`b", "a;b", "%PATH%", "", "a\nb", "é"])
def test_a_value_with_another_meaning_in_a_shell_is_refused(value: str) -> None:
    with pytest.raises(StsUnreachable, match=r"^The value of AWS_SESSION_TOKEN is not usable"):
        env.check_values({"AWS_SESSION_TOKEN": value})


def test_values_of_aws_are_taken() -> None:
    env.check_values({"AWS_SESSION_TOKEN": "FQoGZXIvYXdz/+==", "AWS_ACCESS_KEY_ID": "ASIA1"})
