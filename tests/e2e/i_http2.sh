#!/bin/sh
# SPDX-License-Identifier: MIT
# i_http2 - HTTP/2 of a real nginx with TLS and gzip: one connection a site,
# GOAWAY after some requests and when its workers are replaced loses no page
# and doubles none; frames that a server should not send end one try.
. "$(dirname "$0")/lib.sh"
need redis-server nginx openssl

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=h2.test -addext subjectAltName=DNS:h2.test \
    2>openssl.err || skip "openssl cannot make a certificate"
mkdir pages
n=0
while [ $n -lt 30 ]; do
    echo "<html><p>page $n</p><a href=/p$((n + 1)).html>next</a>" \
        "<a href=/p$((n + 2)).html>after</a></html>" >pages/p$n.html
    n=$((n + 1))
done
for n in 30 31; do echo '<html>the end</html>' >pages/p$n.html; done
printf 'user-agent: *\nallow: /\n' >pages/robots.txt
chmod -R a+rX "$work"

h2_port=$((21000 + $$ % 5000))
start_nginx() { # KEEPALIVE_REQUESTS
    cat >nginx.conf <<EOT
daemon off; pid nginx.pid; error_log nginx.log; worker_processes 1;
worker_shutdown_timeout 5s;
$([ "$(id -u)" -ne 0 ] || echo "user root;")
events { worker_connections 64; }
http {
    log_format h2 '\$connection \$server_protocol \$status \$request_uri '
        '\$sent_http_content_encoding';
    access_log access.log h2; default_type text/html; gzip on;
    gzip_min_length 1; client_body_temp_path tmp; proxy_temp_path tmp;
    fastcgi_temp_path tmp; scgi_temp_path tmp; uwsgi_temp_path tmp;
    server {
        listen 127.0.0.1:$h2_port ssl http2; keepalive_requests $1;
        ssl_certificate cert.pem; ssl_certificate_key key.pem; root pages;
    }
}
EOT
    rm -f access.log
    spawn nginx -p "$work" -c "$work/nginx.conf" >nginx.out 2>&1
    nginx_pid=$pid
    wait_for curl -sk -o curl.out "https://127.0.0.1:$h2_port/robots.txt"
    wait_for test -s access.log
    : >access.log
}
echo https://h2.test/p0.html >list.txt
crawl_args="$crawl_args --cacert cert.pem --procs 1 --threads 2 --per-site 2"
go() {
    crawl_args_kept=$crawl_args
    crawl_args="$crawl_args --connect-to h2.test:443:127.0.0.1:$h2_port"
    "$@" list.txt
    crawl_args=$crawl_args_kept
}
all_pages() { # by HTTP/2, each once
    wait_for grep -q /p31.html access.log
    expect_stat pages 32
    expect_stat outcome_BROKEN 0
    grep '/p[0-9]*.html' access.log >pages.log
    [ "$(wc -l <pages.log)" -eq 32 ] ||
        fail "nginx was asked $(wc -l <pages.log) times for 32 pages"
    grep -vc ' HTTP/2.0 200 /[^ ]* gzip' pages.log >odd.txt || :
    [ "$(cat odd.txt)" -eq 0 ] || fail "not by HTTP/2 with gzip"
    connections=$(cut -d ' ' -f 1 access.log | sort -u | wc -l)
}

start_nginx 1000
go crawl --delay 0
all_pages
# robots.txt and the pages: the site may pass from one thread to the other.
[ "$connections" -le 2 ] || fail "$connections connections for one site"

# GOAWAY after each third request.
end "$nginx_pid"
start_nginx 3
anew
go crawl --delay 0
all_pages
[ "$connections" -ge 10 ] || fail "nginx did not say GOAWAY"

# New workers: those that are there say GOAWAY and finish.
end "$nginx_pid"
start_nginx 1000
anew
go crawl_start --delay 0.05
for page in 8 20; do
    wait_for grep -q /p$page.html access.log
    kill -HUP "$nginx_pid"
done
crawl_wait
all_pages
[ "$connections" -ge 2 ] || fail "nginx kept its connection"
end "$nginx_pid"

# What nginx does not send: after SETTINGS and its ACK, one frame as the
# answer to stream 1 (RFC 9113 section 6).
settings='\000\000\000\004\000\000\000\000\000\000\000\000\004\001\000\000\000\000'
rst='\000\000\004\003\000\000\000\000\001\000\000\000'
goaway='\000\000\010\007\000\000\000\000\000\000\000\000\000\000\000\000'
canned() { # FRAMES: answers that, on every connection, until $canned_pid ends
    printf "%b" "$1" >frames.bin
    cat >canned.sh <<EOT
trap 'kill \$! 2>/dev/null; exit' TERM
while :; do
    { cat frames.bin; sleep 2; } | openssl s_server -quiet -alpn h2 \\
        -accept 127.0.0.1:$h2_port -naccept 1 -cert cert.pem -key key.pem \\
        >canned.out 2>&1 &
    wait
    echo >>canned.count
done
EOT
    rm -f canned.count
    spawn sh canned.sh
    canned_pid=$pid
    wait_for listens
}
listens() { ss -ltn | grep -q "127.0.0.1:$h2_port "; }
echo https://h2.test/p0.html >list.txt
ends_in() { # WANTED FRAME, WANTED with | between: nothing hangs or dies
    canned "$settings$2"
    anew
    go crawl --delay 0 --no-robots --tries 1 --timeout 4
    got=$(outcomes https://h2.test/p0.html)
    case "|$1|" in
    *"|$got|"*) ;;
    *) fail "frame $2 came to '$got', not '$1'" ;;
    esac
    expect_stat worker_deaths 0
    end "$canned_pid"
}
ends_in BROKEN "$rst\\002" # INTERNAL_ERROR
ends_in BROKEN "$rst\\010" # CANCEL
# REFUSED_STREAM: libcurl asks anew on a new connection, which this server
# may be too slow to take, takes and drops, or refuses too.
ends_in 'BROKEN|NO_CONNECT|TLS|TIMEOUT' "$rst\\007"
ends_in 'BROKEN|NO_CONNECT|TLS|TIMEOUT' "$goaway"
# DATA before HEADERS, and a frame as large as none may be
ends_in BROKEN '\000\000\004\000\000\000\000\000\001abcd'
ends_in BROKEN '\377\377\377\000\000\000\000\000\001abcd'
