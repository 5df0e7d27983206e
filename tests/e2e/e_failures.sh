#!/bin/sh
# SPDX-License-Identifier: MIT
# e_failures - whatever a server does comes to the outcome that is its name,
# is tried again where that may help, and hinders no good page.
. "$(dirname "$0")/lib.sh"
need redis-server gzip

web --hosts 40 --pages 5 --dns 127.0.0.1:0
: >list.txt
: >want.txt
host=0
bad() { # PATH OUTCOME ...
    host=$((host + 1))
    url=$(printf 'http://s%04d.test/x/%s' $host "$1")
    shift
    echo "$url" >>list.txt
    echo "$url $*" >>want.txt
}
bad reset BROKEN BROKEN
bad 'reset?after=100' BROKEN BROKEN
bad close-early BROKEN BROKEN
bad chunked-broken BROKEN BROKEN
bad 'drip?bps=40&kb=10' TIMEOUT TIMEOUT
bad 'drip-head?bps=10' TIMEOUT TIMEOUT
bad 'slow?ms=9000' TIMEOUT TIMEOUT
bad endless TOO_BIG
bad 'endless?chunked=1' TOO_BIG
bad 'big?kb=900' TOO_BIG
bad endless-headers HEADERS_BIG
bad 'early-hints?n=2000' HEADERS_BIG
bad 'gzip-bomb?mb=100' TOO_BIG
bad gzip-twice BAD_ENCODING
bad status/404 HTTP_4XX
bad status/500 HTTP_5XX HTTP_5XX
bad 503 BUSY BUSY
for status in 408 425; do bad status/$status HTTP_4XX HTTP_4XX; done
for status in 502 504; do bad status/$status HTTP_5XX HTTP_5XX; done
for status in 501 505 507; do bad status/$status HTTP_5XX; done
# Odd, and yet a page: what there is of it counts.
bad 'length-lie?n=10' OK
bad nolength OK
bad empty OK
bad 204 OK
bad image OK
bad gzip-broken OK
bad br OK
bad 'deep?n=20000' OK
bad hostile-title OK
bad 'early-hints?n=20' OK
bad 'chunked?size=1' OK
# Nobody listens there.
echo http://127.0.0.1:1/ >>list.txt
echo http://127.0.0.1:1/ NO_CONNECT NO_CONNECT >>want.txt

# The first that fits counts: port 1 stays what it is.
crawl_args="$crawl_args --connect-to 127.0.0.1:1:127.0.0.1:1"
crawl --procs 2 --threads 2 --delay 0 --tries 2 --waitretry 0.3 --timeout 2.5 \
    --max-filesize 200k seeds.csv list.txt
while read -r url what; do
    # shellcheck disable=SC2086
    expect_outcome "$url" $what
done <want.txt
# The good pages besides, to the last one.
web_settle
awk '$5 == 200 && $4 ~ /^\/(p[0-9]*)?$/ { print "http://" $2 $4 }' web.log |
    sort >good.txt
expect_same expect.txt good.txt
# Each under its name, as often as it happened.
expect_stat outcome_NO_CONNECT 2
expect_stat outcome_BROKEN 8
expect_stat outcome_TIMEOUT 6
expect_stat outcome_TOO_BIG 4
grep -h '"outcome":"TOO_BIG"' "$out"/log/*.jsonl >big.txt
expect_no_text big.txt '"error"' # it was us who broke it off
expect_stat outcome_HEADERS_BIG 2
expect_stat outcome_BAD_ENCODING 1
expect_stat outcome_HTTP_4XX 5
expect_stat outcome_HTTP_5XX 9
expect_stat outcome_BUSY 2
expect_stat retries 14
expect_stat worker_deaths 0

# What was cut is kept, and says so.
for path in endless 'big?kb=900'; do
    grep -hF "/x/$path\"" "$out"/log/*.jsonl >line.txt
    expect_text line.txt '"truncated":true'
    file=$(sed 's/.*"warc":"\([^"]*\)".*/\1/' line.txt)
    offset=$(sed 's/.*"offset":\([0-9]*\).*/\1/' line.txt)
    tail -c +$((offset + 1)) "$out/warc/$file" | gzip -dc 2>gzip.err |
        head -n 20 >record.txt || :
    expect_text record.txt '^WARC-Truncated: length' \
        "^WARC-Target-URI: http://s00[0-9]*.test/x/${path%%\?*}"
done

# Names that are not, and a name server that cannot say.
anew
web_port=$port
port=
urls "http://nx1.test:$web_port/" "http://sf1.test:$web_port/" \
    "http://s0001.test:$web_port/x/page/a"
crawl --procs 1 --delay 0 --tries 2 --waitretry 0.3 --dns-servers "$dns" list.txt
expect_outcome "http://nx1.test:$web_port/" NO_DNS
expect_outcome "http://sf1.test:$web_port/" DNS_ERROR DNS_ERROR
expect_outcome "http://s0001.test:$web_port/x/page/a" OK
expect_stat outcome_NO_DNS 1
expect_stat outcome_DNS_ERROR 2
