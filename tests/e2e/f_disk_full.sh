#!/bin/sh
# SPDX-License-Identifier: MIT
# f_disk_full - a disk that is full, its Redis's file on it too: exit 3, a
# line that names the folder, no storm of them; with room it goes on.
. "$(dirname "$0")/lib.sh"
need redis-server gzip

mkdir small
mount -t tmpfs -o size=8m none small 2>/dev/null ||
    skip "no tmpfs may be mounted here"
mounted() {
    grep -q " $work/small " /proc/mounts
}
trap 'kept=$?; set +e; mounted && umount -l small; (exit $kept); at_exit' EXIT
out=$work/small/out

web --hosts 40 --pages 50 --size 20000 --cross 2 --latency 40
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0"

# Every URL has its page's line, and its record where the line says.
expect_stored() {
    expect_complete
    cat "$out"/log/*.jsonl >log.all
    if grep -v '^{.*}$' log.all; then fail "half a line in the log"; fi
    sed -n 's/.*"url":"\([^"]*\)","outcome":"OK".*"warc":.*/\1/p' log.all |
        sort -u >stored.txt
    expect_same expect.txt stored.txt
    gzip -t "$out"/warc/*.warc.gz || fail "a WARC file is not whole"
    zcat "$out"/warc/*.warc.gz | tr -d '\r' | awk '
        /^WARC-Type: / { type = $2 }
        /^WARC-Target-URI: / && type == "response" { print $2 }' | sort -u |
        grep -vE '/robots.txt$' >records.txt
    # a refused line may stand behind its record, never the other way round
    comm -23 expect.txt records.txt >lost.txt
    [ ! -s lost.txt ] || fail "without a record: $(head -n 3 lost.txt)"
    [ -z "$(find "$out" -name '*.open')" ] || fail "a WARC file is left open"
}

# The crawl fills it by itself, with all of Redis's, the log's and the WARC's.
want=3
crawl
expect_text crawl.err "$out: .*(cannot write|write its own file|its line says)" \
    'No space left on device' 'the same command again resumes'
[ "$(wc -l <crawl.err)" -le 12 ] || fail "more than a few lines"

# It is still full: the same command says so before it begins.
head -c 8m /dev/zero >small/ballast 2>/dev/null || :
crawl
expect_text crawl.err "$out: the disk is full: [0-9]+ KB are free, at least"
expect_no_text crawl.err 'resuming'

# Room: it goes on and finishes.
rm small/ballast
mount -o remount,size=200m small
want=0
crawl
expect_text crawl.err 'resuming crawl t: [0-9]+ of'
expect_stored

# Full all at once, in the middle: every file of it at the same moment.
out=$work/small/out2
: >web.log
mount -o remount,size=300m small
want=3
crawl_start seeds.csv
answered_some() {
    [ "$(grep -c ' 200 ' web.log)" -ge 300 ]
}
wait_for answered_some
head -c 300m /dev/zero >small/ballast 2>/dev/null || :
crawl_wait
expect_text crawl.err "$out: " 'No space left on device'
[ "$(wc -l <crawl.err)" -le 12 ] || fail "more than a few lines"
rm small/ballast
want=0
crawl
expect_stored

# The WARC files' disk alone, then the log's: Redis hears of what came before,
# and gets the rest back.
for part in warc log; do
    out=$work/small/of-$part
    mkdir -p "$out/$part"
    mount -t tmpfs -o size=100m none "$out/$part"
    : >web.log
    want=3
    crawl_start seeds.csv
    wait_for answered_some
    head -c 100m /dev/zero >"$out/$part/ballast" 2>/dev/null || :
    crawl_wait
    expect_text crawl.err "$out: cannot write the .*No space left on device"
    [ "$(wc -l <crawl.err)" -le 8 ] || fail "more than a few lines"
    expect_stat flight 0
    expect_stat sites_held 0
    crawl
    expect_text crawl.err "$out/$part: the disk is full"
    rm "$out/$part/ballast"
    want=0
    crawl
    expect_stored
    umount "$out/$part"
done

# Redis alone: its file is all that grows while a master only seeds.
out=$work/small/out3
used=$(df -k small | awk 'NR == 2 { print $3 }')
mount -o remount,size=$((used + 6000))k small
awk 'BEGIN { for (i = 1; i <= 100000; i++) print i ",s" i ".test" }' >many.csv
crawl_args='--allow-private --no-progress --procs 0 --max-time 20'
want=3
crawl many.csv
expect_text crawl.err "$out: Redis cannot write its own file: .*No space left"
[ "$(wc -l <crawl.err)" -le 8 ] || fail "more than a few lines"
mount -o remount,size=400m small
want=5
crawl --max-time 8 many.csv
expect_stat known 100000

# Not to be written at all.
mount -o remount,ro small
want=3
crawl many.csv
expect_text crawl.err "$out.*: Read-only file system"
mount -o remount,rw small
rm -r "$out/log"
: >"$out/log"
crawl many.csv
expect_text crawl.err "$out/log: Not a directory"

# A worker on a machine of its own, whose disk is full.
mount -o remount,size=420m small
urls a.test
redis_start
want=5
crawl --max-time 1 --restart --output "$work/elsewhere" list.txt
head -c 420m /dev/zero >small/ballast 2>/dev/null || :
expect_code 3 "$build/worker" --redis "$redis_url" --name t --output small/w
expect_text cmd.err 'small/w: the disk is full'
