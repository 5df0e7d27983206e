#!/bin/sh
# SPDX-License-Identifier: MIT
# names - 100,000 names, a page each, by a name server 20 ms away that does
# not know 5 % of them, fails with 2 %, and never answers for 1 %; beside it
# one that is dead.  Two minutes; says what a site costs, first and last, and
# how many visits each thread had under way.  WEFT_NAMES: another number.
. "$(dirname "$0")/../e2e/lib.sh"
need redis-server

n=${WEFT_NAMES:-100000}
site '*' '/ 200 text/html "a page"' '/robots.txt 404 text/html ""'
spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --dns 127.0.0.1:0 \
    --dns-latency 3600000 >dead.out 2>&1
wait_for grep -q '^dns ' dead.out
dead=$(sed -n 's/^dns //p' dead.out)
web --dns 127.0.0.1:0 --dns-latency 20 --latency 100
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

# Each half second: pages done, ticks of CPU, most memory in KB, and of each
# thread the transfers under way and its visits, by its last heartbeat.
numbers() { # FIELD: of both threads' reports
    sed "s/.*\"$1\":\([0-9]*\).*/\1/" reports.txt | tr '\n' ' '
}
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
    for key in $(redis keys 'worker:*' 2>/dev/null || :); do
        redis hget "$key" info 2>/dev/null || :
    done >reports.txt
    [ "$(grep -c transfers reports.txt)" -eq 2 ] || continue
    [ -z "$peak" ] || echo "$(cat out/log/*.jsonl | wc -l)" "$ticks" "$peak" \
        "$(numbers transfers)" "$(numbers visits)" >>samples.txt
done
crawl_wait
took=$(($(now_ms) - begun))

expect_stat outcome_NO_DNS "$(count nx)"
expect_stat outcome_DNS_ERROR $(($(count sf) + $(count to)))
expect_stat outcome_OK "$(count ok)"
expect_stat dns_lookups -ge "$n" # in doubt a known one is asked for again
expect_stat dns_lookups -le $((n + 9))
expect_stat dns_nxdomain "$(count nx)"
expect_stat dns_servfail "$(count sf)"
expect_stat dns_timeouts "$(count to)"
awk -v n="$n" -v took="$took" -v hz="$(getconf CLK_TCK)" '
    function cost(from, to) {
        return (ticks[to] - ticks[from]) * 1000 / hz / (done[to] - done[from])
    }
    { done[NR] = $1; ticks[NR] = $2; peak = $3 }
    $1 > n / 20 && $1 < n * 0.9 {
        samples++
        for (i = 0; i < 2; i++) {
            busy[i] += $(4 + i)
            if (least[i] == "" || $(4 + i) < least[i])
                least[i] = $(4 + i)
            visits[i] += $(6 + i)
        }
    }
    END {
        for (i = 1; i <= NR; i++) {
            if (!early && done[i] > n / 10)
                early = i
            if (!late && done[i] > n * 0.8)
                late = i
            if (done[i] < n * 0.95)
                last = i
        }
        printf "%d names in %.1f s: %.0f a second, %.2f ms of CPU each, ", n,
            took / 1000, n * 1000 / took, ticks[NR] * 1000 / hz / n
        printf "%.0f %% of a CPU, %.0f MB at most\n",
            ticks[NR] * 100000 / hz / took, peak / 1024
        printf "CPU a name: the first tenth %.2f ms, the last ones %.2f\n",
            cost(1, early), cost(late, last)
        for (i = 0; i < 2; i++)
            printf "thread %d: %.0f of 64 transfers under way (least %d), " \
                "%.0f visits\n", i, busy[i] / samples, least[i],
                visits[i] / samples
        exit cost(late, last) > 2 * cost(1, early)
    }' samples.txt || fail "a name costs more than twice what the first ones did"
echo "$(stat_of dns_questions) questions, $(($(stat_of dns_ms) / n)) ms a look-up"
