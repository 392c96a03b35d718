"""Standard output in each format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aws_saml_ext.cli.output import checked, filtered, rendered
from aws_saml_ext.errors import UsageError

ANSWER = {
    "RoleSessionName": "jane",
    "Roles": [
        {"RoleArn": "arn:1", "AccountId": "111111111111"},
        {"RoleArn": "arn:22", "AccountId": "222222222222"},
    ],
}


def test_json_is_the_default_of_everything_else() -> None:
    assert json.loads(rendered(ANSWER, "json")) == ANSWER


def test_yaml_gets_json_which_is_yaml() -> None:
    assert rendered(ANSWER, "yaml") == rendered(ANSWER, "json")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (None, "jane\nROLES\t111111111111\tarn:1\nROLES\t222222222222\tarn:22"),
        ("RoleSessionName", "jane"),
        ("Roles[].RoleArn", "arn:1\tarn:22"),
        ("Roles[].[AccountId,RoleArn]", "111111111111\tarn:1\n222222222222\tarn:22"),
        ("Nothing", "None"),
    ],
)
def test_text_is_what_aws_makes_of_it(query: str | None, text: str) -> None:
    assert rendered(filtered(query)(ANSWER), "text") == text


def test_a_table_names_its_columns_once() -> None:
    assert rendered({"Roles": ANSWER["Roles"]}, "table") == (
        "--------------------------\n"
        "|         Roles          |\n"
        "+---------+--------------+\n"
        "| RoleArn | AccountId    |\n"
        "+---------+--------------+\n"
        "| arn:1   | 111111111111 |\n"
        "| arn:22  | 222222222222 |\n"
        "+---------+--------------+"
    )


def test_an_empty_list_is_a_box_with_nothing_in_it() -> None:
    assert rendered({"Profiles": []}, "table").splitlines() == [
        "------------",
        "| Profiles |",
        "+----------+",
        "|          |",
        "+----------+",
    ]


@pytest.mark.parametrize("answer", [[], {}, None, [1, 2], [[1, 2]], {"a": {"b": 1}}, "x"])
@pytest.mark.parametrize("output", ["json", "text", "table"])
def test_any_answer_can_be_shown(answer: Any, output: str) -> None:
    assert isinstance(rendered(answer, output), str)


@pytest.mark.parametrize("query", ["Roles[", "bogus(@)", "length(RoleArn)"])
def test_a_query_that_cannot_be_used_is_a_usage_error(query: str) -> None:
    with pytest.raises(UsageError, match="--query"):
        filtered(query)({"RoleArn": 1})


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"must be one of json, text, table, .*, not 'bogus'"):
        checked("bogus")
