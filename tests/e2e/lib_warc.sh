# lib_warc.sh - records taken apart by gzip, zstd, openssl and awk, which know
# nothing of us; behind lib.sh:  . "$root/tests/e2e/lib_warc.sh"
# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT

# All records of the crawl, one file each: rec/N.head, rec/N.block, and what is
# behind the HTTP header of a response, rec/N.body; and records.txt: N TYPE URI
# DATE.  One look over the bytes finds the lines; few processes for a record,
# for there are hundreds.
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
    # Lines that may be of a head, each behind "OFFSET:"; a record begins
    # where the one before it ends, and nowhere else.
    : >records.txt
    : >bodies.txt
    grep -ab -e '^WARC/1.1.$' -e '^[A-Za-z0-9-]*: ' -e '^.$' all.warc |
        tr -d '\r' | awk -F: -v size="$(wc -c <all.warc)" '
        { at = $1 + 0; line = substr($0, length($1) + 2) }
        at == end + 0 && line == "WARC/1.1" && !head {
            head = "rec/" ++n ".head"; type = uri = date = body = ""; length_ = -1
        }
        head {
            print line >head
            if (line ~ /^Content-Length: /) length_ = substr(line, 17) + 0
            if (line ~ /^WARC-Type: /) type = substr(line, 12)
            if (line ~ /^WARC-Target-URI: /) uri = substr(line, 18)
            if (line ~ /^WARC-Date: /) date = substr(line, 12)
            if (line == "") {
                close(head); head = ""; block = at + 2
                end = block + length_ + 4
                print n, type, uri, date >"records.txt"
                print n, block, length_ >"blocks.txt"
            }
            next
        }
        at < end - 4 && type == "response" && line == "" && body == "" {
            body = at + 2
            print n, body, end - 4 - body >"bodies.txt"
        }
        END { exit end != size }' || fail "records do not end where they say"
    while read -r n at size; do
        tail -c +$((at + 1)) all.warc | head -c $((size + 4)) >"rec/$n.block"
    done <blocks.txt
    for block in rec/*.block; do
        tail -c 4 "$block"
        truncate -s -4 "$block"
    done | tr -d '\r' | awk 'length > 0 { exit 1 }' || fail "a record has no end"
    while read -r n at size; do
        tail -c +$((at + 1)) all.warc | head -c "$size" >"rec/$n.body"
    done <bodies.txt
}
field() { # N NAME
    sed -n "s/^$2: //p" "rec/$1.head"
}
record() { # TYPE URI: the number of its last one
    awk -v t="$1" -v u="$2" '$2 == t && $3 == u { n = $1 } END { print n }' \
        records.txt
}
body() { # N
    cat "rec/$1.body"
}
# What openssl makes of all files of that kind, and what the records say: N HEX.
digests_of() { # KIND FILES FIELD
    openssl dgst "-$1" -r rec/*."$2" | sed 's/ .*\//\//; s/\.[a-z]*$//' |
        awk -F/ '{ print $2, $1 }' | sort >found.txt
    # the field's base32 as hexadecimal digits
    grep -H "^$3: $1:" rec/*.head | tr -d '\r' |
        sed "s/^rec\/\([0-9]*\)[.]head:$3: $1:/\1 /" | awk -v kind="$1" '
        BEGIN { for (i = 0; i < 32; i++)
            of[substr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", i + 1, 1)] = i }
        kind == "sha256" { print; next }
        {
            hex = ""; bits = value = 0
            for (i = 1; i <= length($2); i++) {
                value = value * 32 + of[substr($2, i, 1)]
                for (bits += 5; bits >= 4; bits -= 4) {
                    unit = 2 ^ (bits - 4)
                    hex = hex sprintf("%x", int(value / unit))
                    value %= unit
                }
            }
            print $1, hex
        }' | sort >said.txt
}
expect_digests() { # KIND
    digests_of "$1" block WARC-Block-Digest
    [ "$(wc -l <found.txt)" -eq "$(wc -l <records.txt)" ] || fail "blocks"
    expect_same found.txt said.txt
    digests_of "$1" body WARC-Payload-Digest
    # of a revisit record it is that of the first one's body
    join said.txt found.txt | awk '$2 != $3 || NF != 3 { exit 1 }' ||
        fail "a payload's digest"
    [ "$(join said.txt found.txt | wc -l)" -eq "$(wc -l <found.txt)" ] ||
        fail "a payload without a digest"
}
is_date() {
    expr "$1" : '20[0-9-]*T[0-9:]*\.[0-9]\{6\}Z$' >/dev/null
}
