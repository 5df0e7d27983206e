#!/bin/sh
# SPDX-License-Identifier: MIT
# f_kill_worker - kill -9 of random workers, ten times: nothing is lost, no
# site is asked too soon, and little is asked twice.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 60 --pages 49 --cross 2 --latency 10
crawl_start --procs 4 --threads 2 --connections 8 --delay 0.2
kills=0
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
has_workers() {
    [ "$(workers | wc -l)" -ge 2 ]
}
while [ $kills -lt 10 ]; do
    wait_for some $((150 + kills * 230))
    wait_for has_workers
    victim=$(workers | awk -v seed="$$$kills" 'BEGIN { srand(seed) }
        { line[NR] = $1 } END { print line[int(rand() * NR) + 1] }')
    kill -KILL "$victim" 2>/dev/null || :
    kills=$((kills + 1))
done
crawl_wait
expect_complete
expect_stat worker_deaths -ge 9
expect_spacing 200
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
# Of each killed worker: a transfer for each of its sites, and 50 ms of work.
[ "$n" -le 200 ] || fail "$n requests twice"
echo "$n requests twice"

# The logs agree.
expect_code 0 tell verify
cat cmd.out
