#!/bin/sh
# SPDX-License-Identifier: MIT
# i_rebind - in a network namespace that has a public address: a name server
# that says something else each time, or both at once, leads nobody to a
# private address, by IPv4 or IPv6, for pages or robots.txt.
if [ -z "${WEFT_INSIDE:-}" ]; then
    for flags in '--net' '--user --map-root-user --net'; do
        # shellcheck disable=SC2086
        if unshare $flags sh -c 'ip link set lo up' 2>/dev/null; then
            # shellcheck disable=SC2086
            WEFT_INSIDE=yes exec unshare $flags sh "$0"
        fi
    done
    echo "no network namespaces here (unshare --net, iproute2)"
    exit 77
fi
. "$(dirname "$0")/lib.sh"
need redis-server ip

ip link set lo up
ip addr add 9.9.9.10/32 dev lo
crawl_args=--no-progress
site '*' '/ 200 text/html "<a href=/two>two</a>"' '/two 200 text/html ""'
site robots.test \
    '/robots.txt 302 text/html header="Location: http://v62.test:8080/r" ""'
web --listen any:8080 --dns 127.0.0.1:0
private=$port # nobody listens there but on 127.0.0.1
port=
args="--procs 1 --threads 1 --delay 0 --tries 1 --dns-servers $dns"

# The name has a public address, then that of this machine.
urls http://rb1.test:8080/
# shellcheck disable=SC2086
crawl $args list.txt
expect_outcome http://rb1.test:8080/ OK
expect_outcome http://rb1.test:8080/two OK
grep -hF '"http://rb1.test:8080/"' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"ip":"9.9.9.10"'
anew
# shellcheck disable=SC2086
crawl $args list.txt
expect_outcome http://rb1.test:8080/ PRIVATE

# Both at once: the public one may be taken, the other not when it fails.
anew
urls http://bo1.test:8080/ "http://bo2.test:$private/"
# shellcheck disable=SC2086
crawl $args list.txt
expect_outcome http://bo1.test:8080/ OK
expect_outcome "http://bo2.test:$private/" PRIVATE

# IPv6, of a page and behind a robots.txt; what the user sets is no exception.
anew
urls http://v61.test:8080/ http://set.test:8080/ http://moved.test/
# shellcheck disable=SC2086
crawl $args --resolve set.test:8080:127.0.0.1 \
    --connect-to 'moved.test:80:[::1]:8080' list.txt
expect_outcome http://v61.test:8080/ PRIVATE
expect_outcome http://set.test:8080/ PRIVATE
expect_outcome http://moved.test/ PRIVATE
anew
urls http://robots.test:8080/
# shellcheck disable=SC2086
crawl $args --resolve robots.test:8080:9.9.9.10 list.txt
expect_no_text web.log '/r '

end "$web_pid"
expect_no_text web.log " bo2.test" ' v6[0-9].test' ' set.test' ' moved.test'
[ "$(grep -c ' rb1.test' web.log)" -eq 3 ] || fail 'rb1.test was asked again'
