#!/bin/sh
# SPDX-License-Identifier: MIT
# d_delay - no two requests to a site closer than --delay, whoever makes them:
# several processes and threads, links across, redirects within a domain.
. "$(dirname "$0")/lib.sh"
need redis-server

page='200 text/html "a page"'
# Hosts of one registrable domain, that send to and fro.
site www.one.test '/ 302 - header="Location: http://one.test/" ""' \
    '/b 301 - header="Location: http://img.one.test/b" ""'
links='<a href=//www.one.test/b></a><a href=//a.one.test/></a>'
links="$links<a href=//b.one.test/></a>"
site one.test "/ 200 text/html \"$links\"" "/c $page"
site img.one.test '/b 302 - header="Location: //one.test/c" ""'
site a.one.test "/ $page"
site b.one.test '/ 302 - header="Location: //c.one.test/" ""'
site c.one.test "/ $page"
# Hosts of one domain, to be crawled by host.
for h in 1 2 3 4; do
    for p in 1 2 3 4; do
        site h$h.two.test "/$p $page"
        echo "http://h$h.two.test/$p" >>two.txt
    done
done

web --hosts 10 --pages 8 --cross 4
urls http://www.one.test/
crawl --procs 3 --threads 2 --connections 8 --delay 0.3 seeds.csv list.txt
sort -u expect.txt - >all.txt <<'END'
http://one.test/
http://one.test/c
http://a.one.test/
http://c.one.test/
END
expect_complete all.txt
expect_once
expect_spacing 300
for p in www.one.test/ one.test/ www.one.test/b img.one.test/b one.test/c \
    a.one.test/ b.one.test/ c.one.test/; do
    expect_asked "${p%%/*}" "/${p#*/}"
done

# By host: each at its own pace, beside the others.
anew
crawl --procs 3 --threads 2 --delay 0.3 --polite-by host two.txt
end "$web_pid"
awk '$2 ~ /two.test/' web.log >two.log
[ "$(grep -c ' 200 ' two.log)" -eq 16 ] || fail "not all of two.test"
expect_spacing 300 host two.log
sort -n two.log | awk '$4 != "/robots.txt" {
    near += last && $1 - last < 250000; last = $1 }
    END { exit !near }' || fail "the hosts waited for each other"
