#!/bin/sh
# Install aws-saml-login and the alias `aws saml-login` for one person, in one step:
#
#     sh alias/install.sh [the options of `aws-saml-login install`]
#     sh alias/install.sh --uninstall
#
# It makes an isolated Python environment in ${XDG_DATA_HOME:-~/.local/share}/aws-saml-ext from the
# source tree that it lies in. Run it again to bring that up to date: the new environment is made
# beside the old one, and takes its place only when it runs. PYTHON=/path/to/python names the Python
# to use, 3.10 or newer.

set -eu

source_tree=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
case ${XDG_DATA_HOME-} in
    /*) folder=$XDG_DATA_HOME/aws-saml-ext ;;
    *) folder=$HOME/.local/share/aws-saml-ext ;; # a relative one counts as unset, says XDG
esac
program=$folder/bin/aws-saml-login

fail() {
    printf 'install.sh: [ERROR]: %s\n%s\n' "$1" "$2" >&2
    exit 253
}

uninstall() {
    if [ -x "$program" ]; then
        "$program" uninstall ||
            fail 'The alias could not be taken out.' \
                "Remove saml-login from ~/.aws/cli/alias, then: rm -r '$folder'"
    fi
    rm -rf -- "$folder"
    echo "$folder is removed."
}

# The first Python that is new enough and can make environments.
find_python() {
    without_venv=
    for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 \
        python3.10 python; do
        [ "${PYTHON:-$python}" = "$python" ] || break
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
        "$python" -c 'import ensurepip, venv' 2>/dev/null && return
        without_venv=${without_venv:-$python}
    done
    [ -z "$without_venv" ] || fail "$without_venv cannot make virtual environments." \
        'On Debian and Ubuntu: sudo apt-get install python3-venv'
    fail "${PYTHON:-python3} is missing, or older than Python 3.10." \
        'On Debian and Ubuntu: sudo apt-get install python3 python3-venv; on macOS: brew install python'
}

make_environment() {
    "$python" -m venv "$new" ||
        fail "$python could not make a virtual environment." \
            'On Debian and Ubuntu: sudo apt-get install python3-venv'
    # A copy, since building leaves its traces in the tree that it builds from.
    mkdir "$new/source"
    cp -R "$source_tree/pyproject.toml" "$source_tree/README.md" "$source_tree/LICENSE" \
        "$source_tree/aws_saml_ext" "$new/source/"
    "$new/bin/python" -m pip install --quiet --disable-pip-version-check "$new/source[keyring]" ||
        fail 'pip could not install aws-saml-ext and what it needs; see above.' \
            'Behind a proxy, set HTTPS_PROXY. Then run this again.'
    rm -rf -- "$new/source"
    "$new/bin/aws-saml-login" help >/dev/null ||
        fail 'The new environment does not work. An earlier installation is as it was.' \
            'See above.'
}

# One rename puts the new environment in the place of the old: alias and profiles name a link.
take_place() {
    mkdir -p "$folder/bin"
    ln -s "$new/bin/aws-saml-login" "$new/link"
    trap '' HUP INT TERM
    mv -f "$new/link" "$program"
    trap - EXIT HUP INT TERM
    for old in "$folder"/environment.*; do
        [ "$old" = "$new" ] || rm -rf -- "$old"
    done
}

case ${1-} in
    --uninstall)
        uninstall
        exit
        ;;
    help | --help | -h)
        sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
        exit
        ;;
esac

find_python
mkdir -p "$folder"
new=$(mktemp -d "$folder/environment.XXXXXX")
trap 'rm -rf -- "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
make_environment
take_place
exec "$program" install "$@"
