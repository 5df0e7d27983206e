#!/bin/sh
# SPDX-License-Identifier: MIT
# e_tls - certificates are verified: by --cacert a crawl goes on from http to
# https, without it the page is refused and counted, with -k it is taken.
. "$(dirname "$0")/lib.sh"
need redis-server openssl

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=tls.test -addext subjectAltName=DNS:tls.test,IP:127.0.0.1 \
    2>openssl.err || skip "openssl cannot make a certificate"
mkdir pages
echo '<html><a href="next.html">next</a></html>' >pages/index.html
echo '<html><a href="index.html">back</a></html>' >pages/next.html
printf 'user-agent: *\nallow: /\n' >pages/robots.txt

# The first free port from here on; s_server says ACCEPT when it has one.
tls_port=24000
until [ $tls_port -gt 24020 ]; do
    (cd pages && exec openssl s_server -quiet -WWW -accept "127.0.0.1:$tls_port" \
        -cert ../cert.pem -key ../key.pem) </dev/null >tls.out 2>&1 &
    pid=$!
    pids="$pids $pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        is_gone "$pid" && break
        curl -s --max-time 2 --cacert cert.pem -o /dev/null \
            --connect-to "::127.0.0.1:$tls_port" \
            https://tls.test/robots.txt && break 2
        sleep 0.1
    done
    tls_port=$((tls_port + 1))
done

site tls.test '/robots.txt 404 text/plain "no"' \
    '/ 301 text/plain header="Location: https://tls.test/index.html" ""'
web
echo http://tls.test/ >list.txt
go() {
    http_port=$port
    port=
    crawl --restart --procs 1 --threads 1 --connections 1 --delay 0 \
        --connect-to ":80:127.0.0.1:$http_port" \
        --connect-to ":443:127.0.0.1:$tls_port" "$@" list.txt
    port=$http_port
}
go --cacert cert.pem
expect_stat pages 2
expect_stat outcome_REDIRECT 1
go
expect_stat pages 0
expect_stat outcome_TLS 1
go --no-check-certificate
expect_stat pages 2

# A list that is fetched is believed, or not, in the same way.
printf '1,a.test\n2,b.test\n' >pages/list.csv
list=https://127.0.0.1:$tls_port/list.csv
expect_code 1 "$build/master" --dry-run "$list"
expect_text cmd.err 'certificate'
expect_code 0 "$build/master" --dry-run --cacert cert.pem "$list"
expect_text cmd.out 'http://a\.test/'
expect_code 0 "$build/master" --dry-run -k "$list"
