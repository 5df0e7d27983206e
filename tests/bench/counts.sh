# counts.sh - the part counts: system calls and allocations of the worker, a
# page.
#
# Each kind of crawl runs twice, with few pages and with five times as many,
# and what counts is the difference: start and end are in both.  strace and
# valgrind slow the worker, so that more is ready each time it looks; the
# counts of the loop (epoll_wait, timers) are a little low for that.  Sourced
# by run.sh.
#
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034

counts_few=${COUNTS_FEW:-200}
counts_many=$((5 * counts_few))

# counts_worker COMMAND ... - what the next workers run under
counts_worker() {
    printf '#!/bin/sh\nexec %s %s "%s" "$@"\n' "$on_client" "$*" \
        "$build/worker" >"$work/watched.sh"
    chmod 755 "$work/watched.sh"
    worker_program=$work/watched.sh
}

# strace writes its table after the worker's end, valgrind its sum before it.
# What the one says as CALLS ERRORS NAME, sorted, and of the other a line each.
counts_strace() {
    until_ok 10 grep -q ' total$' "$work/watched"
    awk '$1 ~ /^[0-9.]+$/ && NF > 4 {
        print $4, (NF > 5 ? $5 : 0), ($NF == "total" ? "system calls" : $NF)
    }' "$work/watched" | sort -rn
}

counts_valgrind() {
    until_ok 10 grep -q 'total heap usage' "$work/watched"
    tr -d , <"$work/watched" | awk '/total heap usage/ {
        print $5, 0, "allocations"
        print $9, 0, "bytes allocated"
    }'
}

# counts_take COLUMN TOOL CRAWL ... - CRAWL takes a number of pages first
counts_take() {
    counts_column=$1 counts_tool=$2
    shift 2
    case $counts_tool in
    strace) counts_worker strace -D -f -c -o "$work/watched" ;;
    valgrind) counts_worker valgrind --leak-check=no --undef-value-errors=no \
        --log-file="$work/watched" ;;
    esac
    for counts_n in $counts_few $counts_many; do
        rm -f "$work/watched"
        counts_crawl=$1
        shift
        "$counts_crawl" "$counts_n" "$@" || return 0
        set -- "$counts_crawl" "$@"
        stat_of pages >"$work/counts.$counts_n.pages"
        "counts_$counts_tool" >"$work/counts.$counts_n"
    done
    awk -v few="$(cat "$work/counts.$counts_few.pages")" \
        -v many="$(cat "$work/counts.$counts_many.pages")" \
        -v column="$counts_column" '
        function put(row, n) {
            n /= many - few
            if (n >= 0.005)
                printf "counts\t%s\t%s\t%.6g\n", row, column, n
        }
        {
            name = $3
            for (i = 4; i <= NF; i++) name = name " " $i
        }
        NR == FNR { calls[name] = $1; errors[name] = $2; next }
        {
            put(name, $1 - calls[name])
            if (name != "system calls") put(name ": errors", $2 - errors[name])
        }' "$work/counts.$counts_few" "$work/counts.$counts_many" >>"$samples"
}

# Watched workers are slow: nobody may think them dead.
counts_docs() { # PAGES [ARG ...]
    counts_pages=$1
    shift
    want=5 # a limit was reached
    echo "http://docs.test/" >"$work/list"
    crawl counts "docs, $counts_pages pages" 300 --procs 1 --threads 1 \
        --connections 64 --per-site 64 --delay 0 -D docs.test \
        --connect-to "::127.0.0.1:$nginx_port" --heartbeat-limit 120 \
        --max-pages "$counts_pages" "$@" "$work/list" || return 1
    want=0
}

counts_sites() { # SITES
    head -n "$1" "$work/web/list" >"$work/list"
    crawl counts "$1 sites" 300 --procs 1 --threads 1 --connections 64 \
        -l 0 --no-warc --dns-servers "127.0.0.1:$dns" \
        --connect-to ":::$port" --heartbeat-limit 120 "$work/list"
}

bench_counts() {
    part counts && docs_ready counts || return 0
    note counts "The worker's system calls (strace) and allocations (valgrind)
        for each page: of a crawl of documentation pages, without and with
        WARC, and for each of the sites of part sites, where a page takes a
        look-up, a connection and a robots.txt too.  Differences of two crawls,
        of $counts_few and $counts_many pages.  \"errors\" are among the
        calls: connections that begin (EINPROGRESS), reads of nothing (EAGAIN),
        sockets that are in no epoll set (ENOENT)."
    for tool in strace valgrind; do
        have $tool || {
            note counts "Without $tool, which is not here."
            continue
        }
        counts_take docs $tool counts_docs --no-warc
        counts_take "docs, WARC" $tool counts_docs
        sites_web
        counts_take sites $tool counts_sites
        end "$web_pid"
    done
    worker_program=$work/worker.sh
}
