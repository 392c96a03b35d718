#!/bin/sh
# Install missing Debian packages, as root or with sudo.
#
#   sh debian-packages.sh [--required] PACKAGE…
#
# On other systems, or without root, it prints the missing packages. With --required that is a
# failure. Without it, the tests that need the programs skip.
set -eu

required=false
if [ "${1-}" = "--required" ]; then
    required=true
    shift
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
    # Not Debian: check for the programs, from any package.
    missing=
    for program in aws chromedriver; do
        command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
    done
    [ -n "$missing" ] || exit 0
    echo "Not found on PATH:$missing. Install the AWS CLI version 2, Chrome or Chromium, and chromedriver." >&2
    ! $required
    exit
fi

missing=
for package in "$@"; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || :)" = "install ok installed" ] ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root="sudo"
else
    echo "Missing packages:$missing. Run as root: apt-get install --no-install-recommends$missing" >&2
    ! $required
    exit
fi

echo "Installing$missing (apt-get)…" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Split the package names on purpose.
# shellcheck disable=SC2086
if { $as_root apt-get -q update &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y install --no-install-recommends $missing; } >"$log" 2>&1; then
    exit 0
fi
tail -n 20 "$log" >&2
echo "Could not install:$missing" >&2
! $required
