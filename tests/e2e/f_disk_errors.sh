#!/bin/sh
# SPDX-License-Identifier: MIT
# f_disk_errors - calls that are interrupted are made again; a last file that
# cannot be finished is said and is no success.
. "$(dirname "$0")/lib.sh"
need redis-server strace gzip
strace -D -o probe true 2>/dev/null || skip "strace may not trace here"

traced() {
    cat >traced <<END
#!/bin/sh
ASAN_OPTIONS=detect_leaks=0 exec strace -D -f -qq -o "$work/trace.\$\$" $* "$build/worker" "\$@"
END
    chmod +x traced
}

site '*' '/robots.txt 404 text/plain "none"'
web --hosts 10 --pages 10
crawl_args="$crawl_args --procs 1 --threads 2 --delay 0"

# EINTR, in every fourth or so call that writes, cuts or waits for the disk.
traced -e trace=write,fdatasync,fsync,ftruncate \
    -e inject=write:error=EINTR:when=3+4 \
    -e inject=fdatasync,fsync:error=EINTR:when=1+2
crawl --durability power --warc-max-size 200k \
    --worker-program "$work/traced" seeds.csv
expect_complete
expect_once
expect_text trace.[0-9]* 'write\(.* EINTR .*INJECTED' \
    'fdatasync\(.* EINTR .*INJECTED'
cat "$out"/log/*.jsonl >log.all
if grep -v '^{.*}$' log.all; then fail "half a line in the log"; fi
gzip -t "$out"/warc/*.warc.gz || fail "a WARC file is not whole"

# The last file does not get its name: said, no success, mended next time.
anew
: >web.log
traced -e trace=renameat2 -e inject=renameat2:error=EIO
want=3
crawl --worker-program "$work/traced" seeds.csv
expect_text crawl.err 'cannot be finished: Input/output error' \
    "$out: a worker cannot write, its line says why: some of the last"
expect_complete
[ -n "$(find "$out" -name '*.open')" ] || fail "it has its name"
want=0
: >web.log
crawl --restart
[ -z "$(find "$out" -name '*.open')" ] || fail "it was not mended"
gzip -t "$out"/warc/*.warc.gz || fail "a WARC file is not whole"
