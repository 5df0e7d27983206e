#!/bin/sh
# SPDX-License-Identifier: MIT
# f_kill_redis - kill -9 of the private Redis, three times: the master starts
# it again, the workers come back to it, and nothing is lost.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 40 --pages 40 --cross 2 --latency 10
crawl_start --procs 3 --threads 2 --delay 0.1
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
is_another() {
    [ -s "$out/redis/redis.pid" ] && [ "$(cat "$out/redis/redis.pid")" != "$old" ]
}
at=100
for round in 1 2 3; do
    wait_for some $at
    pids_before=$(workers)
    old=$(cat "$out/redis/redis.pid")
    kill -KILL "$old"
    wait_for is_another
    at=$(($(grep -c ' 200 ' web.log) + 150))
done
crawl_wait
[ "$(grep -c 'redis-server ended (signal 9)' crawl.err)" -eq 3 ] ||
    fail "Redis did not die three times"
expect_complete
expect_spacing 100
expect_stat exit_code 0
expect_stat worker_deaths 0
expect_stat flight 0
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
[ "$n" -le 150 ] || fail "$n requests twice"
echo "$n requests twice"

# The logs agree.
expect_code 0 tell verify
cat cmd.out
