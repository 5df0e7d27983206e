#!/bin/sh
# SPDX-License-Identifier: MIT
# c_first - a small web, crawled to its end by a private Redis and two workers.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 10 --pages 20
crawl --procs 2 --threads 2 --delay 0.02
expect_complete
expect_once
expect_spacing 20
expect_text crawl.out '^weft t: finished in 0:' '^  pages +210 ' \
    "counters +$out/stats.json"
expect_stat exit_code 0
expect_stat pages 210
expect_stat known -ge 210
expect_stat queued 0
expect_stat worker_deaths 0
[ ! -e "$out/redis/socket" ] || fail "the private Redis was not stopped"

# The same command again: there is nothing left to do.
crawl
expect_text crawl.err 'finished already .*--restart'
