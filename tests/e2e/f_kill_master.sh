#!/bin/sh
# SPDX-License-Identifier: MIT
# f_kill_master - kill -9 of the master: its workers go with it within 10 s,
# and the same command goes on; also at once, beside the dying workers.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 30 --pages 40 --cross 2 --latency 10
crawl_args="$crawl_args --procs 3 --threads 2 --delay 0.1"
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
crawl_start
at=0
for round in 1 2 3; do
    at=$((at + 250))
    wait_for some $at
    orphans="$(workers)"
    want=137
    kill -KILL "$master_pid"
    crawl_wait
    # Now and then somebody is quicker than the orphans.
    [ $round -eq 2 ] || for p in $orphans; do
        wait_for -t 10 is_gone "$p"
    done
    want=0
    crawl_start
    wait_for grep -q 'resuming crawl t' crawl.err
done
crawl_wait
for p in $orphans; do
    is_gone "$p" || fail "an orphan is left"
done
expect_complete
expect_spacing 100
expect_stat flight 0
expect_stat sites_held 0

# The logs agree.
expect_code 0 tell verify
cat cmd.out
