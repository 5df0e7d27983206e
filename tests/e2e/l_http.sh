#!/bin/sh
# SPDX-License-Identifier: MIT
# l_http - the master's HTTP server: who may ask, what is told, what is done,
# and what clients cannot do to it.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/lib_http.sh"
need redis-server curl jq

# Options that make no sense are said before anything begins.
web --hosts 20 --pages 1000 # it does not end meanwhile
expect_code 2 "$build/master" --http 0.0.0.0:0 seeds.csv
expect_text cmd.err 'http: 0.0.0.0:0 is reached from other .* --http-token'
expect_code 2 "$build/master" --http-token short seeds.csv
expect_code 2 "$build/master" --http a.test:80 seeds.csv

more 60 crawl_start --http 127.0.0.1:0 --http-token $token \
    --procs 2 --threads 2 --delay 0.2
wait_for http_up
expect_no_text crawl.err "$token"

# Open to all on this machine, by its own names only.
ask 200 /readyz
ask 200 / -I
expect_text head "^Content-Security-Policy: default-src 'none';" \
    '^X-Content-Type-Options: nosniff' '^X-Frame-Options: DENY' \
    '^Referrer-Policy: no-referrer' '^Content-Type: text/html'
ask 200 / -H "Host: localhost:${url##*:}"
ask 403 / -H 'Host: evil.test'
ask 403 /metrics -H "Host: evil.test:${url##*:}"
ask 403 /healthz -H 'Host: 127.0.0.1.evil.test'
ask 403 "/api/v1/explain?url=x" -H 'Sec-Fetch-Site: cross-site'
ask 403 /metrics -H 'Sec-Fetch-Site: same-site'
ask 404 /nothing
ask 404 /api/v1/nothing
is .error 'there is nothing of that name'
ask 404 /../../etc/passwd --path-as-is
ask 405 /metrics -X DELETE
ask 405 /api/v1/pause
ask 400 /api/v1/explain

# No order without the token, nor from another page, nor as a form.
ask 401 /api/v1/pause -X POST
ask 401 /api/v1/pause -X POST -H 'Authorization: Bearer 0123456789abcdef'
ask 403 /api/v1/pause -X POST -H "Authorization: Bearer $token" \
    -H 'Origin: http://evil.test'
ask 401 /api/v1/pause -X POST -d "token=$token" -H "Origin: $url"
ask 415 /api/v1/add -d '{"urls":["http://a.test/"]}' \
    -H "Authorization: Bearer $token"
[ "$(redis hget crawl:t state)" = running ] || fail "it is not running"

# What is told: as the commands have it.
ask 200 /api/v1/status
is .name t
is .condition running
ask 200 /api/v1/view
is .version 1
is .state running
is '.hosts | length' 1
is .threads 4
is .connections 64 # in each of them
ask 200 "/api/v1/explain?url=$(sed -n 1p expect.txt)"
expect_text answer '"ok":true' 'scope'
two_events() {
    [ "$(grep -c '^event: view$' events)" -ge 2 ]
}
spawn curl -sN --max-time 20 "$url/api/v1/events" >events
wait_for two_events
end "$pid"
sed -n 's/^data: //p' events | jq -e .counts.known >/dev/null ||
    fail "events are no JSON"

# Paused: numbers stand still, and are those of the metrics.
order 200 pause ''
is .state paused
order 200 pause ''
settle
ask 200 /metrics
cp answer metrics.txt
if command -v promtool >/dev/null 2>&1; then
    promtool check metrics <metrics.txt >promtool.out 2>&1 || {
        cat promtool.out
        fail "promtool finds something"
    }
fi
metric 'state{state="paused"}' 1

# Sites and URLs, with the commands' own judgement.
order 200 add '{"urls":["http://new.test/","http://new.test/"]}'
is '.lines[1]' 'seen already   http://new.test/'
order 409 add '{"urls":["ftp://new.test/"]}'
order 400 add '{"urls":["--restart"]}'
order 400 add '{"urls":[]}'
order 400 add 'x'
order 200 drop '{"site":"new.test"}'
order 200 slow '{"site":"http://www.slow.test/","delay":2.5}'
order 400 slow '{"site":"slow.test","delay":-1}'
order 400 slow '{"site":"","delay":1}'
[ "$(redis hget orders:t slow.test)" = 'delay 2500' ] || fail "not slowed"
[ "$(redis hget orders:t new.test)" = drop ] || fail "not dropped"
order 200 slow '{"site":"slow.test","delay":0}'
[ -z "$(redis hget orders:t slow.test)" ] || fail "still slowed"

# The whole crawl: every site, and how far.
order 200 slow '{"site":"*","delay":3}'
[ "$(redis hget orders:t '*')" = 'delay 3000' ] || fail "not all are slowed"
order 200 slow '{"site":"*","delay":0}'
order 400 limits '{}'
order 400 limits '{"max_pages":-1}'
order 400 limits '{"max_pages":"5","max_time":1}'
order 400 limits '{"max_time":1e300}'
ask 401 /api/v1/limits -d '{"max_pages":1}'
order 200 limits '{"max_pages":100000,"max_time":7200.5}'
[ "$(redis hget crawl:t max_pages)" = 100000 ] || fail "no limit in Redis"
ask 200 /api/v1/view
is '[.max_pages, .max_time_ms] | tostring' '[100000,7200500]'
order 200 limits '{"max_time":0}'
ask 200 /api/v1/view
is '[.max_pages, .max_time_ms] | tostring' '[100000,0]'

# Clients that are too big, too slow, or too many harm themselves only.
ask 431 / -H "X-Big: $(head -c 20000 /dev/zero | tr '\0' x)"
head -c 100000 /dev/zero | tr '\0' ' ' >big
order 413 add @big
mkfifo slow
exec 8<>slow
for i in 1 2 3 4 5 6 7 8; do
    spawn curl -s --max-time 9 "telnet://${url#http://}" <slow >slow.$i 2>&1
    printf 'GET / HTTP/1.1\r\nA: %04d\r\n' $i >&8
done
ask 200 /healthz
! is_gone "$master_pid" || fail "the master died"

# A port that is taken: said before anything begins.  The default one need not
# be had: another is found; the token made there is told to its terminal only.
out2=$work/second
expect_code 2 "$build/master" --name t2 --output "$out2" \
    --http "${url#http://}" seeds.csv
expect_text cmd.err 'taken, perhaps by another crawl; give another port'
[ ! -e "$out2" ] || fail "something was begun"
redis_start
second_redis=$redis_pid
spawn env -u WEFT_HTTP "$build/master" --allow-private --no-progress --name t2 \
    --procs 1 --output "$out2" --redis "$redis_url" --delay 1 \
    --connect-to "::127.0.0.1:$port" seeds.csv >second.out 2>second.err
second=$pid
wait_for grep -q dashboard second.err
expect_text second.err 'dashboard: http://127.0.0.1:[0-9]+/#token=[0-9a-f]{32}$'
expect_code 5 env -u WEFT_HTTP "$build/master" --allow-private --no-progress \
    --max-pages 1 --procs 1 --output "$work/third" \
    --connect-to "::127.0.0.1:$port" seeds.csv
expect_text cmd.err '127.0.0.1:8900: taken, .*; 127.0.0.1:[0-9]+ instead'
first=$url url=$(sed -n 's|.*dashboard: \(http://[^/]*\)/.*|\1|p' second.err)
made=$(sed -n 's|.*#token=||p' second.err)
ask 200 /api/v1/view
expect_no_text answer "$made"
ask 200 /api/v1/status
is .name t2
ask 200 /api/v1/stop -X POST -H "Authorization: Bearer $made"
wait_for is_gone "$second"
url=$first redis_url=
end "$second_redis"

# Stopped, while somebody looks: what the metrics said is what stats.json says.
spawn curl -sN --max-time 30 "$url/api/v1/events" >last.events
looker=$pid
wait_for grep -q '^event: view' last.events
order 200 stop ''
want=143
crawl_wait
wait_for is_gone "$looker"
expect_text last.events '^event: end$'
for pair in pages:pages_fetched_total fetches:fetches_total \
    'bytes_received:bytes_total{kind="received"}' \
    'status_2xx:pages_total{status="2xx"}' \
    'status_4xx:pages_total{status="4xx"}' \
    'outcome_OK:outcomes_total{outcome="OK"}' \
    robots_fetches:robots_fetches_total; do
    value=$(stat_of "${pair%%:*}")
    cp metrics.txt answer
    metric "${pair#*:}" "$value"
done
[ "$(stat_of pages)" -ge 60 ] || fail "nothing was fetched"
