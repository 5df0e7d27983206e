#!/bin/sh
# j_warc - what WARC files say, each way to compress them: fields, digests,
# bodies by --dedup, 304s of a second crawl, metadata; read by gzip, zstd,
# openssl and awk, which know nothing of us.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_warc.sh"
need redis-server curl gzip zstd openssl

# A revisit record's first record is there, with that id and body.
expect_resolved() {
    awk '$2 == "revisit" { print $1 }' records.txt >revisits.txt
    while read -r n; do
        first=$(awk -v u="$(field "$n" WARC-Refers-To-Target-URI)" \
            -v d="$(field "$n" WARC-Refers-To-Date)" \
            '$2 == "response" && $3 == u && $4 == d { print $1 }' records.txt)
        [ -n "$first" ] || fail "nobody knows what revisit record $n is of"
        [ "$(field "$first" WARC-Record-ID)" = "$(field "$n" WARC-Refers-To)" ] ||
            fail "another id than revisit record $n says"
        [ "$(field "$first" WARC-Payload-Digest)" = \
            "$(field "$n" WARC-Payload-Digest)" ] || fail "another body: $n"
    done <revisits.txt
}
seq 1 1000 >same.txt
printf 'zstd %.0s' $(seq 500) | zstd -q >page.zst
for host in a b; do
    site $host.test '/ 200 text/html etag="\"r\"" "<a href=/same><a href=/zstd?q=%22><img src=/gzip><a href=/gone#x>"' \
        "/same 200 text/html etag=\"\\\"s\\\"\" @same.txt" \
        '/zstd 200 text/html header="Content-Encoding: zstd" @page.zst' \
        '/gzip 200 text/html gzip=1 chunked=1 @same.txt' \
        '/gone 301 - header="Location: /cut" ""' \
        '/cut 200 text/plain close_early=2000 @same.txt'
done
web
redis_start
urls http://a.test/ http://b.test/
args='--cache --delay 0 --tries 1 --procs 1 --threads 1 --page-requisites
    --contact mailto:w@a.test --password secret-word --user u --auth-hosts c.test'

# shellcheck disable=SC2086
crawl $args --warc-metadata list.txt
unpack_all
expect_digests sha1
n=$(awk '$2 == "warcinfo" { print $1 }' records.txt)
expect_text "rec/$n.block" '^software: weft/' '^robots: obey' \
    '^operator: mailto:w@a.test' '^format: WARC File Format 1.1' \
    '^conformsTo: http' '^http-header-user-agent: weft' \
    '^settings: .*delay=0ms.*warc_metadata=yes'
expect_no_text "rec/$n.block" secret-word
n=$(record response http://a.test/gzip)
[ -n "$n" ] || n=$(record response http://b.test/gzip)
expect_text "rec/$n.head" '^WARC-IP-Address: 127.0.0.1$' \
    '^Content-Type: application/http;msgtype=response$'
is_date "$(field "$n" WARC-Date)" || fail "a date without microseconds"
expect_text "rec/$n.block" '^X-Archive-Orig-Transfer-Encoding: chunked' \
    '^Content-Encoding: gzip'
expect_no_text "rec/$n.block" '^Transfer-Encoding'
body "$n" | gzip -dc | cmp - same.txt || fail "another body of /gzip"
n=$(record response http://a.test/cut)
expect_text "rec/$n.head" '^WARC-Truncated: disconnect$'
n=$(record metadata http://a.test/)
expect_text "rec/$n.block" '^fetchTimeMs: [0-9]' \
    '^outlink: http://a.test/same L a/@href' \
    '^outlink: http://a.test/zstd\?q=%22 L a/@href' \
    '^outlink: http://a.test/gzip E '
[ "$(field "$n" WARC-Concurrent-To)" = \
    "$(field "$(record response http://a.test/)" WARC-Record-ID)" ] ||
    fail "the metadata record is of another one"
n=$(record metadata http://a.test/gone)
expect_text "rec/$n.block" '^via: http://a.test/' '^hopsFromSeed: L' \
    '^outlink: http://a.test/cut R Location:'
# /same and /gzip came from two hosts: one body each
expect_stat twins -ge 2
expect_resolved
expect_code 0 tell verify "$out"
expect_text cmd.out '^all is right'
sed -n 's/.*"url":"\([^"]*\)".*"revisit_of":"\([^"]*\)".*/\1 \2/p' \
    "$out"/log/*.jsonl >of.txt
read -r url of <of.txt
[ "${url#http://?.test}" = "${of#http://?.test}" ] || fail "$url is no $of"
expect_code 0 tell explain --output "$out" "$url"
expect_text cmd.out "its body is that of $of"

# Once more: 304s, also of the page whose body stands under another URL.
# shellcheck disable=SC2086
crawl $args list.txt
expect_stat outcome_NOT_MODIFIED 4
expect_stat twins 1
unpack_all
expect_digests sha1
expect_resolved
n=$(record revisit http://b.test/same)
expect_text "rec/$n.head" 'revisit/server-not-modified$'
expect_code 0 tell verify "$out"

# The other ways.
for compress in zstd none; do
    anew
    redis flushall >flushed.txt
    # shellcheck disable=SC2086
    crawl $args --warc-compress $compress --warc-digest sha256 list.txt
    unpack_all
    expect_digests sha256
    expect_resolved
    expect_stat twins -ge 2
    expect_code 0 tell verify "$out"
    expect_text cmd.out '^all is right' 'WARC records in 1 file'
    expect_code 0 "$build/master" index "$out"
    expect_code 0 tell report --json -o - "$out"
    expect_text cmd.out '"warc_files": ?1,' '"warc_files_open": ?0'
    expect_text "$out/index.cdxj" '^test,a\)/same .*"mime":"(text/html|warc/revisit)"'
done
[ "$(find "$out/warc" -name 't-*.warc' | wc -l)" -eq 1 ] || fail "no .warc"

# --no-dedup stores all.
anew
redis flushall >flushed.txt
# shellcheck disable=SC2086
crawl $args --no-dedup list.txt
expect_stat twins 0
expect_stat twins_asked 0
[ "$(redis keys 'twins:*' | wc -l)" -le 1 ] || fail "digests are kept"
unpack_all
[ -z "$(awk '$2 == "revisit"' records.txt)" ] || fail "a revisit record"
expect_code 2 "$build/master" --warc-compress lzma list.txt
expect_text cmd.err 'warc-compress: .* is not gzip, zstd or none'
