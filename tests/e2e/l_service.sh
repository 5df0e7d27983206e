#!/bin/sh
# SPDX-License-Identifier: MIT
# l_service - what keeps a crawl running hears of it: systemd by its socket,
# from the service's own process only; and the units, the compose file with
# its profile and what it makes of config/prometheus.yml are well formed.
. "$(dirname "$0")/lib.sh"
need redis-server python3

# "PID WORDS" of each datagram; systemd looks at the sender too.
cat >listen.py <<'EOF'
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1])
while True:
    words, more, _, _ = s.recvmsg(4096, 256)
    pid = struct.unpack("iii", more[0][2][:12])[0]
    print(pid, words.decode().replace("\n", " "), flush=True)
EOF
spawn python3 listen.py "$work/notify" >said.txt
wait_for test -S notify
NOTIFY_SOCKET=$work/notify
export NOTIFY_SOCKET
said() { # PID COUNT REGEX
    [ "$(grep -cE "^$1 $3\$" said.txt)" -ge "$2" ]
}

web --hosts 3 --pages 1000
redis_start
crawl_start --redis "$redis_url" --procs 2 --threads 1 --delay 0.1
wait_for said "$master_pid" 1 'READY=1 WATCHDOG=1'
wait_for said "$master_pid" 2 WATCHDOG=1
workers_up 2
spawn "$build/worker" --name t --redis "$redis_url" --output "$out" \
    --threads 1 >worker.out 2>worker.err
worker_pid=$pid
wait_for said "$worker_pid" 1 'READY=1 WATCHDOG=1'
wait_for said "$worker_pid" 2 WATCHDOG=1

# Stopped by hand it keeps silent: that is when systemd would kill it.
kill -STOP "$worker_pid"
count=$(grep -c "^$worker_pid " said.txt)
wait_for said "$master_pid" $(($(grep -c "^$master_pid WATCH" said.txt) + 2)) \
    WATCHDOG=1
[ "$(grep -c "^$worker_pid " said.txt)" -le $((count + 1)) ] ||
    fail 'a worker that does not turn says that it does'
kill -CONT "$worker_pid"
kill -TERM "$worker_pid"
wait_for is_gone "$worker_pid"
said "$worker_pid" 1 STOPPING=1 || fail 'the worker did not say that it ends'
kill -TERM "$master_pid"
want=143
crawl_wait
wait_for said "$master_pid" 1 STOPPING=1
for who in "$master_pid" "$worker_pid"; do
    said "$who" 2 'READY=1.*' && fail "$who said twice that it is ready"
    sed -i "/^$who /d" said.txt
done
[ ! -s said.txt ] || fail "children speak: $(head -n 3 said.txt)"
unset NOTIFY_SOCKET

if command -v systemd-analyze >/dev/null 2>&1; then
    for unit in master worker; do
        sed "s|/usr/local/bin/|$build/|" "$root/config/weft-$unit@.service" \
            >"weft-$unit@t.service"
        systemd-analyze verify "./weft-$unit@t.service" >verify.txt 2>&1 ||
            fail "weft-$unit@.service: $(cat verify.txt)"
        expect_no_text verify.txt "weft-$unit"
    done
fi
if command -v docker-compose >/dev/null 2>&1; then
    cp "$root"/docker-compose*.yml .
    cp "$root/.env.example" .env
    echo REDIS_PASSWORD=s3cret >>.env
    echo WEFT_HTTP_TOKEN=0123456789abcdef >>.env
    expect_code 0 docker-compose --profile monitoring config --services
    expect_text cmd.out '^grafana$' '^prometheus$' '^master$'
fi
# What the container of Prometheus does, here.
if command -v promtool >/dev/null 2>&1; then
    sed -n '/if \[ -z/,/exec prometheus/p' "$root/docker-compose.override.yml" |
        sed -e 's/\$\$/$/g' -e "s|/tmp|$work|g" -e "s|/weft/|$root/config/|g" \
            -e 's|exec prometheus.*|exec promtool check config prometheus.yml|' \
            >make.sh
    TOKEN='' expect_code 2 sh -e make.sh
    expect_text cmd.err 'WEFT_HTTP_TOKEN'
    TOKEN=0123456789abcdef expect_code 0 sh -e make.sh
    expect_text prometheus.yml 'authorization: .*/token\}' '"master:8900"'
    [ "$(cat token)" = 0123456789abcdef ] || fail 'the token is not there'
fi
