#!/bin/sh
# j_warc - what WARC files say, each way to compress them: fields, digests,
# bodies by --dedup, 304s of a second crawl, metadata; read by gzip, zstd,
# openssl and awk, which know nothing of us.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
need redis-server curl gzip zstd openssl

# All records of the crawl, one file each: rec/N.head, rec/N.block; and
# records.txt: N TYPE URI DATE.
unpack_all() {
    rm -rf rec
    mkdir rec
    for file in "$out"/warc/*; do
        case $file in
        *.gz) gzip -dc "$file" ;;
        *.zst) zstd -dcq "$file" ;;
        *.warc) cat "$file" ;;
        *) fail "$file was not finished" ;;
        esac || fail "$file is not whole"
    done >all.warc
    # awk counts bytes in the C locale; heads have no other line ends
    at=0
    : >records.txt
    size=$(wc -c <all.warc)
    while [ $at -lt "$size" ]; do
        n=$((${n:-0} + 1))
        tail -c +$((at + 1)) all.warc | sed '/^\r$/q' >"rec/$n.crlf"
        head=$(wc -c <"rec/$n.crlf")
        tr -d '\r' <"rec/$n.crlf" >"rec/$n.head"
        block=$(field $n Content-Length)
        tail -c +$((at + head + 1)) all.warc | head -c "$block" >"rec/$n.block"
        [ "$(tail -c +$((at + head + block + 1)) all.warc | head -c 4 |
            od -An -tx1)" = ' 0d 0a 0d 0a' ] || fail "record $n has no end"
        at=$((at + head + block + 4))
        echo "$n $(field $n WARC-Type) $(field $n WARC-Target-URI) $(field $n WARC-Date)" >>records.txt
    done
}
field() { # N NAME
    sed -n "s/^$2: //p" "rec/$1.head"
}
record() { # TYPE URI: the number of its last one
    awk -v t="$1" -v u="$2" '$2 == t && $3 == u { n = $1 } END { print n }' \
        records.txt
}
# The body of a record of an HTTP message.
body() { # N
    head=$(sed '/^\r$/q' "rec/$1.block" | wc -c)
    tail -c +$((head + 1)) "rec/$1.block"
}
digest() { # of standard input, as KIND has it
    case $1 in
    sha1) printf 'sha1:%s\n' "$(openssl dgst -sha1 -binary | base32)" ;;
    sha256) printf 'sha256:%s\n' "$(openssl dgst -sha256 -r | cut -c 1-64)" ;;
    esac
}
expect_digests() { # KIND
    while read -r n type _; do
        [ "$(digest "$1" <"rec/$n.block")" = "$(field "$n" WARC-Block-Digest)" ] ||
            fail "block digest of record $n"
        [ "$type" = response ] || continue
        [ "$(body "$n" | digest "$1")" = "$(field "$n" WARC-Payload-Digest)" ] ||
            fail "payload digest of record $n"
    done <records.txt
}
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
is_date() {
    expr "$1" : '20[0-9-]*T[0-9:]*\.[0-9]\{6\}Z$' >/dev/null
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
expect_text cmd.err 'warc-compress: gzip, zstd or none'
