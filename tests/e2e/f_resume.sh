#!/bin/sh
# SPDX-License-Identifier: MIT
# f_resume - a signal in the middle, then the same command: the union is all,
# and twice is at most what was in flight.
. "$(dirname "$0")/lib.sh"
need redis-server

# The last pages, one of each host, are slow: surely in flight at the end.
site '*' '/p40 200 text/html delay=1500 "slow"'
web --hosts 30 --pages 40 --cross 2 --latency 15
crawl_args="$crawl_args --procs 3 --threads 2 --delay 0.02"

some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
# pages that were asked for more often than once, robots.txt aside
twice() {
    awk '$4 != "/robots.txt" { n[$2 $4]++ }
        END { for (u in n) more += n[u] - 1; print more + 0 }' web.log
}
stop() { # EXIT-CODE SIGNAL [SIGNAL]: when $at pages were answered
    want=$1
    crawl_start
    wait_for some "$at"
    kill "-$2" "$master_pid"
    if [ $# -eq 3 ]; then
        wait_for grep -q 'stopping: ' crawl.err
        kill "-$3" "$master_pid"
    fi
    crawl_wait
    expect_stat flight 0
    expect_stat sites_held 0
}
# Gracefully: what is in flight is finished.
at=150
stop 130 INT
expect_no_text crawl.err 'is dead'
at=350
stop 143 TERM
at=550
stop 130 INT
[ "$(twice)" -eq 0 ] || fail "twice behind a graceful stop"
# At once: what is in flight is cut off and goes back, a transfer of each site
# at most and what waited for its ack.
at=1120
stop 143 TERM TERM
wait_for grep -q ' GET /p40 0 ' web.log
want=0
crawl
expect_text crawl.err 'resuming crawl t'
expect_complete
expect_spacing 20
n=$(twice)
echo "$n requests twice"
[ "$n" -le 130 ] || fail "that is too many"
[ "$(stat_of result)" = finished ] || fail "not finished"
