#!/bin/sh
# SPDX-License-Identifier: MIT
# f_redis_password - Redis's password is changed under a running crawl, with
# all connections cut: workers and master wait, say so once, read the file
# again and go on.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

redis_start --requirepass one
as() {
    password=$1
    shift
    REDISCLI_AUTH=$password redis-cli -s "${redis_url#unix://}" "$@"
}
web --hosts 20 --pages 30 --cross 2 --latency 10
echo one >pw
crawl_start --redis-password-file pw --procs 2 --threads 4 --delay 0.1 seeds.csv
more 80 :
as one config set requirepass two >/dev/null
as two client kill type normal skipme yes >/dev/null
wait_for grep -q 'worker.*Redis refuses the password' crawl.err
wait_for grep -q 'master.*Redis refuses the password' crawl.err
before=$(workers | sort)
echo two >pw.new
mv pw.new pw
wait_for grep -q 'worker.*Redis is back' crawl.err
more 50 :
[ "$(workers | sort)" = "$before" ] || fail "other workers than before"

crawl_wait
expect_complete
expect_once
expect_spacing 100
expect_stat worker_deaths 0
n=$(grep -c 'refuses the password' crawl.err)
[ "$n" -le 3 ] || fail "$n lines for one password"
expect_no_text crawl.err 'password.*(one|two)$'
