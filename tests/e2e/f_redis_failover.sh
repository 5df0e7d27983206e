#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_failover - the primary dies, its replica is promoted: master and
# workers, who have both addresses, move over and lose nothing.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

# One of two on loopback ports: $1 its number; sets $pid and $tcp.
redis_tcp() {
    mkdir -p "redis$1"
    for try in 1 2 3 4 5 6; do
        tcp=$((20000 + ($$ * 13 + $1 * 101 + try * 7) % 10000))
        spawn redis-server "$root/config/redis.conf" --dir "$work/redis$1" \
            --port $tcp --unixsocket "$work/redis$1/sock" >"redis$1/out" 2>&1
        wait_for has_begun "$1" "$pid"
        is_gone "$pid" || return 0
    done
    fail "no port for redis-server"
}
has_begun() {
    redis-cli -s "redis$1/sock" ping || is_gone "$2"
}
redis_tcp 1
first=$tcp first_pid=$pid
redis_tcp 2
second=$tcp
redis-cli -s redis2/sock replicaof 127.0.0.1 "$first" >/dev/null
replica_up() {
    redis-cli -s redis2/sock info replication | grep -q 'master_link_status:up'
}
wait_for replica_up

web --hosts 30 --pages 30 --cross 2 --latency 10
# The replica stands first: it is passed over.
redis_url=redis://127.0.0.1:$second,127.0.0.1:$first
crawl_start --procs 2 --threads 4 --delay 0.1
more 150 :
[ "$(redis-cli -s redis1/sock exists crawl:t)" -eq 1 ] || fail "not the primary"
expect_no_text crawl.err 'Redis'
end "$first_pid" KILL
wait_for grep -q 'worker.*Redis is gone' crawl.err
wait_for grep -q 'worker.*is a replica; looking for its primary' crawl.err
redis-cli -s redis2/sock replicaof no one >/dev/null
crawl_wait
expect_complete
expect_stat exit_code 0
expect_stat worker_deaths 0
expect_stat flight 0
expect_stat sites_held 0
expect_spacing 100
n=$(grep -c 'Redis is gone' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one death"
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
echo "$n requests twice"
