#!/bin/sh
# SPDX-License-Identifier: MIT
# f_memory - large bodies and little memory for them; a worker that may not
# have what it asks for ends, another begins, and nothing is lost.
. "$(dirname "$0")/lib.sh"
need redis-server

# 30 hosts of large pages, 32 transfers at a time, memory for two of them; each
# of the two threads may have one more.
web --hosts 30 --pages 2 --size 1500000
crawl --procs 1 --threads 2 --connections 16 --delay 0 --no-warc --verbose \
    --max-filesize 2m --body-memory 4m
expect_complete
expect_once
most=$(sed -n 's/.*bodies took \([0-9]*\) bytes of memory at most.*/\1/p' crawl.err)
[ "$most" -ge 2000000 ] || fail "only $most bytes: nothing was counted"
[ "$most" -le 8400000 ] || fail "$most bytes of memory in bodies"

# Without the budget it is more: the test could fail.
anew
: >web.log
crawl --procs 1 --threads 2 --connections 16 --delay 0 --no-warc --verbose \
    --max-filesize 2m
most=$(sed -n 's/.*bodies took \([0-9]*\) bytes of memory at most.*/\1/p' crawl.err)
[ "$most" -gt 8400000 ] || fail "$most bytes: the budget changes nothing"
expect_code 2 "$build/master" --body-memory 1000 --dry-run seeds.csv

case $build in *-address | *-thread) exit 0 ;; esac

# A limit that the first worker meets in the middle of its work; the next one
# has none.
need prlimit
end "$web_pid"
web --hosts 6 --pages 1 --size 20000000 --latency 300
anew
: >web.log
crawl_start --procs 1 --threads 2 --delay 0 --max-filesize 40m seeds.csv
wait_for workers_up 1
wait_for grep -q ' GET /robots.txt ' web.log
prlimit --pid "$(workers)" --as=1000000:
crawl_wait
expect_text crawl.err 'out of memory' 'worker [0-9]+ ended with exit code 1; another'
expect_complete

# One that meets it every time: each start waits longer than the last.
anew
: >web.log
cat >starved <<END
#!/bin/sh
ulimit -v 60000
exec "$build/worker" "\$@"
END
chmod +x starved
want=130
crawl_start --procs 1 --threads 5 --delay 0 --worker-program "$work/starved" \
    seeds.csv
wait_for -t 40 grep -q 'another in 2.0 s' crawl.err
expect_text crawl.err 'another in 0.5 s' 'another in 1.0 s'
kill -INT "$master_pid"
crawl_wait
[ "$(grep -c ' ended ' crawl.err)" -le 5 ] || fail "started too often"
