# lib_warc.sh - records taken apart by gzip, zstd, openssl and awk, which know
# nothing of us; behind lib.sh:  . "$root/tests/e2e/lib_warc.sh"
# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT

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
is_date() {
    expr "$1" : '20[0-9-]*T[0-9:]*\.[0-9]\{6\}Z$' >/dev/null
}
