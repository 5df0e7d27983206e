# lib.sh - what run.sh measures with: servers, Redis, runs, records.
#
# Sourced by run.sh, which sets $work (a folder of its own), $root, $build,
# $tools and the files $samples, $notes and $claims that report.awk reads.
#
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034

# --- small things ---

say() {
    echo "bench: $*" >&2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# part NAME - is it asked for?
part() {
    case $only in *" $1 "*) ;; *) return 1 ;; esac
    say "part $1"
}

# More rounds only while there is time; the first always runs.
another() {
    [ "$round" -le "$rounds" ] || return 1
    [ "$round" -eq 1 ] || [ "$(date +%s)" -lt "$last" ]
}

# record PART ROW COLUMN VALUE
record() {
    printf '%s\t%s\t%s\t%s\n' "$@" >>"$samples"
}

# note PART TEXT: a line above the part's table
note() {
    printf '%s\t%s\n' "$1" "$2" >>"$notes"
}

# claim PART TEXT EXPRESSION [OP BOUND] - a number made from medians, held
# against a bar.  EXPRESSION: "ROW:COLUMN", or "ROW:COLUMN / ROW:COLUMN".
claim() {
    printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:--}" "${5:--}" \
        >>"$claims"
}

calc() {
    awk -v v="$1" 'BEGIN { printf "%.6g\n", '"$2"' }'
}

# The first two cores that this process may use; one alone serves for both.
cores() {
    awk '/^Cpus_allowed_list/ {
        n = split($2, part, ",")
        for (i = 1; i <= n; i++) {
            m = split(part[i], end, "-")
            for (c = end[1]; c <= end[m]; c++) print c
        }
    }' /proc/self/status | head -n "$1" | tail -n 1
}

server_core=$(cores 1)
client_core=$(cores 2)
if have taskset; then
    on_server="taskset -c $server_core"
    on_client="taskset -c $client_core"
else
    on_server='' on_client=''
fi
# The worker alone goes to the client's core: same pid, no process between.
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$on_client" "$build/worker" \
    >"$work/worker.sh"
chmod 755 "$work" "$work/worker.sh"
worker_program=$work/worker.sh

start() {
    # shellcheck disable=SC2086
    $on_server "$@" &
    pid=$!
    pids="$pids $pid"
}

end() {
    kill "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
    pids=$(printf '%s' "$pids" | sed "s/ $1\$//; s/ $1 / /")
}

# until_ok SECONDS COMMAND ...
until_ok() {
    tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || {
            say "did not happen: $*"
            return 1
        }
        sleep 0.05
    done
}

# --- Redis, with the settings of a private one ---

redis_start() {
    rm -rf "$work/redis"
    mkdir "$work/redis"
    start redis-server "$root/config/redis.conf" --dir "$work/redis" \
        --unixsocket "$work/redis/sock" >"$work/redis/log" 2>&1
    redis_pid=$pid
    until_ok 10 redis ping
    redis_before=$(redis_cpu)
}

redis() {
    redis-cli -s "$work/redis/sock" "$@"
}

redis_info() {
    redis INFO "$1" | tr -d '\r' | sed -n "s/^$2://p"
}

redis_cpu() {
    redis INFO cpu | tr -d '\r' | awk -F: '
        /^used_cpu_(sys|user):/ { s += $2 } END { print s }'
}

# Seconds in scripts alone: what INFO counts of the commands.
redis_scripts() {
    redis INFO commandstats | tr -d '\r' | awk -F'[=,]' '
        /^cmdstat_(evalsha|eval|fcall):/ { s += $4 } END { print s / 1e6 }'
}

redis_stop() {
    end "$redis_pid"
}

# --- the servers ---

# web OPTION ... - the test web: $port, $dns, its list in $work/web/list;
# $in_net, where it is set, says in which namespace
in_net=
web() {
    rm -rf "$work/web"
    mkdir "$work/web"
    # shellcheck disable=SC2086
    start $in_net "$build/testweb" --port-file "$work/web/port" \
        --list "$work/web/list" "$@" >"$work/web/out" 2>&1
    web_pid=$pid
    until_ok 10 test -s "$work/web/port"
    port=$(head -n 1 "$work/web/port")
    dns=$(sed -n 's/^dns .*://p' "$work/web/out")
}

docs_dirs() {
    for d in ${BENCH_DOCS:-/usr/share/doc/postgresql-doc-15/html \
        /usr/share/doc/libboost1.74-doc/doc/html /usr/share/gtk-doc/html \
        /usr/share/doc/python3/html}; do
        [ ! -d "$d" ] || echo "$d"
    done
}

# The pages in $work/docs, below an index page of links to their own ones.
docs_copy() {
    mkdir "$work/docs"
    i=0
    for d in $(docs_dirs); do
        i=$((i + 1))
        cp -rL "$d" "$work/docs/d$i" 2>/dev/null || : # dangling links
    done
    [ $i -gt 0 ] || docs_make
    chmod -R a+rX "$work/docs"
    (
        cd "$work/docs" || exit
        echo '<!doctype html><title>docs</title>'
        find . -mindepth 2 -maxdepth 3 -name index.html | sort |
            sed 's,^\.\(.*\),<a href="\1">x</a>,'
        # whatever no index page leads to, pages of PostgreSQL's appendix, say
        find . -mindepth 2 -maxdepth 2 -name 'sql-*.html' | sort | head -n 20 |
            sed 's,^\.\(.*\),<a href="\1">x</a>,'
    ) >"$work/index.html"
    mv "$work/index.html" "$work/docs/index.html"
}

# No documentation here: the test web's pages as files.
docs_make() {
    note docs 'No documentation packages here: generated pages of the test web
        instead, which no real page is like.'
    web --hosts 1 --pages 4000 --links 70 --size 24000 --expect "$work/urls"
    mkdir "$work/docs/d1"
    sed 's,^http://[^/]*\(/.*\),url = "http://127.0.0.1:'"$port"'\1"\noutput = "'"$work"'/docs/d1\1.html",; s,/\.html,/index.html,' \
        "$work/urls" >"$work/curlrc"
    curl -s -H 'Host: s0001.test' -K "$work/curlrc"
    end "$web_pid"
    # its links begin with /: they must lead to the files
    find "$work/docs/d1" -name '*.html' -exec sed -i \
        's,href="[^"#]*/\(p[0-9]*\)[^"]*",href="\1.html",g' {} +
}

nginx_conf() {
    cat <<END
daemon off; master_process off; worker_processes 1;
pid $work/nginx.pid; error_log $work/nginx.err;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  types { text/html html htm; text/css css; application/javascript js;
          image/png png; image/gif gif; image/svg+xml svg; text/plain txt; }
  default_type application/octet-stream;
  log_format bench '\$msec \$status "\$sent_http_content_type" \$request_uri';
  access_log $work/nginx.log bench;
  client_body_temp_path $work/nginx.tmp; proxy_temp_path $work/nginx.tmp;
  fastcgi_temp_path $work/nginx.tmp; uwsgi_temp_path $work/nginx.tmp;
  scgi_temp_path $work/nginx.tmp;
  sendfile on; tcp_nodelay on; keepalive_requests 10000000;
  root $work/docs;
  server { listen 127.0.0.1:$port; }
  $(nginx_conf_tls)
}
END
}

nginx_conf_tls() {
    [ -s "$work/key" ] || return 0
    cat <<END
  server { listen 127.0.0.1:$((port + 1)) ssl http2;
    ssl_certificate $work/cert; ssl_certificate_key $work/key;
    gzip_static on; }
END
}

# With the key gzipped copies lie beside the pages, so that the server's core
# is not what is measured.
nginx_tls_files() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
        -nodes -days 2 -subj /CN=docs.test -addext \
        subjectAltName=DNS:docs.test,IP:127.0.0.1 -keyout "$work/key" \
        -out "$work/cert" 2>/dev/null
    find "$work/docs" -name '*.html' -exec gzip -k -1 {} +
}

# nginx, on a port that is free: $port, HTTPS on the next one
nginx_start() {
    [ -z "$nginx_pid" ] || return 0
    port=$((20000 + $$ % 20000))
    tries=0
    while nginx_conf >"$work/nginx.conf" &&
        ! nginx -t -q -c "$work/nginx.conf" 2>"$work/nginx.err"; do
        tries=$((tries + 1))
        if [ $tries -gt 20 ]; then
            say "nginx cannot start: $(tail -n 1 "$work/nginx.err")"
            return 1
        fi
        port=$((20000 + (port + 7) % 20000))
    done
    start nginx -c "$work/nginx.conf" 2>"$work/nginx.out"
    nginx_pid=$pid
    nginx_port=$port
    until_ok 10 curl -sf -o "$work/x" "http://127.0.0.1:$port/"
}

log_mark() {
    log_lines=0
    [ ! -f "$work/nginx.log" ] || log_lines=$(wc -l <"$work/nginx.log")
}

# What the server answered since log_mark: "REQUESTS PAGES SECONDS", the last
# from the first answer to the last one.
log_counts() {
    tail -n +$((log_lines + 1)) "$work/nginx.log" | awk '
        NR == 1 || $1 < a { a = $1 }
        $1 > b { b = $1 }
        $2 == 200 && $3 ~ /text\/html/ { pages++ }
        END { printf "%d %d %.3f\n", NR, pages, b - a }'
}

# --- what is measured ---

# run PART ROW SECONDS COMMAND ... - $wall, $cpu (own and children's), $rss.
# False when it failed, and then it says so in the table.
run() {
    run_part=$1 run_row=$2 run_limit=$3
    shift 3
    rm -f "$work/spent"
    code=0
    timeout -k 30 "$run_limit" "$tools/spent" "$work/spent" "$@" \
        >"$work/run.out" 2>&1 || code=$?
    case " $want " in
    *" $code "*) ;;
    *) rm -f "$work/spent" ;;
    esac
    if [ ! -s "$work/spent" ]; then
        say "$run_part, $run_row: exit code $code, not $want"
        tail -n 5 "$work/run.out" >&2
        note "$run_part" "$run_row FAILED (exit code $code)."
        failures=$((failures + 1))
        return 1
    fi
    # shellcheck disable=SC2046
    set -- $(cat "$work/spent")
    wall=$1 cpu_own=$(calc 0 "$2 + $3") cpu_children=$(calc 0 "$4 + $5")
    rss=$6
}

# The columns that all programs have.  SECONDS: from the first request to the
# last, else all of it.  record_costs CPU REQUESTS PAGES [SECONDS]
record_costs() {
    record "$run_part" "$run_row" "wall s" "$wall"
    [ $# -lt 4 ] || record "$run_part" "$run_row" "asking s" "$4"
    record "$run_part" "$run_row" "CPU s" "$1"
    record "$run_part" "$run_row" requests "$2"
    record "$run_part" "$run_row" pages "$3"
    record "$run_part" "$run_row" "ms/request" "$(calc 0 "1000 * $1 / ($2)")"
    record "$run_part" "$run_row" "ms/page" "$(calc 0 "1000 * $1 / ($3)")"
    record "$run_part" "$run_row" "pages/s" "$(calc 0 "$3 / ${4:-$wall}")"
    record "$run_part" "$run_row" "RSS MiB" "$(calc 0 "$rss / 1024")"
}

stat_of() {
    sed -n "s/^ *\"$1\": *\([0-9]*\),*\$/\1/p" "$work/out/stats.json"
}

# crawl PART ROW SECONDS [ARG ...] LIST - the master to its end.  The CPU is
# its workers': the master itself sits with Redis.
crawl() {
    crawl_part=$1 crawl_row=$2 crawl_limit=$3
    shift 3
    rm -rf "$work/out"
    redis_start
    crawl_code=0
    # shellcheck disable=SC2086
    run "$crawl_part" "$crawl_row" "$crawl_limit" $on_server "$build/master" \
        --redis "unix://$work/redis/sock" --worker-program "$worker_program" \
        --name bench --output "$work/out" --no-progress --allow-private \
        "$@" || crawl_code=1
    redis_us=$(calc 0 "($(redis_cpu) - $redis_before) * 1e6")
    redis_scripts_us=$(calc 0 "$(redis_scripts) * 1e6")
    redis_stop
    return $crawl_code
}

# Redis's share in a page: all its CPU, and that of the scripts alone.
record_redis() {
    record "$run_part" "$run_row" "Redis us/page" "$(calc 0 "$redis_us / $1")"
    record "$run_part" "$run_row" "scripts us/page" \
        "$(calc 0 "$redis_scripts_us / $1")"
    record "$run_part" "$run_row" "new links/page" \
        "$(calc 0 "$(stat_of links_new) / $1")"
}
