#!/bin/sh
# SPDX-License-Identifier: MIT
# i_hostile - one crawl of a web that does all it can to a crawler: it ends,
# each case comes to the outcome that is its name, nothing else is asked, and
# the worker stays small.
. "$(dirname "$0")/lib.sh"
need redis-server

ok='/ 200 text/html "a page"'
site endless-robots.test \
    '/robots.txt 200 text/plain endless=1 "disallow: /no\nuser-agent: x\n"' "$ok"
site one-line-robots.test '/robots.txt 200 text/plain endless=1 "aaaaaaaa"' "$ok"
site drip-robots.test '/robots.txt 200 text/plain drip=1 "user-agent: *\n"' "$ok"
site reset-robots.test '/robots.txt 200 text/plain reset=1 ""' "$ok"
site nul-robots.test '/robots.txt 200 text/plain "\0\0user-agent: *\0\n"' "$ok"
site file-robots.test \
    '/robots.txt 302 text/plain header="Location: file:///etc/passwd" ""' "$ok"
site loop-robots.test \
    '/robots.txt 302 text/plain header="Location: /robots.txt" ""' "$ok"
site many-robots.test \
    '/robots.txt 302 text/plain header="Location: http://robots.test/x/page/a" ""' "$ok"
web --hosts 90 --pages 1

: >list.txt
: >want.txt
host=0
bad() { # PATH OUTCOME ...
    host=$((host + 1))
    url=$(printf 'http://s%04d.test/%s' $host "$1")
    shift
    echo "$url" >>list.txt
    echo "$url $*" >>want.txt
}
then_at() { # PATH OUTCOME: where the last one leads
    echo "${url%%.test/*}.test/$1 $2" >>want.txt
}
robots() { # HOST OUTCOME
    echo "http://$1-robots.test/" >>list.txt
    echo "http://$1-robots.test/ $2" >>want.txt
}
# How the bytes come.
bad x/reset BROKEN
bad 'x/reset?after=1' BROKEN
bad x/close-early BROKEN
bad 'x/close-early?after=1' BROKEN
bad x/chunked-broken BROKEN
bad 'x/length-lie?n=1' OK
bad 'x/drip?bps=1&kb=1' TIMEOUT
bad 'x/drip-head?bps=1' TIMEOUT
bad 'x/slow?ms=20000' TIMEOUT
bad x/endless TOO_BIG
bad 'x/endless?chunked=1' TOO_BIG
bad x/endless-headers HEADERS_BIG
bad 'x/early-hints?n=2000' HEADERS_BIG
# No colon, NUL, a status of letters, two lengths, HTTP/0.9: no HTTP/1.1.
for kind in 0 2 3 4 6; do bad "x/bad-header?kind=$kind" BROKEN; done
for kind in 1 5; do bad "x/bad-header?kind=$kind" OK; done
# What they unpack to.
bad 'x/gzip-bomb?mb=10000' TOO_BIG
bad 'x/zstd-bomb?mb=10000' TOO_BIG
bad x/gzip-twice BAD_ENCODING
bad x/gzip-broken OK
# Where they lead.
bad x/redirect-self REDIRECT
bad x/redirect-loop/a REDIRECT
then_at x/redirect-loop/b REDIRECT
bad x/redirect/30 REDIRECT
for n in 29 28 27 26; do then_at x/redirect/$n REDIRECT; done
then_at x/redirect/25 TOO_MANY_HOPS
for to in file:///etc/passwd ftp://ftp.test/ javascript:alert%281%29 \
    'data:text/html,x' http:// 'http://[::1' gopher://x/; do
    bad "x/redirect-to?url=$to" BAD_REDIRECT
done
bad 'x/redirect-to?url=http://a%00b/' BROKEN # a NUL in a header
bad x/hostile-links OK
bad x/hostile-title OK
# What is in them: more than --max-filesize of one thing, and less.
bad 'x/big?kb=20000' TOO_BIG
for what in line tag name attribute url references comment script tags quotes \
    less nuls; do
    bad "x/one?what=$what&mb=10" TOO_BIG
    bad "x/one?what=$what&mb=1" OK
done
bad 'x/random?mb=10' TOO_BIG
bad 'x/random?mb=1' OK
bad 'x/links?n=1000000' TOO_BIG
bad 'x/links?n=50000' OK
bad 'x/deep?n=1000000' TOO_BIG
bad 'x/deep?n=300000' OK
bad x/entities OK
bad 'x/entities?as=xml' OK
for charset in utf-16 gbk; do bad "x/charset/$charset?by=none" OK; done
# Their robots.txt.
robots endless OK
robots one-line OK
robots drip TIMEOUT
robots reset BROKEN
robots nul OK
robots file OK
robots loop OK
robots many OK
# A server without TLS waits for the rest of a request.
echo https://s0001.test/ >>list.txt
echo https://s0001.test/ TIMEOUT >>want.txt

highest=0
sample() {
    for p in $(workers); do
        # it may end just now
        kb=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' \
            "/proc/$p/status" 2>/dev/null) || :
        [ "${kb:-0}" -le "$highest" ] || highest=$kb
    done
}
begun=$(now_ms)
crawl_start --procs 1 --threads 2 --delay 0 --tries 1 --timeout 4 \
    --max-filesize 2m --max-links 1000 --max-redirect 5 --accept-regex /x/redirect \
    --body-memory 32m list.txt
until is_gone "$master_pid"; do
    sample
    sleep 0.1
done
crawl_wait
echo "$(wc -l <want.txt) cases in $(($(now_ms) - begun)) ms," \
    "at most $((highest / 1024)) MB"
while read -r url what; do
    # shellcheck disable=SC2086
    expect_outcome "$url" $what
done <want.txt

# Each under its name, as often as it is in the table, and nothing else.
sed 's/.* //' want.txt | sort | uniq -c | while read -r times what; do
    expect_stat "outcome_$what" "$times"
done
expect_stat worker_deaths 0
expect_stat links_capped 2
grep -hF '/x/links?n=50000"' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"links_capped":true'
expect_code 0 tell explain "$(grep -F 'links?n=50000' list.txt)"
expect_text cmd.out 'more links than --max-links'

# Nothing was asked for but robots.txt and the table: no entity, no target.
end "$web_pid"
expect_no_text web.log ' entities.test ' ' GET /x/page/(dtd|entity|more) ' \
    ' /etc/passwd '

# What a worker needs by itself, the bodies' budget, and what parsing one page
# of 2 MB takes in each of two threads.  A sanitizer's shadow is not counted.
case ${build##*/} in
*-*) ;;
*) [ "$highest" -lt $((128 * 1024)) ] || fail "the worker took $highest KB" ;;
esac
