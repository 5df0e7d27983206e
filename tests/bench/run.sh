#!/bin/sh
# run.sh BUILD-DIR - measure, compare, and write the table.
#
# Prints Markdown and leaves it in build/bench.md, the same as JSON in
# build/bench.json.  Everything is on loopback and in a folder of its own.
# Servers and Redis have one core, what is measured another one; everything
# that is compared ran in the same run, in turns; numbers are medians of the
# rounds.  README.md in this folder says what each part and column means.
#
#   ONLY="docs tls https sites grid deep seed peers"   parts (default: these);
#                       there are also seen and counts, minutes each
#   ROUNDS=3            of each measurement that is repeated
#   BENCH_SECONDS=300   no further round begins behind this
#   SEED_LIST=FILE      rows for the part seed, instead of a million made ones
#   SEED_ROWS=N         how many to make; SEEN_ROWS=10000000 for the part seen
#   BENCH_DOCS="DIR .." folders of pages, instead of Debian's documentation
#   BENCH_TMP=DIR       where to work (default /dev/shm, else TMPDIR)
#
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034
set -eu
LC_ALL=C
export LC_ALL
unset REDIS_URL WEFT_REDIS http_proxy https_proxy all_proxy HTTP_PROXY \
    HTTPS_PROXY ALL_PROXY

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
tools=$build/tests/bench
only=" ${ONLY:-docs tls https sites grid deep seed peers} "
rounds=${ROUNDS:-3}
began=$(date +%s)
last=$((began + ${BENCH_SECONDS:-300}))
failures=0
pids=
port=0
want=0
nginx_pid=
wget2_row=wget2
docs_limit=120

tmp=${BENCH_TMP:-/dev/shm}
[ -d "$tmp" ] && [ -w "$tmp" ] || tmp=${TMPDIR:-/tmp}
work=$(mktemp -d "$tmp/weft-bench.XXXXXX")
samples=$work/samples.tsv
claims=$work/claims.tsv
notes=$work/notes.tsv
touch "$samples" "$claims" "$notes"

at_exit() {
    code=$?
    trap - EXIT
    for p in $pids; do kill "$p" 2>/dev/null || :; done
    for p in $pids; do wait "$p" 2>/dev/null || :; done
    rm -rf "$work"
    exit "$code"
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

. "$here/lib.sh"
. "$here/https.sh"
. "$here/seed.sh"
. "$here/counts.sh"

# --- docs and tls: real pages, complete crawls ---

# docs_weft PART ROW [ARG ...] with $scheme and $to
docs_weft() {
    docs_part=$1 docs_row=$2
    shift 2
    echo "$scheme://docs.test/" >"$work/list"
    log_mark
    crawl "$docs_part" "$docs_row" 120 --procs 1 --threads 1 \
        --connections 64 --per-site 64 --delay 0 -D docs.test \
        --no-check-certificate --connect-to "::127.0.0.1:$to" "$@" \
        "$work/list" || return 0
    # shellcheck disable=SC2046
    set -- $(log_counts)
    record_costs "$cpu_children" "$1" "$2" "$3"
    record_redis "$2"
    # what it asked for is what the bare programs are given
    [ -s "$work/urls.$docs_part" ] ||
        tail -n +$((log_lines + 1)) "$work/nginx.log" |
        sed "s,^[^ ]* [^ ]* \"[^\"]*\" ,$scheme://docs.test,; /robots.txt\$/d" \
            >"$work/urls.$docs_part"
}

# docs_other PART ROW COMMAND ... - a program that crawls or fetches by itself
docs_other() {
    docs_part=$1 docs_row=$2
    shift 2
    rm -rf "$work/saved"
    log_mark
    # shellcheck disable=SC2086
    run "$docs_part" "$docs_row" "$docs_limit" $on_client "$@" ||
        return 0
    # shellcheck disable=SC2046
    set -- $(log_counts)
    [ "$2" -gt 0 ] || return 0
    record_costs "$cpu_own" "$1" "$2" "$3"
}

docs_wget2() {
    have wget2 || return 0
    docs_part=$1
    shift
    want="0 8" # 8: some page was not there
    # Wget2 has no way to be sent elsewhere: it asks for the address.
    docs_other "$docs_part" "$wget2_row" wget2 --no-config -q -r -l 0 \
        --max-threads=30 --no-robots -nH -P "$work/saved" "$@" \
        "$scheme://127.0.0.1:$to/"
    want=0
}

docs_bare() {
    docs_part=$1
    shift
    [ -s "$work/urls.$docs_part" ] || return 0
    docs_other "$docs_part" "bare libcurl" "$tools/bare" "$@" \
        --connect-to "::127.0.0.1:$to" "$work/urls.$docs_part"
    docs_other "$docs_part" "bare libcurl, libxml2 SAX" "$tools/bare" \
        --parse "$@" --connect-to "::127.0.0.1:$to" "$work/urls.$docs_part"
}

docs_ready() {
    have nginx || {
        note "$1" 'Skipped: no nginx here.'
        return 1
    }
    [ -d "$work/docs" ] || docs_copy
    if part_tls && [ ! -s "$work/key" ]; then nginx_tls_files; fi
    nginx_start
}

part_tls() {
    have openssl || return 1
    case $only in *" tls "*) ;; *) return 1 ;; esac
}

bench_docs() {
    part docs && docs_ready docs || return 0
    note docs "$(find "$work/docs" -name '*.html' | wc -l) pages, mean $(
        find "$work/docs" -name '*.html' -printf '%s\n' |
            awk '{ s += $1 } END { printf "%.1f", s / NR / 1024 }'
    ) KiB, behind nginx; one worker of one thread."
    scheme=http to=$nginx_port round=1
    while another; do
        docs_weft docs weft --no-warc
        docs_weft docs "weft, WARC"
        docs_wget2 docs
        # Wget2 takes images and scripts too; here only what Weft follows
        wget2_row="wget2, pages only"
        docs_wget2 docs --ignore-tags=img,script,link
        wget2_row=wget2
        docs_bare docs
        round=$((round + 1))
    done
    docs_claims docs
    claim docs "CPU per page with WARC, of Wget2's" \
        "weft, WARC:ms/page / wget2:ms/page" "<=" 1.75
    claim docs "CPU per page with WARC, of that without" \
        "weft, WARC:ms/page / weft:ms/page"
    claim docs "with WARC: pages/s while asking, of bare libcurl with SAX" \
        "weft, WARC:pages/s / bare libcurl, libxml2 SAX:pages/s" ">=" 1.8
    claim docs "the same in pages per CPU second" \
        "bare libcurl, libxml2 SAX:ms/page / weft, WARC:ms/page"
    claim docs "Redis CPU us/page" "weft:Redis us/page" "<=" 40
}

docs_claims() {
    claim "$1" "CPU per page, of Wget2's" "weft:ms/page / wget2:ms/page" "<=" 1
    claim "$1" "CPU per request, of Wget2's" \
        "weft:ms/request / wget2:ms/request"
    claim "$1" "pages/s while asking, of bare libcurl with libxml2 SAX" \
        "weft:pages/s / bare libcurl, libxml2 SAX:pages/s" ">=" 3
    claim "$1" "the same in pages per CPU second" \
        "bare libcurl, libxml2 SAX:ms/page / weft:ms/page"
    claim "$1" "CPU per page, of bare libcurl's" \
        "weft:ms/page / bare libcurl:ms/page"
}

bench_tls() {
    part_tls && part tls && docs_ready tls || return 0
    note tls 'The same over HTTPS: HTTP/2, gzip.'
    scheme=https to=$((nginx_port + 1)) round=1
    while another; do
        docs_weft tls weft --no-warc
        docs_wget2 tls --no-check-certificate
        docs_bare tls --insecure --gzip
        round=$((round + 1))
    done
    docs_claims tls
}

# --- sites and grid: 100 ms away ---

# sites PART ROW SECONDS SITES PROCS THREADS CONNECTIONS [ARG ...]
sites() {
    s_part=$1 s_row=$2 s_limit=$3 s_n=$4 s_p=$5 s_t=$6 s_c=$7
    shift 7
    head -n "$s_n" "$work/web/list" >"$work/list"
    s_drops=$(udp_drops) s_lines=$(wc -l <"$work/web/log")
    crawl "$s_part" "$s_row" "$s_limit" --procs "$s_p" --threads "$s_t" \
        --connections "$s_c" -l 0 --dns-servers "127.0.0.1:$dns" \
        --connect-to ":::$port" "$@" "$work/list" || return 0
    record "$s_part" "$s_row" sites "$(stat_of pages)"
    record "$s_part" "$s_row" "wall s" "$wall"
    sleep 0.2 # the web writes its log ten times a second
    record "$s_part" "$s_row" "asking s" "$(tail -n +$((s_lines + 1)) \
        "$work/web/log" | sort -n |
        awk 'NR == 1 { a = $1 } END { print ($1 - a) / 1e6 }')"
    record "$s_part" "$s_row" "sites/s" "$(calc 0 "$s_n / $wall")"
    record "$s_part" "$s_row" "CPU s" "$cpu_children"
    record "$s_part" "$s_row" "ms/site" "$(calc 0 "1e3 * $cpu_children / $s_n")"
    record "$s_part" "$s_row" "RSS MiB" "$(calc 0 "$rss / 1024")"
    record "$s_part" "$s_row" "Redis us/site" "$(calc 0 "$redis_us / $s_n")"
    record "$s_part" "$s_row" "UDP drops" $(($(udp_drops) - s_drops))
    [ "$(stat_of pages)" -eq "$s_n" ] || {
        note "$s_part" "$s_row: only $(stat_of pages) of $s_n sites."
        failures=$((failures + 1))
    }
}

# Datagrams lost for want of buffer: each costs a look-up its time-out.
udp_drops() {
    awk '/^Udp:/ { n = $6 } END { print n }' /proc/net/snmp
}

sites_web() {
    web --hosts 2000 --pages 0 --latency 100 --dns 127.0.0.1:0 --dns-spread \
        --listen lo:0 --log "$work/web/log"
}

bench_sites() {
    part sites || return 0
    note sites '2,000 sites, 100 ms latency: for each a name look-up, a
        connection, robots.txt and one page.  Rows are processes x threads x
        connections, all on one core.'
    sites_web
    round=1
    while another; do
        sites sites 8x5x64 60 2000 8 5 64
        sites sites 1x5x64 60 2000 1 5 64
        sites sites 1x1x64 60 2000 1 1 64
        sites sites 1x1x512 60 2000 1 1 512 --no-warc
        sites sites auto 60 2000 1 auto 64
        round=$((round + 1))
    done
    end "$web_pid"
    claim sites "8x5: seconds for 2,000 sites" "8x5x64:wall s" "<=" 10
    claim sites "auto over 1x5x64, the same found by itself" \
        "auto:sites/s / 1x5x64:sites/s" ">=" 0.9
    # 1x1x64 is for comparison: 64 at a time, 200 ms each, are 320 a second
    for row in 8x5x64 1x5x64 1x1x512; do
        claim sites "$row: sites/s, start and end included" "$row:sites/s" \
            ">=" 900
    done
}

bench_grid() {
    part grid || return 0
    note grid "The textbook's grid on 500 sites, 100 ms latency, once; the
        serial row crawls 60 of them, compare by sites/s."
    sites_web
    sites grid 1x1x1 60 60 1 1 1
    sites grid 1x5x1 60 500 1 5 1
    sites grid 4x5x1 60 500 4 5 1
    sites grid 8x5x1 60 500 8 5 1
    sites grid 8x5x64 60 500 8 5 64
    end "$web_pid"
    for row in 1x5x1 4x5x1 8x5x1; do
        claim grid "$row over serial" "$row:sites/s / 1x1x1:sites/s"
    done
    claim grid "8x5x64 over serial" "8x5x64:sites/s / 1x1x1:sites/s" ">=" 50
}

# --- deep: few sites, many pages ---

# deep ROW SECONDS [ARG ...]
deep() {
    deep_row=$1 deep_limit=$2
    shift 2
    crawl deep "$deep_row" "$deep_limit" --procs 1 --threads 1 --delay 0 \
        --no-warc --connect-to "::127.0.0.1:$port" "$@" "$work/web/list" ||
        return 0
    record_costs "$cpu_children" \
        "$(($(stat_of fetches) + $(stat_of robots_fetches)))" \
        "$(stat_of pages)"
    record_redis "$(stat_of pages)"
}

bench_deep() {
    part deep || return 0
    note deep 'The test web without latency: 8 sites of 500 pages; the same
        pages with 256 KB of text each; 3,000 pages of 50 sites, and 1,000 home
        pages, that each bring some 20 links that nobody has seen.'
    round=1
    while another; do
        web --hosts 8 --pages 500
        deep deep 60
        end "$web_pid"
        web --hosts 8 --pages 60 --size 262144
        deep big 60
        end "$web_pid"
        want=5 # a limit was reached
        web --hosts 50 --pages 20000 --links 22
        deep "new links" 60 --max-pages 3000
        end "$web_pid"
        web --hosts 1000 --pages 200 --links 22
        deep "new links and sites" 60 --max-pages 1000
        want=0
        end "$web_pid"
        round=$((round + 1))
    done
    claim deep "Redis CPU us/page" "deep:Redis us/page" "<=" 100
    claim deep "Redis CPU us/page, some 20 new links each" \
        "new links:Redis us/page" "<=" 100
    claim deep "Redis CPU us/page, the same of a new site each" \
        "new links and sites:Redis us/page"
    claim deep "Redis CPU us/new link" \
        "new links:Redis us/page / new links:new links/page"
}

# --- peers: other crawlers on the documentation pages, when installed ---

# peer PROGRAM WHOSE BAR ARG ... - its row, and how many times its pages per
# CPU second ours are
peer() {
    have "$1" || return 0
    peer_program=$1 peer_whose=$2 peer_bar=$3
    shift 3
    docs_weft peers weft --no-warc
    want="0 8 124" # 8: some page was not there; 124: the time was over
    docs_other peers "$peer_program" "$peer_program" "$@"
    want=0
    claim peers "pages per CPU second, of $peer_whose" \
        "$peer_program:ms/page / weft:ms/page" ">=" "$peer_bar"
}

bench_peers() {
    part peers && docs_ready peers || return 0
    note peers 'The documentation pages again, for at most 30 s each (wget, which
        is done before that on an idle machine: 60): who is not done by then is
        measured on the pages it got.  Weft before each.'
    scheme=http to=$nginx_port docs_limit=60
    peer wget "wget's" 10 --no-config -q -r -l inf -nH -e robots=off \
        -P "$work/saved" "http://127.0.0.1:$to/"
    docs_limit=30
    # no limit of connections or bytes a second
    peer httrack "HTTrack's" 10 "http://127.0.0.1:$to/" -O "$work/saved" -q -Q \
        -s0 -r999 --disable-security-limits -c32 -%c0 -A1000000000
    peer scrapy "Scrapy's" 40 runspider "$here/scrapy_docs.py" \
        -a "url=http://127.0.0.1:$to/"
    docs_limit=120
}

# --- all of it ---

conditions() {
    printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%MZ)"
    printf 'commit\t%s\n' \
        "$(git -C "$root" describe --always --dirty 2>/dev/null || echo -)"
    printf 'CPU\t%s\n' "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo |
        head -n 1)"
    printf 'cores\tservers and Redis on %s, measured on %s, of %s\n' \
        "$server_core" "$client_core" "$(getconf _NPROCESSORS_ONLN)"
    printf 'load before\t%s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    printf 'kernel\t%s\n' "$(uname -sr)"
    printf 'Redis\t%s\n' "$(redis-server --version |
        sed 's/.* v=\([^ ]*\).*/\1/')"
    printf 'libcurl\t%s\n' "$(pkg-config --modversion libcurl)"
    printf 'libxml2\t%s\n' "$(pkg-config --modversion libxml-2.0)"
    have nginx && printf 'nginx\t%s\n' "$(nginx -v 2>&1 | sed 's,.*/,,')"
    have wget2 && printf 'Wget2\t%s\n' "$(wget2 --version |
        sed -n '1s/.*Wget2 \([^ ]*\).*/\1/p')"
    return 0
}

if ! have redis-server || ! have redis-cli; then
    echo "make bench needs redis-server and redis-cli" >&2
    exit 1
fi
conditions >"$work/conditions.tsv"
bench_docs
bench_tls
bench_https
bench_sites
bench_grid
bench_deep
bench_seed
bench_seen
bench_peers
bench_counts

mkdir -p "$root/build"
for kind in md json; do
    awk -v kind=$kind -f "$here/report.awk" "$work/conditions.tsv" "$notes" \
        "$samples" "$claims" >"$root/build/bench.$kind"
done
cat "$root/build/bench.md"
say "$(($(date +%s) - began)) s; build/bench.md, build/bench.json"
[ $failures -eq 0 ]
