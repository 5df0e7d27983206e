#!/bin/sh
# SPDX-License-Identifier: MIT
# g_pause - pause, resume and stop, given to a crawl that runs.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

asked_all() {
    web_settle
    asked=$(grep -vc ' settle.test ' web.log || :)
}

web --hosts 20 --pages 30
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.2"

# Nothing runs: said, and nothing is begun.
expect_code 1 tell pause
expect_text cmd.err 'there is no crawl in .*/out: No such file'
[ ! -e "$out" ] || fail "a folder was made"

# Paused: what is on the wire comes in, then no request leaves.
more 60 crawl_start
expect_code 0 tell pause
expect_text cmd.out '^crawl t is paused; "master resume" goes on$'
[ "$(redis hget crawl:t state)" = paused ] || fail "the state is not paused"
asked_all
before=$asked
sleep 2 # ten delays of each of the 20 sites
asked_all
[ "$before" -eq "$asked" ] ||
    fail "$((asked - before)) requests while it was paused"
! is_gone "$master_pid" || fail "the master ended"
workers_up 2 || fail "the workers ended"
expect_code 0 tell pause
expect_text cmd.out '^crawl t is paused already$'

# Resumed: to its end, nothing left out, nothing twice.
expect_code 0 tell resume
expect_text cmd.out '^crawl t goes on$'
expect_code 0 tell resume
expect_text cmd.out '^crawl t is (running|seeding) already$'
crawl_wait
grep -v ' settle.test ' web.log >pages.log
mv pages.log web.log
expect_complete
expect_once
expect_spacing 200
expect_code 1 tell pause
expect_text cmd.err 'the crawl in .*/out is not running'

# Stopped: everything goes back, the folder is free, the rest is for later.
anew
rm web.log
end "$web_pid"
web --hosts 20 --pages 30
want=143
more 60 crawl_start
expect_code 0 tell stop
expect_text cmd.out '^crawl t is stopped; '
want=143 crawl_wait
expect_stat flight 0
[ ! -e "$out/redis/socket" ] || fail "the private Redis was not stopped"
expect_code 1 tell stop
expect_text cmd.err 'is not running'
want=0
crawl
expect_complete

# The same with a Redis of one's own, by its only crawl's name; a crawl that
# is paused can be stopped, and one that is stopped stopped again.
anew
rm web.log
end "$web_pid"
web --hosts 20 --pages 30
redis_start
want=143
more 60 crawl_start
expect_code 0 tell pause
expect_code 0 tell stop
crawl_wait
expect_code 0 tell stop
expect_text cmd.out '^crawl t is stopped'
expect_code 1 tell resume
expect_text cmd.err 'crawl t is stopping: it cannot resume'
expect_code 1 tell pause --name other
expect_text cmd.err 'there is no crawl other in unix://.*, but: t$'
want=0
crawl
expect_complete
expect_code 1 tell pause
expect_text cmd.err 'crawl t is finished: it cannot pause'
expect_code 0 tell stop
expect_text cmd.out 'crawl t is finished already'

# Which one, and none.
redis hset crawl:u state running >/dev/null
expect_code 1 tell pause
expect_text cmd.err 'which crawl. Name one of these with --name: t, u$'
expect_code 4 "$build/master" pause --redis unix:///nowhere.sock
expect_code 2 tell pause http://a.test/
