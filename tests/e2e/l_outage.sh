#!/bin/sh
# SPDX-License-Identifier: MIT
# l_outage - the dashboard's server while Redis dies and comes back, and while
# the master does: who looks hears of it, nothing hangs, and goes on.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_http.sh"
need redis-server curl jq

up() { # the last event that came has numbers, and no trouble
    last=$(sed -n 's/^data: //p' events | tail -n 1)
    [ -n "$last" ] && [ "$(printf %s "$last" | jq -r "$1")" = true ]
}
look() {
    : >events
    spawn curl -sN --max-time 120 "$url/api/v1/events" >events
    looker=$pid
}
code_of() { # PATH CODE
    [ "$(curl -s --max-time 20 -o answer -w '%{http_code}' "$url$1")" = "$2" ]
}
grown() { # more pages than $before
    up ".counts.known > 0 and .stats.pages > $before"
}

web --hosts 10 --pages 1000
redis_start
crawl_start --redis "$redis_url" --http 127.0.0.1:0 --http-token $token \
    --procs 1 --threads 2 --delay 0.2
wait_for http_up
look
wait_for up '.trouble == null and .stats.pages > 0'
code_of /readyz 200 || fail 'not ready, with all there'

# Redis is killed: the page is told, what asks it is answered, not held.
end "$redis_pid" KILL
wait_for up '.trouble != null'
wait_for code_of /readyz 503
code_of /healthz 200 || fail 'not healthy: the loop turns'
code_of /api/v1/view 200 || fail "view: $(cat answer)"
jq -e '.trouble' answer >/dev/null || fail 'the view knows of no trouble'
code_of /metrics 200 || fail "metrics: $(cat answer)"
metric redis_up 0
order 503 pause ''
is .error 'Redis is away'

# It is back with what it had: so is the page, on the same stream.
before=$(printf %s "$last" | jq '.stats.pages // 0')
redis_start
wait_for grown
wait_for code_of /readyz 200
wait_for up '.trouble == null'
is_gone "$looker" && fail 'the stream broke'
order 200 pause ''
is .state paused
order 200 resume ''

# The master is killed: its port is free at once, and the next one, on it,
# goes on where that was.
before=$(printf %s "$last" | jq .stats.pages)
end "$master_pid" KILL
wait_for is_gone "$looker"
expect_no_text events '^event: end$'
port_was=${url##*:}
mv crawl.err first.err
crawl_start --redis "$redis_url" --http "127.0.0.1:$port_was" \
    --http-token $token --procs 1 --threads 2 --delay 0.2
wait_for http_up
[ "${url##*:}" = "$port_was" ] || fail 'it listens elsewhere'
look
wait_for grown
order 200 stop ''
want=143
crawl_wait
wait_for is_gone "$looker"
expect_text events '^event: end$'
expect_clean
