#!/bin/sh
# SPDX-License-Identifier: MIT
# i_dns - 3,000 names, the first of three name servers dead and one that
# refuses: each name comes to the outcome that is its, each kind of failure is
# counted exactly, and nobody waits for the dead one.
. "$(dirname "$0")/lib.sh"
need redis-server

names() { # COUNT PREFIX
    awk -v n="$1" -v p="$2" 'BEGIN {
        for (i = 1; i <= n; i++) printf "%s%04d.test\n", p, i }'
}
site '*' '/ 200 text/html "<a href=/two>two</a>"' '/two 200 text/html ""' \
    '/robots.txt 404 text/html ""'
# One that never answers (its answers wait for an hour).
spawn "$build/testweb" --hosts 1 --listen 127.0.0.1:0 --dns 127.0.0.1:0 \
    --dns-latency 3600000 >dead.out 2>&1
wait_for grep -q '^dns ' dead.out
dead=$(sed -n 's/^dns //p' dead.out)
web --dns 127.0.0.1:0
web_port=$port
port=
each() { # SERVERS OPTION ...: a seed for each name, each looked up
    servers=$1
    shift
    crawl --procs 1 --threads 2 --connections 64 --delay 0 --tries 1 --no-warc \
        --level 0 --dns-timeout 2 --dns-servers "$servers" "$@" list.txt
}
{
    names 2700 ok
    names 40 cn
    names 150 nx
    names 60 sf
    names 20 lp
    names 10 to
    names 10 wi
    names 10 wn
} | sed "s|.*|http://&:$web_port/|" >list.txt
begun=$(now_ms)
each "$dead,$dns,127.0.0.1:1" --ipv4 --dns-timeout 3
took=$(($(now_ms) - begun))
expect_stat outcome_OK 2740
expect_stat outcome_NO_DNS 170
expect_stat outcome_DNS_ERROR 90
# While only time-outs are left, a name that is known may be asked for again.
expect_stat dns_lookups -ge 3000
expect_stat dns_lookups -le 3003
expect_stat dns_found -ge 2740
expect_stat dns_nxdomain 150
expect_stat dns_nodata 20
expect_stat dns_servfail 60
expect_stat dns_timeouts 30
expect_stat dns_refused 0
expect_stat dns_other 0
# A third of all each would have asked the two others in vain: only a few did.
echo "3000 names: $took ms, $(stat_of dns_questions) questions"
expect_stat dns_questions -lt 4800
word() { # NAME OUTCOME ERROR
    grep -hF "http://$1:$web_port/\"" "$out"/log/*.jsonl >line.txt
    expect_text line.txt "\"outcome\":\"$2\"" "\"error\":\"[^\"]*\($3\)\""
}
word nx0001.test NO_DNS NXDOMAIN
word lp0001.test NO_DNS NODATA
word sf0001.test DNS_ERROR SERVFAIL
word to0001.test DNS_ERROR time-out
word wi0001.test DNS_ERROR time-out
end "$web_pid"
expect_no_text web.log ' (nx|sf|lp|to|wi|wn)[0-9]+.test '

# By a later server: refused by all is said; none there is said too.
web --dns 127.0.0.1:0
web_port=$port
port=
anew
urls "http://rf1.test:$web_port/" "http://v61.test:$web_port/" \
    "http://localhost:$web_port/"
each "$dns"
word rf1.test DNS_ERROR REFUSED
expect_outcome "http://v61.test:$web_port/" NO_CONNECT # nobody is at ::1
expect_outcome "http://localhost:$web_port/" OK
expect_stat dns_refused 1
expect_stat dns_lookups 2
anew
each 127.0.0.1:1
word v61.test DNS_ERROR 'no name server there'
expect_stat dns_other 2

# A name is asked for once, however many pages its host has.
anew
names 20 once | sed "s|.*|http://&:$web_port/|" >list.txt
crawl --procs 1 --threads 1 --delay 0 --dns-servers "$dns" list.txt
expect_stat pages 40
expect_stat dns_lookups 20

# --dns-rate: 20 names at 20 a second take a second, less the first.
anew
begun=$(now_ms)
crawl --procs 1 --threads 1 --delay 0 --level 0 --dns-rate 20 \
    --dns-servers "$dns" list.txt
expect_stat pages 20
took=$(($(now_ms) - begun))
[ "$took" -ge 800 ] || fail "20 look-ups at 20 a second within $took ms"

# An answer too long for UDP comes by TCP.
PATH=$PATH:/usr/local/sbin:/usr/sbin
command -v dnsmasq >/dev/null 2>&1 ||
    skip "no dnsmasq here: answers by TCP were not tried"
for i in 1 2 3 4 5 6 7 8 9; do
    for j in 1 2 3 4 5 6; do echo "127.0.$j.$i big.test"; done
done >hosts.txt
for try in 1 2 3 4 5; do
    at=$((20000 + ($$ * 7 + try * 1013) % 10000))
    spawn dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv \
        --no-hosts --addn-hosts="$work/hosts.txt" --listen-address=127.0.0.1 \
        --bind-interfaces --port=$at --user= --pid-file= --log-facility=- \
        --log-queries >dnsmasq.out 2>&1
    wait_for grep -q 'read .*hosts.txt\|failed\|in use' dnsmasq.out
    ! grep -q 'read .*hosts.txt' dnsmasq.out || break
    [ "$try" -lt 5 ] || skip "dnsmasq does not start: $(tail -n 1 dnsmasq.out)"
done
anew
urls "http://big.test:$web_port/"
each "127.0.0.1:$at"
expect_stat dns_found 1
expect_outcome "http://big.test:$web_port/" NO_CONNECT # nobody is at those
