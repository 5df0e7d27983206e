#!/bin/sh
# SPDX-License-Identifier: MIT
# f_stop - a stop that meets a fetch of robots.txt begins no page behind it.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

site slow.test '/robots.txt 200 text/plain delay=1500 "user-agent: *\nallow: /\n"' \
    '/ 200 text/html delay=500 "a page"'
web
urls http://slow.test/
is_held() {
    [ "$(redis hlen held:t)" = 1 ]
}
want=130
crawl_start --procs 1 list.txt
wait_for test -s "$out/redis/socket"
wait_for is_held
kill -INT "$master_pid"
crawl_wait
expect_stat flight 0
expect_stat fetches 0
want=0
crawl --procs 1 list.txt
expect_outcome http://slow.test/ OK
expect_stat fetches 1
