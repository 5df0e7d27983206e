#!/bin/sh
# SPDX-License-Identifier: MIT
# e_family - a host of both families is reached by the one that answers; -4
# and -6 leave one, for names, for --resolve and for addresses in URLs.
. "$(dirname "$0")/lib.sh"
need redis-server nginx

# nginx on both loopbacks, at the first free port from here on.
cat >nginx.head <<'EOF'
daemon off; master_process off; pid nginx.pid; error_log nginx.log;
events { worker_connections 64; }
EOF
start() { # LISTEN ...
    {
        cat nginx.head
        echo "http { access_log off; client_body_temp_path tmp;"
        echo "proxy_temp_path tmp; fastcgi_temp_path tmp; scgi_temp_path tmp;"
        echo "uwsgi_temp_path tmp; server {"
        for address in "$@"; do echo "listen $address;"; done
        echo 'location / { default_type text/html; return 200 ok; }'
        echo 'location = /robots.txt { return 404; } } }'
    } >nginx.conf
    : >nginx.log
    spawn nginx -p "$work" -c "$work/nginx.conf" >nginx.out 2>&1
    nginx_pid=$pid
}
answers() {
    is_gone "$nginx_pid" || curl -gs --max-time 2 -o /dev/null "http://$1/"
}
v=26000
until [ $v -gt 26020 ]; do
    start "127.0.0.1:$v" "[::1]:$v"
    wait_for answers "127.0.0.1:$v"
    is_gone "$nginx_pid" || break
    v=$((v + 1))
done
! is_gone "$nginx_pid" || skip "no IPv6 loopback: $(tail -n 1 nginx.log)"
end "$nginx_pid"
start "127.0.0.1:$v" "[::1]:$v"
wait_for answers "[::1]:$v"

both="--resolve dual.test:$v:[::1],127.0.0.1"
url=http://dual.test:$v/
urls "$url"
at() { # ADDRESS OPTION ...: where the page came from
    address=$1
    shift
    # shellcheck disable=SC2086
    crawl --procs 1 --threads 1 --delay 0 --tries 1 $both "$@" list.txt
    expect_outcome "$url" OK
    grep -hF "\"$url\"" "$out"/log/*.jsonl >line.txt
    expect_text line.txt "\"ip\":\"$address\""
    anew
}
at 127.0.0.1 -4
at ::1 -6
at ::1

# RFC 8305: one family does not answer, the other does.
end "$nginx_pid"
start "127.0.0.1:$v"
wait_for answers "127.0.0.1:$v"
at 127.0.0.1
# shellcheck disable=SC2086
crawl --procs 1 --delay 0 --tries 1 --ipv6 $both list.txt
expect_outcome "$url" NO_CONNECT
anew
urls "http://127.0.0.1:$v/"
crawl --procs 1 --delay 0 --tries 1 --ipv6 list.txt
expect_outcome "http://127.0.0.1:$v/" NO_CONNECT

# The name server has A records only.
web --hosts 2 --dns 127.0.0.1:0
web_port=$port
port=
url=http://s0001.test:$web_port/x/page/a
urls "$url"
anew
crawl --procs 1 --delay 0 --ipv6 --dns-servers "$dns" list.txt
expect_outcome "$url" NO_DNS
anew
crawl --procs 1 --delay 0 --ipv4 --dns-servers "$dns" list.txt
expect_outcome "$url" OK
anew
want=2
crawl -4 -6 list.txt
expect_text crawl.err 'ipv4, ipv6: one of them only'
