#!/bin/sh
# SPDX-License-Identifier: MIT
# g_verify - master verify finds a crawl in order when it is, whatever died,
# and every single thing that is made wrong.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

# verify CODE [ARG ...]: what it says is in cmd.out
verify() {
    code_wanted=$1
    shift
    got=0
    "$build/master" verify "$@" >cmd.out 2>cmd.err </dev/null || got=$?
    [ "$got" -eq "$code_wanted" ] || {
        cat cmd.out
        fail "verify ended with $got, not $code_wanted: $*"
    }
    [ "$got" -ne 0 ] || expect_text cmd.out '^all is right$'
}

# --- a private Redis: finished, stopped, running, begun anew ---
web --hosts 12 --pages 30 --cross 2 --latency 5
entries=$(wc -l <expect.txt)
crawl --procs 2 --threads 2 --delay 0.02
verify 0 -P "$out"
expect_text cmd.out "^crawl t, finished: $entries entries$" \
    "^  $entries finished, 0 waiting, 0 in flight, 0 in quarantine; 0 lost$" \
    '^  0 fetched again .*, 0 without one$' \
    "^  $entries requests to 12 sites, 0 too close" \
    "^  $entries WARC records in 2 files, 0 of them missing$" \
    "^  $entries lines in 2 log files$"
[ ! -e "$out/redis/socket" ] || fail "its Redis was left running"
verify_quiet=$("$build/master" verify --quiet -P "$out")
[ -z "$verify_quiet" ] || fail "quiet, but it says: $verify_quiet"

# The old logs are another life's.
crawl --restart --procs 1 --threads 2 --delay 0.02
verify 0 -P "$out"
expect_text cmd.out "^  $entries lines in 1 log files; 2 more of before --restart"

anew
want=143
more 40 crawl_start --procs 2 --threads 2 --delay 1
looks=0
while [ $looks -lt 5 ]; do
    verify 0 -P "$out"
    expect_text cmd.out '^crawl t, running: ' '; 0 lost$'
    looks=$((looks + 1))
done
end "$master_pid"
crawl_wait
verify 0 -P "$out"
expect_text cmd.out '^  [0-9]+ finished, [1-9][0-9]* waiting, 0 in flight'

# Workers that are killed: what they did twice is told apart.
anew
kills=0
want=0
crawl_start --procs 3 --threads 2 --delay 0.2
while [ $kills -lt 3 ]; do
    wait_for workers_up 3
    more 20 kill -KILL "$(workers | head -n 1)"
    verify 0 -P "$out"
    kills=$((kills + 1))
done
crawl_wait
verify 0 -P "$out"
expect_text cmd.out "^crawl t, finished: $entries entries$" \
    "^  $entries finished, 0 waiting, 0 in flight, 0 in quarantine; 0 lost$"

# --- one thing wrong at a time, in a copy of the folder ---
redis_start
anew
crawl --procs 1 --threads 2 --delay 0.02
verify 0 --redis "$redis_url" -P "$out"
log=$(basename "$out"/log/*.jsonl)
warc=$(basename "$out"/warc/*.warc.gz)
url=http://s0003.test/
bad=$work/bad

# spoil COMMAND ...: a fresh copy; COMMAND is a filter for its log
spoil() {
    rm -rf "$bad"
    cp -r "$out" "$bad"
    [ $# -eq 0 ] || "$@" <"$out/log/$log" >"$bad/log/$log"
}
verify_bad() {
    verify "$1" --redis "$redis_url" -P "$bad"
}

# A line that is missing: its URL by a page that it led to, or a fingerprint.
spoil grep -vF "\"url\":\"$url\","
verify_bad 1
expect_text cmd.out "^lost: $url$" '; 1 lost$' '^count: .* finished, but '
expect_text cmd.err 'logs are given too'
sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$out/log/$log" | sort >urls.txt
sed -n 's/.*"referrer":"\([^"]*\)".*/\1/p' "$out/log/$log" | sort -u >named.txt
leaf=$(comm -23 urls.txt named.txt | head -n 1)
spoil grep -vF "\"url\":\"$leaf\","
verify_bad 1
expect_text cmd.out '^lost: a URL that no line names: fingerprint -?[0-9]+$'

# Two lines of a site: the second comes too soon.
grep -F '"site":"s0005.test"' "$out/log/$log" | head -n 2 >two.txt
first=$(sed -n '1s/.*"url":"\([^"]*\)".*/\1/p' two.txt)
second=$(sed -n '2s/.*"url":"\([^"]*\)".*/\1/p' two.txt)
soon=$(($(sed -n '1s/.*"sent_ms":\([0-9]*\).*/\1/p' two.txt) + 5))
spoil sed "\\|\"url\":\"$second\",|s/\"sent_ms\":[0-9]*/\"sent_ms\":$soon/"
verify_bad 1
expect_text cmd.out "^too close: s0005.test: $second was asked 5 ms after $first,"

# Finished twice, 100 s apart: wrong, unless the worker died or Redis broke.
sent=$(grep -F "\"url\":\"$url\"," "$out/log/$log" |
    sed 's/.*"sent_ms":\([0-9]*\).*/\1/')
twice() {
    sed "\\|\"url\":\"$url\",|{
        p
        s/\"sent_ms\":[0-9]*/\"sent_ms\":$((sent + 100000))/
    }"
}
worker=$(grep -F "\"url\":\"$url\"," "$out/log/$log" |
    sed 's/.*"worker":"\([^"]*\)".*/\1/')
spoil twice
verify_bad 1
expect_text cmd.out "^twice: $url: by $worker, .*, and 100000 ms later by" \
    ' 1 without one$' '^1 wrong$'
redis HSET deaths:t "$worker" 3 >/dev/null
verify_bad 0
expect_text cmd.out '^  1 fetched again after a crash \(by 1 dead workers\), 0 '
redis DEL deaths:t >/dev/null
redis HSET deaths:t "redis-$(($(now_ms) / 1000 + 3))" 1 >/dev/null
verify_bad 0
redis DEL deaths:t >/dev/null
redis HSET deaths:t "redis-$(($(now_ms) / 1000 + 600))" 1 >/dev/null
verify_bad 1
redis DEL deaths:t >/dev/null

# Lines that are none, or not of this site; the last may be cut off.
spoil sed '7s/.*/{"url":"http/'
verify_bad 1
expect_text cmd.out "^line: .*/$log, byte [0-9]+: no line of a crawl log$"
spoil sed "\\|\"url\":\"$url\",|s/\"site\":\"[^\"]*\"/\"site\":\"other.test\"/"
verify_bad 1
expect_text cmd.out "^site: $url is logged under other.test, but its site is s0003.test$"
spoil
printf '{"url":"http://s0001.te' >>"$bad/log/$log"
verify_bad 0
expect_text cmd.out ' in 1 log files, 1 of them cut off at the end$'

# WARC files: cut in the middle, by a byte, damaged, moved away.
size=$(wc -c <"$out/warc/$warc")
spoil
truncate -s $((size / 2)) "$bad/warc/$warc"
verify_bad 1
expect_text cmd.out "^record: http://.*: $warc, offset [0-9]+: the file ends" \
    '^record: \.\.\. and [1-9][0-9]* more WARC records|^record: .* breaks off$'
spoil
truncate -s $((size - 1)) "$bad/warc/$warc"
verify_bad 1
expect_text cmd.out '^record: http://.*: the record breaks off$' '^1 wrong$'
offset=$(grep -F "\"url\":\"$url\"," "$out/log/$log" |
    sed 's/.*"offset":\([0-9]*\).*/\1/')
spoil
printf X | dd of="$bad/warc/$warc" bs=1 seek="$offset" conv=notrunc 2>dd.err
verify_bad 1
expect_text cmd.out "^record: $url: $warc, offset $offset: no gzip member" \
    '^1 wrong$'
spoil
mv "$bad/warc/$warc" "$work"
verify_bad 0
expect_text cmd.out "0 of them missing; $entries more in 1 files that are not"

# Logs and files of another machine, in folders of any kind.
spoil
mkdir "$work/far"
mv "$bad/log/$log" "$bad/warc/$warc" "$work/far"
verify_bad 1
expect_text cmd.out "^  0 finished, 0 waiting, .*; $entries lost$" \
    "^lost: ... and $((entries - 100)) more entries"
verify 0 --redis "$redis_url" -P "$bad" "$work/far"
verify 0 --redis "$redis_url" -P "$out" "$work/far"
expect_text cmd.out "^  $entries lines in 1 log files$"
verify 2 --redis "$redis_url" -P "$out" "$work/none"

# --- the frontier ---
spoil
redis HINCRBY stats:t finished 1 >/dev/null
verify_bad 1
expect_text cmd.out '^count: .* were added, but '
redis HINCRBY stats:t finished -1 >/dev/null
redis HINCRBY stats:t back 2 >/dev/null
verify_bad 1
redis HINCRBY stats:t back -2 >/dev/null
verify_bad 0

# A bucket that has a member: one gone, one more, one that is none.
bucket=$(redis --scan --pattern 'seen:t:*' | head -n 1)
member=$(redis SRANDMEMBER "$bucket")
redis SREM "$bucket" "$member" >/dev/null
verify_bad 1
expect_text cmd.out '^stranger: http://.* is finished, but not in the seen-set$' \
    "^count: $entries entries were added, but the seen-set has $((entries - 1))$"
redis SADD "$bucket" "$member" >/dev/null
verify_bad 0
redis SADD seen:t:77 77 >/dev/null
verify_bad 1
expect_text cmd.out \
    '^lost: a URL that no line names: fingerprint 77$'
redis SREM seen:t:77 77 >/dev/null
redis SADD seen:t:77 78 >/dev/null
verify_bad 1
expect_text cmd.out '^count: 1 members of the seen-set are no fingerprints$'
redis SREM seen:t:77 78 >/dev/null

# Something that waits in a crawl that is finished, and was never added.
redis LPUSH queue:t '0 s0001.test http://s0001.test/never' >/dev/null
verify_bad 1
expect_text cmd.out \
    '^stranger: http://s0001.test/never waits, but is not in the seen-set$' \
    '^count: the crawl is finished, but 1 lines wait$'
redis DEL queue:t >/dev/null
verify_bad 0

# Not ours, not there.
expect_code 1 "$build/master" verify --redis "$redis_url" --name other
expect_code 4 "$build/master" verify --redis unix:///nowhere --name t
expect_code 1 "$build/master" verify -P "$work/nowhere"
