#!/bin/sh
# SPDX-License-Identifier: MIT
# h_move - kill -9 of a master that has workers on other machines, and the same
# command in another folder, as another machine would: its workers drain, one
# that was killed too is reaped by its silence, the crawl is complete.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 40 --pages 40 --cross 2 --latency 10
redis_start
redis_listen
machine a
a=$machine
machine b
printf '%s 2 2\n%s 1 2\n' "$a" "$machine" >hosts.txt
redis_url=$redis_tcp
crawl_args="$crawl_args --delay 0.2 --heartbeat-limit 4"
far() {
    crawl_start --ssh "$ssh" --remote-worker "$build/worker" \
        --remote-output far --hosts hosts.txt seeds.csv
}
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}

# One that held nothing at its death is not missed: in the second round the
# crawl may end before its silence is long enough.
is_reaped_or_over() {
    grep -q 'is dead: what it held goes back' crawl.err ||
        { [ $round -eq 2 ] && is_gone "$master_pid"; }
}

far
at=0
for round in 1 2; do
    wait_for far_up a 2
    wait_for far_up b 1
    at=$((at + 400))
    wait_for some $at
    orphans="$(far_workers a) $(far_workers b)"
    killed=$(far_workers a | head -n 1)
    want=137
    kill -KILL "$master_pid" "$killed"
    crawl_wait
    # The first successor finds them draining, the second one finds none.
    [ $round -eq 1 ] || for p in $orphans; do
        wait_for -t 12 is_gone "$p"
    done
    want=0
    anew
    far
    wait_for grep -q 'resuming crawl t' crawl.err
    wait_for is_reaped_or_over
done
crawl_wait
for p in $orphans; do
    is_gone "$p" || fail "an orphan is left"
done
far_up a 0 || fail "a worker is left on a"
far_up b 0 || fail "a worker is left on b"
expect_complete
expect_spacing 200
expect_stat finished "$(wc -l <expect.txt)"
expect_stat flight 0
expect_stat sites_held 0
expect_code 0 "$build/master" verify --name t --output "$out" \
    --redis "$redis_url" a/far b/far
