#!/bin/sh
# SPDX-License-Identifier: MIT
# f_few_files - few open files: fewer connections and a line that says so, or
# the number that is needed; when none is to be had no site is to blame.
. "$(dirname "$0")/lib.sh"
need redis-server prlimit

limited() { # FILES [ARG ...]: a crawl with that limit
    files=$1
    shift
    crawl_code=0
    (
        prlimit --pid "$(exec sh -c 'echo $PPID')" --nofile="$files:$files"
        run_master "$@"
    ) >crawl.out 2>crawl.err || crawl_code=$?
    [ "$crawl_code" -eq "$want" ] ||
        fail "master ended with $crawl_code, not $want: $*"
    expect_clean
}

web --hosts 60 --pages 5 --cross 2 --latency 5 --dns 127.0.0.1:0
crawl_args="$crawl_args --delay 0 --dns-servers $dns"

# A little: fewer connections, and all is fetched.
limited 96 --procs 2 --threads 2
expect_text crawl.err '96 open files are allowed: --connections [0-9]+ instead of 64'
[ "$(grep -c 'open files are allowed' crawl.err)" -eq 2 ] || fail "said too often"
expect_complete
expect_once
expect_stat outcome_NO_CONNECT 0
expect_stat worker_deaths 0

# Too few for so many threads: refused, with the number that would do.
anew
want=1
limited 64 --procs 1 --threads 5
expect_text crawl.err '64 open files are allowed, --threads 5 needs [0-9]+: raise'
[ "$(grep -c 'needs' crawl.err)" -eq 1 ] || fail "tried more than once"
least=$(sed -n 's/.*--threads 5 needs \([0-9]*\):.*/\1/p' crawl.err)
want=0
: >web.log
limited "$least" --procs 1 --threads 5
expect_complete
expect_stat outcome_NO_CONNECT 0

# Redis, too, has a file for each client.
anew
want=2
limited 64 --procs 8 --threads 5
expect_text crawl.err '64 open files are allowed, --procs 8 --threads 5 needs 8[0-9]'

# All gone at run time: transfers wait, nobody is blamed, and it goes on.
# Each request needs a connection of its own, and so a file.
end "$web_pid"
web --hosts 60 --pages 5 --cross 2 --latency 5 --requests-per-connection 1 \
    --dns 127.0.0.1:0
crawl_args='--allow-private --no-progress'
anew
: >web.log
want=0
crawl_start --procs 1 --threads 1 --delay 0.5 --dns-servers "$dns" seeds.csv
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge 20 ]
}
wait_for some
worker=$(workers)
prlimit --pid "$worker" --nofile=8:
wait_for grep -q 'no more files can be opened: transfers wait' crawl.err
prlimit --pid "$worker" --nofile=1024:
crawl_wait
[ "$(grep -c 'no more files' crawl.err)" -le 10 ] || fail "a storm of lines"
expect_complete
expect_stat outcome_NO_CONNECT 0
expect_stat outcome_DNS_ERROR 0
expect_stat worker_deaths 0
