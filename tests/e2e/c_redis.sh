#!/bin/sh
# SPDX-License-Identifier: MIT
# c_redis - a Redis of one's own: each thing that may be wrong is one line at
# the start, exit code 4, and a password shows nowhere.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli
printf 'a.test\n' >list.csv
master="$build/master --procs 0 --max-time 1 --name t"

# A port that nothing listens on: the test web's, once it is gone.
web --hosts 1
end "$web_pid"
# shellcheck disable=SC2086
expect_code 4 $master --redis "redis://127.0.0.1:$port" list.csv
expect_text cmd.err "nothing listens at redis://127.0.0.1:$port"
# shellcheck disable=SC2086
expect_code 4 $master --redis "unix://$work/none" list.csv
expect_text cmd.err 'there is no socket'
# Workers find nobody there, so that the crawl is never finished.
master="$master --allow-private --connect-to ::127.0.0.1:$port"

redis_start --requirepass 'p@ss w'
# shellcheck disable=SC2086
expect_code 4 $master --redis "$redis_url" list.csv
expect_text cmd.err 'asks for a password'
echo wrong >pw
# shellcheck disable=SC2086
expect_code 4 $master --redis "$redis_url" --redis-password-file pw list.csv
expect_text cmd.err 'refuses the password'
expect_no_text cmd.err 'wrong$' 'wrong[^ ]'
echo 'p@ss w' >pw
# shellcheck disable=SC2086
expect_code 5 $master --redis "$redis_url" --redis-password-file pw list.csv
# shellcheck disable=SC2086
expect_code 5 $master --redis "$redis_url" --redis-password-file pw --procs 1 \
    --restart --max-time 2 list.csv
expect_no_text cmd.err 'password' 'exit code'
end "$redis_pid"

# Over TCP, where the password is part of the address: not in ps, not in logs.
need ss
redis_start --requirepass s3cret --unixsocketperm 700
redis_as() {
    REDISCLI_AUTH=s3cret redis-cli -s "${redis_url#unix://}" "$@"
}
tcp=0
for try in 1 2 3 4 5; do
    tcp=$((20000 + $$ % 10000 + try * 7))
    redis_as config set port "$tcp" | grep -q OK && break
done
want=130
crawl_args="$crawl_args --procs 1"
socket_url=$redis_url
redis_url=redis://:s3cret@127.0.0.1:$tcp
crawl_start --restart --verbose list.csv
redis_url=$socket_url
wait_for grep -q 'seeds are in' crawl.err
wait_for workers_up 1
for p in $master_pid $(workers); do
    tr '\0' ' ' <"/proc/$p/cmdline" >cmdline
    expect_no_text cmdline s3cret
    expect_text cmdline 'master|worker'
done
kill -INT "$master_pid"
crawl_wait
expect_no_text crawl.err s3cret
! grep -rq s3cret "$out" || fail "the password is in the output folder"
want=0

# What the server must be.
redis_as config set maxmemory-policy allkeys-lru >/dev/null
# shellcheck disable=SC2086
expect_code 4 $master --redis "redis://:s3cret@127.0.0.1:$tcp" list.csv
expect_text cmd.err 'maxmemory-policy allkeys-lru' 'noeviction'
redis_as config set maxmemory-policy noeviction >/dev/null
redis_as hset crawl:t layout 99 >/dev/null
# shellcheck disable=SC2086
expect_code 1 $master --redis "redis://:s3cret@127.0.0.1:$tcp" list.csv
expect_text cmd.err 'another version of weft .key layout 99.*--restart'
# shellcheck disable=SC2086
expect_code 5 $master --redis "redis://:s3cret@127.0.0.1:$tcp" --restart \
    list.csv
expect_text cmd.err 'drops crawl t'
[ "$(redis_as hget crawl:t layout)" = 2 ] || fail "--restart kept the layout"
[ "$(redis_as config get set-max-intset-entries | tail -n 1)" = 16384 ] ||
    fail "set-max-intset-entries was not raised"
