#!/bin/sh
# SPDX-License-Identifier: MIT
# c_crash - kill -9 of a worker, the private Redis and the master itself.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 20 --pages 40 --latency 20
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.05"

# A worker.
more 50 crawl_start
wait_for workers_up 2
victim=$(workers | head -n 1)
kill -KILL "$victim"
wait_for grep -q "worker $victim was ended by Killed; another in 0.5 s" crawl.err
wait_for grep -q "worker [^ ]*-$victim-[^ ]* is dead" crawl.err
wait_for workers_up 2

# Redis: it comes back with what it had.
more 60 :
kill -KILL "$(cat "$out/redis/redis.pid")"
wait_for grep -q 'redis-server ended (signal 9)' crawl.err
wait_for grep -q 'Redis is back' crawl.err

# The master: its workers go with it, its Redis does not, and the next master
# finds both it and the crawl.
more 60 :
gone=$(workers)
redis_before=$(cat "$out/redis/redis.pid")
want=137
kill -KILL "$master_pid"
crawl_wait
for p in $gone; do
    wait_for -t 15 is_gone "$p"
done
[ "$(redis ping)" = PONG ] || fail "Redis did not survive its master"
want=0
crawl
expect_text crawl.err 'a redis-server of an earlier master still runs' \
    'resuming crawl t'
is_gone "$redis_before" || fail "the found Redis was not stopped"
expect_complete
[ "$(stat_of result)" = finished ] || fail "not finished"
