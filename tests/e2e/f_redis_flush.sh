#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_flush - somebody flushes Redis of its scripts, and cuts all
# connections: one line for each process, and nothing is lost.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start
web --hosts 20 --pages 30 --cross 2 --latency 10
crawl_start --procs 2 --threads 4 --delay 0.1
more 80 :
redis script flush >/dev/null
wait_for grep -q 'worker.*flushed of its scripts: loading them again' crawl.err
more 80 :
redis client kill type normal skipme yes >/dev/null
wait_for grep -q 'worker.*Redis is back' crawl.err
crawl_wait
expect_complete
expect_once
expect_spacing 100
expect_stat flight 0
expect_stat worker_deaths 0
# 2 workers of 4 threads and a master: once each
n=$(grep -c 'flushed of its scripts' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one flush"
n=$(grep -c 'Redis is gone' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one cut"
