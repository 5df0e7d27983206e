#!/bin/sh
# SPDX-License-Identifier: MIT
# i_wire - every way in which HTTP/1 can be wrong on the wire comes to the
# outcome that it is, bounded in time and bytes; see tests/web/special_raw.c.
. "$(dirname "$0")/lib.sh"
need redis-server

: >want.txt
host=0
is() { # OUTCOME PATH ...
    outcome=$1
    shift
    for path in "$@"; do
        host=$((host + 1))
        printf 'http://s%04d.test/x/%s %s\n' $host "$path" "$outcome" >>want.txt
    done
}
# Lengths: a body shorter than it says is not whole, a longer one is cut
# there; of two the last counts, one that no number holds is none.
is OK raw/length-less raw/length-twice raw/length-two raw/length-huge \
    raw/length-plus raw/leftover
is BROKEN raw/length-more raw/length-minus raw/length-word raw/length-none \
    raw/length-big
is TOO_BIG 'big?kb=300'
# Chunks: the end must be there; names that nobody knows are no coding.
is OK raw/chunk-trailer raw/chunk-extension raw/chunk-zeros raw/chunk-lf \
    raw/te-word raw/te-identity raw/te-and-length raw/te-unasked-gzip
is BROKEN raw/chunk-word raw/chunk-no-end raw/chunk-cut raw/chunk-huge \
    raw/chunk-over raw/chunk-minus raw/chunk-no-crlf
# Status lines
is OK raw/status-bare raw/status-10
is BROKEN raw/http09 raw/status-none raw/status-000 raw/status-word \
    raw/status-20 raw/status-2000 raw/status-http3 raw/status-icy raw/nothing \
    raw/head-cut raw/head-only
is HTTP_5XX raw/status-999
# 1xx come before an answer and are none; a 101 was not asked for.
is OK raw/100 raw/102 raw/103 'early-hints?n=60'
is BROKEN raw/101 raw/100-alone
is HEADERS_BIG 'early-hints?n=300'
is OK raw/204-body raw/205-body raw/206-unasked
is BAD_REDIRECT raw/304-unasked
is HTTP_4XX raw/416-unasked
# Header lines
is OK raw/lf-only raw/fold raw/blank-name raw/no-name raw/control raw/8-bit \
    raw/type-twice 'headers?n=150' 'headers?kb=30'
is BROKEN raw/cr-only raw/nul raw/fold-first raw/no-colon
is HEADERS_BIG 'headers?n=400' 'headers?kb=80' endless-headers
is BAD_ENCODING raw/coding-word
# Redirects
is BAD_REDIRECT raw/location-none raw/location-empty raw/location-305 \
    'redirect-to?url=ftp://s0001.test/' 'redirect-to?url=data:text/html,x' \
    'redirect-to?url=mailto:a@b.test' 'redirect-to?url=http://'
is REDIRECT raw/location-twice raw/location-8-bit raw/location-blanks \
    'redirect-to?url=page/%C3%A4' 'redirect-to?url=%23part'
is OK raw/location-300 raw/location-201
# A connection that closes under a request is no try of ours.
for n in 1 2; do
    host=$((host + 1))
    at=$(printf 'http://s%04d.test' $host)
    [ $n -eq 1 ] && how= || how='?reset=1'
    printf '%s OK\n' "$at/x/page/a" "$at/x/drop-reused$how" >>want.txt
done

# A loop over several hosts ends where it came from.
site one.test '/ 302 text/html header="Location: http://two.test/" "x"'
site two.test '/ 302 text/html header="Location: http://three.test/" "x"'
site three.test '/ 302 text/html header="Location: http://one.test/" "x"'
for at in one two three; do
    echo "http://$at.test/ REDIRECT" >>want.txt
done

web --hosts 110 --pages 0
sed 's/ .*//; /three.test/d; /two.test/d' want.txt >list.txt
# (one thread: another one has other connections)
crawl --procs 1 --threads 1 --delay 0 --no-robots --tries 1 --timeout 5 \
    --max-filesize 200k list.txt
while read -r url what; do
    [ "$(outcomes "$url")" = "$what" ] ||
        echo "$url came to '$(outcomes "$url")', not '$what'" >>wrong.txt
done <want.txt
[ ! -s wrong.txt ] || fail "$(cat wrong.txt)"
expect_stat retries 0
expect_stat worker_deaths 0
web_settle
for at in one two three; do expect_asked $at.test /; done
# Dropped once, answered once.
[ "$(grep -c ' GET /x/drop-reused' web.log)" -eq 4 ] ||
    fail "a request on a connection that had closed was not sent anew"
expect_no_text web.log ' POST '
# Where they led: the last of two, non-ASCII as UTF-8, blanks and part gone.
for path in last '%C3%A4' blanks choice; do
    grep -q "/x/page/$path\",\"outcome\":\"OK\"" "$out"/log/*.jsonl ||
        fail "nobody went to /x/page/$path"
done
for path in first created; do
    expect_no_text web.log "/x/page/$path "
done
# A trailer's line is none of the header that is kept.
grep -hF /raw/chunk-trailer\" "$out"/log/*.jsonl >line.txt
file=$(sed 's/.*"warc":"\([^"]*\)".*/\1/' line.txt)
offset=$(sed 's/.*"offset":\([0-9]*\).*/\1/' line.txt)
tail -c +$((offset + 1)) "$out/warc/$file" | gzip -dc 2>gzip.err |
    sed '/^WARC.1.1/d' | head -n 30 >record.txt || :
expect_text record.txt '^HTTP/1.1 200 OK' '^<p>page'
expect_no_text record.txt X-End
