#!/bin/sh
# SPDX-License-Identifier: MIT
# f_accused - a page that takes long, at work whenever a worker is killed: it
# is set aside as if it had killed them, and has its result in its last try.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

slow="<a href='/end?a=1&amp;weft-slow'>x</a>"
site slow.test "/ 200 text/html \"$slow\"" '/end* 200 text/html "fine"'
web --hosts 10 --pages 30 --cross 1 --latency 100
redis_start
preload poison WEFT_TEST_SLOW_MS=2500
echo 1,slow.test >list.csv
cat seeds.csv >>list.csv
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.3"

# The file of the thread that is at work on the page; its name has the pid.
crumb() {
    grep -lsF http://slow.test/ "${1:-$out}"/crumb/*
}
victim() {
    basename "$(crumb "$@")" | cut -d- -f2
}
accused() {
    [ "$(redis HGET suspects:t http://slow.test/)" = "$1" ]
}

# A worker is killed: its master says over what.
crawl_start list.csv
wait_for crumb
kill -KILL "$(victim)"
wait_for accused 1
expect_text crawl.err 'died over http://slow.test/, which stands accused of 1'

# All are killed, the master first; what that one left is told by the next.
wait_for crumb
gone=$(workers)
want=137
kill -KILL "$master_pid"
for p in $gone; do
    kill -KILL "$p"
done
crawl_wait
accused 1 || fail "who has told that?"
want=0
crawl_start list.csv --procs 0
wait_for accused 2
expect_text crawl.err 'resuming crawl t' \
    'died over http://slow.test/, which stands accused of 2'
[ -z "$(ls -A "$out/crumb")" ] || fail "a crumb is left"

# A worker of another folder, as on another machine: the next one there.
far_worker() {
    spawn "$worker" --redis "$redis_url" --name t --output far --threads 1 \
        --connections 4 >>far.out 2>&1
}
rm -rf far
far_worker
wait_for crumb far
kill -KILL "$(victim far)"
reap_pid "$pid"
far_worker
wait_for accused 3
expect_text far.out 'died over http://slow.test/, which stands accused of 3'
aside() {
    [ "$(redis LLEN quarantine:t)" -eq 1 ]
}
wait_for aside

# It waits for the end; a master that is stopped meanwhile changes nothing.
want=143
kill -TERM "$master_pid"
crawl_wait
end "$pid"
[ -z "$(ls -A far/crumb)" ] || fail "a crumb is left in far"
expect_text crawl.out 'set aside +1, whose pages killed workers'
expect_stat quarantined 1
asked_before=$(asked slow.test /)

# The end: nothing else is under way; it takes its time, and has its result.
want=0
crawl list.csv
web_settle
expect_text crawl.err 'one last try for http://slow.test/, with nothing else'
expect_asked slow.test / $((asked_before + 1))
expect_outcome http://slow.test/ OK
expect_stat quarantined 0
expect_stat outcome_CRASH 0
{
    cat expect.txt
    echo http://slow.test/
    echo 'http://slow.test/end?a=1&weft-slow'
} | sort >all.txt
expect_complete all.txt

# Whoever was only in flight is no suspect: one more page a death, perhaps.
n=$(redis HKEYS suspects:t | grep -c '^http')
[ "$n" -le 8 ] || fail "$n suspects"
