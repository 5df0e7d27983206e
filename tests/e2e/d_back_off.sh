#!/bin/sh
# SPDX-License-Identifier: MIT
# d_back_off - a site that fails rests twice as long each time, whoever asks;
# an answer heals it; too many failures in a row and it is given up.
. "$(dirname "$0")/lib.sh"
need redis-server

# Four times 503, then well: the clock is the site's, not the entry's.
site ill.test '/a 503 text/plain times=2 ""' '/a 200 text/html "a"' \
    '/b 503 text/plain times=2 ""' '/b 200 text/html "b"'
site dead.test '/robots.txt 404 - ""'
for p in 1 2 3 4 5 6 7 8; do
    site dead.test "/$p 503 text/plain \"\"" "/well$p 200 text/html \"x\""
    echo "http://dead.test/$p" >>list.txt
    site ill.test "/$p 200 text/html \"well\""
done
echo http://ill.test/a >>list.txt
echo http://ill.test/b >>list.txt
web
crawl --procs 2 --threads 2 --delay 0.05 --waitretry 0.3 --tries 9 \
    --max-failures 5 list.txt
# rests HOST: the pause behind each failure is at least twice the one before.
rests() {
    sort -n web.log | awk -v h="$1" '
    $2 != h || $4 == "/robots.txt" { next }
    since && $1 - since < rest * 0.95 {
        print "after " $1 - since " us, not " rest ": " $0; bad = 1 }
    $5 == 503 { since = $1; rest = rest ? rest * 2 : 300000; n++; next }
    { rest = since = 0 }
    END { print n " failures"; exit bad || !n }' ||
        fail "$1 was asked too soon"
}
rests ill.test
rests dead.test
expect_outcome http://ill.test/a BUSY BUSY OK
expect_outcome http://ill.test/b BUSY BUSY OK
n=$(awk '$2 == "dead.test" && $4 != "/robots.txt"' web.log | wc -l)
[ "$n" -eq 5 ] || fail "dead.test was asked $n times, not 5"
[ "$(grep -h dead.test "$out"/log/*.jsonl | grep -c GAVE_UP)" -eq 8 ] ||
    fail "not every page of dead.test was given up"
expect_stat outcome_GAVE_UP 8

# Also in what comes of it later, until an operator says otherwise.
expect_code 0 tell add http://dead.test/well1
crawl --delay 0.05 list.txt
expect_outcome http://dead.test/well1 GAVE_UP
expect_code 0 tell undrop dead.test
expect_code 0 tell add http://dead.test/well2
crawl --delay 0.05 list.txt
expect_outcome http://dead.test/well2 OK
