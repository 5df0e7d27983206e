#!/bin/sh
# SPDX-License-Identifier: MIT
# names - 100,000 names, a page each, by a name server 20 ms away that does
# not know 5 % of them, fails with 2 %, and never answers for 1 %; beside it
# one that is dead.  Two minutes; says what a site costs and how many of the
# connections were busy.  WEFT_NAMES: another number.
. "$(dirname "$0")/../e2e/lib.sh"
need redis-server

n=${WEFT_NAMES:-100000}
site '*' '/ 200 text/html "a page"' '/robots.txt 404 text/html ""'
spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --dns 127.0.0.1:0 \
    --dns-latency 3600000 >dead.out 2>&1
wait_for grep -q '^dns ' dead.out
dead=$(sed -n 's/^dns //p' dead.out)
web --dns 127.0.0.1:0 --dns-latency 20
web_port=$port
port=
awk -v n="$n" -v port="$web_port" 'BEGIN {
    for (i = 0; i < n; i++) {
        begin = i % 20 == 3 ? "nx" : i % 50 == 7 ? "sf" : i % 100 == 9 ? "to" \
            : "ok"
        printf "http://%s%07d.test:%d/\n", begin, i, port
    }
}' >list.txt
count() { grep -c "^http://$1" list.txt; }

# Of the worker, each half second: ticks of CPU, and its most memory in KB.
begun=$(now_ms)
crawl_start --procs 1 --threads 2 --connections 64 --delay 0 --tries 1 \
    --level 0 --no-warc --dns-servers "$dead,$dns" list.txt
wait_for workers_up 1
worker=$(workers)
: >samples.txt
while sleep 0.5 && ! is_gone "$worker"; do
    # 14, 15: in user and in kernel mode; the name has no blanks here
    ticks=$(awk '{ print $14 + $15 }' "/proc/$worker/stat" 2>/dev/null || :)
    peak=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$worker/status" \
        2>/dev/null || :)
    [ -z "$peak" ] || echo "$ticks $peak" >>samples.txt
done
crawl_wait
took=$(($(now_ms) - begun))

expect_stat outcome_NO_DNS "$(count nx)"
expect_stat outcome_DNS_ERROR $(($(count sf) + $(count to)))
expect_stat outcome_OK "$(count ok)"
expect_stat dns_lookups "$n"
expect_stat dns_nxdomain "$(count nx)"
expect_stat dns_servfail "$(count sf)"
expect_stat dns_timeouts "$(count to)"
awk -v n="$n" -v took="$took" -v hz="$(getconf CLK_TCK)" '
    { ticks = $1; peak = $2 }
    END {
        printf "%d names in %.1f s: %.0f a second, %.2f ms of CPU each, ", n,
            took / 1000, n * 1000 / took, ticks * 1000 / hz / n
        printf "%.0f %% of a CPU, %.0f MB at most\n",
            ticks * 100000 / hz / took, peak / 1024
    }' samples.txt
echo "$(stat_of dns_questions) questions, $(($(stat_of dns_ms) / n)) ms a look-up"
