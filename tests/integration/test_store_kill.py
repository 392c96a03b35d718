"""A file is the old one or the new one, at whatever moment the process is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import revert

ROUNDS = 200

# A process that has everything imported forks one writer after the other and kills it at later and
# later moments. After each the file must be one that a writer meant: all keys of one number, every
# other byte as it was; and the next writer must be able to go on.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
import configupdater, filelock
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change

path, folder, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
moments = random.Random(7)
others = "".join(f"# {n}\\n[other-{n}]\\nk={n}\\n\\n" for n in range(300))
keys = ("a", "b", "c")

def text(number):
    return others + "[dev]\\n" + "".join(f"{key} = {number:06}\\n" for key in keys)

def write(number):
    values = {key: f"{number:06}" for key in keys}
    transaction.apply([Change(path, "dev", values)], command="x", folder=folder, secrets=SECRETS)

path.write_text(text(0))
start = time.perf_counter()
for number in range(1, 11):
    write(number)
span = (time.perf_counter() - start) / 2
seen, cut_short = set(), 0
for round in range(rounds):
    child = os.fork()
    if child == 0:
        number = round * 1000
        while True:
            number += 1
            write(number)
    time.sleep(span * moments.random())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = path.read_text()
    number = int(found[-7:])
    assert found == text(number), f"round {round}: neither old nor new"
    seen.add(number)
    cut_short += any(path.parent.glob(".credentials.*"))
write(999_999)
assert path.read_text() == text(999_999)
print(len(seen), cut_short)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills")
def test_a_file_is_old_or_new_after_200_kills(tmp_path: Path) -> None:
    path, folder = tmp_path / "credentials", tmp_path / "saml"
    killer = subprocess.run(
        [sys.executable, "-c", KILLER, path, folder, str(ROUNDS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert killer.returncode == 0, killer.stderr
    different, cut_short = map(int, killer.stdout.split())
    assert different > ROUNDS / 4, "hardly a writer came to write"
    assert cut_short > 0, "no writer was killed while it wrote"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["credentials", "saml"]
    assert revert.revert_last(folder=folder, secrets=SECRETS) is not None
