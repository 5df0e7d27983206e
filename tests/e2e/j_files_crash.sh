#!/bin/sh
# SPDX-License-Identifier: MIT
# j_files_crash - files of pages when workers are killed, the disk is full or
# broken: all is there in the end, whole, and nothing is acked that is not.
. "$(dirname "$0")/lib.sh"
need redis-server

pages_on_disk() {
    [ "$(find "$out/files" -name 'p*' -type f | wc -l)" -ge "$1" ]
}
web --hosts 6 --pages 25 --latency 20 --size 9000

# Workers that are killed while they write: all is there in the end, named as
# wget names it, and the same; nothing half stays.
crawl_start --procs 2 --threads 2 --delay 0 --save both
for n in 20 60; do
    wait_for pages_on_disk $n
    kill -KILL "$(workers | head -n 1)"
done
crawl_wait
expect_complete
expect_stat worker_deaths 2
[ -z "$(ls "$out/files/.part")" ] || rm -r "$out"/files/.part/*
expect_code 0 tell verify
expect_text cmd.out '[1-9][0-9]* saved files, 0 of them missing'
if command -v wget >/dev/null 2>&1; then
    wget -q -x -P wgot -e robots=off -e "http_proxy=http://127.0.0.1:$port" \
        -i expect.txt || fail "wget: $?"
    rm -r "$out/files/.part"
    diff -r wgot "$out/files" || fail "not as wget has it"
fi

# What a dead worker had begun is removed by the next one.
mkdir -p "$out/files/.part/h-1-x" && : >"$out/files/.part/h-1-x/0"
crawl --restart --procs 1 --delay 0 --save both --durability power
[ -z "$(ls "$out/files/.part")" ] || fail "a dead worker's part stayed"
expect_stat files -eq "$(wc -l <expect.txt)"

# What changed is asked for, and what is no longer here.
anew
urls http://s0001.test/ http://s0002.test/
crawl --procs 1 --delay 0 --level 0 --cache --save files list.txt
rm "$out/files/s0001.test/index.html"
crawl --procs 1 --delay 0 --level 0 --cache --save files list.txt
[ -s "$out/files/s0001.test/index.html" ] || fail "what is gone was not asked"

# A disk that takes no more: nothing is done that is not kept.
anew
mkdir -p "$out/files"
mount -t tmpfs -o size=7m none "$out/files" 2>/dev/null ||
    skip "the rest: no tmpfs may be mounted here"
trap 'kept=$?; set +e; umount -l "$out/files"; (exit $kept); at_exit' EXIT
want=3
crawl_start --procs 2 --threads 2 --delay 0 --save files
wait_for pages_on_disk 20
head -c 7m /dev/zero >"$out/files/ballast" 2>/dev/null || :
crawl_wait
expect_text crawl.err "$out: cannot write a page's file: No space left"
[ "$(wc -l <crawl.err)" -le 8 ] || fail "more than a few lines"
expect_stat flight 0
rm "$out/files/ballast"
want=0
crawl
expect_code 0 tell verify
sed 's|^http://||; s|/$|/index.html|' expect.txt | sort >names.txt
(cd "$out/files" && find . -name 'p*' -type f -o -name index.html) |
    sed 's|^./||' | sort >found.txt
expect_same names.txt found.txt

# One that cannot be written to acks nothing.
if strace -D -o probe true 2>/dev/null; then
    cat >traced <<END
#!/bin/sh
ASAN_OPTIONS=detect_leaks=0 exec strace -D -f -qq -o /dev/null \
    -e trace=syncfs -e inject=syncfs:error=EIO "$build/worker" "\$@"
END
    chmod +x traced
    umount "$out/files"
    trap at_exit EXIT
    anew
    want=3
    crawl --procs 1 --delay 0 --durability power --save files \
        --worker-program "$work/traced" seeds.csv
    expect_text crawl.err "cannot put the pages' files on disk: Input/output"
    expect_stat finished 0
fi
