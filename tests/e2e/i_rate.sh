#!/bin/sh
# SPDX-License-Identifier: MIT
# i_rate - --limit-rate holds for all transfers of a process together, in the
# bytes that the web can send; and what is slower than --speed-limit, or as
# long as --timeout, is given up and counted for what it is.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 20 --pages 1
url() { echo "http://s$1.test/x/$2"; }

# 2 MB at 800 KB/s are two and a half seconds, what kernels hold aside: in
# one transfer or in eight at a time.
slow_enough() { # MS BYTES: of the whole crawl
    [ "$(($(now_ms) - begin))" -ge "$1" ] || fail "$2 bytes came too fast"
}
urls "$(url 0001 'big?kb=2000')"
begin=$(now_ms)
crawl --procs 1 --delay 0 --no-robots --limit-rate 800k list.txt
slow_enough 2200 2000000
expect_stat pages 1
grep -h '"bytes":2[0-9]*,' "$out"/log/*.jsonl >line.txt
took=$(sed 's/.*"ms":\([0-9]*\),.*/\1/' line.txt)
[ "$took" -ge 2200 ] || fail "2 MB in $took ms"
anew
for n in 1 2 3 4 5 6 7 8; do url 000$n 'big?kb=250'; done >list.txt
begin=$(now_ms)
crawl --procs 1 --threads 2 --delay 0 --no-robots --limit-rate 800k list.txt
slow_enough 2200 2000000
expect_stat pages 8
expect_stat retries 0

# Each kind of time-out has its counter and its words.
anew
# One that takes connections and never says a word, in TLS neither.
rm -f mute.port
spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --port-file mute.port \
    >mute.out 2>&1
mute_pid=$pid
wait_for test -s mute.port
kill -STOP "$mute_pid"
mute=127.0.0.1:$(sed 's/.*://' mute.port)
crawl_args="$crawl_args --connect-to $mute:$mute"
urls "$(url 0001 'drip?bps=300&kb=30')" "$(url 0002 'drip?bps=900&kb=30')" \
    "$(url 0003 'slow?ms=20000')" "https://$mute/"
crawl --procs 1 --delay 0 --no-robots --tries 1 --timeout 5 --speed-limit 500 \
    --speed-time 2 --connect-timeout 0.5 \
    list.txt
expect_stat outcome_TIMEOUT 4
expect_stat timeouts_slow 2
expect_stat timeouts_total 1
grep -hF '/drip?bps=300' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"error":"Operation too slow'
grep -hF '/drip?bps=900' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"error":"Operation timed out'
expect_stat timeouts_connect 1
kill -CONT "$mute_pid"
# Off: it may be as slow as it likes, within --timeout.
anew
urls "$(url 0001 'drip?bps=300&kb=1')"
crawl --procs 1 --no-robots --speed-limit 0 --speed-time 1 list.txt
expect_stat pages 1
