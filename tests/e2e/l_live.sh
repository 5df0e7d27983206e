#!/bin/sh
# SPDX-License-Identifier: MIT
# l_live - delay, connections and rate are changed while a crawl runs, by
# command and API: the web sees gaps, parallelism and bytes follow; a worker
# that starts later has them too, a killed one breaks nothing, master keeps them.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_http.sh"
need redis-server curl jq

# What web.log has of pages since MS, by what: the least gap of a site in ms,
# the most requests that came within 90 ms (each takes 100), the bytes; and how
# many there were.
since() { # WHAT MS [UNTIL]
    sort -n web.log | awk -v what="$1" -v from="$2" -v to="${3:-9e15}" '
    $4 != "/robots.txt" && $1 / 1000 >= from && $1 / 1000 < to {
        t = $1 / 1000
        if ($2 in last && (!gap || t - last[$2] < gap)) gap = t - last[$2]
        last[$2] = t
        at[++n] = t; bytes += $6
        while (t - at[first + 1] >= 90) first++
        if (n - first > most) most = n - first
    }
    END { print int(what == "gap" ? gap : what == "most" ? most : \
        what == "bytes" ? bytes : n) }'
}
came() { # N MS: so many requests since then
    [ "$(since n "$2")" -ge "$1" ]
}
is_below() { # WHAT N MS
    is=$(since "$1" "$3") && [ "$is" -gt 0 ] && [ "$is" -lt "$2" ]
}
is_above() {
    [ "$(since "$1" "$3")" -gt "$2" ]
}
change() {
    expect_code 0 tell change "$@"
}
begin_crawl() {
    crawl_start --http 127.0.0.1:0 --http-token $token --procs 1 --threads 1 \
        --delay 2 --connections 16
    wait_for http_up
}

web --hosts 40 --pages 400 --size 8000 --latency 100 # it does not end meanwhile
begin_crawl
begun=$(now_ms)
wait_for came 40 0
expect_code 2 tell change
expect_code 2 tell change --delay 1 --threads 2
expect_text cmd.err 'start another worker'
expect_code 2 tell change --delay 1 --max-depth 2
expect_code 2 tell change --connections 0

# Faster than the options say.
change --delay 200ms
expect_text cmd.out 'crawl t from now on: delay 0.2 s; the rest as its options'
at=$(now_ms)
[ "$(since gap "$begun" "$at")" -ge 1800 ] ||
    [ "$(since gap "$begun" "$at")" -eq 0 ] || fail "too fast before"
wait_for is_below gap 400 "$at"
wait_for is_above most 6 "$at"
wait_for is_above bytes 100000 "$at"
expect_code 0 tell status
expect_text cmd.out '^  changed +delay 0.2 s$'

# Fewer at a time: what is on the wire comes to its end.
change --connections 2
at=$(($(now_ms) + 1300))
wait_for came 20 $at
[ "$(since most $at)" -le 2 ] || fail "$(since most $at) at a time, not 2"

# More again, but slower in all: 60 kB a second.
change --connections 16 --limit-rate 60k
at=$(($(now_ms) + 1300))
is_past() {
    [ "$(now_ms)" -ge "$1" ]
}
wait_for is_past $((at + 2000))
[ "$(since bytes $at $((at + 2000)))" -le 240000 ] ||
    fail "$(since bytes $at $((at + 2000))) bytes in 2 s at 60 kB/s"
[ "$(since gap "$begun")" -ge 180 ] || fail "gaps of $(since gap "$begun") ms"

# Slower again, by the API; the worker is killed, another has it at once.
ask 401 /api/v1/limits -d '{"delay":1}'
order 400 limits '{"delay":-1}'
order 400 limits '{"delay":1e300}'
order 400 limits '{"connections":0}'
order 400 limits '{"connections":"5"}'
order 400 limits '{"limit_rate":1e13}'
order 200 limits '{"delay":1,"limit_rate":null,"max_pages":1000000}'
is .changed 'delay 1 s, 16 connections in a thread'
at=$(($(now_ms) + 1500))
[ "$(redis hmget crawl:t live_delay live_limit_rate live_rest max_pages |
    tr '\n' ' ')" = '1000  2000 1000000 ' ] || fail "Redis has other numbers"
kill -KILL "$(workers)"
wait_for came 60 $at
wait_for is_below gap 1500 $at
[ "$(since gap $at)" -ge 900 ] || fail "$(since gap $at) ms, not 1000"
ask 200 /api/v1/view
is '[.delay_ms, .connections, .limit_rate] | tostring' '[1000,16,0]'
expect_code 0 tell top --once
expect_text cmd.out 'changed: delay 1 s, 16 connections'

# What is no number is refused, said once, and harms nothing.
redis hset crawl:t live_delay 1e9 live_connections 99999999999999999999 >/dev/null
wait_for grep -q 'Redis holds a changed delay' crawl.err
redis hset crawl:t live_delay 1000 live_connections 16 >/dev/null

# A master that is started again keeps it; another option takes its place.
expect_code 0 tell stop
want=143
crawl_wait
cat crawl.err >all.err
[ "$(grep -c 'Redis holds a changed' all.err)" -eq 1 ] || fail 'said again'
expect_code 0 tell verify
# shellcheck disable=SC3045 # dash and others have it
ulimit -n 300 # and has few files
begin_crawl
expect_text crawl.err 'as changed before: delay 1 s, 16 connections'
change --connections 5000
wait_for grep -Eq '300 open files are allowed: [0-9]+ connections in a thread instead of 5000' \
    crawl.err
expect_code 0 tell change reset
expect_text cmd.out 'crawl t is as its options say'
expect_code 0 tell change --delay 0.3
expect_code 0 tell stop
crawl_wait
crawl_start --delay 3 --procs 1 --max-pages 1
want=5
crawl_wait
expect_text crawl.err 'delay is now "3'
expect_no_text crawl.err 'as changed before'
expect_code 0 tell verify
expect_text cmd.out ' 0 too close '
