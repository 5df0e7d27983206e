#!/bin/sh
# SPDX-License-Identifier: MIT
# e_max - --max-pages is exact over all processes, failures beside; --max-time
# ends in the middle; both exit with 5, and the rest can follow.
. "$(dirname "$0")/lib.sh"
need redis-server

# Beside good pages: errors and redirects, which do not count.
for n in 1 2 3 4 5 6; do
    site bad$n.test '/ 404 text/html "no"' \
        '/r 302 text/html header="Location: http://s0001.test/" ""' \
        '/e 500 text/html "oops"'
    printf 'http://bad%s.test/%s\n' $n '' $n r $n e
done >bad.txt
web --hosts 30 --pages 20 --cross 3 --latency 5
crawl_args="$crawl_args --procs 3 --threads 2 --delay 0 --tries 2"
crawl_args="$crawl_args --waitretry 0.2"
pages_asked() {
    awk '$5 == 200 && $4 != "/robots.txt"' web.log | wc -l
}

want=5
crawl --max-pages 1 bad.txt seeds.csv
web_settle
expect_stat pages 1
[ "$(pages_asked)" -eq 1 ] || fail "$(pages_asked) pages, not 1"
crawl --max-pages 137 bad.txt seeds.csv
web_settle
expect_stat pages 137
expect_stat charged 137
[ "$(stat_of result)" = 'limit reached' ] || fail "$(stat_of result)"
[ "$(pages_asked)" -eq 137 ] || fail "$(pages_asked) pages, not 137"
expect_stat flight 0
expect_stat sites_held 0
expect_text crawl.err 'max-pages is reached'

# --max-time: not much of it in a second and a bit with this delay.
crawl --max-pages 0 --delay 2 --max-time 1 bad.txt seeds.csv
expect_text crawl.err 'max-time is over'
expect_stat flight 0
expect_stat pages -lt 630

want=0
crawl --max-pages 0 --delay 0 bad.txt seeds.csv
expect_complete
awk '$5 == 200 && $4 != "/robots.txt" { print $2 $4 }' web.log | sort |
    uniq -d >twice.txt
[ ! -s twice.txt ] || fail "fetched twice: $(head -n 3 twice.txt)"
