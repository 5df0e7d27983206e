#!/bin/sh
# SPDX-License-Identifier: MIT
# f_chaos - kill -9 of workers, of the master and of Redis at random times in
# one crawl: nothing is lost, no delay is broken, and little is asked twice.
# tests/soak/ runs it at its full size.
#   WEFT_SITES  of 50 pages each     WEFT_DELAY  seconds
#   WEFT_KILLS  e.g. "worker:100 master:5 redis:5"   WEFT_PAUSE  between them
#   WEFT_SEED   of the dice          WEFT_TWICE  pages twice, in per cent
. "$(dirname "$0")/lib.sh"
need redis-server

hosts=${WEFT_SITES:-80}
delay=${WEFT_DELAY:-0.6}
seed=${WEFT_SEED:-$$}
pages=$((hosts * 50))
echo "dice: WEFT_SEED=$seed"

# Every kill in an order of its own.
for kind in ${WEFT_KILLS:-worker:14 master:2 redis:2}; do
    awk -v kind="${kind%:*}" -v n="${kind#*:}" \
        'BEGIN { while (n-- > 0) print kind }'
done | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand(), $0 }' |
    sort -n | sed 's/.* //' >kills.txt

web --hosts "$hosts" --pages 49 --cross 2 --latency 10 --robots allow
crawl_args="$crawl_args --procs 8 --threads 5 --delay $delay"
has_workers() {
    [ "$(workers | wc -l)" -ge 3 ]
}
is_another() {
    [ -s "$out/redis/redis.pid" ] &&
        [ "$(cat "$out/redis/redis.pid")" != "$old" ]
}
left() {
    [ "$(grep -c ' 200 ' web.log)" -lt $((pages - pages / 10)) ]
}
kill_worker() {
    victim=$(workers | awk -v seed="$seed$n" 'BEGIN { srand(seed) }
        { line[NR] = $1 } END { print line[int(rand() * NR) + 1] }')
    kill -KILL "$victim" 2>/dev/null || :
}
kill_master() {
    kill -KILL "$master_pid"
    want=137
    crawl_wait
    want=0
    cat crawl.err >>all.err
    crawl_start
    wait_for grep -q 'resuming crawl t' crawl.err
}
kill_redis() {
    old=$(cat "$out/redis/redis.pid")
    kill -KILL "$old"
    wait_for is_another
}

crawl_start
wait_for answered 100
n=0
while read -r kind; do
    wait_for -t 60 has_workers
    left || break
    "kill_$kind"
    n=$((n + 1))
    sleep "${WEFT_PAUSE:-0.7}" # the spacing of the faults, nothing waits for it
done <kills.txt
[ $n -eq "$(wc -l <kills.txt)" ] || fail "only $n kills: it was over too soon"
crawl_wait
cat crawl.err >>all.err
expect_complete
expect_spacing "$(awk -v s="$delay" 'BEGIN { print s * 1000 }')"
expect_stat flight 0
expect_stat finished "$pages"
twice=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
echo "$n kills, $twice of $pages pages twice"
[ $((twice * 100)) -le $((pages * ${WEFT_TWICE:-5})) ] ||
    fail "$twice of $pages pages twice"

# The logs agree.
expect_code 0 tell verify
cat cmd.out
