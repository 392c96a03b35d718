"""One run of the command: options, environment, and the `aws` above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config.aws_process import AwsGlobals
from aws_saml_ext.errors import ConfigError, UsageError


class Untouchable(Mapping[str, str]):
    """An environment that nobody may look at."""

    def __getitem__(self, name: str) -> str:
        raise AssertionError(name)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


def test_making_an_invocation_reads_nothing() -> None:
    Invocation(Options(), Untouchable(), AwsGlobals(profile="dev"))


@pytest.mark.parametrize(
    ("options", "environ", "above", "profile"),
    [
        (Options(profile="a"), {"AWS_PROFILE": "b"}, AwsGlobals(profile="c"), "a"),
        (Options(), {"AWS_PROFILE": "b"}, AwsGlobals(profile="c"), "c"),
        (Options(), {"AWS_PROFILE": "b", "AWS_DEFAULT_PROFILE": "d"}, AwsGlobals(), "b"),
        (Options(), {"AWS_DEFAULT_PROFILE": "d"}, None, "d"),
        (Options(), {}, None, "saml"),
    ],
    ids=["own option", "aws above", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "default"],
)
def test_the_nearest_place_names_the_profile(
    options: Options, environ: dict[str, str], above: AwsGlobals | None, profile: str
) -> None:
    assert Invocation(options, environ, above).profile == profile


def test_a_profile_that_no_file_can_hold_is_refused_by_its_option() -> None:
    with pytest.raises(UsageError, match="--profile"):
        _ = Invocation(Options(profile="a\nb"), {}).profile


def test_a_profile_that_no_file_can_hold_is_refused_by_its_variable() -> None:
    with pytest.raises(ConfigError, match="AWS_PROFILE"):
        _ = Invocation(Options(), {"AWS_PROFILE": "DEFAULT"}).profile


def test_an_option_of_the_own_line_precedes_that_of_the_aws_above() -> None:
    invocation = Invocation(Options(verify_ssl=False), {}, AwsGlobals(region="eu-west-1"))
    assert (invocation.kept("region"), invocation.kept("verify_ssl")) == ("eu-west-1", False)


def test_every_problem_of_the_connection_is_found_at_once() -> None:
    options = Options(endpoint_url="sts", region="eu_west_1", cli_read_timeout="soon")
    found = Invocation(options, {}).connection_problems()
    assert [str(problem).partition(" is ")[0] for problem in found] == [
        "--endpoint-url",
        "--region",
        "--cli-read-timeout",
    ]
