#!/bin/sh
# SPDX-License-Identifier: MIT
# i_outage - in a network namespace whose network goes away in the middle of a
# crawl, silently or without a route, or only its name servers: that is said
# once, no site is to blame, all is fetched.  Dead sites are no outage.
# Each part has a namespace of its own, all at a time: they mostly wait.
if [ -z "${WEFT_INSIDE:-}" ]; then
    flags=
    for try in '--net' '--user --map-root-user --net'; do
        # shellcheck disable=SC2086
        if [ -z "$flags" ] && unshare $try sh -c 'ip link set lo up &&
            tc qdisc add dev lo root pfifo limit 0' 2>/dev/null; then
            flags=$try
        fi
    done
    if [ -z "$flags" ]; then
        echo "no network namespaces here (unshare --net, iproute2)"
        exit 77
    fi
    logs=$(mktemp -d "${TMPDIR:-/tmp}/weft.XXXXXX")
    started=
    # shellcheck disable=SC2086
    trap 'kill $started 2>/dev/null || :; rm -rf "$logs"' EXIT
    trap 'exit 143' TERM HUP INT
    for part in lost route dead names; do
        # shellcheck disable=SC2086
        WEFT_INSIDE=$part unshare $flags sh "$0" >"$logs/$part" 2>&1 &
        started="$started $part=$!"
    done
    parts=$started
    started=$(echo "$parts" | sed 's/[a-z]*=//g')
    code=0
    for one in $parts; do
        one_code=0
        wait "${one#*=}" || one_code=$?
        [ $one_code -ne 0 ] || continue
        code=$one_code
        echo "${one%=*}: $(cat "$logs/${one%=*}")"
    done
    started=
    exit $code
fi
. "$(dirname "$0")/lib.sh"
need redis-server ip tc

waits() {
    tell status | grep -q 'waiting for the network'
}
away='our network seems to be away'
back='the network is back'

# Whoever is asked twice without an answer is given up here.
ip link set lo up
strict='--procs 1 --threads 2 --connections 8 --delay 0.05 --tries 2
    --waitretry 0.1 --max-failures 2 --speed-time 1 --connect-timeout 0.5 --dns-timeout 0.5'

# What is sent is lost.
part_lost() {
    web --hosts 40 --pages 20 --cross 2 --requests-per-connection 2
    # shellcheck disable=SC2086
    more 100 crawl_start $strict
    tc qdisc add dev lo root pfifo limit 0
    wait_for grep -q "$away" crawl.err
    wait_for waits
    tc qdisc del dev lo root
    wait_for grep -q "$back" crawl.err
    crawl_wait
    expect_complete
    expect_stat outages 1
    expect_stat outage_fetches -gt 0
    expect_stat outcome_GAVE_UP 0
}

# One site, without a route.
part_route() {
    web --hosts 1 --pages 60 --requests-per-connection 1
    # shellcheck disable=SC2086
    more 20 crawl_start $strict
    ip addr flush dev lo
    wait_for grep -q "$away" crawl.err
    ip addr add 127.0.0.1/8 dev lo
    wait_for grep -q "$back" crawl.err
    crawl_wait
    expect_complete
    expect_stat outages 1
    expect_stat outcome_NO_CONNECT 0
    [ "$(grep -c "$away" crawl.err)" -eq 1 ] ||
        fail 'it was said more than once'
}

# Seeds by name: a list, and who answers for them.
names_web() {
    site '*' '/ 200 text/html "a page"' '/robots.txt 404 text/html ""'
    web --dns 127.0.0.1:0
    names=$port port=
}
list() { # COUNT NAME PORT
    awk -v n="$1" -v name="$2" -v port="$3" 'BEGIN {
        while (i < n)
            printf "http://%s%d.test:%d/\n", name, i++, port
    }'
}

# Dead sites, some living ones beside them or none: their own fault.
dead() ( # LIVING
    mkdir "dead$1"
    cd "dead$1" || exit
    out=$PWD/out
    list "$1" ok "$names" >mixed.txt
    list 20 dead 81 >>mixed.txt
    # shellcheck disable=SC2086
    crawl $strict --resolve '*:81:10.9.9.1' --level 0 --dns-servers "$dns" \
        mixed.txt
    expect_stat outcome_OK "$1"
    expect_stat outcome_NO_CONNECT -ge 20
    expect_stat outages 0
    expect_no_text crawl.err "$away"
)
part_dead() {
    names_web
    ip route add unreachable 10.9.9.0/24
    dead 3 &
    some=$!
    dead 0
    wait "$some" || fail 'a list of mostly dead sites'
}

# Only the name server is silent.
part_names() {
    names_web
    spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --dns 127.0.0.1:0 \
        --dns-latency 50 >ns.out 2>&1
    ns_pid=$pid
    wait_for grep -q '^dns ' ns.out
    dns=$(sed -n 's/^dns //p' ns.out)
    list 300 n "$names" >list.txt
    # shellcheck disable=SC2086
    more 60 crawl_start $strict --threads 1 --connections 4 --level 0 \
        --dns-servers "$dns" list.txt
    kill -STOP "$ns_pid"
    wait_for grep -q "no name server answers.*$away" crawl.err
    kill -CONT "$ns_pid"
    wait_for grep -q "$back" crawl.err
    crawl_wait
    expect_stat outcome_OK 300
    expect_stat outcome_GAVE_UP 0
    expect_stat outages 1
}

"part_$WEFT_INSIDE"
