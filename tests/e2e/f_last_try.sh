#!/bin/sh
# SPDX-License-Identifier: MIT
# f_last_try - the end of a crawl with pages set aside: limits and stops hold
# there too, and a later master goes on.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

poison="<a href='/x?a=1&amp;weft-poison'>x</a>"
slow="<a href='/end?a=1&amp;weft-slow&amp;weft-poison'>x</a>"
site bad.test "/ 200 text/html \"$poison\""
site slow.test "/ 200 text/html \"$slow\""
site good.test '/ 200 text/html "fine"'
web
redis_start
preload poison WEFT_TEST_SLOW_MS=1500
crawl_args="$crawl_args --procs 1 --threads 1 --delay 0"
suspect() {
    redis HGET suspects:t "$1"
}

# --max-pages: the last try would be a page more.  Without it, it goes on.
urls http://bad.test/ http://good.test/
want=5
crawl --max-pages 1 list.txt
expect_outcome http://good.test/ OK
expect_outcome http://bad.test/
[ "$(suspect http://bad.test/)" = last ] || fail "no last try was due"
want=0
crawl --max-pages 0 list.txt
expect_outcome http://bad.test/ CRASH
expect_stat outcome_CRASH 1
expect_stat pages 1
expect_text crawl.out 'its page crashed the worker +1$' 'finished in'
[ "$(suspect http://bad.test/)" = dead ] || fail "it is not dead"

# A stop while a last try is under way: the page kills its worker all the same,
# before it can end, and the next master buries it.
anew
redis FLUSHALL >cmd.out
urls http://slow.test/
aside() {
    [ "$(suspect http://slow.test/)" = last ] && grep -qs . "$out"/crumb/*
}
want=143
crawl_start list.txt
wait_for -t 40 aside
kill -TERM "$master_pid"
crawl_wait
[ "$(stat_of outcome_CRASH)" -eq 0 ] || fail "it was buried while stopping"
want=0
crawl list.txt
expect_outcome http://slow.test/ CRASH
expect_stat outcome_CRASH 1
