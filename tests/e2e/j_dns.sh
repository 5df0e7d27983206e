#!/bin/sh
# j_dns - --warc-dns: what name servers said of each name, once, before its
# first page; nothing of names without an address.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_warc.sh"
need redis-server gzip zstd openssl
site '*' '/ 200 text/html "<a href=/two>two</a>"' \
    '/two 200 text/plain "two"'
web --dns 127.0.0.1:0
redis_start
urls "http://ok1.test:$port/" "http://cn1.test:$port/" \
    "http://v61.test:$port/" "http://nx1.test:$port/" "http://127.0.0.1:$port/"
web_port=$port port=
tab=$(printf '\t')
for compress in gzip zstd none; do
    anew
    redis flushall >flushed.txt
    crawl --delay 0 --tries 1 --procs 1 --threads 1 --dns-servers "$dns" \
        --warc-dns --warc-compress $compress list.txt
    expect_stat pages 6
    expect_stat dns_records 3
    expect_stat dns_odd 0
    unpack_all
    expect_digests sha1
    [ "$(awk '$2 == "resource"' records.txt | wc -l)" -eq 3 ] ||
        fail "not three dns records"
    n=$(record resource dns:ok1.test)
    expect_text "rec/$n.head" '^WARC-IP-Address: 127.0.0.1$' \
        '^Content-Type: text/dns$' '^WARC-Record-ID: <urn:uuid:'
    is_date "$(field "$n" WARC-Date)" || fail "a date without microseconds"
    field "$n" WARC-Date | tr -d 'T:-' | cut -c 1-14 >want.txt
    printf 'ok1.test.\t300\tIN\tA\t127.0.0.1\n' >>want.txt
    expect_same "rec/$n.block" want.txt
    expect_text "rec/$(record resource dns:cn1.test).block" \
        "^cn1.test.${tab}300${tab}IN${tab}CNAME${tab}c0" "${tab}A${tab}127.0.0.1"
    expect_text "rec/$(record resource 'dns:v61.test?type=AAAA').block" \
        "^v61.test.${tab}300${tab}IN${tab}AAAA${tab}::1$"
    # before the name's first page
    [ "$n" -lt "$(record response "http://ok1.test:$web_port/")" ] ||
        fail "dns comes late"
    expect_code 0 tell verify "$out"
    expect_text cmd.out '^all is right'
    expect_code 0 "$build/master" index "$out"
    expect_no_text cmd.err 'no good URL'
    expect_text "$out/index.cdxj" '^test,ok1:' \
        '^dns:ok1.test 20[0-9]{12} \{"url":"dns:ok1.test","mime":"text/dns","digest"' \
        '^dns:v61.test\?type=AAAA 20'
done

# No room for more in the file, be it for a page's record or for one of these:
# one line, exit 3, and the same command goes on.
anew
redis flushall >flushed.txt
seq 150 | sed "s|.*|http://ok&.test:$web_port/|" >list.txt
full() {
    crawl --delay 0 --procs 1 --threads 2 --level 0 --no-robots --warc-dns \
        --warc-compress none --dns-servers "$dns" list.txt
}
(
    ulimit -f 160 # of 512 bytes
    want=3
    full
)
[ "$(grep -c 'cannot write the WARC file: File too large' crawl.err)" -eq 1 ] ||
    fail "that there is no room is not said once"
full
expect_code 0 tell verify "$out"
expect_text cmd.out '^all is right'
[ "$(cat "$out"/warc/*.warc | grep -a '^WARC-Target-URI: dns:' | sort -u |
    wc -l)" -eq 150 ] || fail "a name has no record"
