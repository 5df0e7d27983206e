#!/bin/sh
# SPDX-License-Identifier: MIT
# d_ip_delay - --ip-delay: sites of one address wait for each other, over all
# processes; another address is asked at its own pace.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 12 --pages 2
other=$port
crawl --procs 3 --threads 2 --delay 0 --ip-delay 0.15
expect_complete
expect_once
# All sites are one to this clock.
sort -n web.log | awk '$4 != "/robots.txt" && last && $1 - last < 150000 * 0.9 {
        print "only " $1 - last " us before " $0; bad = 1 }
    $4 != "/robots.txt" { last = $1; n++ }
    END { exit bad || n < 24 }' || fail "the address was asked too soon"

# Two addresses: half the time, and each keeps its clock.
end "$web_pid"
rm -f web.log sites.txt
anew
for h in 1 2 3 4 5 6 7 8; do
    site "h$h.test" '/ 200 text/html "a page"'
    echo "http://h$h.test/" >>list.txt
done
web --listen "127.0.0.2:$other"
first="h1.test:80:127.0.0.1:$port h2.test:80:127.0.0.1:$port"
first="$first h3.test:80:127.0.0.1:$port h4.test:80:127.0.0.1:$port"
second="h5.test:80:127.0.0.2:$other h6.test:80:127.0.0.2:$other"
second="$second h7.test:80:127.0.0.2:$other h8.test:80:127.0.0.2:$other"
args=
for to in $first $second; do
    args="$args --connect-to $to"
done
port=
# shellcheck disable=SC2086
crawl $args --procs 2 --threads 2 --delay 0 --ip-delay 0.3 list.txt
for hosts in 'h[1-4]' 'h[5-8]'; do
    sort -n web.log | awk -v h="^$hosts.test$" '
        $2 !~ h || $4 == "/robots.txt" { next }
        last && $1 - last < 300000 * 0.9 { print; bad = 1 }
        { last = $1; n++ }
        END { exit bad || n != 4 }' || fail "$hosts: not its own clock"
done
