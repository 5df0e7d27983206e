#!/bin/sh
# SPDX-License-Identifier: MIT
# g_status - one screen and JSON of a crawl that runs, is paused, was stopped,
# was killed, and is finished; and how a command finds its crawl.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

field() {
    sed -n "s/^  \"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" cmd.out
}
json_is() {
    expect_code 0 tell status --json
    [ "$(field "$1")" = "$2" ] || {
        cat cmd.out
        fail "$1 is $(field "$1"), not $2"
    }
}
screen() {
    expect_code 0 tell status
    expect_text cmd.out "$@"
    awk 'length > 79 && !/folder|Redis/ { print; bad = 1 } END { exit bad }' \
        cmd.out || fail "that is too wide for a screen"
    [ "$(wc -l <cmd.out)" -le 24 ] || fail "that is too long for a screen"
}

# Nothing there.
expect_code 1 "$build/master" status
expect_text cmd.err 'which crawl. There is none in this folder: name it with '
expect_code 1 "$build/master" status --name x
expect_code 4 "$build/master" status --redis unix:///nowhere.sock
expect_code 2 "$build/master" status x
expect_code 2 "$build/master" status --redis nonsense

web --hosts 20 --pages 40
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.3"

# Running.
more 60 crawl_start
screen '^crawl t: running, begun 20[0-9-]* [0-9:]* UTC \([0-9:]+ ago\)$' \
    '^  URLs +[0-9,]+ known, [0-9,]+ finished, [0-9,]+ still to do$' \
    '^  pages +[0-9,]+' '^  answers +2xx [0-9,]+, 3xx 0, 4xx 0, 5xx 0$' \
    '^  seeds +20 rows read, which is all$' \
    '^  workers +2 processes, 4 threads$' ': 2 threads, beat [0-9.:]+( s)? ago' \
    "^  folder +$out\$" '^  Redis +unix:///.*/redis/sock$'
json_is condition running
[ "$(field known)" -gt 20 ] || fail "known is $(field known)"
[ "$(grep -c '"silent_ms"' cmd.out)" -eq 4 ] || fail "not 4 workers in JSON"

# The only crawl below this folder, and from its own folder; several.
(cd "$out" && expect_code 0 "$build/master" status --json && cp cmd.out ..)
[ "$(field name)" = t ] || fail "not found from its own folder"
expect_code 0 "$build/master" status
expect_text cmd.out '^crawl t: running'
mkdir -p second/redis second/log
: >second/.lock
expect_code 1 "$build/master" status
expect_text cmd.err 'Name one of these with --name: out, second$'
rm -r second
expect_code 1 tell status --name other
expect_text cmd.err 'there is no crawl other in unix:.*, but: t$'

# Paused, with what else there is to show.
expect_code 0 tell pause
redis hset orders:t slow.test 'delay 5000' >/dev/null
redis hset deaths:t host-1-2-0 7 redis-1700000000 1 >/dev/null
redis rpush quarantine:t '1 k.test http://k.test/%1B' >/dev/null
redis hset suspects:t 'http://k.test/%1B' 3 >/dev/null
screen '^crawl t: paused, ' '^ +"master resume" lets it go on$' \
    '^  orders +slow.test: at least 5000 ms apart$' \
    '^  died +1 worker thread, 7 URLs were taken back$' \
    '^ +Redis came back 1 time$' \
    '^ +http://k.test/%1B: 3 workers died over it$'
json_is quarantined 1
expect_text cmd.out '"slow.test": "delay 5000"' '"host-1-2-0": "7"' \
    '"deaths": "3"'
redis del orders:t deaths:t quarantine:t suspects:t >/dev/null
expect_code 0 tell resume

# Hostile bytes do no harm to a terminal, nor to JSON.
printf 'bad\033[2J\377-1-2-0' >name
redis -x zadd workers:t "$(date +%s)000" <name >/dev/null
printf '{"why":"\\u001b[2J","visits":-1' >info
redis hset "worker:t:$(cat name)" info "$(cat info)}" >/dev/null
expect_code 0 tell status
! grep -q "$(printf '[\033\377]')" cmd.out || fail "an escape went through"
expect_text cmd.out 'bad\\x1b\[2J\\xff-1-2: 1 thread'
expect_code 0 tell status --json
! grep -q "$(printf '[\033\377]')" cmd.out || fail "an escape went through"
redis -x zrem workers:t <name >/dev/null
redis -x del <name >/dev/null

# The master is killed: its Redis lives on, the crawl does not.
kill -KILL "$master_pid"
wait_for is_gone "$master_pid"
idle() { [ "$(redis zcard workers:t)" -eq 0 ]; }
wait_for -t 30 idle
screen '^crawl t: stopped, ' '^  workers +none$' \
    'master with its lists or --name goes on$'
redis ping >/dev/null || fail "its Redis was ended by a look at it"

# Stopped in order: started for the look, by two at the same time.
want=143
more 60 crawl_start
expect_code 0 tell stop
crawl_wait
tell status >one.out 2>one.err &
one=$!
tell status >two.out 2>two.err &
two=$!
wait $one || fail "the first of two ended with $?: $(cat one.err)"
wait $two || fail "the second of two ended with $?: $(cat two.err)"
expect_text one.out '^crawl t: stopped, '
expect_text two.out '^crawl t: stopped, '
screen '^crawl t: stopped, ' ' \(started for this look only\)$'
gone() { [ ! -e "$out/redis/socket" ]; }
wait_for gone

# Finished; and what stands in Redis is another version's.
want=0
crawl
screen '^crawl t: finished, ' '^  URLs +[0-9,]+ known, [0-9,]+ finished, 0 still'
json_is condition finished
[ "$(field known)" = "$(field finished)" ] || fail "not all is finished"
redis_start
redis hset crawl:old state running layout 99 >/dev/null
expect_code 1 tell status
expect_text cmd.err 'crawl old was begun by another version of weft'
