#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_odd - somebody writes into the crawl's counters: said once, and when
# it stays so the master gives up, with what to do about it.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start
web --hosts 10 --pages 1000 --latency 10
want=4
more 60 crawl_start --procs 1 --threads 2 --delay 0.1
redis hset stats:t flight -1000000 >/dev/null
crawl_wait
expect_text crawl.err 'counts of this crawl make no sense .stats:t.' \
    'they stay so: .*--restart drops it'
n=$(grep -c 'make no sense' crawl.err)
[ "$n" -eq 1 ] || fail "said $n times"
[ "$(stat_of result)" = 'Redis broken' ] || fail "result: $(stat_of result)"

# Nor does the same command go on with that; --restart does.
expect_code 4 "$build/master" --redis "$redis_url" --name t --output "$out"
expect_text cmd.err 'counts of this crawl make no sense; --restart drops it'

# Only for a moment: it goes on.
anew
want=0
more 60 crawl_start --procs 1 --threads 2 --delay 0.1 --restart
flight=$(redis hget stats:t flight)
redis hset stats:t flight -1000000 >/dev/null
wait_for grep -q 'make no sense' crawl.err
redis hincrby stats:t flight $((1000000 + flight)) >/dev/null
more 60 :
want=130
kill -INT "$master_pid"
crawl_wait
expect_no_text crawl.err 'they stay so'
