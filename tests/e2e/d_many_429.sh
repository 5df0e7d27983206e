#!/bin/sh
# SPDX-License-Identifier: MIT
# d_many_429 - a thousand sites answer 429 with Retry-After 2, a hundred of
# them already for robots.txt: none is asked again before its time.
. "$(dirname "$0")/lib.sh"
need redis-server

awk 'BEGIN {
    for (i = 0; i < 1000; i++) {
        h = "h" i ".test"
        busy = "429 text/plain times=1 header=\"Retry-After: 2\" \"\""
        if (i % 10 == 0) {
            print h " /robots.txt " busy > "sites.txt"
            print h " /robots.txt 200 text/plain \"\"" > "sites.txt"
        } else {
            print h " / " busy > "sites.txt"
        }
        print h " / 200 text/html \"at last\"" > "sites.txt"
        print h " /more 200 text/html \"more\"" > "sites.txt"
        print "http://" h "/" > "list.txt"
        print "http://" h "/more" > "list.txt"
    } }'
web
crawl --procs 2 --threads 3 --delay 0.05 --waitretry 0.5 list.txt
sort -n web.log | awk '
    $2 in until && $1 < until[$2] { print; bad++ }
    $5 == 429 { until[$2] = $1 + 2000000; busy++ }
    $5 == 200 && $4 != "/robots.txt" { n++ }
    END { if (n != 2000 || busy != 1000) print n, busy
          exit bad || n != 2000 || busy != 1000 }' >early.txt || {
    head early.txt
    fail "sites were asked before their time, or not all were"
}
expect_stat outcome_OK 2000
