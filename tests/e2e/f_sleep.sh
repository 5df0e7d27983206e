#!/bin/sh
# SPDX-License-Identifier: MIT
# f_sleep - a worker that sleeps (SIGSTOP) for longer than --heartbeat-limit is
# taken for dead; awake, it goes on under a new name.  No delay is broken,
# nothing is lost, nothing is finished twice.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 40 --pages 49 --latency 10
crawl_start --procs 3 --threads 2 --connections 8 --delay 0.2 \
    --heartbeat-limit 3
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
dead() {
    grep -c 'is dead: what it held goes back' crawl.err | grep -qx "$1"
}
wait_for some 200
wait_for workers_up 3
sleeper=$(workers | head -n 1)
kill -STOP "$sleeper"
wait_for dead 2 # both of its threads
# While it sleeps the others have its sites; then it is in their way.
wait_for some 900
kill -CONT "$sleeper"
crawl_wait
expect_complete
expect_spacing 200
expect_text crawl.err "$sleeper-.*was taken for dead"
expect_stat reborn -ge 1
expect_stat worker_deaths 0
grep -q "\"worker\":\"[^\"]*-$sleeper-[0-9a-f]*-[0-9]*\.1\"" "$out"/log/*.jsonl ||
    fail "the sleeper did nothing under its new name"
# Twice is only what it had in its hands: a transfer for each connection.
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
[ "$n" -le 16 ] || fail "$n requests twice"

# The logs agree.
expect_code 0 tell verify
cat cmd.out
