#!/bin/sh
# SPDX-License-Identifier: MIT
# h_netns - hosts as network namespaces: A has Redis, the master and the web,
# B, C and later D a worker each, as a user starts it on another machine.  B
# is cut off from Redis, and only from Redis, for longer than the heartbeat
# limit, while it still reaches every site; then it is let back.  Nothing is
# lost, no site is asked too soon, and B takes part again.
#
# WEFT_BEAT, WEFT_CUT: seconds of the heartbeat limit and of the cut.
# WEFT_PAGES: of each host.
case ${WEFT_INSIDE:-} in
'')
    # The namespace this runs in is A, and all of it goes with the last process.
    flags='--net --mount --propagation private'
    [ "$(id -u)" -eq 0 ] || flags="--user --map-root-user $flags"
    # shellcheck disable=SC2086
    if unshare $flags sh -c 'ip link add name br type bridge' 2>/dev/null; then
        # shellcheck disable=SC2086
        WEFT_INSIDE=yes exec unshare $flags sh "$0"
    fi
    echo "no network namespaces here (unshare --net, bridges, iproute2)"
    exit 77
    ;;
esac
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli ip nsenter curl

beat=${WEFT_BEAT:-3}
cut=${WEFT_CUT:-8}

# host NAME N - a namespace with two cables: to the machines of the cluster
# (10.77.0.N, NAME.r) and to the web (10.78.0.N, NAME.w).
host() {
    ip netns add "$1"
    for net in r:77 w:78; do
        cable=$1.${net%:*} address=10.${net#*:}.0.$2
        ip link add "$cable" type veth peer name "${net%:*}" netns "$1"
        ip link set "$cable" master "${net%:*}" up
        ip -n "$1" addr add "$address/24" dev "${net%:*}"
        ip -n "$1" link set "${net%:*}" up
    done
    ip -n "$1" link set lo up
}

# join NAME - a worker there: nothing but Redis's address and the crawl's name.
# It has room for 16 visits, so that one of them cannot have all 30 sites.
join() {
    # shellcheck disable=SC2016 # for the other sh
    spawn nsenter --net="/run/netns/$1" unshare --uts sh -c '
        echo "$1" >/proc/sys/kernel/hostname
        exec "$2" --redis redis://10.77.0.1:6379 --name t --output "$3" \
            --threads 2 --connections 2' \
        sh "$1" "$build/worker" "$work/$1" >"$1.err" 2>&1
}

# pages NAME - how many fetches the worker's log has.
pages() {
    cat "$work/$1"/log/*.jsonl 2>/dev/null | grep -c '"outcome":"OK"' || :
}

has_more() {
    [ "$(pages "$1")" -gt "$2" ]
}

has_begun() {
    redis hexists crawl:t state | grep -qx 1
}

is_over() {
    [ "$(now_ms)" -ge "$1" ]
}

mount -t tmpfs none /run # ip netns keeps its names there
ip link set lo up
for net in r:77 w:78; do
    ip link add "${net%:*}" type bridge
    ip addr add "10.${net#*:}.0.1/24" dev "${net%:*}"
    ip link set "${net%:*}" up
done
host B 2
host C 3
host D 4

web --listen any:0 --hosts 30 --pages "${WEFT_PAGES:-70}" --cross 2 --latency 10
redis_start --bind 10.77.0.1 --port 6379 --protected-mode no
any=$(sed -n 2p web.port)
port= # workers of other hosts know no 127.0.0.1
crawl_start --procs 0 --heartbeat-limit "$beat" --delay 0.25 \
    --connect-to "::10.78.0.1:$any"
wait_for has_begun
join B
b=$pid
join C
wait_for has_more B 60
wait_for has_more C 60

echo "B is cut off from Redis with $(pages B) pages"
back_ms=$(($(now_ms) + cut * 1000))
ip link set B.r nomaster
wait_for -t $((beat + 10)) grep -q 'worker B[^ ]* is dead' crawl.err
# A third one comes while the second is away, and leaves within 10 s.
join D
d=$pid
wait_for has_more D 0
kill -TERM "$d"
wait_for -t 10 is_gone "$d"
code=0
wait "$d" || code=$?
[ $code -eq 0 ] || fail "a worker that was told to leave ended with $code"
wait_for -t $((cut + 5)) is_over "$back_ms"
ip link set B.r master r
had=$(pages B)
echo "B is back with $had pages"
wait_for -t 30 has_more B "$((had + 5))"
is_gone "$b" && fail "B's worker ended: $(tail -n 1 B.err)"
master_wait=180 # at most: what is left when B is back
wait_for -t $master_wait is_gone "$master_pid"
crawl_wait
wait_for is_gone "$b"
expect_complete
expect_spacing 250
for name in B C D; do
    gzip -t "$name"/warc/*.warc.gz || fail "$name has a broken WARC file"
done
cat B/log/*.jsonl C/log/*.jsonl D/log/*.jsonl |
    sed -n 's/.*"url":"\([^"]*\)".*"outcome":"OK".*/\1/p' |
    grep -v '/robots\.txt$' | sort -u >logged.txt
expect_same expect.txt logged.txt
n=$(awk '$4 != "/robots.txt" { n[$2 $4]++ }
    END { for (u in n) more += n[u] - 1; print more + 0 }' web.log)
echo "B $(pages B), C $(pages C), D $(pages D) pages; $n requests twice"
