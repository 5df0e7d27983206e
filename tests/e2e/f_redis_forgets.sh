#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_forgets - a power cut takes the last part of Redis's log with it:
# what is forgotten is crawled again, nothing is lost, and two workers that
# think they hold one site do not both ask it.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli redis-check-aof

redis_start
web --hosts 30 --pages 40 --cross 3 --latency 10
crawl_start --procs 3 --threads 2 --delay 0.2
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
at=150
for round in 1 2; do
    wait_for some $at
    end "$redis_pid" KILL
    aof=$(echo redis/appendonlydir/*.incr.aof)
    truncate -s -40000 "$aof"
    # Redis 7.0 leaves half a transaction in the file when the cut is within
    # one, and trips over it at its next start.
    echo y | redis-check-aof --fix "$aof" >check.txt 2>&1
    redis_start
    at=$(($(grep -c ' 200 ' web.log) + 200))
done
crawl_wait
expect_complete
expect_stat flight 0
expect_stat sites_held 0
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
echo "$n requests twice"
expect_spacing 200
