#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_sleep - Redis stands still for longer than --heartbeat-limit: nobody
# is taken for dead, nobody reconnects, and the crawl goes on.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start --enable-debug-command local
web --hosts 20 --pages 30 --cross 2 --latency 10
crawl_start --procs 2 --threads 4 --delay 0.1 --heartbeat-limit 3
more 80 :
before=$(workers | sort)
opened=$(redis info stats | tr -d '\r' |
    sed -n 's/^total_connections_received://p')
redis debug sleep 7 >/dev/null # the fault itself
more 50 :
[ "$(workers | sort)" = "$before" ] || fail "other workers than before"
now=$(redis info stats | tr -d '\r' |
    sed -n 's/^total_connections_received://p')
[ $((now - opened)) -le 5 ] || fail "$((now - opened)) new connections"
crawl_wait
expect_no_text crawl.err 'is dead' 'taken for dead' 'Redis is gone'
expect_complete
expect_once
expect_spacing 100
expect_stat worker_deaths 0
expect_stat reaped 0
