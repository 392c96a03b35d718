#!/bin/sh
# Install aws-saml-login and the alias `aws saml-login` for one user, in one step:
#
#     sh alias/install.sh [--with EXTRA,…] [--without-hashes] [OPTIONS of `aws-saml-login install`]
#     sh alias/install.sh --uninstall
#
# The extras are keyring (remembered passwords) and demo (the verb `demo`); without --with, those of
# the installation before, else keyring. `--with ''` installs none.
#
# pip takes each package only in the version, and with a hash, of constraints.txt beside this script.
# --without-hashes takes the newest versions, where your package index lacks these. The packages of
# demo have no hashes.
#
# It creates a Python environment in ${XDG_DATA_HOME:-~/.local/share}/aws-saml-ext from its own source
# tree. Run it again to update: the new environment replaces the old one only if it works. Set
# PYTHON=/path/to/python to choose the Python, 3.10 or newer.

set -eu

# No Python that this script starts imports anything from the current folder, which may be full of
# downloads, or from PYTHONPATH. pip starts more of them, without -I: so the variable goes, too.
unset PYTHONPATH
here=$PWD
source_tree=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
case ${XDG_DATA_HOME-} in
    /*) folder=$XDG_DATA_HOME/aws-saml-ext ;;
    *) folder=$HOME/.local/share/aws-saml-ext ;; # XDG ignores a relative path
esac
program=$folder/bin/aws-saml-login
link=$HOME/.local/bin/aws-saml-login # where shells look, on most systems

fail() {
    printf 'install.sh: [ERROR]: %s\n%s\n' "$1" "$2" >&2
    exit 253
}

uninstall() {
    if [ -x "$program" ]; then
        target=$(readlink "$program") || target=$program
        AWS_SAML_PROGRAM_GOES=1 "${target%/*}/python" -I "$program" uninstall ||
            fail 'The alias could not be removed.' \
                "Remove saml-login from ~/.aws/cli/alias, then: rm -r '$folder'"
    fi
    [ "$(readlink "$link")" != "$program" ] || rm -f -- "$link"
    rm -rf -- "$folder"
    echo "Removed $folder."
}

# Find the first Python that is new enough and can create environments.
find_python() {
    without_venv=
    for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 \
        python3.10 python; do
        [ "${PYTHON:-$python}" = "$python" ] || break
        "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
        "$python" -I -c 'import ensurepip, venv' 2>/dev/null && return
        without_venv=${without_venv:-$python}
    done
    [ -z "$without_venv" ] || fail "$without_venv cannot create virtual environments." \
        'On Debian and Ubuntu: sudo apt-get install python3-venv'
    wanted=${PYTHON:-python3}
    version=$("$wanted" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        fail "$wanted is not installed, or does not run; Python 3.10 or newer is needed." \
            'On Debian and Ubuntu: sudo apt-get install python3 python3-venv; on macOS: brew install python'
    fail "$wanted is Python $version; 3.10 or newer is needed." \
        'On Debian and Ubuntu: sudo apt-get install python3 python3-venv; on macOS: brew install python'
}

# Run a command that takes long. On a terminal, one line says so, with the seconds; what the command
# prints comes after it.
ticker=
waiting() {
    text=$1
    shift
    case $([ -t 2 ] && echo "${TERM-dumb}") in
        '' | dumb | unknown)
            "$@"
            return
            ;;
    esac
    (
        seconds=0
        while :; do
            printf '\r%s… %s s' "$text" "$seconds"
            sleep 1
            seconds=$((seconds + 1))
        done
    ) >&2 &
    ticker=$!
    "$@" >"$new/output" 2>&1 && status=0 || status=$?
    stop_ticker
    cat "$new/output" >&2
    rm -f -- "$new/output"
    return "$status"
}

stop_ticker() {
    [ -n "$ticker" ] || return 0
    kill "$ticker" 2>/dev/null || :
    wait "$ticker" 2>/dev/null || :
    ticker=
    printf '\r%*s\r' 60 '' >&2
}

install_packages() {
    set -- "$new/bin/python" -I -m pip install --quiet --disable-pip-version-check
    source=$new/source${extras:+[$extras]}
    if [ -n "$without_hashes" ]; then
        "$@" "$source"
        return
    fi
    more=
    deps=--no-deps
    case ,$extras, in *,keyring,*) more=1 ;; esac
    case ,$extras, in *,demo,*) deps= ;; esac
    constraints=$source_tree/alias/constraints
    # setuptools, which builds the program, is one of them: an isolated build would take any other.
    "$@" --require-hashes -r "$constraints.txt" ${more:+-r "$constraints-keyring.txt"} &&
        "$@" --no-build-isolation ${deps:+"$deps"} "$source"
}

make_environment() {
    waiting 'Creating a Python environment' "$python" -I -m venv "$new" ||
        fail "$python could not create a virtual environment." \
            'On Debian and Ubuntu: sudo apt-get install python3-venv'
    # Build in a copy, because a build leaves files in its source tree.
    mkdir "$new/source"
    cp -R "$source_tree/pyproject.toml" "$source_tree/setup.py" "$source_tree/README.md" \
        "$source_tree/CHANGELOG.md" "$source_tree/LICENSE" "$source_tree/aws_saml_ext" "$new/source/"
    waiting 'Installing the packages' install_packages ||
        fail 'pip could not install aws-saml-ext and its dependencies; see above.' \
            'Behind a proxy, set HTTPS_PROXY. If your package index lacks a version, add --without-hashes.'
    rm -rf -- "$new/source"
    "$new/bin/python" -I "$new/bin/aws-saml-login" help >/dev/null ||
        fail 'The new environment does not work; see above.' \
            'An earlier installation is unchanged.'
}

# Replace the old environment by one rename of the link that alias and profiles use.
activate() {
    mkdir -p "$folder/bin"
    ln -s "$new/bin/aws-saml-login" "$new/link"
    trap '' HUP INT TERM
    mv -f "$new/link" "$program"
    trap - EXIT HUP INT TERM
    printf '%s\n' "$extras" >"$folder/extras" # for the next installation
    for old in "$folder"/environment.*; do
        [ "$old" = "$new" ] || rm -rf -- "$old"
    done
}

# Let the shell find the program by its name; a file there that is not ours stays.
link_program() {
    target=$(readlink "$link") || target=
    if [ "$target" != "$program" ] && { [ -e "$link" ] || [ -n "$target" ]; }; then
        echo "$link is another program; this one is $program." >&2
    elif ! { mkdir -p "${link%/*}" && ln -sf "$program" "$link"; }; then
        echo "$link could not be made; the program is $program." >&2
    else
        case :$PATH: in
            *:"${link%/*}":*) return ;;
        esac
        echo "${link%/*} is not on your PATH. To call aws-saml-login by its name, add to the file" \
            'that your shell reads when it starts (such as ~/.profile):' >&2
        # shellcheck disable=SC2016 # that shell expands them
        echo 'export PATH="$HOME/.local/bin:$PATH"' >&2
    fi
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

extras=$(cat "$folder/extras" 2>/dev/null) || extras=keyring
without_hashes=
words=$#
while [ "$words" -gt 0 ]; do
    case $1 in
        --without-hashes) without_hashes=1 ;;
        --with=*) extras=${1#*=} ;;
        --with)
            [ "$words" -gt 1 ] || fail '--with needs a list of extras.' 'Such as: --with demo,keyring'
            extras=$2
            shift
            words=$((words - 1))
            ;;
        *) set -- "$@" "$1" ;; # for `aws-saml-login install`
    esac
    shift
    words=$((words - 1))
done
for extra in $(printf '%s' "$extras" | tr ',' ' '); do
    case $extra in
        demo | keyring) ;;
        *) fail "There is no extra '$extra'." 'The extras are demo and keyring: --with demo,keyring' ;;
    esac
done

case ${PYTHON-} in
    [!/]*/*) PYTHON=$here/$PYTHON ;;
esac
cd /
find_python
mkdir -p "$folder"
new=$(mktemp -d "$folder/environment.XXXXXX")
trap 'stop_ticker; rm -rf -- "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
make_environment
activate
link_program
cd "$here"
exec "$new/bin/python" -I "$program" install "$@"
