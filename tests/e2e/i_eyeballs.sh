#!/bin/sh
# SPDX-License-Identifier: MIT
# i_eyeballs - a host whose IPv6 address swallows packets is fetched by its
# IPv4 address without waiting for the first (RFC 8305); with --ip-delay, which
# asks one address at a time, by the second try.
if [ -z "${WEFT_IN_NETNS:-}" ]; then
    if unshare -rn true 2>/dev/null && command -v ip >/dev/null 2>&1; then
        WEFT_IN_NETNS=1 exec unshare -rn sh "$0"
    fi
    echo "no network namespace here (unshare, ip)"
    exit 77
fi
. "$(dirname "$0")/lib.sh"
need redis-server ip

ip link set lo up
# A cable with nobody of that address at its other end: packets vanish.
{
    ip link add hole type veth peer name end && ip link set end up &&
        ip link set hole up && ip addr add 2001:db8::1/64 dev hole nodad &&
        ip -6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev hole
} 2>ip.err || skip "no cable here: $(cat ip.err)"
web --hosts 3 --pages 0
at=$port
port=
url=http://s0001.test:$at/x/page/a
urls "$url"
dual="--resolve s0001.test:$at:[2001:db8::2],127.0.0.1"
# shellcheck disable=SC2086
crawl --procs 1 --delay 0 --no-robots --tries 1 --connect-timeout 8 $dual \
    list.txt
expect_outcome "$url" OK
grep -hF '/x/page/a' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"ip":"127.0.0.1"'
took=$(sed 's/.*"ms":\([0-9]*\),.*/\1/' line.txt)
[ "$took" -ge 150 ] || fail "the dead address was not asked first"
[ "$took" -lt 4000 ] || fail "$took ms: the dead address was waited for"

anew
# shellcheck disable=SC2086
crawl --procs 1 --delay 0 --no-robots --tries 2 --waitretry 0.2 \
    --connect-timeout 0.5 --ip-delay 0.1 $dual list.txt
expect_outcome "$url" TIMEOUT OK
expect_stat timeouts_connect 1
