#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_torn - the private Redis's file ends in the middle of a transaction,
# twice: the master cuts it off before Redis builds on it, and the counts are
# right to the end.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 30 --pages 30 --cross 3 --latency 10
crawl_start --procs 2 --threads 2 --delay 0.1
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
is_cut() {
    [ "$(grep -c 'bytes cut off' crawl.err)" -ge "$1" ]
}
at=150
for round in 1 2; do
    wait_for some $at
    kill -STOP "$master_pid" # it would start Redis again at once
    server=$(cat "$out/redis/redis.pid")
    kill -KILL "$server"
    wait_for is_gone "$server"
    aof=$(echo "$out"/redis/appendonlydir/*.incr.aof)
    # in the middle of the last transaction, whatever stands there
    last=$(grep -abo 'MULTI' "$aof" | tail -n 1 | cut -d: -f1)
    truncate -s $((last + 40)) "$aof"
    kill -CONT "$master_pid"
    wait_for is_cut $round
    at=$(($(grep -c ' 200 ' web.log) + 150))
done
crawl_wait
expect_complete
expect_no_text crawl.err 'make no sense'
expect_stat flight 0
expect_stat queued 0
expect_stat sites_held 0
expect_stat exit_code 0
expect_spacing 100
