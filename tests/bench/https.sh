# https.sh - the part https: 2,000 sites over HTTPS, 100 ms away.
#
# As people's lists are: http://NAME/, which leads to https://NAME/ and to a
# certificate of its own.  Names, ports 53, 80 and 443 and a trust store are
# real ones for every program, for all of it runs in a network namespace:
# nginx in front has TLS and the redirects, the test web behind it the pages,
# the latency and the names.  Sourced by run.sh.
#
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034

https_sites=2000
https_names=10 # of a certificate

# $in_net is the command prefix for what runs in the namespace.  It lives as
# long as its holder, and has a resolv.conf of its own.
net_start() {
    flags='--net --mount --propagation private'
    in_net='nsenter --net --mount'
    if [ "$(id -u)" -ne 0 ]; then
        flags="--user --map-root-user $flags"
        in_net="$in_net --user --preserve-credentials"
    fi
    echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
    echo 'hosts: files dns' >"$work/nsswitch.conf"
    # shellcheck disable=SC2016,SC2086 # for the other sh
    start unshare $flags sh -c 'cd "$0" && ip link set lo up &&
        mount --bind resolv.conf /etc/resolv.conf &&
        mount --bind nsswitch.conf /etc/nsswitch.conf &&
        echo yes >net && exec sleep 3600' "$work" 2>"$work/net.err"
    net_pid=$pid
    in_net="$in_net --target $net_pid --"
    until_ok 5 test -s "$work/net"
}

# A root, an intermediate below it, and one certificate for each ten sites: as
# real ones, they name what they are for and no more.
https_certificates() {
    mkdir "$work/certs"
    for name in root middle leaf; do
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
            -out "$work/certs/$name.key" 2>/dev/null
    done
    sed 's/.*,//' "$work/web/list" | awk -v per=$https_names '
        BEGIN {
            print "[req]\ndistinguished_name = dn\n[dn]"
            print "[ca]\nbasicConstraints = critical,CA:TRUE"
            print "keyUsage = critical,keyCertSign\nsubjectKeyIdentifier = hash"
        }
        NR % per == 1 {
            printf "\n[c%d]\nbasicConstraints = critical,CA:FALSE\n", ++n
            print "keyUsage = critical,digitalSignature"
            print "extendedKeyUsage = serverAuth"
            print "authorityKeyIdentifier = keyid"
            printf "subjectAltName = DNS:%s", $1
            next
        }
        { printf ",DNS:%s", $1 }
        END { print "" }' >"$work/certs/cnf"
    (
        cd "$work/certs" || exit
        sign() { # NAME KEY SECTION ISSUER
            openssl req -x509 -config cnf -extensions "$3" -days 2 -key "$2" \
                -subj "/CN=bench $1" -out "$1.crt" \
                ${4:+-CA "$4.crt" -CAkey "$4.key"}
        }
        sign root root.key ca ''
        sign middle middle.key ca root
        i=0
        while i=$((i + 1)) && grep -q "^\[c$i\]" cnf; do
            sign "$i" leaf.key "c$i" middle
            cat middle.crt >>"$i.crt"
        done
        # a trust store of the size that crawlers have
        cat /etc/ssl/certs/ca-certificates.crt root.crt >store 2>/dev/null ||
            cp root.crt store
    )
}

https_conf() {
    cat <<END
daemon off; master_process off; worker_processes 1;
pid $work/https.pid; error_log $work/https.err;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  log_format bench '\$msec \$status "\$sent_http_content_type" \$scheme://\$host\$request_uri \$connection';
  access_log $work/nginx.log bench;
  client_body_temp_path $work/nginx.tmp; proxy_temp_path $work/nginx.tmp;
  fastcgi_temp_path $work/nginx.tmp; uwsgi_temp_path $work/nginx.tmp;
  scgi_temp_path $work/nginx.tmp;
  tcp_nodelay on; server_names_hash_max_size 16384;
  upstream web { server 127.0.0.1:$port; keepalive 1000; }
  proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_set_header Host \$host;
  server { listen 80; location / {
    proxy_pass http://web/x/redirect-to?code=301&url=https://\$host\$request_uri; } }
  ssl_certificate_key $work/certs/leaf.key;
END
    sed -n 's/^\[\(c[0-9]*\)\]/\1/p; s/^subjectAltName = //p' \
        "$work/certs/cnf" | awk -v work="$work" '
        NR % 2 { n = substr($1, 2); next }
        {
            gsub(/,?DNS:/, " ")
            printf "  server { listen 443 ssl http2; server_name%s;\n", $0
            printf "    ssl_certificate %s/certs/%d.crt;\n", work, n
            print "    location / { proxy_pass http://web; } }"
        }'
    echo '}'
}

# https_ready - all servers up, or a note why not
https_ready() {
    for name in nginx openssl ip unshare nsenter; do
        have $name || {
            note https "Skipped: no $name here."
            return 1
        }
    done
    net_start || {
        note https "Skipped: no network namespaces here ($(
            tail -n 1 "$work/net.err"))."
        return 1
    }
    web --hosts $https_sites --pages 0 --latency 100 --dns 127.0.0.1:53 \
        --dns-spread --listen lo:0
    https_certificates
    https_conf >"$work/https.conf"
    # shellcheck disable=SC2086
    start $in_net nginx -c "$work/https.conf" 2>"$work/https.out"
    https_pid=$pid
    # shellcheck disable=SC2086
    until_ok 10 $in_net curl -sf --cacert "$work/certs/root.crt" \
        -o "$work/x" https://s0001.test/ || {
        note https "nginx FAILED: $(tail -n 1 "$work/https.out")"
        failures=$((failures + 1))
        return 1
    }
    sed 's,.*\,\(.*\),http://\1/,' "$work/web/list" >"$work/urls.https"
}

# https_costs CPU - $work/nginx.log says what was asked and got
https_costs() {
    https_cpu=$1
    # shellcheck disable=SC2046
    set -- $(log_counts)
    record https "$run_row" "wall s" "$wall"
    record https "$run_row" "CPU s" "$https_cpu"
    record https "$run_row" requests "$1"
    record https "$run_row" connections "$(tail -n +$((log_lines + 1)) \
        "$work/nginx.log" | awk '{ print $NF }' | sort -u | wc -l)"
    record https "$run_row" sites "$2"
    record https "$run_row" "ms/site" "$(calc 0 "1000 * $https_cpu / ($2)")"
    record https "$run_row" "sites/s" "$(calc 0 "$2 / $3")"
    record https "$run_row" "RSS MiB" "$(calc 0 "$rss / 1024")"
    [ "$2" -eq $https_sites ] || {
        note https "$run_row: $2 pages of $https_sites sites."
        failures=$((failures + 1))
    }
}

https_weft() {
    https_outside=$on_server
    on_server="$in_net $on_server"
    log_mark
    https_code=0
    crawl https "$1" 120 --procs 1 --threads 1 --connections 512 -l 0 \
        --cacert "$work/certs/store" --no-warc "$work/urls.https" ||
        https_code=1
    on_server=$https_outside
    [ $https_code -ne 0 ] || https_costs "$cpu_children"
}

# https_other ROW COMMAND ...
https_other() {
    https_row=$1
    shift
    rm -rf "$work/saved"
    mkdir -p "$work/saved/home" # its own memory of HSTS and the like
    log_mark
    # shellcheck disable=SC2086
    HOME=$work/saved/home run https "$https_row" 180 $in_net $on_client "$@" ||
        return 0
    https_costs "$cpu_own"
}

bench_https() {
    part https || return 0
    https_ready || {
        in_net=
        return 0
    }
    note https '2,000 sites that lead from http to https; answers are 100 ms
        late, by the test web behind nginx (handshakes are not).  Each has an
        address and its robots.txt, ten share a certificate, all share an
        intermediate one; HTTP/2 where the program speaks it (Weft: one
        request at a time, so HTTP/1.1); the trust store
        is that of the system and a root of this run.  One worker, one
        thread, no WARC; Wget2 with robots and 200 threads; bare libcurl is
        given the same URLs and asks for no robots.txt.'
    round=1
    while another; do
        https_weft weft
        ! have wget2 || https_other wget2 wget2 --no-config -q -r -l 1 \
            --max-threads=200 --ca-certificate="$work/certs/store" \
            -P "$work/saved" -i "$work/urls.https"
        https_other "bare libcurl" "$tools/bare" --follow --connections 512 \
            --cacert "$work/certs/store" "$work/urls.https"
        round=$((round + 1))
    done
    end "$https_pid"
    end "$web_pid"
    end "$net_pid"
    in_net=
    claim https "CPU ms per site" "weft:ms/site" "<=" 5.5
    claim https "CPU per site, of Wget2's" "weft:ms/site / wget2:ms/site" \
        "<=" 0.6
    claim https "CPU per site, of bare libcurl's" \
        "weft:ms/site / bare libcurl:ms/site"
}
