#!/bin/sh
# SPDX-License-Identifier: MIT
# k_auto - --threads auto: connections grow where the network bears them, within
# the files that are allowed, nothing is lost, and status, top, the summary and
# stats.json say how many there are.
. "$(dirname "$0")/lib.sh"
need redis-server jq taskset

# One CPU, so that there is one thread, whatever the machine.
web --hosts 700 --pages 0 --latency 300
taskset -cp "$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')" $$ >/dev/null

# What the only worker's only thread had "at the end", or "at most".
had() {
    sed -n "s/.*threads auto: 1 thread,.*[^0-9]\([0-9][0-9]*\)[a-z ]* $1.*/\1/p" \
        crawl.err
}

# --- arguments ---

expect_code 2 "$build/master" --threads autos list.txt
expect_text cmd.err 'threads: "autos" is not a whole number .*, or auto'
expect_code 2 "$build/master" --threads 0 list.txt
expect_code 0 "$build/master" --help threads
expect_text cmd.out 'N\|auto'

# --- a network that bears much ---

crawl_start --procs 1 --threads auto --connections 8 --delay 0 --level 0
has_told() {
    tell status >status.txt 2>&1 && grep -q 'connections (auto)' status.txt
}
wait_for has_told
tell status --json >status.json
[ "$(jq '[.. | objects | select(.auto? == true) | .connections] | add' \
    status.json)" -ge 1 ] || fail "status --json has no connections"
expect_code 0 tell top --once
expect_text cmd.out '1 threads, [0-9]+ connections \(auto\)'
crawl_wait
expect_complete
expect_once
[ "$(had 'at most')" -ge 64 ] || fail "no growth: $(had 'at most')"
expect_text crawl.err 'threads auto: 1 thread, .* begun with 8; '
expect_stat connections -ge 8

# An upper bound: the open files that are allowed.
anew
# shellcheck disable=SC3045 # dash has it
(ulimit -n 90 && crawl --procs 1 --threads auto --connections 8 --delay 0 \
    --level 0 --max-seeds 150)
expect_text crawl.err 'open files are allowed: at most [0-9]+ connections'
[ "$(had 'at most')" -le 45 ] || fail "more connections than files"
expect_stat pages -eq 150
