#!/bin/sh
# SPDX-License-Identifier: MIT
# k_auto - --threads auto: connections grow where the network bears them, within
# the files that are allowed, and come down to what it bears where it does not;
# nothing is lost, and status, top, the summary and stats.json say how many
# there are.
. "$(dirname "$0")/lib.sh"
need redis-server jq taskset

# One CPU, so that there is one thread, whatever the machine.
web --hosts 700 --pages 0 --latency 200
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

# --- a network that bears 20 at a time: others are reset ---

# All first tries are over before anything is known: retries have to tell.
end "$web_pid"
anew
web --hosts 400 --pages 0 --latency 60 --bears 20
crawl --procs 1 --threads auto --connections 64 --delay 0 --level 0 \
    --tries 50 --waitretry 0.2 --max-time 90
expect_complete
expect_stat pages -eq 400
[ "$(had 'at the end')" -le 40 ] ||
    fail "more than the web bears: $(had 'at the end')"
expect_text crawl.err 'entries failed with 64 connections, .* from now on' \
    'threads auto: .*; [1-9][0-9]* decreases?$'
# An answer costs each site robots.txt and a page.
web_settle
resets=$(awk '$5 == 0' web.log | wc -l)
[ "$resets" -le $((400 * 5)) ] || fail "$resets requests were reset"
