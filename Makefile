# Short names for what pyproject.toml defines. `make demo` and `make test` need nothing but
# Debian with Python, git and make, as root or with sudo.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

BROWSER_PACKAGES := chromium chromium-driver awscli python3-venv
STACK_PACKAGES   := awscli curl default-jre-headless maven python3-venv
TEST_PACKAGES    := $(BROWSER_PACKAGES) $(STACK_PACKAGES) busybox dbus-daemon firefox-esr \
                    gnome-keyring php-cli php-mbstring php-xml postgresql xdotool xvfb

.PHONY: help demo stack realm test test-oldest e2e e2e-localstack lint types format bench clean

help:
	@echo "make demo         the main job on embedded servers: no AWS account, no Docker"
	@echo "make stack        Keycloak and an AWS until Ctrl-C, without Docker: docs/local-stack.md"
	@echo "make realm        write what Keycloak's console changed to keycloak/aws-realm.json"
	@echo "make test         all tests but those of the next line; installs what they need"
	@echo "make e2e-localstack  those with LocalStack instead of the demo's AWS, or PostgreSQL"
	@echo "make e2e          only those with a real browser and the real aws"
	@echo "make test-oldest  unit and capture tests on the oldest dependencies that we allow"
	@echo "make lint types   ruff; mypy"
	@echo "make bench        every benchmark, with its table"

demo: $(VENV)/.installed
	@sh scripts/debian-packages.sh --required $(BROWSER_PACKAGES)
	@$(BIN)/python scripts/demo.py

stack: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(STACK_PACKAGES) $(if $(filter postgres,$(STACK_DB)),postgresql)
	@$(BIN)/python -m stack

realm: $(VENV)/.installed
	@$(BIN)/python -m stack realm

test: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest

e2e: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest -m 'e2e and not localstack and not postgres'

e2e-localstack: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest -m 'localstack or postgres'

test-oldest:
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	sh scripts/test-oldest.sh

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed
	$(BIN)/mypy

bench: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m benchmarks.command
	$(BIN)/python -m benchmarks.credentials_file
	$(BIN)/python -m benchmarks.programs
	$(BIN)/python -m benchmarks.sign_in
	$(BIN)/python -m benchmarks.keycloak

clean:
	rm -rf $(VENV) .venv-oldest .cache .stack build *.egg-info

# The environment is made anew when what it is made of has changed.
$(VENV)/.installed: pyproject.toml
	@sh scripts/debian-packages.sh python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
