"""The alias under the real `aws`: what it keeps we recover, what it passes on arrives."""

from __future__ import annotations

import configparser
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.config import aws_process
from tests.patience import until

REPOSITORY = Path(__file__).parents[2]
AWS = "/usr/bin/aws"
MARK = aws_process.MARK

pytestmark = pytest.mark.skipif(
    not Path(AWS).exists() or sys.platform != "linux",
    reason=f"{AWS} is missing (Debian: apt-get install awscli)",
)

SHOW = """\
import json, os, sys
from dataclasses import asdict
from aws_saml_ext.config import aws_process
from aws_saml_ext.errors import ConfigError
try:
    kept = aws_process.recovered(os.environ)
except ConfigError as error:
    sys.exit(error.exit_status)
ours = aws_process.without_mark(os.environ)
names = ["AWS_SAML_AWS_PID", "AWS_DATA_PATH", "LD_LIBRARY_PATH"]
print(json.dumps({
    "kept": None if kept is None else asdict(kept),
    "arrived": sys.argv[1:],
    "came": {name: os.environ[name] for name in names if name in os.environ},
    "passed on": {name: ours[name] for name in names if name in ours},
}))
"""


@dataclass(frozen=True)
class Home:
    """A person's home folder with an alias file, and `aws-saml-login` on the PATH."""

    path: Path
    program: str = AWS

    def alias(self, *lines: str) -> None:
        folder = self.path / ".aws/cli"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "alias").write_text("\n".join(["[toplevel]", *lines, ""]))

    def script(self, name: str, text: str) -> Path:
        path = self.path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    @property
    def environ(self) -> dict[str, str]:
        path = f"{self.path / 'bin'}:/usr/bin:/bin"
        return {"HOME": str(self.path), "PATH": path, "PYTHONPATH": str(REPOSITORY)}

    def run(
        self, *command: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environ | dict(environ or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def shown(self, *command: str, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The arguments of `aws-saml-login`, and those it recovered."""
        done = self.run(*command, environ=environ)
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    def profile(self, *command: str, environ: Mapping[str, str] | None = None) -> Any:
        kept = self.shown(*command, environ=environ)["kept"]
        return kept and kept["profile"]


@pytest.fixture
def bare(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.script("aws-saml-login", f"#!{sys.executable}\n{SHOW}")
    return home


@pytest.fixture
def home(bare: Home) -> Home:
    """A home with our own alias, as the repository has it for people who install by hand."""
    (bare.path / ".aws/cli").mkdir(parents=True)
    shutil.copy(REPOSITORY / "alias/alias", bare.path / ".aws/cli/alias")
    return bare


def test_what_aws_keeps_and_what_arrives(home: Home) -> None:
    shown = home.shown(
        AWS, "--region", "eu-west-1", "saml-login", "roles", "--prof", "d e", "--x", "$HOME 'a'"
    )
    assert (shown["kept"]["profile"], shown["kept"]["region"]) == ("d e", "eu-west-1")
    assert shown["arrived"] == ["roles", "--x", "$HOME 'a'"]


@pytest.mark.parametrize(
    ("arguments", "profile", "arrived"),
    [
        ("saml-login", None, ""),
        ("--p one saml-login roles --pro=two", "two", "roles"),
        ("saml-login -- --profile dev", None, "--profile dev"),
        ("--profile dev -- saml-login --profile x", "dev", "--profile x"),
        ("saml-login exec -- ls --profile x", None, "exec -- ls --profile x"),
    ],
)
def test_what_did_not_arrive_is_recovered(
    home: Home, arguments: str, profile: str | None, arrived: str
) -> None:
    shown = home.shown(AWS, *arguments.split())
    assert shown["kept"]["profile"] == profile
    assert shown["arrived"] == arrived.split()


# The parser of Debian's aws itself, fed with command lines from standard input.
ORACLE = """\
import json, sys
from awscli.argparser import ArgParseException
from awscli.clidriver import create_clidriver
driver = create_clidriver()
parser = driver.create_parser(driver.subcommand_table)
driver._add_aliases(driver.subcommand_table, parser)
names = ["profile", "region", "output", "query", "endpoint_url", "ca_bundle", "color",
         "read_timeout", "connect_timeout", "verify_ssl", "debug"]
for line in sys.stdin:
    try:
        parsed, _ = parser.parse_known_args(json.loads(line))
    except (ArgParseException, SystemExit):
        print("null")
    else:
        kept = [getattr(parsed, name) for name in names]
        print(json.dumps([*kept, not parsed.no_cli_pager]))
"""

WORDS = (
    "--profile dev --profile=prod --prof --prof=x --p --profile= --profiles -profile -p "
    "--prö --region --reg=eu-west-1 --output json --out=text --query Roles --q=a=b --endpoint-url "
    "--endp=http://x --no-verify-ssl --no-v --no --no-verify-ssl=x --ca-bundle --ca=c.pem --debug "
    "--d --color off --col=on --cli-read-timeout 1 --cli-connect-timeout=2 --cli-r=3 --cli --c "
    "--no-paginate --no-sign-request --no-cli-pager --cli-binary-format base64 --role-arn "
    "--role-arn=x --username jane -1 - -- roles exec"
)


def test_our_parser_agrees_with_that_of_aws(home: Home) -> None:
    """Arguments that `aws` accepts, in any order; with others it never starts the alias."""
    chance = random.Random(42)
    words = [*WORDS.split(), "", "a b", "--profile a b"]
    lines = []
    for _ in range(3000):
        line = chance.choices(words, k=chance.randrange(7))
        line.insert(chance.randrange(len(line) + 1), "saml-login")
        lines.append(line)
    oracle = subprocess.run(
        ["/usr/bin/python3", "-c", ORACLE],
        input="".join(json.dumps(line) + "\n" for line in lines),
        env={"HOME": str(home.path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    accepted = 0
    for line, answer in zip(lines, oracle.stdout.splitlines(), strict=True):
        read = json.loads(answer)
        if read is None:
            continue
        accepted += 1
        ours = asdict(aws_process.parse(line))
        ours["color"] = ours["color"] or "auto"  # a default of its own
        assert [*ours.values()] == [None if value == "" else value for value in read], line
    assert accepted > 500


@pytest.mark.parametrize(
    "command",
    [
        "aws-saml-login",
        "env X=1 aws-saml-login",
        "sh -c 'aws-saml-login \"$@\"' sh",
        "wrapper",
        '!f() { command time -p aws-saml-login "$@" 2>/dev/null; }; f'.removeprefix("!"),
        "timeout 30 setsid -w aws-saml-login",
        "aws-saml-login --idp-nickname corp",
    ],
)
def test_an_alias_by_hand_works_too(bare: Home, command: str) -> None:
    bare.script("wrapper", '#!/bin/bash\n# a wrapper\naws-saml-login "$@"\nexit $?\n')
    bare.alias(f"my-login = !{command}")
    assert bare.profile(AWS, "my-login", "--profile", "dev") == "dev"


def test_an_alias_of_a_sub_command_works_too(bare: Home) -> None:
    (bare.path / ".aws/cli").mkdir(parents=True)
    (bare.path / ".aws/cli/alias").write_text("[command sts]\nsaml = !aws-saml-login\n")
    assert bare.profile(AWS, "sts", "saml", "--profile", "dev") == "dev"


def test_aws_in_a_wrapper_of_its_own_name(home: Home) -> None:
    wrapper = home.script("aws", f'#!/bin/sh\n{AWS} --profile from-wrapper "$@"\n')
    assert home.profile(str(wrapper), "saml-login") == "from-wrapper"


@pytest.mark.parametrize("alias", ["ours", "by hand"])
def test_two_aws_at_the_same_time(home: Home, alias: str) -> None:
    if alias == "by hand":
        home.alias("saml-login = !aws-saml-login")
    both = [
        subprocess.Popen(
            [AWS, "saml-login", "--profile", profile],
            env=home.environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for profile in ("one", "two")
    ]
    answers = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert [answer["kept"]["profile"] for answer in answers] == ["one", "two"]


def test_aws_below_another_aws(home: Home) -> None:
    home.alias(
        "outer = !aws --profile inner saml-login",
        "saml-login = !aws-saml-login",
    )
    assert home.profile(AWS, "outer", "--profile", "outer") == "inner"


def test_a_profile_of_the_environment_is_no_guess(home: Home) -> None:
    shown = home.shown(AWS, "saml-login", environ={"AWS_PROFILE": "dev"})
    assert shown["kept"]["profile"] is None


def test_not_below_aws(home: Home) -> None:
    assert home.shown("aws-saml-login", "roles")["kept"] is None


def test_a_shell_below_our_exec_is_not_below_aws(bare: Home) -> None:
    """Our `exec`, in the smallest form: it starts a command with our environment for programs."""
    bare.script(
        "aws-saml-login",
        f"#!{sys.executable}\n"
        "import os, subprocess, sys\n"
        "from aws_saml_ext.config import aws_process\n"
        "if 'exec' in sys.argv:\n"
        "    environ = aws_process.without_mark(os.environ)\n"
        "    sys.exit(subprocess.call(sys.argv[3:], env=environ))\n" + SHOW,
    )
    shutil.copytree(REPOSITORY / "alias", bare.path / ".aws/cli")
    shown = bare.shown(AWS, "saml-login", "exec", "--profile", "dev", "--", "sh", "-c", TYPED)
    assert shown["kept"] is None
    assert bare.profile(AWS, "saml-login", "exec", "--", *NESTED) == "inner"


TYPED = "aws-saml-login; exit $?"
NESTED = ("sh", "-c", f"{AWS} saml-login --profile inner; exit $?")


@pytest.mark.parametrize("mark", ["1", "99999999", "$$", "x"])
def test_a_mark_that_does_not_name_aws_ends_with_253(bare: Home, mark: str) -> None:
    bare.alias(f"saml-login = !f() {{ {MARK}={mark} aws-saml-login; }}; f")
    done = bare.run(AWS, "saml-login", "--profile", "dev", environ={"AWS_PROFILE": "other"})
    assert (done.returncode, done.stdout) == (253, "")


def test_an_aws_that_is_gone_ends_with_253(home: Home) -> None:
    """Its command line cannot be read any more, and whose profile it had nobody knows."""
    home.script("aws-saml-login", "#!/bin/sh\necho started\nsleep 0.5\nexec show\n")
    home.script("show", f"#!{sys.executable}\n{SHOW}")
    home.alias("saml-login = !aws-saml-login; echo status=$?")
    with subprocess.Popen(
        [AWS, "saml-login", "--profile", "dev"],
        env=home.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as aws:
        assert aws.stdout is not None
        assert aws.stdout.readline() == "started\n"
        aws.kill()
        assert aws.stdout.read() == "status=253\n"


def test_the_exit_status_is_that_of_the_program(home: Home) -> None:
    home.script("aws-saml-login", "#!/bin/sh\nexit 254\n")
    assert home.run(AWS, "saml-login").returncode == 254


def test_nothing_of_aws_is_passed_on(home: Home) -> None:
    shown = home.shown(AWS, "saml-login", environ={"AWS_DATA_PATH": "/my/models"})
    assert set(shown["came"]) == {MARK, "AWS_DATA_PATH"}
    assert shown["passed on"] == {"AWS_DATA_PATH": "/my/models"}


def our_alias() -> str:
    """Return the text that `aws` passes to the shell, without the arguments."""
    aliases = configparser.RawConfigParser()
    aliases.read(REPOSITORY / "alias/alias")
    return aliases["toplevel"]["saml-login"].removeprefix("!")


def as_sh(shell: str, folder: Path) -> Path:
    """This shell by the name of `sh`: bash and busybox are what they are called."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is missing (Debian: apt-get install {shell})")
    (folder / "sh").symlink_to(program)
    return folder / "sh"


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize(
    ("set_", "left"),
    [
        ({}, {}),
        ({"LD_LIBRARY_PATH": "/mine:/too"}, {"LD_LIBRARY_PATH": "/mine:/too"}),
        ({"LD_LIBRARY_PATH": "DIST"}, {}),
        ({"LD_LIBRARY_PATH": "DIST:/mine"}, {}),
        (
            {"LD_LIBRARY_PATH": "DIST:/mine:/too", "LD_LIBRARY_PATH_ORIG": "/mine:/too"},
            {"LD_LIBRARY_PATH": "/mine:/too"},
        ),
        (
            {"LD_LIBRARY_PATH": "/mine", "LD_LIBRARY_PATH_ORIG": "/of/another"},
            {"LD_LIBRARY_PATH": "/mine"},
        ),
    ],
)
def test_the_alias_puts_back_the_library_path_of_a_frozen_aws(
    bare: Home, shell: str, set_: dict[str, str], left: dict[str, str]
) -> None:
    """`shell` as the system's sh runs the alias as `aws` would."""
    sh = as_sh(shell, bare.path)
    dist = bare.path / "dist folder"
    (dist / "awscli").mkdir(parents=True)
    bare.script(
        "aws-saml-login",
        f"#!{sys.executable}\nimport json, os, sys\n"
        'library = {name: os.environ[name] for name in ["LD_LIBRARY_PATH"] if name in os.environ}\n'
        'print(json.dumps([library, os.environ["AWS_SAML_AWS_PID"], sys.argv[1:]]))\n',
    )
    environ = {name: value.replace("DIST", str(dist)) for name, value in set_.items()}
    done = bare.run(str(sh), "-c", f"{our_alias()} 'a  b'", environ=environ)
    assert json.loads(done.stdout) == [left, str(os.getpid()), ["a  b"]]


CLEAN_UP = """\
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
signal.signal(signal.SIGHUP, signal.SIG_IGN)
folder = sys.argv[1]
try:
    open(folder + "/started", "w").close()
    time.sleep(30)
finally:
    time.sleep(float(sys.argv[2]))
    open(folder + "/put-away", "w").close()
"""


def test_two_seconds_are_left_to_put_the_browser_away_after_ctrl_c(home: Home) -> None:
    home.script("aws-saml-login", f"#!{sys.executable}\n{CLEAN_UP}")
    with subprocess.Popen(
        [AWS, "saml-login", str(home.path), "2"],
        env=home.environ,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as aws:
        assert until((home.path / "started").exists)
        pressed = time.monotonic()
        os.killpg(aws.pid, signal.SIGINT)
        assert aws.wait(10) == 130
        assert time.monotonic() - pressed < 2
    assert until((home.path / "put-away").exists)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_a_shell_stays_between_aws_and_the_program(home: Home, shell: str) -> None:
    """`aws` kills its child soon after Ctrl-C: that is the shell, and not what has a browser."""
    home.script("aws-saml-login", f"#!{sys.executable}\n{CLEAN_UP}")
    sh = as_sh(shell, home.path)
    with subprocess.Popen(
        [sh, "-c", f"{our_alias()} '{home.path}' 0.5"], env=home.environ, start_new_session=True
    ) as child:
        assert until((home.path / "started").exists)
        os.killpg(child.pid, signal.SIGINT)
        child.kill()
    assert until((home.path / "put-away").exists)
