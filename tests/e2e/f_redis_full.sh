#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_full - maxmemory is reached in a running crawl: said once, no
# spinning, nobody dies, and it goes on when there is memory again.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start
web --hosts 30 --pages 40 --cross 3 --latency 10
crawl_start --procs 2 --threads 4 --delay 0.2
more 80 :
redis config set maxmemory 1mb >/dev/null
wait_for grep -q 'worker.*Redis is full .maxmemory.: new links wait' crawl.err
calls() {
    redis info commandstats | tr -d '\r' |
        sed -n 's/^cmdstat_evalsha:calls=\([0-9]*\),.*/\1/p'
}
from=$(calls)
sleep 4 # the time in which it must not spin
n=$(($(calls) - from))
echo "$n calls in 4 s"
[ $n -lt 8000 ] || fail "$n calls in 4 s"
redis config set maxmemory 0 >/dev/null
wait_for grep -q 'worker.*Redis has room again' crawl.err
crawl_wait
expect_no_text crawl.err 'Redis is gone' 'is dead'
n=$(grep -c 'Redis is full' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one full Redis"
expect_complete
expect_once
expect_spacing 200
expect_stat worker_deaths 0
