#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_pause - Redis hangs for 5 s: nobody dies, is taken for dead or asks
# twice, and the crawl goes on.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 20 --pages 40 --cross 2 --latency 10
crawl_start --procs 3 --threads 2 --delay 0.1
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
wait_for some 200
before=$(workers | sort)
server=$(cat "$out/redis/redis.pid")
kill -STOP "$server"
sleep 5 # the fault itself
kill -CONT "$server"
at=$(($(grep -c ' 200 ' web.log) + 50))
wait_for some $at
[ "$(workers | sort)" = "$before" ] || fail "other workers than before"
crawl_wait
expect_complete
expect_once
expect_spacing 100
expect_stat worker_deaths 0
expect_stat reaped 0
expect_stat flight 0
