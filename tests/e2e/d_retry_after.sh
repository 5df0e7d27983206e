#!/bin/sh
# SPDX-License-Identifier: MIT
# d_retry_after - 429 and 503 with Retry-After (RFC 9110, 10.2.3) stop the
# whole site until then, for every process; without it --waitretry does.
. "$(dirname "$0")/lib.sh"
need redis-server

# HOST 'STATUS - [header=...]': the first request for /busy comes to that.
busy() {
    site "$1" "/busy $2 times=1 \"busy\"" '/busy 200 text/html "at last"'
    for p in a b c d e f; do
        site "$1" "/$p 200 text/html \"a page\""
        echo "http://$1/$p" >>list.txt
    done
    sed -i "1i http://$1/busy" list.txt
}

echo >list.txt
busy seconds.test '429 text/plain header="Retry-After: 2"'
busy third.test '503 text/plain header="retry-after:  3 "'
busy none.test '503 text/plain'
busy junk.test '429 text/plain header="Retry-After: soon"'
# A date says whole seconds: the web's own clock, as no Date header comes.
until=$(($(date +%s) + 5))
busy date.test "503 text/plain header=\"Retry-After: $(date -u -d "@$until" \
    '+%a, %d %b %Y %H:%M:%S GMT')\""
# The retry of a retry
site twice.test '/ 503 text/plain times=2 header="Retry-After: 1" ""' \
    '/ 200 text/html "at last"'
echo http://twice.test/ >>list.txt

web
crawl --procs 3 --threads 2 --delay 0.05 --waitretry 1.2 list.txt
end "$web_pid"

# quiet HOST MS: none for so long behind the first answer but 200.
quiet() {
    sort -n web.log | awk -v h="$1" -v ms="$2" '
    $2 != h || $4 == "/robots.txt" { next }
    since { n++; if ($1 - since < ms * 1000) { print; bad = 1 } }
    $5 != 200 { since = $1 }
    END { exit bad || !n }' || fail "$1 was asked within $2 ms"
}
quiet seconds.test 2000
quiet third.test 3000
quiet none.test 1200
quiet junk.test 1200
quiet twice.test 1000
sort -n web.log | awk -v until="$until" '
    $2 == "date.test" && since && $1 < until * 1000000 { print; bad = 1 }
    $2 == "date.test" && $5 == 503 { since = 1 }
    END { exit bad || !since }' || fail "date.test was asked before its time"
for h in seconds third none junk date; do
    expect_outcome "http://$h.test/busy" BUSY OK
    for p in a b c d e f; do
        expect_asked $h.test /$p
    done
done
expect_outcome http://twice.test/ BUSY BUSY OK
expect_spacing 50
expect_stat outcome_BUSY 7
expect_stat retries 7
