#!/bin/sh
# SPDX-License-Identifier: MIT
# i_outage - in a network namespace whose network goes away in the middle of a
# crawl, silently or without a route, or only its name servers: that is said
# once, no site is to blame, all is fetched.  Dead sites are no outage.
if [ -z "${WEFT_INSIDE:-}" ]; then
    for flags in '--net' '--user --map-root-user --net'; do
        # shellcheck disable=SC2086
        if unshare $flags sh -c 'ip link set lo up &&
            tc qdisc add dev lo root pfifo limit 0' 2>/dev/null; then
            # shellcheck disable=SC2086
            WEFT_INSIDE=yes exec unshare $flags sh "$0"
        fi
    done
    echo "no network namespaces here (unshare --net, iproute2)"
    exit 77
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
web --hosts 40 --pages 20 --cross 2 --requests-per-connection 2
# shellcheck disable=SC2086
more 100 crawl_start $strict
tc qdisc add dev lo root pfifo limit 0 # what is sent is lost
wait_for grep -q "$away" crawl.err
wait_for waits
tc qdisc del dev lo root
wait_for grep -q "$back" crawl.err
crawl_wait
expect_complete
expect_stat outages 1
expect_stat outage_fetches -gt 0
expect_stat outcome_GAVE_UP 0
end "$web_pid"

# One site, without a route.
web --hosts 1 --pages 60 --requests-per-connection 1
anew
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
[ "$(grep -c "$away" crawl.err)" -eq 1 ] || fail 'it was said more than once'
end "$web_pid"

# Dead sites, some living ones beside them or none: their own fault.
site '*' '/ 200 text/html "a page"' '/robots.txt 404 text/html ""'
web --dns 127.0.0.1:0
names=$port port=
list() { # COUNT NAME PORT
    awk -v n="$1" -v name="$2" -v port="$3" 'BEGIN {
        while (i < n)
            printf "http://%s%d.test:%d/\n", name, i++, port
    }'
}
ip route add unreachable 10.9.9.0/24
dead() ( # LIVING DNS
    mkdir "dead$1"
    cd "dead$1" || exit
    out=$PWD/out
    list "$1" ok "$names" >mixed.txt
    list 20 dead 81 >>mixed.txt
    # shellcheck disable=SC2086
    crawl $strict --resolve '*:81:10.9.9.1' --level 0 --dns-servers "$2" \
        mixed.txt
    expect_stat outcome_OK "$1"
    expect_stat outcome_NO_CONNECT -ge 20
    expect_stat outages 0
    expect_no_text crawl.err "$away"
)
dead 3 "$dns" &
some=$!
dead 0 "$dns" &
none=$!

# Only the name server is silent.
spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --dns 127.0.0.1:0 \
    --dns-latency 50 >ns.out 2>&1
ns_pid=$pid
wait_for grep -q '^dns ' ns.out
dns=$(sed -n 's/^dns //p' ns.out)
list 300 n "$names" >list.txt
anew
: >web.log
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
wait "$some" || fail 'a list of mostly dead sites'
wait "$none" || fail 'a list of dead sites'
