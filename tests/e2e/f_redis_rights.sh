#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_rights - Redis's user loses the right to a command in a running
# crawl: which one is said, once, without spinning; given back, it goes on.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start --port 0
redis acl setuser weft on '>s3cret' '~*' '&*' '+@all' '-@dangerous' '+info' \
    '+config|get' >/dev/null
web --hosts 20 --pages 30 --cross 2 --latency 10
echo s3cret >pw
tcp=0
for try in 1 2 3 4 5; do
    tcp=$((20000 + $$ % 10000 + try * 7))
    redis config set port "$tcp" 2>/dev/null | grep -q OK && break
done
socket=$redis_url
redis_url=redis://weft:s3cret@127.0.0.1:$tcp
crawl_start --procs 2 --threads 4 --delay 0.1
redis_url=$socket
more 80 :
redis acl setuser weft -evalsha >/dev/null
redis client kill type normal skipme yes >/dev/null
wait_for grep -q "worker.*lacks a right.*evalsha" crawl.err
sleep 3 # the time in which it must not spin
n=$(grep -c 'lacks a right' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one right"
denied=$(redis info commandstats | tr -d '\r' |
    sed -n 's/^cmdstat_evalsha:.*rejected_calls=\([0-9]*\).*/\1/p')
[ "${denied:-0}" -lt 2000 ] || fail "$denied refused calls"
redis acl setuser weft +evalsha >/dev/null
crawl_wait
expect_complete
expect_once
expect_spacing 100
expect_no_text crawl.err s3cret
