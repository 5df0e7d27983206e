#!/bin/sh
# SPDX-License-Identifier: MIT
# i_traps - sites without end: each rule ends its own, and is told of.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

year=$(date -u +%Y)
maze=/x/maze
html="<a href=$maze/cal/$year/10>c</a><a href=$maze/deep/>d</a>"
html="$html<a href=$maze/same/>s</a><a href=$maze/grow?p=1>g</a>"
html="$html<a href=$maze/sid?utm_source=x>i</a><a href=$maze/chain/1>n</a>"
site t.test "/ 200 text/html \"$html\""
html=
for i in 1 2 3; do html="$html<a href=/no/$i>n</a>"; done
for i in 1 2 3 4 5 6 7 8 9; do
    html="$html<a href=/p$i>p</a><a href=/q$i>q</a><a href=/r$i>r</a>"
done
site big.test "/ 200 text/html \"$html\"" '/* 200 text/html "a page"' \
    '/robots.txt 200 text/plain "user-agent: *\ndisallow: /no/"'
site r.test '/ 200 text/html "<a href=/a/>a</a><a href=/i/index.html?b&a>i</a>"' \
    '/a 301 - header="Location: /a/" ""' \
    '/a/ 200 text/html "<a href=./>me</a><a href=sub/>sub</a>"' \
    '/a/sub 200 text/html "sub"' '/i?a&b 200 text/html "sorted"'
web
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0"

# Nothing bounds the depth, and it ends; these pages and no others.
urls t.test
crawl --max-years-ahead 0 --max-path-segments 8 --max-repeats 3 \
    --max-same-param 4 --max-chain 6 list.txt
{
    echo /
    for i in 10 11 12; do echo "$maze/cal/$year/$i"; done
    for i in '' 1/ 1/2/ 1/2/3/ 1/2/3/4/ 1/2/3/4/5/; do echo "$maze/deep/$i"; done
    for i in '' same/ same/same/; do echo "$maze/same/$i"; done
    for i in '' '&p=2' '&p=2&p=3' '&p=2&p=3&p=4'; do
        echo "$maze/grow?p=1$i"
    done
    echo "$maze/sid"
    for i in 1 2 3 4 5 6; do echo "$maze/chain/$i"; done
} | sort >want.txt
web_settle
awk '$2 == "t.test" && $4 != "/robots.txt" { print $4 }' web.log | sort >got.txt
expect_same want.txt got.txt
for name in calendar segments repeats same_param chain; do
    expect_stat links_$name 1
done
expect_stat links_stripped 3
expect_stat links_out_of_scope 0

says() {
    expect_code 0 tell explain "$1"
    shift
    expect_text cmd.out "$@"
}
next=$((year + 1))
says "t.test$maze/cal/$next/1" '^  now +not in the crawl' \
    "^  scope +out: it has a date of $next, above --max-years-ahead 0\$"
says "t.test$maze/deep/1/2/3/4/5/6/" \
    '^  scope +out: its path has 9 segments, above --max-path-segments 8$'
says "t.test$maze/same/same/same/same/" \
    '^  scope +out: its path repeats itself in a row, above --max-repeats 3$'
says "t.test$maze/grow?p=1&p=2&p=3&p=4&p=5" \
    '^  scope +out: it gives the parameter p 5 times, above --max-same-param 4$'
says "t.test$maze/sid?PHPSESSID=1&utm_x" "^http://t.test$maze/sid\$" \
    '^  canonical +parameters stripped \(--strip-params\)$' \
    "^ +of http://t.test$maze/sid\\?PHPSESSID=1&utm_x\$" \
    '^  now +finished: fetched$'
expect_code 1 tell add "http://t.test$maze/cal/$next/1"
expect_text cmd.err 'not added: .*: it has a date of'

# So much of a site and no more, by all workers together; what robots.txt
# refuses is not asked, and does not count.
urls big.test
anew
: >web.log
crawl --max-pages-per-site 10 list.txt
web_settle
awk '$2 == "big.test" && $4 != "/robots.txt"' web.log >got.txt
[ "$(wc -l <got.txt)" -eq 10 ] || fail "asked: $(cat got.txt)"
expect_stat pages 10
expect_stat outcome_ROBOTS 3
expect_stat outcome_SITE_FULL 18
expect_stat finished 31
says big.test/r9 \
    '^  now +finished: not asked: its site has max-pages-per-site$' \
    '^ +10 of --max-pages-per-site 10 asked: nothing more of it$' \
    '^  log +20[^ ]*Z SITE_FULL$'

# A site that wants its slashes, and a crawl that does not.
urls r.test
anew
: >web.log
crawl --trailing-slash strip --index-pages index.html --sort-params list.txt
web_settle
awk '$2 == "r.test" && $4 != "/robots.txt" { print $4 }' web.log | sort >got.txt
printf '%s\n' / /a /a/ /a/sub '/i?a&b' | sort >want.txt
expect_same want.txt got.txt
expect_stat links_reshaped 4
says http://r.test/a/ '^http://r.test/a/$' \
    '^  canonical +slash at the end \(--trailing-slash\)$' \
    'but taken as it is: its canonical form redirects to it$' \
    '^http://r.test/a$' '^ +of http://r.test/a/$' '^ +redirects to http://r.test/a/$'
