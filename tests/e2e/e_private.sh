#!/bin/sh
# SPDX-License-Identifier: MIT
# e_private - without --allow-private nothing reaches this machine or its
# network: not by a seed, a link, a redirect, robots.txt or a name server.
. "$(dirname "$0")/lib.sh"
need redis-server

crawl_args=--no-progress
private='127.0.0.1 127.1 10.0.0.1 192.168.1.1 172.16.3.4 169.254.169.254
    0.0.0.0 localhost localhost. a.localhost 2130706433 0x7f000001 0177.0.0.1
    [::1] [::] [::ffff:127.0.0.1] [fe80::1] [fd00::1] 100.64.0.1 %31%32%37.0.0.1'
n=0
html=
for host in $private; do
    n=$((n + 1))
    html="$html<a href='http://$host/link$n'>x</a>"
    site hop.test "/$n 302 text/html header=\"Location: http://$host/hop$n\" \"\""
    html="$html<a href=http://hop.test/$n>x</a>"
done
site page.test "/ 200 text/html \"$html<a href=/good>good</a>\"" \
    '/good 200 text/html "good"'
site robots.test \
    '/robots.txt 302 text/plain header="Location: http://127.0.0.1/r" ""' \
    '/ 200 text/html "allowed: its robots.txt is not to be had"'
web --hosts 2 --pages 1 --dns 127.0.0.1:0
web_port=$port
port=

# Seeds are bad rows.
for host in $private; do
    echo "http://$host:$web_port/seed"
done >list.txt
want=1
crawl --procs 1 list.txt
expect_text crawl.err 'no good row'
expect_stat seeds_bad $n

# A proxy is the user's own word, so it stands in for the world: what its
# pages lead to is still refused.
want=0
anew
urls http://page.test/ http://robots.test/
crawl --procs 1 --delay 0 --proxy "http://127.0.0.1:$web_port" list.txt
expect_outcome http://page.test/good OK
expect_outcome http://robots.test/ OK
# Some names are one address: each is an entry once by a link and once by a
# redirect.
expect_stat outcome_REDIRECT $n
expect_stat outcome_PRIVATE $((2 * n))

# Names that lead here: refused when the socket is made, at every try.
anew
urls "http://s0001.test:$web_port/" "http://s0002.test:$web_port/p1"
crawl --procs 1 --delay 0 --dns-servers "$dns" list.txt
expect_outcome "http://s0001.test:$web_port/" PRIVATE
expect_outcome "http://s0002.test:$web_port/p1" PRIVATE
expect_stat outcome_PRIVATE 2

end "$web_pid"
for path in seed link hop r; do
    expect_no_text web.log " GET [^ ]*/${path}[0-9]* " " GET /r "
done
expect_no_text web.log ' s0001.test ' ' s0002.test '
