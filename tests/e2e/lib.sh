# lib.sh - what every end-to-end test begins with:  . "$(dirname "$0")/lib.sh"
#
# The test then runs in an empty folder of its own, $work, which goes at the
# end with every process the test started (by pid).  $WEFT_BUILD is the build
# folder (default build/release).  Nothing leaves the machine.  A test that
# fails says why, with the ends of the logs; exit code 77 is "skipped".
#
# Web
#   site HOST '/PATH STATUS TYPE [key=value ...] "BODY"' ...
#                       answers of the test web's site file; before web
#   web [OPTION ...]    start the test web: $port, $web_pid; its seed list is
#                       seeds.csv, its complete set of pages expect.txt, its
#                       access log web.log (EPOCH_US HOST METHOD TARGET STATUS
#                       BYTES CONN); OPTIONs as --hosts 20 --pages 10; with
#                       --dns 127.0.0.1:0 its name server is $dns
#   more N COMMAND ...  COMMAND (which starts a crawl), then wait until the
#                       web has answered N more requests with 200
# Redis
#   redis_start [OPTION ...]   one of the test's own: $redis_url, $redis_pid
#   redis_ms                   its time
#   all_beat SINCE             workers told their counters after that time of it
#   redis COMMAND ...          redis-cli to it, or to the crawl's private one
#                              when redis_start was not called
#   redis_listen [PASSWORD]    let it listen on a TCP port of loopback too:
#                              $redis_tcp is its redis:// address
# Other machines
#   machine NAME        an sshd of the test's own plays one: $machine is its
#                       HOST:PORT, NAME/ is where what runs there begins, and
#                       $ssh is the command for --ssh.  Skips without sshd.
#   far_workers NAME    pids of the workers that run on it
#   far_up NAME N       that many of them run
# Crawl
#   crawl [ARG ...]     master ARG ... to its end, on the test web, output in
#                       $out; its exit code must be $want (default 0); what it
#                       said is in crawl.err.  Without a list in ARG: seeds.csv
#   crawl_start [ARG ...]      the same in the background: $master_pid
#   crawl_wait          wait for it; its exit code must be $want
#   preload LIBRARY [NAME=VALUE ...]   workers of later crawls load it, which
#                       is built from tests/preload/LIBRARY.c, with that
#                       environment: $worker
#   tell COMMAND [ARG ...]     master COMMAND about the crawl in $out, or in
#                       the test's own Redis; as in: expect_code 0 tell stop
#   workers             pids of the running workers of $master_pid
#   workers_up N        that many of them run
# Processes
#   spawn COMMAND ...   start in the background: $pid
#   end PID [SIGNAL]    signal it (default TERM) and wait until it is gone
#   is_gone PID         true when no such process is left
#   wait_for [-t SECONDS] COMMAND ...   until it succeeds (default 20 s)
#   now_ms              the time, in milliseconds
# Expectations (each fails the test with what was found)
#   expect_code CODE COMMAND ...   its exit code; output in cmd.out, cmd.err
#   expect_text FILE REGEX ...     each stands in some line (grep -E)
#   expect_no_text FILE REGEX ...  none does
#   expect_same FILE FILE          equal byte by byte
#   urls URL ...                   write them to list.txt, a list for crawl
#   anew                           the next crawl is another one: a new $out
#   outcomes URL                   what came of its tries, in order, from the
#                                  crawl's log: "BUSY OK"
#   expect_outcome URL OUTCOME ... these and no others
#   web_settle                     web.log has all that was asked until now
#   stat_of NAME                   a counter of the finished crawl (stats.json)
#   expect_stat NAME [-ge|-le|-gt|-lt|-ne|-eq] VALUE
#   asked HOST TARGET              how often the web was asked for it
#   expect_asked HOST TARGET [TIMES]   exactly TIMES times, default: 1
#   expect_not_asked HOST TARGET
#   expect_complete [FILE]  the URLs answered 200 are those of expect.txt
#   expect_once         no URL was asked for twice (robots.txt aside)
#   expect_spacing MS [host [FILE]]   per site, start to start, never below MS
#                       (robots.txt aside); sites are the last two labels of
#                       hosts, or hosts; FILE: of web.log's kind
#   fail TEXT ..., skip TEXT ..., need PROGRAM ... (skips without it)
#
# SPDX-License-Identifier: MIT
# shellcheck shell=sh
set -eu
LC_ALL=C
export LC_ALL
unset REDIS_URL WEFT_REDIS http_proxy https_proxy all_proxy HTTP_PROXY \
    HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY

# No server but where a test is about it: --http stands above this.
WEFT_HTTP=no
export WEFT_HTTP

# What a sanitizer finds is a failure, also in a child.
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}"

root=$(cd "$(dirname "$0")" && until [ -f Makefile ] || [ "$PWD" = / ]; do
    cd ..
done && pwd)
build=${WEFT_BUILD:-build/release}
case $build in
/*) ;;
*) build=$root/$build ;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/weft.XXXXXX")
out=$work/out
want=0
pids=
port=
redis_url=
cd "$work"

at_exit() {
    code=$?
    trap - EXIT
    set +e
    if [ "$code" -ne 0 ] && [ "$code" -ne 77 ]; then
        for log in cmd.err crawl.err out/redis/redis.log web.err; do
            [ -s "$log" ] || continue
            echo "--- the end of $log"
            tail -n 15 "$log"
        done
    fi
    for p in $pids; do
        kill -TERM "$p" 2>/dev/null
    done
    for p in $pids; do
        reap_pid "$p"
    done
    # A master that died leaves its Redis to the next one: end it here.
    if [ -s "$out/redis/redis.pid" ]; then
        kill -TERM "$(cat "$out/redis/redis.pid")" 2>/dev/null
    fi
    [ -n "${WEFT_KEEP:-}" ] || rm -rf "$work"
    exit "$code"
}

# Wait up to 12 s for a child that was signalled, then end it for good.
reap_pid() {
    tries=0
    while kill -0 "$1" 2>/dev/null && ! is_zombie "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt 240 ]; then
            kill -KILL "$1" 2>/dev/null
            break
        fi
        sleep 0.05
    done
    wait "$1" 2>/dev/null || :
}

trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
    echo "FAILED: $*"
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

need() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || skip "no $program here"
    done
}

# --- processes ---

spawn() {
    "$@" &
    pid=$!
    pids="$pids $pid"
}

is_zombie() {
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
    Z*) return 0 ;;
    esac
    return 1
}

is_gone() {
    ! kill -0 "$1" 2>/dev/null || is_zombie "$1"
}

end() {
    kill "-${2:-TERM}" "$1" 2>/dev/null || :
    reap_pid "$1"
}

# nginx by the file nginx.tmpl, in which NGPORT stands for its port, on the
# first free one from FIRST on: $ngport.  Its /who has to answer $work.
nginx_start() { # FIRST [https]
    ngport=$1
    ng_who=${2:-http}://127.0.0.1
    until [ "$ngport" -gt $(($1 + 40)) ]; do
        sed "s/NGPORT/$ngport/" nginx.tmpl >nginx.conf
        spawn nginx -p "$work" -c "$work/nginx.conf" >nginx.out 2>&1
        nginx_pid=$pid
        wait_for nginx_is_up
        is_gone "$nginx_pid" || return 0
        ngport=$((ngport + 1))
    done
    fail "nginx does not start: $(tail -n 2 nginx.log)"
}

nginx_is_up() {
    is_gone "$nginx_pid" ||
        curl -sk --max-time 2 "$ng_who:$ngport/who" | grep -qxF "$work"
}

now_ms() {
    date +%s%3N
}

wait_for() {
    limit=20
    if [ "$1" = -t ]; then
        limit=$2
        shift 2
    fi
    deadline=$(($(now_ms) + limit * 1000))
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$deadline" ] || fail "not within $limit s: $*"
        sleep 0.05
    done
}

# --- web ---

site() {
    host=$1
    shift
    for line in "$@"; do
        printf '%s %s\n' "$host" "$line" >>sites.txt
    done
}

web() {
    [ -x "$build/testweb" ] || fail "$build/testweb is not built"
    [ ! -f sites.txt ] || set -- --site-file sites.txt "$@"
    rm -f web.port
    spawn "$build/testweb" --listen 127.0.0.1:0 --port-file web.port \
        --list seeds.csv --expect expect.txt --log web.log "$@" \
        >web.out 2>web.err
    web_pid=$pid
    wait_for test -s web.port
    port=$(head -n 1 web.port)
    dns=$(sed -n 's/^dns //p' web.out)
}

answered() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}

more() {
    count=$(($(grep -c ' 200 ' web.log || :) + $1))
    shift
    "$@"
    wait_for answered $count
}

# --- Redis ---

redis_start() {
    need redis-server redis-cli
    mkdir -p redis
    spawn redis-server "$root/config/redis.conf" --dir "$work/redis" \
        --unixsocket "$work/redis/sock" "$@" >redis/out 2>&1
    redis_pid=$pid
    redis_url=unix://$work/redis/sock
    wait_for redis ping
}

redis() {
    if [ -n "$redis_url" ]; then
        redis-cli -s "${redis_url#unix://}" "$@"
    else
        redis-cli -s "$(cat "$out/redis/socket")" "$@"
    fi
}

# In milliseconds.  What is counted when all have beaten since then holds all
# that was done until then.
redis_ms() {
    redis time | awk 'NR == 1 { s = $1 } NR == 2 { printf "%d%03d\n", s, $1 / 1000 }'
}
all_beat() {
    redis zrange workers:t 0 0 withscores |
        awk -v since="$1" 'NR == 2 { is = $1 > since } END { exit !is }'
}

redis_listen() {
    for try in 1 2 3 4 5; do
        redis_port=$((20000 + ($$ * 7 + try * 1009) % 10000))
        redis config set port $redis_port | grep -q OK && break
        [ "$try" -lt 5 ] || fail "no free port for Redis"
    done
    redis_tcp=redis://127.0.0.1:$redis_port
    [ $# -eq 0 ] || {
        redis_tcp=redis://:$1@127.0.0.1:$redis_port
        redis config set requirepass "$1" >/dev/null
        REDISCLI_AUTH=$1
        export REDISCLI_AUTH
    }
}

# --- other machines ---

# Keys for all machines of a test.  -F none: this user's own settings of ssh,
# and whom they know, do not matter here.
machine_keys() {
    ssh-keygen -q -t ed25519 -N '' -f hostkey
    ssh-keygen -q -t ed25519 -N '' -f key
    cp key.pub authorized_keys
    ssh="ssh -F none -i '$work/key' -o IdentitiesOnly=yes"
    ssh="$ssh -o UserKnownHostsFile='$work/known_hosts'"
}

# Each connection begins in the folder of that machine and, where that is
# allowed, under its name.
machine_conf() {
    run="exec sh -c \"\$SSH_ORIGINAL_COMMAND\""
    if unshare -u sh -c 'echo x >/proc/sys/kernel/hostname' 2>unshare.err; then
        run="exec unshare -u sh -c 'echo $1 >/proc/sys/kernel/hostname; $run'"
    fi
    cat <<EOF
ListenAddress 127.0.0.1:$2
HostKey $work/hostkey
AuthorizedKeysFile $work/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
ForceCommand cd '$work/$1' && $run
EOF
}

machine_answers() {
    eval "$ssh -o BatchMode=yes -p $1 127.0.0.1 true" 2>ssh.err
}

machine() {
    sshd=
    for file in /usr/sbin/sshd /usr/local/sbin/sshd; do
        [ ! -x $file ] || sshd=$file
    done
    [ -n "$sshd" ] || skip "no sshd here"
    need ssh ssh-keygen
    [ -f key ] || machine_keys
    mkdir -p "$1"
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd # what sshd gives up root in
    for try in 1 2 3 4 5; do
        machine_count=$((${machine_count:-0} + 1))
        machine_port=$((30000 + ($$ * 7 + machine_count * 1013) % 10000))
        machine_conf "$1" $machine_port >"$1.conf"
        spawn $sshd -D -e -f "$work/$1.conf" 2>"$1.sshd"
        machine_pid=$pid
        wait_for grep -Eq 'Server listening|Cannot bind|rror' "$1.sshd"
        ! grep -q 'Server listening' "$1.sshd" || break
        [ "$try" -lt 5 ] || fail "sshd does not start: $(tail -n 1 "$1.sshd")"
    done
    echo "[127.0.0.1]:$machine_port $(cat hostkey.pub)" >>known_hosts
    machine_answers "$machine_port" ||
        skip "sshd lets nobody in: $(tail -n 1 ssh.err)"
    machine=127.0.0.1:$machine_port
}

far_workers() {
    find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$work/$1" \
        2>/dev/null | while IFS=/ read -r _ _ far _; do
        case $(cat "/proc/$far/comm" 2>/dev/null) in
        *worker*) echo "$far" ;;
        esac
    done
}

far_up() {
    [ "$(far_workers "$1" | wc -l)" -eq "$2" ]
}

# --- crawl ---

# What every crawl of a test has; a test may set it otherwise.
crawl_args='--allow-private --no-progress'

run_master() {
    has_list=
    for arg in "$@"; do
        if [ "$arg" = - ] || [ -e "$arg" ]; then has_list=yes; fi
    done
    [ -n "$has_list" ] || set -- "$@" seeds.csv
    [ -z "$port" ] || set -- --connect-to "::127.0.0.1:$port" "$@"
    [ -z "$redis_url" ] || set -- --redis "$redis_url" "$@"
    # shellcheck disable=SC2086
    exec "$build/master" $crawl_args --name t --output "$out" "$@"
}

crawl() {
    crawl_code=0
    (run_master "$@") >crawl.out 2>crawl.err || crawl_code=$?
    [ "$crawl_code" -eq "$want" ] ||
        fail "master ended with $crawl_code, not $want: $*"
    expect_clean
}

urls() {
    printf '%s\n' "$@" >list.txt
}

anew() {
    anew_count=$((${anew_count:-1} + 1))
    out=$work/out$anew_count
}

crawl_start() {
    # Signals that sh ignores for background jobs are ignored in them too.
    spawn run_master "$@" >crawl.out 2>crawl.err
    master_pid=$pid
}

crawl_wait() {
    crawl_code=0
    wait "$master_pid" || crawl_code=$?
    [ "$crawl_code" -eq "$want" ] ||
        fail "master ended with $crawl_code, not $want"
    expect_clean
}

# A worker that a sanitizer ended late, or once, did not spoil the crawl.
expect_clean() {
    expect_no_text crawl.err 'ERROR: [A-Za-z]*Sanitizer' \
        'WARNING: ThreadSanitizer' 'runtime error: '
}

preload() {
    library=$build/tests/preload/$1.so
    [ -f "$library" ] || fail "$library is not built"
    shift
    worker=$work/preload-worker
    {
        echo '#!/bin/sh'
        for setting in "$@"; do
            printf "export '%s'\n" "$setting"
        done
        # A sanitizer is to let crashes be, and to come second.
        echo "export ASAN_OPTIONS=verify_asan_link_order=0:handle_segv=0"
        echo "export TSAN_OPTIONS=handle_segv=0"
        echo "export LD_PRELOAD='$library'"
        echo "exec '$build/worker' \"\$@\""
    } >"$worker"
    chmod +x "$worker"
    "$worker" --version >cmd.out 2>&1 || skip "the worker takes no preload here"
    crawl_args="$crawl_args --worker-program $worker"
}

tell() {
    if [ -n "$redis_url" ]; then
        "$build/master" "$@" --redis "$redis_url"
    else
        "$build/master" "$@" --output "$out"
    fi
}

workers() {
    for p in $(cat "/proc/$master_pid/task/$master_pid/children"); do
        case $(cat "/proc/$p/comm" 2>/dev/null) in
        worker*) echo "$p" ;;
        esac
    done
}

workers_up() {
    [ "$(workers | wc -l)" -eq "$1" ]
}

# --- expectations ---

expect_code() {
    code=$1
    shift
    got=0
    "$@" >cmd.out 2>cmd.err </dev/null || got=$?
    [ "$got" -eq "$code" ] || {
        tail -n 20 cmd.out cmd.err
        fail "exit code $got, not $code: $*"
    }
}

expect_text() {
    file=$1
    shift
    for regex in "$@"; do
        grep -Eq -e "$regex" "$file" || {
            tail -n 40 "$file"
            fail "$file has no line like: $regex"
        }
    done
}

expect_no_text() {
    file=$1
    shift
    for regex in "$@"; do
        ! grep -En -e "$regex" "$file" || fail "$file has a line like: $regex"
    done
}

expect_same() {
    cmp -s "$1" "$2" || {
        diff "$1" "$2" | head -n 40
        fail "$1 and $2 differ"
    }
}

outcomes() {
    # shellcheck disable=SC2046
    echo $(grep -hF "\"url\":\"$1\"," "$out"/log/*.jsonl | sort |
        sed 's/.*"outcome":"\([^"]*\)".*/\1/')
}

expect_outcome() {
    url=$1
    shift
    got=$(outcomes "$url")
    [ "$got" = "$*" ] || fail "$url came to '$got', not '$*'"
}

# The log is written in the order of requests, some 100 ms late.
web_settle() {
    settle_count=$((${settle_count:-0} + 1))
    curl -s -o settle.out -x "http://127.0.0.1:$port" \
        "http://settle.test/$settle_count" || fail "the test web is gone"
    wait_for grep -q " settle.test GET .*/$settle_count 404 " web.log
}

stat_of() {
    [ -s "$out/stats.json" ] || fail "there is no $out/stats.json"
    sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" \
        "$out/stats.json"
}

expect_stat() {
    name=$1 op=-eq
    shift
    if [ $# -eq 2 ]; then
        op=$1
        shift
    fi
    got=$(stat_of "$name")
    [ -n "$got" ] || fail "stats.json has no $name"
    test "$got" "$op" "$1" || fail "$name is $got, not $op $1"
}

asked() {
    awk -v h="$1" -v t="$2" '$2 == h && $4 == t { n++ } END { print n + 0 }' \
        web.log
}

expect_asked() {
    got=$(asked "$1" "$2")
    [ "$got" -eq "${3:-1}" ] || fail "$1 was asked $got times for $2," \
        "not ${3:-1}"
}

expect_not_asked() {
    expect_asked "$1" "$2" 0
}

expect_complete() {
    awk '$5 == 200 && $4 != "/robots.txt" { print "http://" $2 $4 }' web.log |
        sort -u >fetched.txt
    expect_same "${1:-expect.txt}" fetched.txt
}

expect_once() {
    awk '$4 != "/robots.txt" { print $2 $4 }' web.log | sort | uniq -d >twice.txt
    [ ! -s twice.txt ] || {
        head -n 10 twice.txt
        fail "$(wc -l <twice.txt) URLs were asked for more than once"
    }
}

# EPOCH_US is when the kernel had the request: a tenth is left for a machine
# that lets a process wait between sending and noting it.
expect_spacing() {
    sort -n "${3:-web.log}" | awk -v ms="$1" -v by="${2:-site}" '
    $4 != "/robots.txt" && $2 != "settle.test" {
        n = split($2, label, ".")
        site = n > 1 && by == "site" ? label[n - 1] "." label[n] : $2
        gap = ($1 - last[site]) / 1000
        if (site in last && gap < ms * 0.9 && bad++ < 10)
            printf "%s: %s came %.1f ms after the one before\n", site, $4, gap
        last[site] = $1
    }
    END { exit bad > 0 }' || fail "requests to one site closer than $1 ms"
}
