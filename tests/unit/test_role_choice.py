import base64
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aws_saml_ext.assertion import ROLE_ATTRIBUTE, Assertion, Role
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.config.values import role_pattern
from aws_saml_ext.errors import ConfigError, RoleNotOffered, SignInRequired, Stopped, UsageError
from aws_saml_ext.picker.menu import Picked
from aws_saml_ext.role_choice import (
    chosen,
    fixed_role,
    matches,
    may_ask,
    refuse_conflicting,
)
from aws_saml_ext.role_menu import Known
from tests.doubles import FakeClock, FakePrompt
from tests.saml import (
    ADMIN,
    ADMIN_ROLE,
    ENCRYPTED,
    OTHER_PROVIDER,
    PROVIDER,
    READER,
    READER_ROLE,
    USER,
    USER_ROLE,
    encoded,
    response,
    saml_response,
)
from tests.samples import SETTINGS

ROLES = (USER_ROLE, ADMIN_ROLE, READER_ROLE)


NOBODY = FakePrompt(interactive=False)


def choose(
    *roles: Role, answers: Sequence[str] = (), settings: Settings = SETTINGS
) -> tuple[Role, FakePrompt]:
    prompt = FakePrompt(list(answers))
    assertion = Assertion.parse(saml_response(*roles))
    return chosen(settings, prompt)(assertion), prompt


def wanting(role_arn: str) -> Settings:
    return replace(SETTINGS, role_arn=role_arn)


def many() -> list[Role]:
    """Ten roles in each of thirty accounts."""
    return [
        Role(
            f"arn:aws:iam::{account:012}:role/{name}",
            f"arn:aws:iam::{account:012}:saml-provider/Corp",
        )
        for account in range(1, 31)
        for name in ("Admin", "AdminRead", *(f"Team{n}" for n in range(8)))
    ]


# ---- without a question ----


def test_the_only_role_is_taken() -> None:
    assert choose(READER_ROLE) == (READER_ROLE, FakePrompt())


def test_the_role_of_the_settings_is_taken() -> None:
    assert choose(*ROLES, settings=wanting(ADMIN)) == (ADMIN_ROLE, FakePrompt())


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (READER, [READER_ROLE]),
        ("Role.Admin", [ADMIN_ROLE]),
        ("Reader", [READER_ROLE]),
        ("team/Reader", [READER_ROLE]),
        ("222222222222:Reader", [READER_ROLE]),
        ("111111111111:*", [USER_ROLE, ADMIN_ROLE]),
        ("Role.*", [USER_ROLE, ADMIN_ROLE]),
        ("*:role/Role.U*", [USER_ROLE]),
        ("arn:aws:iam::*:role/*/Reader", [READER_ROLE]),
        ("team/*", [READER_ROLE]),
        ("*", [USER_ROLE, ADMIN_ROLE, READER_ROLE]),
        ("/Admin|Reader/", [ADMIN_ROLE, READER_ROLE]),
        (r"/:role\/Role\.User$/", [USER_ROLE]),
        ("role.admin", []),
        ("Role", []),
        ("1*", []),
        (ADMIN.lower(), []),
        ("//", []),
        ("", []),
    ],
)
def test_a_pattern_is_an_arn_a_name_a_glob_or_a_regex(pattern: str, found: list[Role]) -> None:
    assert matches(pattern, ROLES) == found


def test_a_number_counts_the_whole_list_from_0() -> None:
    assert choose(*ROLES, settings=replace(SETTINGS, role_selection=2))[0] == READER_ROLE


def test_a_number_beyond_the_list_is_refused() -> None:
    with pytest.raises(
        RoleNotOffered, match="no role number 3: 3 roles are offered, counted from 0"
    ):
        choose(*ROLES, settings=replace(SETTINGS, role_selection=3))


def test_the_number_overrules_the_role_of_the_profile() -> None:
    settings = replace(SETTINGS, role_selection=0, role_arn=ADMIN)
    assert choose(*ROLES, settings=settings)[0] == USER_ROLE


def test_both_on_the_command_line_are_too_many() -> None:
    with pytest.raises(UsageError):
        refuse_conflicting({"saml_role_arn": ADMIN, "saml_role_selection": "0"})
    refuse_conflicting({"saml_role_arn": ADMIN})
    refuse_conflicting({"saml_role_selection": "0"})


@pytest.mark.parametrize("preferred", [PROVIDER, OTHER_PROVIDER])
def test_the_preferred_provider_is_taken_where_two_give_the_role(preferred: str) -> None:
    twice = (Role(ADMIN, PROVIDER), Role(ADMIN, OTHER_PROVIDER))
    settings = replace(SETTINGS, provider_arn=preferred)
    for wanted in (None, ADMIN, "Role.Admin"):
        role, _ = choose(*twice, settings=replace(settings, role_arn=wanted))
        assert role == Role(ADMIN, preferred)


SECOND = Role(ADMIN, "arn:aws:iam::111111111111:saml-provider/Second")


@pytest.mark.parametrize("wanted", [None, ADMIN, "Role.Admin"])
def test_one_role_through_two_providers_is_a_question(wanted: str | None) -> None:
    settings = replace(SETTINGS, role_arn=wanted)
    role, prompt = choose(ADMIN_ROLE, SECOND, settings=settings, answers=["1"])
    assert role == SECOND
    assert prompt.shown[-1] == "  1  111111111111  Role.Admin  (by Second)"


def test_with_nobody_there_the_providers_are_named_with_the_option() -> None:
    assertion = Assertion.parse(saml_response(ADMIN_ROLE, SECOND))
    with pytest.raises(SignInRequired, match="through 2 SAML providers") as caught:
        chosen(wanting(ADMIN), NOBODY)(assertion)
    assert SECOND.principal_arn in str(caught.value)
    assert caught.value.command == (
        f"aws saml-login --profile dev --role-arn {ADMIN} --provider-arn {PROVIDER}"
    )


def test_a_provider_that_offers_nothing_is_no_obstacle() -> None:
    settings = replace(SETTINGS, provider_arn=OTHER_PROVIDER)
    assert choose(ADMIN_ROLE, settings=settings)[0] == ADMIN_ROLE


@pytest.mark.parametrize(
    ("wanted", "number", "arn"),
    [
        (ADMIN, None, ADMIN),
        (None, None, None),
        (ADMIN, 0, None),
        ("Role.Admin", None, None),
        ("arn:aws:iam::111111111111:role/team*/Dev", None, None),
    ],
)
def test_only_a_whole_arn_settles_the_role_beforehand(
    wanted: str | None, number: int | None, arn: str | None
) -> None:
    assert fixed_role(replace(SETTINGS, role_arn=wanted, role_selection=number)) == arn


@pytest.mark.parametrize(
    "pattern",
    ["/(a+)+$/", r"/([\w-]+)*Admin/", "/(.*){9}x/", "/" + "x" * 600 + "/", "/a{9999999999}/"],
)
def test_a_regex_that_could_take_for_ever_is_no_setting(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"repeats a group|is not a regular expression"):
        role_pattern(pattern)


def test_a_regex_with_a_choice_or_an_escaped_bracket_is_one() -> None:
    for pattern in (r"/^(Dev|Ops)?-\w+$/", r"/\)*/"):
        assert role_pattern(pattern) == pattern


# ---- asking ----


def test_the_list_is_shown_as_the_manual_has_it() -> None:
    _, prompt = choose(USER_ROLE, ADMIN_ROLE, answers=["1"])
    assert prompt.screens == [
        [
            "  0  111111111111  Role.User",
            "  1  111111111111  Role.Admin",
            "Role (number or part of the name): ",
        ]
    ]


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("0", USER_ROLE),
        ("2", READER_ROLE),
        ("adm", ADMIN_ROLE),
        ("ROLE.ADMIN", ADMIN_ROLE),
        ("team/reader", READER_ROLE),
        ("111111111111:Role.User", USER_ROLE),
        ("2222", READER_ROLE),
        ("1111 user", USER_ROLE),
        (READER, READER_ROLE),
    ],
)
def test_an_answer_is_a_number_or_whatever_fits_one_role(answer: str, role: Role) -> None:
    assert choose(*ROLES, answers=[answer])[0] == role


def test_an_exact_name_wins_over_a_longer_one() -> None:
    read, write = (Role(f"arn:aws:iam::111111111111:role/{n}", PROVIDER) for n in ("Dev", "DevX"))
    assert choose(read, write, answers=["dev"])[0] == read


def test_the_exact_case_wins_where_both_are_offered() -> None:
    one, two = (Role(f"arn:aws:iam::111111111111:role/a/{n}", PROVIDER) for n in ("Dev", "dev"))
    assert choose(one, two, answers=["dev"])[0] == two


def test_an_answer_that_fits_none_is_asked_again_with_a_word() -> None:
    role, prompt = choose(*ROLES, answers=["boss\x1b[2J", "", "7", "adm"])
    assert role == ADMIN_ROLE
    question = "Role (number or part of the name): "
    assert prompt.screens[1:] == [
        ["No role matches 'boss [2J'.", question],
        [question],
        ["No role matches '7'.", question],
    ]


def test_an_answer_that_fits_several_shows_these_with_their_numbers() -> None:
    role, prompt = choose(*ROLES, answers=["role.", "1"])
    assert role == ADMIN_ROLE
    assert prompt.screens[1][:3] == [
        "'role.' matches 2 roles:",
        "  0  111111111111  Role.User",
        "  1  111111111111  Role.Admin",
    ]


def test_hundreds_of_roles_are_narrowed_step_by_step() -> None:
    roles = many()
    role, prompt = choose(*roles, answers=["admin", "000000000012"])
    assert role.arn == "arn:aws:iam::000000000012:role/Admin"
    assert [len(listing) for listing in prompt.screens] == [301, 32]


def test_after_narrowing_any_other_role_can_still_be_named() -> None:
    assert choose(*many(), answers=["admin", "000000000012:Team3"])[0].name == "Team3"


def test_a_role_that_two_providers_give_says_by_which() -> None:
    saml = "arn:aws:iam::111111111111:saml-provider/Second"
    _, prompt = choose(ADMIN_ROLE, Role(ADMIN, saml), USER_ROLE, answers=["1"])
    assert prompt.screens[0][:3] == [
        "  0  111111111111  Role.Admin  (by Corp)",
        "  1  111111111111  Role.Admin  (by Second)",
        "  2  111111111111  Role.User",
    ]


def test_more_than_one_match_asks_with_numbers_of_the_list_shown() -> None:
    role, prompt = choose(
        READER_ROLE, USER_ROLE, ADMIN_ROLE, answers=["1"], settings=wanting("R*.*")
    )
    assert role == ADMIN_ROLE
    assert prompt.screens[0][0] == "  0  111111111111  Role.User"


def test_the_end_of_input_stops_it() -> None:
    with pytest.raises(Stopped):
        choose(*ROLES, answers=["boss"])


def test_with_nobody_there_it_fails_with_the_list() -> None:
    assertion = Assertion.parse(saml_response(*ROLES))
    with pytest.raises(SignInRequired, match=r"\n  1  111111111111  Role\.Admin\n") as caught:
        chosen(SETTINGS, NOBODY)(assertion)
    assert caught.value.hint == "aws saml-login --profile dev --role-arn ARN"


# ---- refusals ----


def test_no_role_is_refused() -> None:
    with pytest.raises(RoleNotOffered, match="offers no AWS role to jane"):
        choose()


@pytest.mark.parametrize(
    ("value", "because"),
    [
        ("CN=AWS-Prod-Admin,OU=Groups", "the first begins 'CN=AWS-Prod-Admin,OU=Groups'"),
        (f"{ADMIN},{PROVIDER},{USER},{PROVIDER}", "1 value of https://aws.amazon.com/SAML/Attr"),
        (f"arn:aws:iam::1111-1111-1111:role/R,{PROVIDER}", "cannot be read as a role's ARN"),
    ],
)
def test_values_that_are_no_pair_of_arns_are_named(value: str, because: str) -> None:
    assertion = Assertion.parse(saml_response(value))
    with pytest.raises(RoleNotOffered) as caught:
        chosen(SETTINGS, NOBODY)(assertion)
    assert because in str(caught.value)
    assert "ROLE_ARN,PROVIDER_ARN" in str(caught.value.hint)


@pytest.mark.parametrize(
    "name",
    [
        "Role",
        "https://aws.amazon.com/saml/attributes/role",
        "http://www.amazonaws.cn/SAML/Attributes/Role",
        "groups",
    ],
)
def test_roles_in_another_attribute_are_named_with_it(name: str) -> None:
    xml = base64.b64decode(saml_response(ADMIN_ROLE)).decode().replace(ROLE_ATTRIBUTE, name)
    with pytest.raises(RoleNotOffered) as caught:
        chosen(SETTINGS, NOBODY)(Assertion.parse(encoded(xml)))
    assert f"in the attribute '{name}', and AWS reads only {ROLE_ATTRIBUTE}." in str(caught.value)


def test_roles_of_identity_center_alone_are_explained() -> None:
    name = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    with pytest.raises(RoleNotOffered, match="IAM Identity Center"):
        choose(Role(f"arn:aws:iam::111111111111:role/{name}", PROVIDER))


@pytest.mark.parametrize(
    "wanted",
    ["Boss", "Boss*", "/boss/", READER.replace("Reader", "Boss"), USER.replace("Role.User", "Ops")],
)
def test_a_role_that_is_not_offered_is_refused_with_what_is(wanted: str) -> None:
    with pytest.raises(RoleNotOffered, match="is not offered; offered: ") as caught:
        choose(USER_ROLE, ADMIN_ROLE, settings=wanting(wanted))
    assert ADMIN in str(caught.value)
    assert caught.value.hint == "aws saml-login roles --profile dev"


@pytest.mark.parametrize("wanted", [ADMIN.lower(), "role.admin", "Role.Admn", ADMIN + "s"])
def test_the_role_that_was_probably_meant_is_named(wanted: str) -> None:
    with pytest.raises(RoleNotOffered) as caught:
        choose(*ROLES, settings=wanting(wanted))
    assert caught.value.hint == f"aws saml-login --profile dev --role-arn {ADMIN}"


@pytest.mark.parametrize(
    ("wanted", "arn"),
    [
        (USER.replace("User", "Admn"), ADMIN),
        ("222222222222:Raeder", READER),
        (READER.replace("222222222222", "222222222220"), READER),
    ],
)
def test_names_are_compared_and_not_whole_arns(wanted: str, arn: str) -> None:
    with pytest.raises(RoleNotOffered) as caught:
        choose(*ROLES, settings=wanting(wanted))
    assert caught.value.hint == f"aws saml-login --profile dev --role-arn {arn}"


def test_of_the_same_name_in_two_accounts_that_of_the_account_is_meant() -> None:
    with pytest.raises(RoleNotOffered) as caught:
        choose(*many(), settings=wanting("arn:aws:iam::000000000012:role/Admni"))
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("arn:aws:iam::000000000012:role/Admin")


def test_hundreds_of_roles_do_not_fill_the_message() -> None:
    with pytest.raises(RoleNotOffered, match="and 290 more") as caught:
        choose(*many(), settings=wanting("Boss"))
    assert len(str(caught.value)) < 1000


# ---- encrypted ----


def test_an_encrypted_assertion_takes_both_from_the_settings() -> None:
    settings = replace(SETTINGS, role_arn=ADMIN, provider_arn=PROVIDER)
    assertion = Assertion.parse(encoded(response(ENCRYPTED)))
    assert chosen(settings, NOBODY)(assertion) == ADMIN_ROLE


@pytest.mark.parametrize(
    ("role_arn", "provider_arn"),
    [(None, None), (ADMIN, None), (None, PROVIDER), ("Role.Admin", PROVIDER)],
)
def test_an_encrypted_assertion_needs_both(role_arn: str | None, provider_arn: str | None) -> None:
    settings = replace(SETTINGS, role_arn=role_arn, provider_arn=provider_arn)
    assertion = Assertion.parse(encoded(response(ENCRYPTED)))
    with pytest.raises(ConfigError, match="saml_role_arn and saml_provider_arn"):
        chosen(settings, NOBODY)(assertion)


# ---- the time that a question takes ----


@pytest.mark.parametrize(
    ("before", "question", "left"),
    [(10, None, 590), (10, 60, 530), (10, 585, 30), (10, 900, 30), (595.1, None, 4.9),
     (700, None, -100)],
    ids=["at once", "a person", "a slow one", "a very slow one", "no person", "too late already"],
)  # fmt: skip
def test_sts_has_30_seconds_after_a_question_and_what_is_left_without_one(
    before: float, question: float | None, left: float
) -> None:
    clock = FakeClock()
    deadline = Deadline(600, monotonic=clock.monotonic)
    clock.advance(before)

    def first() -> str:
        clock.advance(question or 0)
        return "1"

    roles = ROLES if question is not None else ROLES[:1]
    assertion = Assertion.parse(saml_response(*roles))
    chosen(SETTINGS, FakePrompt([first]), deadline=deadline)(assertion)
    assert deadline.of_step().remaining == pytest.approx(left)


# ---- the menu ----


def with_menu(*places: int) -> FakePrompt:
    return FakePrompt(picks=[Picked(places)])


def test_a_menu_chooses_the_role() -> None:
    prompt = with_menu(1)
    assertion = Assertion.parse(saml_response(*ROLES))
    assert chosen(SETTINGS, prompt)(assertion) == ROLES[1]
    assert prompt.asked == []


def test_a_menu_shows_what_is_known_of_the_roles() -> None:
    prompt = with_menu(0)
    known = Known({ROLES[1].arn: FakeClock().now()}, {ROLES[0].account_id: "dev"})
    assertion = Assertion.parse(saml_response(*ROLES))
    chosen(SETTINGS, prompt, known=lambda: known, clock=FakeClock())(assertion)
    [menu] = prompt.menus
    assert menu.order[0] == 1
    assert menu.items[0].columns[0] == "dev"


def test_a_list_shows_the_names_of_accounts() -> None:
    prompt = FakePrompt(["0"])
    known = Known({}, {USER_ROLE.account_id: "dev"})
    assertion = Assertion.parse(saml_response(USER_ROLE, READER_ROLE))
    chosen(SETTINGS, prompt, known=lambda: known)(assertion)
    assert prompt.shown == [
        "  0  111111111111  dev  Role.User",
        "  1  222222222222       Reader",
    ]


@pytest.mark.parametrize(
    ("role_arn", "selection", "may"),
    [(None, None, True), ("Dev*", None, True), (ADMIN, None, False), (None, 1, False)],
)
def test_only_settings_that_leave_several_roles_may_ask(
    role_arn: str | None, selection: int | None, may: bool
) -> None:
    assert may_ask(replace(SETTINGS, role_arn=role_arn, role_selection=selection)) is may
