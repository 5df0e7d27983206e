#!/bin/sh
# SPDX-License-Identifier: MIT
# f_power - --durability power: an entry is acked only when the disk has had
# its record and its line; a disk that cannot acks nothing.
. "$(dirname "$0")/lib.sh"
need redis-server strace awk

# A worker under strace, a child of the master as ever (-D); leaks cannot be
# looked for in a traced one.
traced() {
    cat >traced <<END
#!/bin/sh
ASAN_OPTIONS=detect_leaks=0 exec strace -D -f -qq -s 1000000 -y -o "$work/trace.\$\$" $* "$build/worker" "\$@"
END
    chmod +x traced
}
strace -D -o probe true 2>/dev/null || skip "strace may not trace here"

site '*' '/robots.txt 404 text/plain "none"'
web --hosts 20 --pages 10 --cross 2 --latency 5

# Every ack names entries whose line was written before the last sync of the
# log began, which the WARC file's followed; both had returned.
traced -e trace=write,sendto,fdatasync
ack=$(cat "$root"/common/lua/ack-*.lua | sha1sum | cut -d' ' -f1)
crawl --procs 1 --threads 3 --delay 0 --durability power \
    --worker-program "$work/traced" seeds.csv
expect_complete
expect_once
cat trace.[0-9]* >/dev/null || fail "nothing was traced"
for trace in trace.[0-9]*; do
    awk -v ack="$ack" '
    # The URLs of entries, "DEPTH SITE URL [REFERRER]".
    function urls(text, list,    n, word) {
        n = 0
        while (match(text, /\\n[0-9rt]+ [^ \\]+ http:[^ \\]+/)) {
            split(substr(text, RSTART, RLENGTH), word, " ")
            list[++n] = word[3]
            text = substr(text, RSTART + RLENGTH)
        }
        return n
    }
    # Of requests that were sent together: only those that ack.
    function acked(text,    part, i, n, all) {
        n = split(text, part, /\\r\\n\*[0-9]+\\r\\n\$/)
        for (i = 1; i <= n; i++)
            if (index(part[i], ack))
                all = all part[i] " "
        return all
    }
    / write\([0-9]+<[^>]*\.jsonl>/ {
        text = $0
        while (match(text, /\\"url\\":\\"[^"\\]*/)) {
            line_at[substr(text, RSTART + 10, RLENGTH - 10)] = NR
            text = substr(text, RSTART + RLENGTH)
        }
    }
    / fdatasync\([0-9]+<[^>]*\.jsonl>/ { log_began = NR }
    / fdatasync\([0-9]+<[^>]*\.warc\.gz\.open>/ { is_warc = 1 }
    / fdatasync(\(| resumed>).* = 0$/ {
        if (is_warc)
            covered = log_began
        is_warc = 0
        syncs++
    }
    / (write|sendto)\([0-9]+<(socket|UNIX)/ && index($0, ack) {
        n = urls(acked($0), list)
        for (i = 1; i <= n; i++) {
            acks++
            if (!(list[i] in line_at) || line_at[list[i]] > covered) {
                printf "%s was acked at line %d, written at %d, on disk to %d\n",
                    list[i], NR, line_at[list[i]], covered
                exit bad = 1
            }
        }
    }
    END {
        print acks + 0, "acks", syncs + 0, "syncs"
        exit bad || acks == 0 || syncs < 2
    }' "$trace" || fail "an ack before its sync"
done

# The disk does not take it: nothing is acked, and one line says so.
anew
: >web.log
traced -e trace=fdatasync -e inject=fdatasync:error=EIO
want=3
crawl --procs 1 --threads 2 --delay 0 --durability power \
    --worker-program "$work/traced" seeds.csv
expect_text crawl.err "$out: cannot put the crawl log on disk: Input/output error"
[ "$(grep -c 'on disk: Input' crawl.err)" -eq 1 ] || fail "said more than once"
expect_stat finished 0
expect_stat flight 0
want=0
crawl --procs 1 --threads 2 --delay 0 --durability power
expect_complete
[ "$(stat_of result)" = finished ] || fail "not finished"

# No WARC: the log alone is synced.
anew
: >web.log
crawl --procs 1 --threads 2 --delay 0 --durability power --no-warc
expect_complete
expect_code 2 "$build/master" --durability disk --dry-run seeds.csv
expect_text cmd.err 'durability: "disk" is not process or power'
