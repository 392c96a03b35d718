"""`make demo`: install, sign in and use the credentials, all on loopback.

An identity provider and an AWS start in this process. The rest are the commands that somebody
types on a new machine, in an empty HOME: the installer, `aws saml-login`, and `aws` with the
credentials.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aws_saml_ext.demo import running

ROOT = Path(__file__).resolve().parents[1]
USER, MANY = "aws_admin", "aws_many"  # their passwords are their names


def main() -> int:
    """Run the demo; return the exit status of the first failed command, else 0."""
    with tempfile.TemporaryDirectory(prefix="aws saml demo ") as folder, running() as demo:
        home = Path(folder)
        environ = environment(home)
        at_aws = ["--endpoint-url", demo.aws_url]
        installed = ["sh", str(ROOT / "alias" / "install.sh"), "--profile", "demo"]
        installed += ["--idp-url", demo.idp_url, "--username", USER, "--region", "eu-west-1"]
        aws = aws_program()
        many = [aws, "saml-login", "--roles", "*:role/Role.*", "--profile", "many"]
        many += ["--idp-url", demo.idp_url, "--username", MANY, "--region", "eu-west-1", *at_aws]
        steps = [
            installed,
            [aws, "saml-login", "--profile", "demo", "--role-arn", "Role.Admin", *at_aws],
            ["cat", str(home / ".aws" / "config")],
            [aws, "saml-login", "status"],
            [aws, "sts", "get-caller-identity", "--profile", "demo", *at_aws],
            [aws, "s3", "ls", "--profile", "demo", *at_aws],
            # One sign-in makes a profile for each role; the next command finds them all valid.
            ["env", f"AWS_SAML_PASSWORD_COMMAND=echo {MANY}", *many],
            [aws, "saml-login", "--all", "--profile", "100000000010-Role.User", *at_aws],
        ]
        print(f"HOME is {home}, the identity provider {demo.idp_url}, AWS {demo.aws_url}.")
        for step in steps:
            print("\n$ " + shlex.join(_typed(step)), flush=True)
            done = subprocess.run(step, env=environ, check=False, cwd=ROOT)
            if done.returncode != 0:
                print(f"Exit status {done.returncode}.", file=sys.stderr)
                return done.returncode
    print("\nDone: signed in with a real browser, stored credentials, used them with the real aws.")
    return 0


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a new user; a command provides the password."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "XDG_", "PYTHON"))
    }
    # pip may need a proxy, which cannot reach the servers of this machine.
    around = [environ.get("NO_PROXY") or environ.get("no_proxy"), "localhost", "127.0.0.1"]
    environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, around)))
    environ |= {
        "HOME": str(home),
        "AWS_SAML_PASSWORD_COMMAND": f"echo {USER}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        # Share pip's downloads with the environment that `make` built.
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
    }
    if "PIP_CONFIG_FILE" not in environ and (pip_config := _pip_config()):
        environ["PIP_CONFIG_FILE"] = str(pip_config)
    if sys.platform == "linux" and os.geteuid() == 0:
        # Chromium's sandbox does not run as root.
        environ["AWS_SAML_BROWSER_ARGUMENTS"] = "--no-sandbox"
    return environ


def _pip_config() -> Path | None:
    """Return the user's pip.conf, None without one; an empty HOME hides it."""
    folders = [
        Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip",
        Path.home() / "Library" / "Application Support" / "pip",
        Path.home() / ".pip",
    ]
    found = (folder / "pip.conf" for folder in folders)
    return next((path for path in found if path.is_file()), None)


def aws_program() -> str:
    """Return the path of the AWS CLI version 2; version 1 may come first on PATH."""
    found = [shutil.which("aws"), "/usr/bin/aws", "/usr/local/bin/aws"]
    for path in filter(None, found):
        if Path(path).exists():
            done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
            if done.stdout.startswith("aws-cli/2."):
                return path
    sys.exit("The AWS CLI version 2 is not installed. Install it, then run: make demo")


def _typed(words: list[str]) -> list[str]:
    """Return a command with the base name of its program."""
    return [Path(words[0]).name, *words[1:]]


if __name__ == "__main__":
    sys.exit(main())
