#!/bin/sh
# SPDX-License-Identifier: MIT
# e_warc - the archive: whole gzip members, one request and one response for
# each answer, the bytes that the web sent, places as the log has them; and a
# tail that a killed worker left is cut off by the next.
. "$(dirname "$0")/lib.sh"
need redis-server curl gzip

records() { # TYPE
    for f in "$out"/warc/*.warc.gz; do
        gzip -dc "$f"
    done | grep -ac "^WARC-Type: $1" || :
}
whole() {
    for f in "$out"/warc/*; do
        case $f in *.open) fail "$f was not finished" ;; esac
        gzip -t "$f" || fail "$f is not whole"
    done
}

web --hosts 4 --pages 8
: >list.txt
for path in gzip br 'chunked?size=7' nolength image status/404 status/500 \
    redirect-self empty 204 charset/utf-16 'big?kb=300'; do
    n=$((${n:-0} + 1))
    echo "http://s000$((n % 4 + 1)).test/x/$path" >>list.txt
done
crawl --procs 2 --threads 2 --delay 0 --tries 1 --max-filesize 200k \
    seeds.csv list.txt
whole
cat "$out"/log/*.jsonl >log.txt
lines=$(wc -l <log.txt)
[ "$(records response)" -eq "$lines" ] || fail "not $lines responses"
[ "$(records request)" -eq "$lines" ] || fail "not $lines requests"
files=$(find "$out/warc" -name '*.warc.gz' | wc -l)
[ "$(records warcinfo)" -eq "$files" ] || fail "not one warcinfo in each file"

# take KEY: of the JSON in $line, to $value
take() {
    value=${line#*\"$1\":}
    value=${value#\"}
    value=${value%%[\",\}]*}
}
# The head of FILE, up to the empty line, to TO; what is behind to REST.
split() { # FILE TO REST
    sed '/^\r$/q' "$1" >"$2"
    tail -c +$(($(wc -c <"$2") + 1)) "$1" >"$3"
}
grep -E '/x/|/p8' log.txt >some.txt
while read -r line; do
    take url
    url=$value
    take offset
    offset=$value
    take warc
    tail -c +$((offset + 1)) "$out/warc/$value" | gzip -dc >record.bin
    split record.bin record.txt rest.bin
    take digest
    grep -e 'WARC/1.1' -e "^WARC-Type: response" \
        -e "^WARC-Target-URI: $url" -e "^WARC-Payload-Digest: $value" \
        record.txt >lines.txt || :
    [ "$(wc -l <lines.txt)" -eq 4 ] || fail "another record for $url"
    head -c "$(sed -n 's/^Content-Length: \([0-9]*\).*/\1/p' record.txt)" \
        rest.bin >http.bin
    split http.bin head.txt body.bin
    : >sent.bin
    curl -s -x "http://127.0.0.1:$port" -H 'Accept: */*' \
        -H 'Accept-Encoding: gzip, br, zstd' -o sent.bin "$url" || :
    case $line in
    *'"truncated":true'*)
        expect_text record.txt '^WARC-Truncated: length'
        head -c 204800 sent.bin >cut.bin
        mv cut.bin sent.bin
        ;;
    esac
    cmp body.bin sent.bin || fail "not what the web sent: $url"
    take bytes
    [ "$value" -eq "$(wc -c <body.bin)" ] || fail "bytes of $url"
done <some.txt

# kill -9 in the middle of a record, if it can be had: half a member is put
# behind what the worker wrote.
anew
end "$web_pid"
rm -f web.log
web --hosts 6 --pages 25 --latency 20 --size 9000
crawl_start --procs 1 --threads 2 --delay 0 --warc-max-size 100k
has_records() {
    [ -n "$(find "$out/warc" -name '*.open' -size +8k)" ]
}
wait_for has_records
worker=$(workers)
kill -KILL "$worker"
wait_for is_gone "$worker"
part=$(find "$out/warc" -name '*.open')
head -c 350 "$part" >half.bin
cat half.bin >>"$part"
crawl_wait
whole
expect_complete
expect_stat worker_deaths 1
for f in "$out"/warc/*.warc.gz; do
    gzip -dc "$f"
done | grep -a '^WARC-Type: response' -A 12 |
    sed -n 's/^WARC-Target-URI: \(.*\)\r$/\1/p' | sort -u >stored.txt
grep -v robots.txt stored.txt >pages.txt
expect_same expect.txt pages.txt
[ "$(find "$out/warc" -name '*.gz' | wc -l)" -ge 3 ] ||
    fail "--warc-max-size did not begin new files"

# The index: a line for each record of an answer, found by its offset, sorted.
"$build/master" index "$out" >index.txt || fail "master index: $(cat index.txt)"
expect_text index.txt 'index.cdxj: [0-9]* WARC files, [0-9]* indexed now'
LC_ALL=C sort -c "$out/index.cdxj" || fail "index.cdxj is not sorted"
sed 's/.*"url":"\([^"]*\)".*/\1/' "$out/index.cdxj" | sort -u >indexed.txt
expect_same stored.txt indexed.txt
shuf -n 5 "$out/index.cdxj" >some.txt
while read -r key day json; do
    field() { # NAME
        expr "$json" : ".*\"$1\":\"\([^\"]*\)\""
    }
    case $key$day in
    test,s*\)/*20????????????) ;;
    *) fail "an odd key or time: $key $day" ;;
    esac
    tail -c +$(($(field offset) + 1)) "$out/warc/$(field filename)" |
        head -c "$(field length)" | gzip -dc >record.bin ||
        fail "no whole record at $(field offset)"
    split record.bin record.txt rest.bin
    expect_text record.txt "^WARC-Payload-Digest: sha1:$(field digest)"
    expect_text record.txt "^WARC-Target-URI: $(field url)"
done <some.txt
"$build/master" index "$out" >index.txt
expect_text index.txt ', 0 indexed now'

# Two files of one stem have one X.cdxj: that is said, not passed over.
mkdir twice
cp "$(find "$out/warc" -name '*.warc.gz' | head -n 1)" twice/x.warc.gz
gzip -dc twice/x.warc.gz >twice/x.warc
expect_code 1 "$build/master" index twice
expect_text cmd.err "x.warc.gz: not indexed: its .cdxj is another file's"
expect_text cmd.out 'index.cdxj: 1 WARC file,'
