#!/bin/sh
# SPDX-License-Identifier: MIT
# g_top - master top: looked at and steered at a terminal, and as a snapshot.
. "$(dirname "$0")/lib.sh"
need tmux

site busy.test '/ 429 text/plain header="Retry-After: 3000" "no\n"'
web --hosts 12 --pages 800
echo '99,busy.test' >>seeds.csv
tm() {
    tmux -S "$work/tmux" "$@"
}

# What top shows has a line like each of these.
shows() {
    tm capture-pane -p -t top >screen.txt
    for regex in "$@"; do
        grep -Eq -e "$regex" screen.txt || return 1
    done
}

expect_shown() {
    wait_for shows "$@"
}

# A shell in the terminal runs this, and what stty says before and behind it.
in_terminal() {
    printf 'trap : INT\nstty -g >before.%s\n%s\necho "code $?" >code.%s\nstty -g >after.%s\n' \
        "$1" "$2" "$1" "$1" >run.sh
    tm send-keys -t top "clear; sh $work/run.sh" Enter
}

# The alternate screen is left, the cursor is back.
is_given_back() {
    [ "$(tm display-message -p -t top '#{alternate_on}#{cursor_flag}')" = 01 ]
}

# It ended with this code, and left the terminal as it was.
expect_ended() {
    wait_for test -s "after.$1"
    [ "$(cat "code.$1")" = "code $2" ] ||
        fail "top ended with $(cat "code.$1"), not $2"
    expect_same "before.$1" "after.$1"
    wait_for is_given_back
}

# --once prints lines like each of these, and not this one.
prints() {
    "$build/master" top --output "$out" --name t --once >once.txt || return 1
    ! grep -Eq "$1" once.txt || return 1
    shift
    for regex in "$@"; do
        grep -Eq -e "$regex" once.txt || return 1
    done
}

crawl_start --procs 2 --threads 2 --delay 0.5 --no-warc
top="$build/master top --name t --output $out"

# --- a snapshot in a pipe ---
wait_for test -S "$out/redis/redis.sock" -o -s "$out/redis/socket"
wait_for answered 40
# (when each thread has told of itself)
wait_for -t 40 prints SILENT '^ weft t +crawling' ' 1 machine, 4 threads$' \
    ' known URLs finished' '^ URLs +queued [0-9,]+  waiting [0-9,]+' \
    '^ now +[0-9.]+ pages/s +[0-9.]+ requests/s +[0-9.]+ MB/s$' \
    '^ answers  2xx [1-9]' '^ Redis +[0-9.]+ MB ' \
    '^ Machines +THREADS +PAGES/S' '^ s00[01][0-9]\.test +[0-9.]+ ' \
    '^ busy\.test +4[0-9]:[0-9][0-9] '
expect_no_text once.txt '[[:cntrl:]]'
expect_code 2 "$build/master" top --output "$out" --name t extra

# --- a terminal of 80 by 24 ---
tm -f /dev/null new-session -d -s top -x 80 -y 24 \
    "cd $work && exec env -u COLUMNS -u LINES PS1='$ ' TERM=screen sh"
pids="$pids $(tm display-message -p '#{pid}')"
in_terminal 1 "$top"
expect_shown '^ weft t   crawling.* 1 machine, 4 threads .*q quit$' \
    'known URLs finished' '^ Machines +THREADS' '2 Busiest' \
    '^ s00[01][0-9]\.test +[0-9.]+ ' 's slow down   d drop   p pause   \? help$'
[ "$(tm display-message -p -t top '#{alternate_on}#{cursor_flag}')" = 10 ] ||
    fail "top is not on a screen of its own"
tm send-keys -t top '?'
expect_shown 'Any key goes back'
tm send-keys -t top x

# who is blocked, and for how long
tm send-keys -t top 4
expect_shown '^ busy\.test +4[0-9]:[0-9][0-9] .*wait'

# pause: nothing is asked any more; resume: it is
tm send-keys -t top p
expect_shown '^ weft t   PAUSED' 'r resume   \? help$' ' paused$'
wait_for sh -c 'a=$(wc -l <web.log); sleep 1; [ "$(wc -l <web.log)" = "$a" ]'
[ "$(redis hget crawl:t state)" = paused ] || fail "the crawl is not paused"
paused=$(grep -c ' 200 ' web.log)
tm send-keys -t top r
expect_shown '^ weft t   crawling'
wait_for answered $((paused + 5))

# slow the selected site down, in vain and then well
a_site='^ s00[01][0-9]\.test +[0-9.]+ '
tm send-keys -t top 2
expect_shown '^ Busiest sites' "$a_site"
tm send-keys -t top Down s
expect_shown 'least seconds between requests'
tm send-keys -t top 1 . . Enter
expect_shown 'is no number of seconds'
[ "$(redis hlen orders:t)" = 0 ] || fail "an order without a number was given"
tm send-keys -t top s
expect_shown 'least seconds between requests'
slow=$(sed -n 's/^ \(.*\): least seconds.*/\1/p' screen.txt)
tm send-keys -t top 7 BSpace 8 . 5 Enter
wait_for sh -c "[ \"\$(redis-cli -s '$(cat "$out/redis/socket")' \
    hget orders:t $slow)\" = 'delay 8500' ]"
tm send-keys -t top 5
expect_shown "^ $slow .*one request in 8.5 s"

# drop: no is no, Esc is no, yes is yes
tm send-keys -t top 3
expect_shown '^ Slowest sites' "$a_site"
tm send-keys -t top End d
expect_shown 'Drop .*y or n'
drop=$(sed -n 's/^ Drop \([^ ?]*\)?.*/\1/p' screen.txt)
tm send-keys -t top n
expect_shown 'p pause   \? help$'
tm send-keys -t top d
expect_shown 'Drop .*y or n'
tm send-keys -t top Escape
expect_shown 'p pause   \? help$'
[ "$(redis hget orders:t "$drop")" != drop ] || fail "$drop was dropped by no"
tm send-keys -t top d
expect_shown 'Drop .*y or n'
drop=$(sed -n 's/^ Drop \([^ ?]*\)?.*/\1/p' screen.txt)
tm send-keys -t top y
expect_shown "^ $drop: dropped"
[ "$(redis hget orders:t "$drop")" = drop ] || fail "$drop was not dropped"
tm send-keys -t top 5
expect_shown "^ $drop .*dropped"

# wider and higher: all lists at once
tm resize-window -t top -x 160 -y 50
expect_shown '^ Busiest sites .* Slowest sites ' '^ Blocked sites .* Ordered sites ' \
    'p pause   \? help$'
tm resize-window -t top -x 80 -y 24
expect_shown '5 Ordered 2 *$'

# a silent Redis is said, and forgotten when it is back
server=$(cat "$out/redis/redis.pid")
kill -STOP "$server"
expect_shown 'Redis has not answered for'
kill -CONT "$server"
wait_for sh -c "! tmux -S '$work/tmux' capture-pane -p -t top |
    grep -q 'has not answered'"

# the end of it, in each way
tm send-keys -t top q
expect_ended 1 0
in_terminal 2 "$top"
expect_shown '^ weft t '
tm send-keys -t top C-c
expect_ended 2 130
in_terminal 3 "$top"
expect_shown '^ weft t '
kill -TERM "$(pgrep -f -x "$top")"
expect_ended 3 143

# Ctrl-Z gives the terminal back too
tm send-keys -t top "clear; set -m; stty -g >before.4; $top" Enter
expect_shown '^ weft t '
tm send-keys -t top C-z
expect_shown 'Stopped'
tm send-keys -t top 'stty -g >stopped.4' Enter
wait_for test -s stopped.4
expect_same before.4 stopped.4
tm send-keys -t top fg Enter
expect_shown '^ weft t ' 'p pause   \? help$'

# its Redis goes while the master lives: waited for
server=$(cat "$out/redis/redis.pid")
kill -KILL "$server"
expect_shown '^ weft t ' 'p pause   \? help$' 'pages/s'
tm send-keys -t top q
wait_for is_given_back # until then top takes what is typed
tm send-keys -t top 'stty -g >after.4' Enter
wait_for test -s after.4
expect_same before.4 after.4

# both go: so does top
in_terminal 5 "$top"
expect_shown '^ weft t '
kill -INT "$master_pid"
wait_for -t 30 is_gone "$master_pid"
expect_ended 5 0
expect_shown '^crawl t has ended; .*/out/stats.json tells how$'
