#!/bin/sh
# SPDX-License-Identifier: MIT
# c_lost - a Redis that comes back empty is no finished crawl: exit code 4.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 10 --pages 1000 --latency 20
crawl_args="$crawl_args --procs 1 --threads 1 --delay 0.05"
# Somebody else's, emptied while the crawl runs.
redis_start
want=4
more 60 crawl_start
redis flushall >/dev/null
crawl_wait
expect_text crawl.err 'Redis came back without this crawl'
[ "$(stat_of result)" = 'Redis lost' ] || fail "result: $(stat_of result)"
[ "$(redis dbsize)" -eq 0 ] || fail "an emptied Redis was written to: $(redis keys '*')"
end "$redis_pid"
redis_url=

# Our own, whose files are gone when it is started again.
rm -rf "$out"
more 60 crawl_start
rm -rf "$out"/redis/appendonlydir "$out"/redis/*.aof
kill -KILL "$(cat "$out/redis/redis.pid")"
crawl_wait
expect_text crawl.err 'Redis came back (without this|with another) crawl'

# Our own, which cannot be started again: its folder cannot be used.
rm -rf "$out"
more 60 crawl_start
rm -rf "$out"/redis/appendonlydir
echo junk >"$out/redis/appendonlydir"
kill -KILL "$(cat "$out/redis/redis.pid")"
crawl_wait
expect_text crawl.err 'redis-server died [0-9]+ times in a row: '
