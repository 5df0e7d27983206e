#!/bin/sh
# --cache against nginx: static files, plain and compressed on the way, are all
# 304 the second time; of a file that was touched exactly one body comes.
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/lib.sh"
nginx=
for file in /usr/sbin/nginx /usr/local/sbin/nginx /usr/bin/nginx; do
    [ ! -x $file ] || nginx=$file
done
[ -n "$nginx" ] || skip "no nginx here"

mkdir -p html/sub
for i in 1 2 3 4 5 6 7 8 9; do
    {
        echo "<a href=/p$((i + 1)).html>next</a><a href=/sub/>sub</a>"
        seq 300
    } >html/p$i.html
done
echo 'the last' >html/p10.html
echo '<a href=/p1.html>one</a>' >html/index.html
echo '<a href=x.txt>x</a>' >html/sub/index.html
echo 'some text' >html/sub/x.txt
printf 'User-agent: *\nDisallow:\n' >html/robots.txt

nginx_conf() {
    cat <<CONF
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.err;
events { worker_connections 64; }
http {
    types { text/html html; text/plain txt; }
    access_log $work/access.log combined;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp;
    fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp;
    scgi_temp_path $work/tmp;
    gzip on;
    gzip_types text/plain;
    server { listen 127.0.0.1:$1; root $work/html; }
}
CONF
}

nginx_answers() {
    is_gone "$nginx_pid" || curl -s -o /dev/null "http://127.0.0.1:$port/"
}

for try in 1 2 3 4 5; do
    port=$((20000 + ($$ * 7 + try * 1013) % 10000))
    nginx_conf "$port" >nginx.conf
    chmod 755 "$work"
    spawn "$nginx" -c "$work/nginx.conf" -p "$work" >nginx.out 2>&1
    nginx_pid=$pid
    wait_for nginx_answers
    is_gone "$nginx_pid" || break
    [ "$try" -lt 5 ] || fail "nginx does not start: $(tail -n 1 nginx.err)"
done

# "STATUS COUNT" of what a crawl asked for; access.log begins anew.
answers() {
    grep -v '/robots.txt' access.log | grep -v curl | awk '{ n[$9]++ }
        END { for (s in n) print s, n[s] }' | sort | tr '\n' ' '
    : >access.log
}

expect_answers() {
    got=$(answers)
    [ "$got" = "$1 " ] || fail "nginx answered: $got, not $1"
}

answers >/dev/null
echo http://n.test/ >list.txt
crawl --cache --delay 0 --procs 1 list.txt
expect_answers '200 13'
crawl --cache --delay 0 --procs 1 list.txt
expect_answers '304 13'
expect_stat outcome_NOT_MODIFIED 13
expect_stat pages 0
sleep 1.1 # a Last-Modified has whole seconds
echo '<a href=/new.html>new</a>' >>html/p5.html
echo 'new' >html/new.html
crawl --cache --delay 0 --procs 1 list.txt
expect_answers '200 2 304 12'
rm html/new.html
crawl --cache --delay 0 --procs 1 list.txt
expect_answers '304 13 404 1'
expect_code 0 tell verify "$out"

# nginx makes an ETag weak when it compresses; both come back as they were.
crawl --cache --delay 0 --procs 1 --no-compression list.txt
expect_answers '200 13 404 1'
crawl --cache --delay 0 --procs 1 --no-compression list.txt
expect_answers '304 13 404 1'
