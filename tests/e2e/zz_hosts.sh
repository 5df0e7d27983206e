#!/bin/sh
# SPDX-License-Identifier: MIT
# h_hosts - workers on two other machines, over a real ssh: a crawl that loses
# a worker there, is stopped, goes on and loses a connection is complete; a
# machine that is never reached is said once; no ps shows the password; a stop
# leaves nothing behind.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

secret=p4ss$$
web --hosts 40 --pages 100 --cross 2 --latency 10
redis_start
redis_listen $secret
machine a
a=$machine
machine b
b=$machine
printf '# three machines\n%s 2 2\n%s - 3 # as many as it has CPUs\n' \
    "$a" "$b" >hosts.txt
echo localhost:1 >nobody.txt
cat nobody.txt >>hosts.txt
mkdir "it's"
ln -s "$build/worker" "it's/a \"worker\""
socket=$redis_url
cpus=$(getconf _NPROCESSORS_ONLN)

# The heartbeat is of no help: what a dead worker held comes back otherwise.
far() {
    redis_url=$redis_tcp
    crawl_start --delay 0.2 --heartbeat-limit 3600 --ssh "$ssh" \
        --remote-worker "$work/it's/a \"worker\"" --remote-output "it's out" \
        --hosts hosts.txt "$@" seeds.csv
    redis_url=$socket
}
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}

# Nobody there at all: given up after a minute, while the rest goes on.
REDIS_URL=$redis_tcp
export REDIS_URL
spawn "$build/master" --allow-private --no-progress --name u --output nobody \
    --hosts nobody.txt --ssh "$ssh" seeds.csv >nobody.out 2>nobody.err
unset REDIS_URL
nobody=$pid

far
wait_for far_up a 2
wait_for far_up b "$cpus"
[ -z "$(workers)" ] || fail "workers run here too, without --procs"
printf '%s' "$secret" >secret
for file in /proc/[0-9]*/cmdline; do
    ! grep -qaf secret "$file" 2>/dev/null ||
        fail "ps shows the password: $(tr '\0' ' ' <"$file")"
done
grep -qaf secret "/proc/$(far_workers a | head -n 1)/environ" ||
    fail "the password does not reach the workers"

wait_for some 200
end "$(far_workers a | head -n 1)" KILL
wait_for grep -q 'worker on .* was ended by Killed' crawl.err
wait_for far_up a 2
wait_for some 500

want=143
kill -TERM "$master_pid"
wait_for -t 12 is_gone "$master_pid"
crawl_wait
far_up a 0 || fail "a worker is left on a"
far_up b 0 || fail "a worker is left on b"
expect_stat flight 0
expect_stat sites_held 0
expect_stat worker_deaths 1
expect_text crawl.err "worker on $a was ended by Killed.*another in" \
    'is dead: what it held goes back' 'ssh to localhost:1 failed: .*refused'
n=$(grep -c 'ssh to localhost:1 failed' crawl.err)
[ "$n" -eq 1 ] || fail "the unreachable host is said $n times"
expect_text crawl.out "host +$a: [23] started, 1 died$" \
    "host +$b: $cpus started, 0 died$" \
    'host +localhost:1: 0 started, .*unreachable 1 time, still so' \
    "log and WARC +$a:it's out"
expect_no_text crawl.out '^  log ' '^  pages as WARC'

# ssh dies: the worker behind it drains, another one takes its place.
want=0
far --procs 1
wait_for workers_up 1
wait_for far_up b "$cpus"
some_ssh() {
    for p in $(cat "/proc/$master_pid/task/$master_pid/children"); do
        ! grep -qaF "${b#*:}" "/proc/$p/cmdline" || echo "$p"
    done | head -n 1
}
old=$(far_workers b)
end "$(some_ssh)" KILL
one_drained() {
    for p in $old; do
        ! is_gone "$p" || return 0
    done
    return 1
}
wait_for grep -q "$b: a worker runs there now" crawl.err
wait_for one_drained
crawl_wait
expect_complete
expect_spacing 200
expect_stat finished "$(wc -l <expect.txt)"
expect_stat flight 0
expect_stat sites_held 0
expect_stat worker_deaths 0
expect_text crawl.err "ssh to $b was ended by Killed"
far_up a 0 || fail "a worker is left on a"
far_up b 0 || fail "a worker is left on b"
for m in a b; do
    ls "$m/it's out/log/"*.jsonl "$m/it's out/warc/"*.warc.gz >files.txt
    expect_no_text files.txt '\.open$'
done
expect_code 0 "$build/master" verify --name t --output out \
    --redis "$redis_tcp" "a/it's out" "b/it's out"
! grep -rqaf secret a b out crawl.err crawl.out || fail "a password is left"

is_over() {
    ! kill -0 "$nobody" || is_zombie "$nobody"
}
wait_for -t 90 is_over
code=0
wait "$nobody" || code=$?
[ $code -eq 1 ] || fail "a crawl of unreachable hosts ended with $code"
expect_text nobody.err 'giving up: for 60 s no worker could be started'

# What is wrong is said before anything begins.
refused() {
    want_text=$1
    shift
    expect_code 2 "$build/master" --name v --output v "$@" seeds.csv
    expect_text cmd.err "$want_text"
    [ ! -e v ] || fail "something began"
}
refused 'hosts needs --redis redis://ADDRESS: the private' --hosts hosts.txt
refused 'this is a unix socket' --hosts hosts.txt --redis "$redis_url"
set -- --redis redis://127.0.0.1:1
printf 'a 0\nb\n\n-x\nb 2\n' >bad.txt
refused '^.* bad.txt:1: PROCS "0"' "$@" --hosts bad.txt
expect_text cmd.err 'bad.txt:4: "-x" is no host' \
    'bad.txt:5: b stands in line 2 already'
refused 'none.txt: No such file' "$@" --hosts none.txt
refused 'there is no no-ssh here' "$@" --hosts hosts.txt --ssh 'no-ssh -x'
refused 'means nothing there' "$@" --hosts hosts.txt --remote-output '~me/x'
