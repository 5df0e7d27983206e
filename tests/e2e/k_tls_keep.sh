#!/bin/sh
# SPDX-License-Identifier: MIT
# k_tls_keep - connections with TLS are large: of hundreds of sites a worker
# keeps few behind their last page, but none is opened twice for a robots.txt
# and its page, and one site's pages share one.
. "$(dirname "$0")/lib.sh"
need redis-server nginx openssl

sites=300
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout key.pem -out cert.pem -days 2 -subj /CN=keep.test 2>openssl.err ||
    skip "openssl cannot make a certificate"
cat >nginx.tmpl <<END
daemon off; pid nginx.pid; error_log nginx.log; worker_processes 1;
$([ "$(id -u)" -ne 0 ] || echo "user root;")
events { worker_connections 2000; }
http {
    log_format keep '\$connection \$host \$request_uri \$server_protocol';
    access_log access.log keep; default_type text/html;
    keepalive_timeout 600s; client_body_temp_path tmp; proxy_temp_path tmp;
    fastcgi_temp_path tmp; scgi_temp_path tmp; uwsgi_temp_path tmp;
    server {
        listen 127.0.0.1:NGPORT ssl http2;
        ssl_certificate cert.pem; ssl_certificate_key key.pem;
        location = /robots.txt { return 200 "user-agent: *\nallow: /\n"; }
        location = /who { access_log off; return 200 "$work\n"; }
        location = / { return 200 "<a href=/1>1</a><a href=/2>2</a>"; }
        location / { return 200 "<html>the end</html>"; }
    }
}
END
nginx_start 24700 https

# A page of another web, which takes longer than all, keeps the worker there.
site slow.test '/robots.txt 404 text/plain "no"' \
    '/ 200 text/html delay=60000 "late"'
web
http_port=$port
port=
keep_start() { # LEVEL LINES
    echo http://slow.test/ >>list.txt
    : >access.log
    crawl_start --procs 1 --threads 1 --connections 64 --delay 0 --level "$1" \
        --tries 1 --timeout 90 --no-check-certificate --no-warc \
        --connect-to ":80:127.0.0.1:$http_port" \
        --connect-to ":443:127.0.0.1:$ngport" list.txt
    asked_all() { [ "$(wc -l <access.log)" -ge "$asked_most" ]; }
    asked_most=$2
    wait_for -t 60 asked_all
    used=$(cut -d ' ' -f 1 access.log | sort -u | wc -l)
}
sockets() {
    find "/proc/$(workers)/fd" -lname 'socket:*' 2>/dev/null | wc -l
}

# Of 300 sites, 48 and a few of the worker's own: without the bound 256.
n=0
while [ $n -lt $sites ]; do
    echo "https://s$n.test/"
    n=$((n + 1))
done >list.txt
keep_start 0 $((2 * sites))
are_few() {
    open=$(sockets)
    [ "$open" -ge 45 ] && [ "$open" -le 70 ]
}
wait_for are_few || fail "$(sockets) sockets are open behind $sites sites"
[ "$used" -eq $sites ] || fail "$used connections for $sites sites"
end "$web_pid"
crawl_wait
expect_stat pages $sites

# The pages of one site: by the connection that its robots.txt came over.
anew
port=$http_port
rm web.log
web
http_port=$port
port=
echo https://one.test/ >list.txt
keep_start 2 4
[ "$used" -eq 1 ] || fail "$used connections for one site"
expect_no_text access.log 'HTTP/2' # one at a time: nothing to gain by it
end "$web_pid"
crawl_wait
expect_stat pages 3
