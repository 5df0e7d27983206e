#!/bin/sh
# options.sh BUILD-DIR - what the option table makes, into the checked-in files.
#
# The option sections of docs/master.8 and docs/worker.8, which stand between
# two marks, and config/weft.conf.  A unit test fails when a copy is old.
#
# SPDX-License-Identifier: MIT
set -eu
build=$1
made=$(mktemp)
trap 'rm -f "$made" "$made.new"' EXIT

# put FILE - $made.new becomes FILE if it differs.
put() {
    if cmp -s "$made.new" "$1"; then return; fi
    cat "$made.new" >"$1"
    echo "  MADE  $1"
}

# ask PROGRAM FLAG - what it prints, to $made; nothing is a failure.
ask() {
    "$build/$1" "$2" >"$made"
    [ -s "$made" ] || {
        echo "options.sh: $build/$1 $2 prints nothing" >&2
        exit 1
    }
}

for program in master worker; do
    ask $program --help-man
    awk -v made="$made" '
    $0 == ".\\\" end of options" { skip = 0 }
    !skip { print }
    $0 == ".\\\" options: made by make man" {
        while ((getline line < made) > 0)
            print line
        skip = 1
    }' docs/$program.8 >"$made.new"
    put docs/$program.8
done
ask master --help-conf
cp "$made" "$made.new"
put config/weft.conf
