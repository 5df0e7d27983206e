#!/bin/sh
# SPDX-License-Identifier: MIT
# h_standby - workers that somebody else starts, in any order: they wait for
# Redis and for the crawl, take its settings, leave on SIGTERM, end with the
# crawl or stay for the next one, and say that they are well by a file.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli curl

# join NAME [ARG ...] - a worker of the crawl t.
join() {
    name=$1
    shift
    spawn "$build/worker" --redis "unix://$work/redis/sock" --name t \
        --output "$work/$name" --threads 2 --connections 8 \
        --health-file "$work/$name.health" "$@" >"$name.err" 2>&1
}

has_pages() {
    cat "$work/$1"/log/*.jsonl | grep -q '"outcome":"OK"'
}

# The file is younger than REF.
is_newer() {
    [ -n "$(find "$1" -newer "$2")" ]
}

ended_with() {
    code=0
    wait "$2" || code=$?
    [ $code -eq "$1" ] || fail "ended with $code, not $1"
}

web --hosts 12 --pages 60 --latency 10
expect_code 2 "$build/worker" --redis unix:///x --name t --standby perhaps
expect_text cmd.err 'standby: .* is not no, begin or always'

# No Redis yet, then no crawl yet.
join first --standby begin
first=$pid
join stays --standby always
stays=$pid
wait_for grep -q 'there is no socket' first.err
wait_for test -f first.health
redis_start
wait_for grep -q 'waiting for crawl t to begin' first.err
wait_for grep -q 'waiting for crawl t to begin' stays.err
# Without --standby it says what to do.
join hasty
ended_with 4 "$pid"
expect_text hasty.err 'Redis holds no crawl .t.: start its master first'

# The crawl's settings are the workers' without being told: delay, the web.
crawl_start --procs 0 --delay 0.2 --health-file "$work/master.health"
wait_for has_pages first
wait_for has_pages stays
for who in first stays master; do
    touch ref
    wait_for is_newer "$who.health" ref
done
# Another one, in the middle of it; SIGTERM leaves within 10 s, cleanly.
join second
second=$pid
wait_for has_pages second
kill -TERM "$second"
wait_for -t 10 is_gone "$second"
ended_with 0 "$second"
[ -z "$(find second/warc -name '*.open')" ] || fail "a WARC file was left open"
crawl_wait
expect_complete
expect_once
expect_spacing 200
wait_for is_gone "$first"
ended_with 0 "$first"

# Finished: one of them ended, the other waits, and takes the next crawl with
# that one's settings.  A "begin" that comes late ends as the crawl did.
wait_for grep -q 'crawl t is finished: waiting' stays.err
is_gone "$stays" && fail "the standing worker ended"
touch ref
wait_for is_newer stays.health ref
join late --standby begin
ended_with 0 "$pid"
anew
: >web.log
crawl_start --procs 0 --restart --max-pages 30 --delay 0
want=5
crawl_wait
expect_stat pages 30
is_gone "$stays" && fail "the standing worker ended at the limit"
kill -TERM "$stays"
wait_for -t 10 is_gone "$stays"
ended_with 0 "$stays"
