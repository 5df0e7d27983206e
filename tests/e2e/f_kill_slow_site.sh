#!/bin/sh
# SPDX-License-Identifier: MIT
# f_kill_slow_site - a site's Crawl-delay is longer than --delay, and its
# holder is killed in the midst of it, three times: whoever comes next keeps it.
. "$(dirname "$0")/lib.sh"
need redis-server

for p in a b c d e f; do
    site slow.test "/$p 200 text/html \"a page\""
    echo "http://slow.test/$p" >>list.txt
done
site slow.test '/robots.txt 200 text/plain "user-agent: *\ncrawl-delay: 2\n"'
web
crawl_start --procs 2 --threads 1 --delay 0.1 list.txt
for n in 1 2 3; do
    wait_for -t 30 answered $((n + 1))
    wait_for workers_up 2
    workers | while read -r p; do kill -KILL "$p"; done
done
crawl_wait
for p in a b c d e f; do
    grep -q " slow.test GET /$p 200 " web.log || fail "/$p was not fetched"
done
expect_spacing 2000

# The logs agree.
expect_code 0 tell verify
cat cmd.out
