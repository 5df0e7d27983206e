#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_warc - kill -9 of workers while they write WARC files, 51 times, 17 for
# each --warc-compress: every finished file is whole, torn tails are cut, each
# page that is done has its record, and each revisit record's first record is
# there.  WEFT_KILLS=N: so many for each.  Some 3 minutes.
. "$(dirname "$0")/../e2e/lib.sh"
need redis-server gzip zstd

kills=${WEFT_KILLS:-17}

unpack() { # FILE
    case $1 in
    *.gz) gzip -dc "$1" ;;
    *.zst) zstd -dcq "$1" ;;
    *.warc) cat "$1" ;;
    *) fail "$1 is no finished file" ;;
    esac
}
# A file that some worker writes to, and grows.
is_written() {
    [ -n "$(find "$out/warc" -name '*.open' -size +200k 2>/dev/null)" ]
}
is_over() {
    is_gone "$master_pid" || is_written
}
kill_one() {
    worker=$(workers | shuf -n 1)
    [ -n "$worker" ] || return 0
    sleep "0.$(shuf -i 0-99 -n 1)"
    kill -KILL "$worker" 2>/dev/null || return 0
    wait_for is_gone "$worker"
    done=$((done + 1))
}

site '*' '/twin 200 text/html @twin.txt'
seq 1 20000 >twin.txt
web --hosts 40 --pages 60 --size 60000 --latency 20
seq -f 'http://s%04g.test/twin' 1 40 >twins.txt
for compress in gzip zstd none; do
    anew
    : >web.log
    done=0
    crawl_start --procs 2 --threads 2 --delay 0 --warc-max-size 8m \
        --max-failures 0 --warc-compress $compress seeds.csv twins.txt
    while [ $done -lt "$kills" ]; do
        wait_for -t 60 is_over
        ! is_gone "$master_pid" || break
        kill_one
    done
    crawl_wait
    [ $done -ge "$kills" ] || fail "only $done kills before the crawl ended"
    : >uris.txt
    for file in "$out"/warc/*; do
        unpack "$file" >warc.txt || fail "$file is not whole"
        tr -d '\r' <warc.txt | grep -a '^WARC-\(Type\|Target-URI\|Date\|Refers-To-[A-Za-z-]*\): ' >>uris.txt
    done
    expect_code 0 tell verify "$out"
    expect_text cmd.out '^all is right' ', 0 of them missing'
    # TYPE URI DATE REFERS-TO-URI REFERS-TO-DATE
    awk '$1 == "WARC-Type:" { flush(); type = $2; uri = date = to = at = "" }
        $1 == "WARC-Target-URI:" { uri = $2 }
        $1 == "WARC-Date:" { date = $2 }
        $1 == "WARC-Refers-To-Target-URI:" { to = $2 }
        $1 == "WARC-Refers-To-Date:" { at = $2 }
        function flush() { if (uri) print type, uri, date, to, at }
        END { flush() }' uris.txt >records.txt
    awk '$1 == "response" { here[$2 " " $3] = 1 }
        $1 == "revisit" { to[$4 " " $5] = 1; n++ }
        END { for (t in to) if (!(t in here)) { print "not there: " t; bad = 1 }
            exit bad }' records.txt >lost.txt || fail "$(head -n 3 lost.txt)"
    # every page that the crawl is done with has a record
    cat "$out"/log/*.jsonl | sed -n 's/.*"url":"\([^"]*\)","outcome":"OK".*/\1/p' |
        sort -u >done.txt
    awk '$1 == "response" || $1 == "revisit" { print $2 }' records.txt |
        sort -u >stored.txt
    [ "$(comm -23 done.txt stored.txt | wc -l)" -eq 0 ] ||
        fail "pages without a record: $(comm -23 done.txt stored.txt | head -3)"
    printf '%s: %s kills, %s files, %s records (%s revisits), %s torn tails cut\n' \
        $compress $done "$(find "$out/warc" -type f | wc -l)" \
        "$(wc -l <records.txt)" "$(grep -c '^revisit' records.txt || :)" \
        "$(grep -c 'cut back' crawl.err || :)"
done
