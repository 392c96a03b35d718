# Short names for what pyproject.toml defines. `make demo` and `make test` need nothing but
# Debian with Python, git and make, as root or with sudo.

PYTHON ?= python3
VENV   := .venv
export REPOSITORY_URL
BIN    := $(VENV)/bin

BROWSER_PACKAGES := chromium chromium-driver awscli python3-venv
STACK_PACKAGES   := awscli curl default-jre-headless maven python3-venv
TEST_PACKAGES    := $(BROWSER_PACKAGES) $(STACK_PACKAGES) busybox dash dbus-daemon firefox-esr fish \
                    gawk gnome-keyring mandoc original-awk php-cli php-mbstring php-xml postgresql \
                    xdotool xvfb zsh

# Tests mostly wait for browsers: three workers keep two processors busy. A module stays with one
# worker, for what its tests share. In order: those that take long come first.
AT_ONCE := -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: help demo stack realm test test-fast test-oldest e2e e2e-localstack coverage lint types \
        check-forge format bench constraints packages recording clean

help:
	@echo "make demo            sign in against servers on this machine: no AWS account, no Docker"
	@echo "make stack           run Keycloak and an AWS until Ctrl-C, without Docker: docs/local-stack.md"
	@echo "make realm           export Keycloak's realm to keycloak/aws-realm.json"
	@echo "make test-fast       run the unit tests: no browser, no network, about a minute"
	@echo "make test            install what the tests need, run all but those of e2e-localstack"
	@echo "make e2e             run only the tests with a real browser and the real aws"
	@echo "make e2e-localstack  run the tests that need LocalStack or PostgreSQL"
	@echo "make test-oldest     run unit and capture tests on the oldest allowed dependencies"
	@echo "make coverage        report which code the tests without a browser run"
	@echo "make lint types      run ruff; run mypy"
	@echo "make check-forge     check .github against the schemas of such files"
	@echo "make format          let ruff fix and format the code"
	@echo "make bench           run every benchmark"
	@echo "make constraints     renew the versions and hashes that alias/install.sh installs"
	@echo "make packages        build the wheel and the sdist into dist/; needs REPOSITORY_URL=…"
	@echo "make recording       record a sign-in at the demo as docs/sign-in.svg"
	@echo "make clean           remove what these commands made"

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
	$(BIN)/python -m pytest $(AT_ONCE)

test-fast: $(VENV)/.installed
	$(BIN)/python -m pytest tests/unit

e2e: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest $(AT_ONCE) -m 'e2e and not localstack and not postgres'

e2e-localstack: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m pytest -m 'localstack or postgres'

test-oldest:
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	sh scripts/test-oldest.sh

# Code that only child processes of the tests run counts as not run.
coverage: $(VENV)/.installed
	$(BIN)/coverage run -m pytest -m 'not browser and not e2e and not localstack and not postgres'
	$(BIN)/coverage report

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed
	$(BIN)/mypy

check-forge: $(VENV)/.installed
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms \
	    $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))

bench: $(VENV)/.installed
	@sh scripts/debian-packages.sh $(TEST_PACKAGES)
	$(BIN)/python -m benchmarks.command
	$(BIN)/python -m benchmarks.credentials_file
	$(BIN)/python -m benchmarks.programs
	$(BIN)/python -m benchmarks.sign_in
	$(BIN)/python -m benchmarks.renewal
	$(BIN)/python -m benchmarks.all_roles
	$(BIN)/python -m benchmarks.page_reading
	$(BIN)/python -m benchmarks.menu
	$(BIN)/python -m benchmarks.completion
	$(BIN)/python -m benchmarks.keycloak

constraints: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/constraints.py

# The same commit gives the same bytes, with the same setuptools and REPOSITORY_URL.
packages: $(VENV)/.installed
	@test -n "$(REPOSITORY_URL)" || { \
	    echo "The links of the README lead to the repository, whose address is needed:" >&2; \
	    echo "    make packages REPOSITORY_URL=https://FORGE/OWNER/aws-saml-ext" >&2; \
	    echo "Packages without links: $(BIN)/python -m build" >&2; exit 2; }
	rm -rf build dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*
	@$(BIN)/python scripts/formula.py

recording: $(VENV)/.installed
	@sh scripts/debian-packages.sh --required $(BROWSER_PACKAGES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pyte
	$(BIN)/python -m scripts.recording

clean:
	rm -rf $(VENV) .venv-oldest .cache .stack .coverage build dist man *.egg-info

# Rebuild the environment when its dependencies may have changed.
$(VENV)/.installed: pyproject.toml
	@sh scripts/debian-packages.sh python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the packages for development…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
