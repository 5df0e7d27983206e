#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_name - Redis is gone and the name server that is asked for its name
# never answers: master and worker, told to stop, do so in their own time.
case ${WEFT_INSIDE:-} in
'')
    # A network and files in /etc of its own; all goes with the last process.
    flags='--net --mount --propagation private'
    [ "$(id -u)" -eq 0 ] || flags="--user --map-root-user $flags"
    # shellcheck disable=SC2086
    if unshare $flags ip link set lo up 2>/dev/null; then
        # shellcheck disable=SC2086
        WEFT_INSIDE=yes exec unshare $flags sh "$0"
    fi
    echo "no network namespaces here (unshare --net, iproute2)"
    exit 77
    ;;
esac
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

# etc NAME LINE ... - /etc/NAME has these lines.
etc() {
    printf '%s\n' "$@" | tail -n +2 >"etc.$1"
    mount --bind "etc.$1" "/etc/$1" || skip "nothing can stand for /etc/$1"
}

ip link set lo up
etc hosts '127.0.0.1 redis.test'
etc nsswitch.conf 'hosts: files dns'
# Each question would wait for 150 s.
etc resolv.conf 'nameserver 127.0.0.1' 'options timeout:30 attempts:5'
# It holds its answers back for an hour.
web --hosts 20 --pages 40 --latency 20 --dns 127.0.0.1:53 --dns-latency 3600000
redis_start --port 6379
socket=$redis_url
redis_url=redis://redis.test:6379
want=143
crawl_start --procs 1 --threads 2 --delay 0.1
redis_url=$socket
more 40 :
workers >pids
: >etc.hosts
end "$redis_pid" KILL
wait_for grep -q 'worker.*Redis is gone' crawl.err
wait_for grep -q 'master.*Redis is gone' crawl.err
begin=$(now_ms)
kill -TERM "$master_pid"
# A worker drains for 8 s and has 1.5 s to tell Redis; then its files end.
wait_for -t 14 is_gone "$(cat pids)"
wait_for -t 14 is_gone "$master_pid"
crawl_wait
echo "they ended after $(($(now_ms) - begin)) ms"
[ -z "$(ls out/warc/*.open 2>/dev/null)" ] || fail "the worker had to be killed"
