#!/bin/sh
# Run the unit and capture tests on the oldest dependencies that pyproject.toml allows, with the
# oldest installed Python from 3.10 on.
set -eu
cd "$(dirname "$0")/.."

for python in python3.10 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then break; fi
done
"$python" -m venv --clear .venv-oldest
bin=.venv-oldest/bin

# `boto3>=1.34` becomes `boto3==1.34.*`: the oldest minor release, with its last patch.
oldest=$("$bin/python" - <<'PYTHON'
import re
from pathlib import Path

text = Path("pyproject.toml").read_text(encoding="utf-8")
wanted = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)[1]
for name, version in re.findall(r'"([\w-]+)>=([\d.]+)', wanted):
    print(f"{name}=={version}.*" if version.count(".") < 2 else f"{name}=={version}")
PYTHON
)
# Split the requirements on purpose.
# shellcheck disable=SC2086
"$bin/python" -m pip install --quiet --disable-pip-version-check --editable . $oldest \
    'pytest>=8' 'pytest-timeout>=2.3' 'pexpect>=4.9' 'pyyaml>=6' 'keyring==24.*'
"$bin/python" --version
"$bin/python" -m pip list --disable-pip-version-check
"$bin/python" -m pytest -p no:cacheprovider tests/unit tests/integration/test_chromium.py \
    tests/integration/test_proxy.py tests/integration/test_browser_life.py \
    tests/integration/test_extension.py tests/integration/test_renewal.py
