#!/bin/sh
# SPDX-License-Identifier: MIT
# l_comfort - what makes the programs easy to use: slips are told, help, colours,
# messages in JSON and for the journal.
. "$(dirname "$0")/lib.sh"
master=$build/master worker=$build/worker

# --- did you mean: one line, exit code 2, nothing begun ---
slip() { # REGEX COMMAND ...
    slip_text=$1
    shift
    expect_code 2 "$@"
    expect_text cmd.err "$slip_text"
    [ "$(wc -l <cmd.err)" -eq 1 ] || fail "more than a line: $*"
}
printf 'a.test\n' >list.txt
slip 'stauts: neither .* did you mean status\?' "$master" stauts
slip 'what is "fecth", did you mean fetch\?' "$worker" fecth
slip 'unknown option --dealy, did you mean --delay\?' "$master" --dealy 2 list.txt
slip 'unknown option --nohttp, did you mean --no-http\?' "$master" --nohttp
slip 'unknown option --halp, did you mean --help\?' "$master" --halp
slip 'unknown option --no-robtos, did you mean --no-robots\?' "$worker" --no-robtos
slip 'max may be --max-seeds, --max-pages, ' "$master" --max 5 list.txt
slip 'polite-by: "hsot" is not domain or host: did you mean host\?' \
    "$master" --polite-by hsot list.txt
slip 'environment WEFT_PARSER: .*did you mean sieve\?' \
    env WEFT_PARSER=seive "$master" list.txt
printf '# mine\nmax_page = 7\n' >weft.conf
slip 'weft.conf:2: no option "max_page", did you mean max_pages\?' \
    "$master" --config weft.conf list.txt
slip 'max-time, it is master.s alone' "$worker" --max-time 3
# A list may be called anything that is there.
cp list.txt stauts
expect_code 0 "$master" --dry-run stauts

# --- help: one screen, subjects, options, commands ---
for program in master worker; do
    expect_code 0 "$build/$program" --help
    cp cmd.out $program.help
    [ "$(wc -l <cmd.out)" -lt 24 ] || fail "$program --help: more than a screen"
    ! grep -q '.\{80\}' cmd.out || fail "$program --help: over 79 columns"
    expect_code 0 "$build/$program" --help all
    [ "$(grep -c '^ .*--[a-z]' cmd.out)" -gt 80 ] || fail "$program --help all"
    # Each command and subject that it names is one.
    sed -n '/^Commands/,/^Example/p' $program.help | grep '^  ' | tr ', ' '\n\n' |
        grep . >words
    [ "$(wc -l <words)" -gt 15 ] || fail "$program --help names few subjects"
    while read -r word; do
        expect_code 0 "$build/$program" --help "$word"
        [ "$(wc -l <cmd.out)" -gt 3 ] || fail "$program --help $word"
    done <words
done
expect_code 0 "$master" --help --delay
expect_text cmd.out '^-w, --delay, --wait SECONDS' 'WEFT_DELAY'
expect_code 0 "$master" --help=limits
expect_text cmd.out '^ +--max-pages N '
expect_code 0 "$master" top --help
expect_text cmd.out '^usage: master top'
expect_code 0 "$master" list.txt --help
expect_text cmd.out '^usage: master \[options\] LIST'
slip 'no help on "delya", did you mean --delay\?' "$master" --help delya

# --- colours: on a terminal that has them, unless somebody says no ---
esc=$(printf '\033')
on_terminal() { # [NAME=VALUE ...] - what a message looks like there
    env "$@" script -qec "$master none.csv" /dev/null >cmd.out 2>&1 || :
    expect_text cmd.out 'none.csv: No such file'
}
if command -v script >/dev/null; then
    on_terminal TERM=xterm NO_COLOR=
    expect_text cmd.out "$esc.*warn"
    for said in TERM=dumb TERM= NO_COLOR=1 WEFT_COLOR=never; do
        on_terminal TERM=xterm $said
        expect_no_text cmd.out "$esc"
    done
else
    echo "no script here: colours on a terminal are not tried"
fi
expect_code 1 "$master" none.csv
expect_no_text cmd.err "$esc"
expect_code 1 "$master" --color always none.csv
expect_text cmd.err "$esc.*warn"
expect_code 1 "$master" --color always --log-file log none.csv
expect_text log ' warn master\[[0-9]+\]: none.csv'
expect_no_text log "$esc"
slip 'color: "alwyas" is not auto, always or never: did you mean always' \
    "$master" --colour alwyas list.txt
web --hosts 1 --pages 3
crawl --procs 1 --delay 0.02 --color always --verbose
expect_text crawl.err "$esc\\[[0-9]*mdebug$esc\\[0m worker\\["
expect_no_text crawl.out "$esc"
anew

# --- messages in JSON: master, its workers, whatever the web says ---
# is_json FILE [JQ] - each line is an object with the head; JQ is true of some
is_json() {
    jq -e -s 'length > 0 and all(.[]; (.time | fromdateiso8601? // test(
        "^[0-9-]+T[0-9:.]+Z$")) and (.level | IN("debug", "info", "warn",
        "error")) and (.pid > 0) and (.message | type == "string"))' "$1" \
        >/dev/null || fail "$1: not JSON: $(head -n 3 "$1")"
    jq -e -s "any(.[]; ${2:-true})" "$1" >/dev/null || fail "$1: none has $2"
}
if command -v jq >/dev/null; then
    printf 'odd.test\nno\033\377"\\good\n' >odd.txt
    crawl --procs 1 --delay 0.02 --log-format json --verbose odd.txt
    is_json crawl.err '.name == "worker" and .crawl == "t" and .level == "debug"'
    is_json crawl.err '.name == "master" and (.message | test("odd.txt:2: "))'
    anew
    # options that are wrong, before all of them are read
    for program in "$master" "$worker"; do
        expect_code 2 "$program" --dealy 1 --log-format json
        is_json cmd.err '.level == "error" and (.message | test("did you mean"))'
        expect_code 2 "$program" --log-format=json --delay x
        is_json cmd.err '.level == "error"'
        expect_code 2 env WEFT_LOG_FORMAT=json "$program" --delay x
        is_json cmd.err '.level == "error"'
    done
    expect_code 2 env WEFT_LOG_FORMAT=json "$master" --delay x \
        --log-format text
    expect_text cmd.err ' error master\[[0-9]+\]: --delay'
    expect_code 2 "$master" --log-format json --procs 0 --log-file log.json
    is_json log.json '.message | test("what is to be crawled")'
else
    echo "no jq here: messages in JSON are not tried"
fi

# --- for the journal: a priority, no time ---
: >journal
JOURNAL_STREAM=$(stat -c %d:%i journal) "$master" none.csv 2>>journal && fail "0"
expect_text journal '^<4>master\[[0-9]+\]: none.csv: No such file'
JOURNAL_STREAM=$(stat -c %d:%i journal) "$master" --dealy 2>journal && fail "0"
expect_text journal '^<3>master\[[0-9]+\]: unknown option --dealy'
# Of its own service's process the journal knows the name.
JOURNAL_STREAM=$(stat -c %d:%i journal) sh -c \
    'SYSTEMD_EXEC_PID=$$ exec "$1" none.csv' sh "$master" 2>journal && fail "0"
expect_text journal '^<4>none.csv: No such file'
expect_code 1 env JOURNAL_STREAM="$(stat -c %d:%i journal)" "$master" none.csv
expect_text cmd.err '^2[0-9-]*T.* warn master'
