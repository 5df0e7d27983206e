#!/bin/sh
# A re-crawl whose workers and whose master are killed: every page is asked
# for again, no body comes, and all is accounted for.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"

pages=520
common="--cache --delay 0 --threads 2 --connections 4"

# 304 or more of them since the crawl began
has_304() {
    [ "$(grep -c ' 304 ' web.log)" -ge "$1" ]
}

begin_again() {
    end "$web_pid"
    web --hosts 20 --pages 25 --etags --latency 20
}

# All pages, and no body of any.
expect_all_again() {
    web_settle
    awk '$5 == 304 { print "http://" $2 $4 }' web.log | sort -u >same.txt
    expect_same expect.txt same.txt
    awk '$5 == 200 && $4 != "/robots.txt"' web.log >bodies.txt
    [ ! -s bodies.txt ] || {
        head -n 5 bodies.txt
        fail "bodies of $(wc -l <bodies.txt) pages came again"
    }
    expect_code 0 tell verify "$out"
}

web --hosts 20 --pages 25 --etags
# shellcheck disable=SC2086
crawl $common --procs 2
expect_complete
[ "$(wc -l <expect.txt)" -eq $pages ] || fail "another web than I thought"

# Workers
begin_again
# shellcheck disable=SC2086
crawl_start $common --procs 2
for part in 1 2 3; do
    wait_for has_304 $((part * 100))
    victim=$(workers | head -n 1)
    [ -z "$victim" ] || kill -KILL "$victim"
done
crawl_wait
expect_all_again
expect_text crawl.err "^.*$pages URLs of the crawl before are asked for again"

# The master, and with it the workers; the same command goes on, it does not
# begin once more.
begin_again
# shellcheck disable=SC2086
crawl_start $common --procs 2
wait_for has_304 100
# shellcheck disable=SC2046
kill -KILL "$master_pid" $(workers)
wait "$master_pid" || :
# shellcheck disable=SC2086
crawl $common --procs 2
expect_text crawl.err 'resuming crawl t'
expect_all_again
