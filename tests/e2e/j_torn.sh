#!/bin/sh
# SPDX-License-Identifier: MIT
# j_torn - kill -9 in the middle of a write, again and again, by workers that
# write gzip, zstd and plain WARC files into one folder: every file is whole in
# the end, each page that is done has its record, each revisit record's first
# record is there, and lines of the log and of --links are whole too.
#   WEFT_KILLS  for each kind    WEFT_SITES  of 20 pages    WEFT_ODDS  of a kill
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli gzip zstd

kills=${WEFT_KILLS:-4}
is_warc='[.]warc[^ ]*[.]open '
preload torn "WEFT_TEST_TORN=*.open:*/log/*.jsonl:*/links/*.gz" \
    "WEFT_TEST_TORN_ODDS=${WEFT_ODDS:-30}"

# A worker of that kind, and another when it is killed, to the crawl's end.
# While KIND.torn is there, it is killed by and by.
keep_working() { # KIND
    code=137
    : >"$1.torn"
    while [ $code -eq 137 ]; do
        [ ! -f "$1.torn" ] ||
            [ "$(grep -c "$is_warc" "$1.torn")" -lt "$kills" ] ||
            mv "$1.torn" "$1.done"
        code=0
        WEFT_TEST_TORN_LOG=$work/$1.torn "$worker" --redis "$redis_url" \
            --name t --output "$out" --warc-compress "$1" --threads 1 \
            --connections 4 --connect-to "::127.0.0.1:$port" 2>>"$1.err" ||
            code=$?
    done
    [ $code -eq 0 ] || kill -INT "$master_pid"
    exit $code
}
has_crawl() {
    [ "$(redis exists crawl:t)" = 1 ]
}
# TYPE URI DATE REFERS-TO-URI REFERS-TO-DATE, of all records
records() {
    for file in "$out"/warc/*; do
        case $file in
        *.gz) gzip -dc "$file" ;;
        *.zst) zstd -t -q "$file" && zstd -dcq "$file" ;;
        *.warc) cat "$file" ;;
        *) fail "$file is no finished file" ;;
        esac || fail "$file is not whole"
    done | tr -d '\r' |
        grep -a '^WARC-\(Type\|Target-URI\|Date\|Refers-To-[A-Za-z-]*\): ' |
        awk '$1 == "WARC-Type:" { flush(); type = $2; uri = date = to = at = "" }
        $1 == "WARC-Target-URI:" { uri = $2 }
        $1 == "WARC-Date:" { date = $2 }
        $1 == "WARC-Refers-To-Target-URI:" { to = $2 }
        $1 == "WARC-Refers-To-Date:" { at = $2 }
        function flush() { if (uri) print type, uri, date, to, at }
        END { flush() }'
}
expect_whole() {
    records >records.txt
    awk '$1 == "response" { here[$2 " " $3] = 1 }
        $1 == "revisit" && $4 { to[$4 " " $5] = 1 }
        END { for (t in to) if (!(t in here)) { print "not there: " t; bad = 1 }
            exit bad }' records.txt >lost.txt || fail "$(head -n 3 lost.txt)"
    cat "$out"/log/*.jsonl | sed -n 's/.*"url":"\([^"]*\)","outcome":"OK".*/\1/p' |
        sort -u >done.txt
    awk '$1 == "response" || $1 == "revisit" { print $2 }' records.txt |
        sort -u >stored.txt
    comm -23 done.txt stored.txt >unstored.txt
    [ ! -s unstored.txt ] || fail "no record: $(head -n 3 unstored.txt)"
    sort -u expect.txt twins.txt | comm -23 - done.txt >undone.txt
    [ ! -s undone.txt ] || fail "not done: $(head -n 3 undone.txt)"
    for file in "$out"/links/*.gz; do
        gzip -dc "$file" >links.txt || fail "$file is not whole"
        [ -z "$(awk -F '\t' 'NF != 4' links.txt)" ] || fail "$file: half a line"
    done
    expect_code 0 tell verify "$out"
    expect_text cmd.out '^all is right' ', 0 of them missing'
}
# Who died in the middle of a record: the tail was cut off.  One in some
# thousands is torn where a record ends.
expect_torn() { # KIND SUFFIX
    [ -f "$1.done" ] || fail "$1: the crawl ended before $kills kills"
    grep "$is_warc" "$1.done" >warc.torn
    torn=$(awk '$2 > 0 && $3 > 0 && $3 < $4' warc.torn | wc -l)
    cut=$(cat ./*.err | grep -c "[.]warc$2[.]open: cut back" || :)
    printf '%s %s: %s kills, %s of them in half a record, %s tails cut off\n' \
        "$1" "$dedup" "$(wc -l <warc.torn)" "$torn" "$cut"
    [ "$torn" -gt 0 ] || fail "nothing was torn"
    [ $((cut + 1)) -ge "$torn" ] || fail "$torn torn tails, $cut cut off"
}

seq 1 20000 >twin.txt
site '*' '/twin 200 text/html @twin.txt'
hosts=${WEFT_SITES:-60}
web --hosts "$hosts" --pages 20 --size 20000 --robots none
seq -f 'http://s%04g.test/twin' 1 "$hosts" >twins.txt
for dedup in ${WEFT_WAYS:---dedup}; do
    anew
    rm -f ./*.err ./*.done ./*.torn
    redis_start
    crawl_start --procs 0 --delay 0 --links "$dedup" \
        --delay-factor 0 --warc-max-size 2m seeds.csv twins.txt
    wait_for has_crawl
    loops=
    for kind in gzip zstd none; do
        spawn keep_working $kind
        loops="$loops $pid"
    done
    crawl_wait
    for pid in $loops; do
        wait "$pid" || fail "a worker ended with $?: $(tail -n 3 ./*.err)"
    done
    expect_whole
    expect_torn gzip .gz
    expect_torn zstd .zst
    expect_torn none ''
    end "$redis_pid"
    rm -rf redis
done
