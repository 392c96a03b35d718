"""The time to change one profile in a credentials file of 100, 1,000 and 10,000 profiles.

Ours is a whole change: locks, journal, validation of the file, edit, fsync, rename. The floor is a
plain script: configparser reads the file, sets the same keys, and writes it in place.
"""

from __future__ import annotations

import configparser
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change
from benchmarks import measure

FLOOR, OURS = "configparser, read and write", "one Change applied"
BOUND = {OURS: 1.5}
RUNS = 15


def main() -> int:
    """Print the tables; return 1 if a bound is missed."""
    print(measure.machine("configupdater", "filelock"))
    print(f"medians of {RUNS} interleaved runs")
    met = True
    for profiles in (100, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            seconds = measure.interleaved(_ways(Path(folder), profiles), RUNS)
        print(f"\n{profiles} profiles")
        print(measure.table(seconds, floor=FLOOR, bounds=BOUND))
        met = met and measure.within(seconds, floor=FLOOR, bounds=BOUND)
    return 0 if met else 1


def _ways(folder: Path, profiles: int) -> dict[str, measure.Way]:
    text = "".join(_profile(number) for number in range(profiles))
    theirs, ours = folder / "theirs", folder / ".aws" / "credentials"
    ours.parent.mkdir()
    for path in (theirs, ours):
        path.write_text(text)
        path.chmod(0o600)
    profile = f"profile-{profiles // 2}"
    numbers = count()

    def read_and_write() -> None:
        parser = configparser.RawConfigParser()
        parser.read(theirs)
        for key, value in _credentials(next(numbers)).as_options().items():
            parser.set(profile, key, value)
        with theirs.open("w") as file:
            parser.write(file)

    def apply() -> None:
        change = Change(ours, profile, _credentials(next(numbers)).as_options())
        transaction.apply(
            [change], command="benchmark", folder=ours.parent / "saml", secrets=SECRETS
        )

    return {FLOOR: read_and_write, OURS: apply}


def _profile(number: int) -> str:
    options = _credentials(number).as_options()
    lines = "".join(f"{key} = {value}\n" for key, value in options.items())
    return f"# {number}\n[profile-{number}]\n{lines}\n"


def _credentials(number: int) -> Credentials:
    return Credentials(
        access_key_id=f"ASIA{number:016}",
        secret_access_key=f"{number:040}",
        session_token=f"{number:0400}",
        expiration=datetime.now(timezone.utc) + timedelta(hours=1),
        role_arn="arn:aws:iam::111111111111:role/Dev",
        assumed_role_arn="arn:aws:sts::111111111111:assumed-role/Dev/jane",
    )


if __name__ == "__main__":
    sys.exit(main())
