#!/bin/sh
# SPDX-License-Identifier: MIT
# c_stop - signals and limits: what is unfinished goes back, and the same
# command again takes it up.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 20 --pages 40 --latency 20
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.1"

# SIGINT in the middle: within 10 s, nothing in anybody's hands, exit 130.
want=130
more 60 crawl_start
begin=$(now_ms)
kill -INT "$master_pid"
crawl_wait
[ $(($(now_ms) - begin)) -lt 11000 ] || fail "stopping took too long"
expect_text crawl.err 'stopping: ' 'the same command again resumes crawl t'
expect_text crawl.out '^weft t: interrupted in '
expect_stat flight 0
expect_stat sites_held 0
expect_stat worker_deaths 0
is_gone "$master_pid" || fail "the master still runs"
[ ! -e "$out/redis/socket" ] || fail "the private Redis was not stopped"

# SIGTERM: exit 143.
want=143
more 60 crawl_start
kill -TERM "$master_pid"
crawl_wait
expect_text crawl.err 'resuming crawl t: [0-9]+ of '
expect_stat flight 0

# SIGINT twice: at once, and still nothing is lost.
want=130
more 60 crawl_start
kill -INT "$master_pid"
kill -INT "$master_pid"
begin=$(now_ms)
crawl_wait
[ $(($(now_ms) - begin)) -lt 4000 ] || fail "the second signal took too long"

# --max-time, --max-pages: exit 5.
want=5
crawl --max-time 1
expect_text crawl.err 'max-time is over'
charged=$(stat_of charged)
crawl --max-pages $((charged + 40))
expect_text crawl.err 'max-pages is reached' 'max_pages is now'
expect_stat flight 0
expect_stat charged $((charged + 40))

# The rest.
want=0
crawl --max-pages 0
expect_complete
expect_spacing 100
[ "$(stat_of result)" = finished ] || fail "not finished: $(stat_of result)"
