#!/bin/sh
# SPDX-License-Identifier: MIT
# memory - a million small pages by one worker as it comes, 5 threads of 64
# connections, with WARC: its memory stays under 64 MiB, and is level over the
# last four fifths.  Five to fifteen minutes, 2 GB below TMPDIR.  Says how much
# it was each tenth.  WEFT_PAGES: another number; below half a million nobody
# can say whether it is level, for the 8 MiB of --seen-cache still fill.
. "$(dirname "$0")/../e2e/lib.sh"
need redis-server redis-cli

n=${WEFT_PAGES:-1000000}
hosts=2000
# All bodies that can be in flight are not a megabyte: 320 of 1 KB.
most=$((64 * 1024 + 1024))

web --hosts $hosts --pages $((n / hosts - 1)) --links 6 --size 500
n=$(wc -l <expect.txt)
crawl_start --procs 1 --delay 0 seeds.csv
wait_for workers_up 1
worker=$(workers)

# Each second: pages that Redis was told of, KB resident, and of these what
# is no file.
: >samples.txt
while sleep 1 && ! is_gone "$worker"; do
    pages=$(redis hget stats:t pages 2>/dev/null || :)
    awk -v pages="${pages:-0}" '
        /^VmRSS:/ { all = $2 }
        /^RssAnon:/ { own = $2 }
        END { if (all) print pages + 0, all, own }' \
        "/proc/$worker/status" >>samples.txt 2>samples.err || :
done
crawl_wait
expect_stat pages "$n"

awk -v n="$n" -v most="$most" '
    function mb(kb) { return sprintf("%.1f", kb / 1024) }
    $1 >= n * next_tenth / 10 {
        printf "%9d pages: %s MiB, %s without files\n", $1, mb($2), mb($3)
        next_tenth = int($1 * 10 / n) + 1
    }
    $1 > 0 && $1 < n * 0.2 && $2 > early { early = $2 }
    $2 > peak { peak = $2 }
    END {
        printf "at most %s MiB in the first fifth, %s in all\n", mb(early),
            mb(peak)
        if (!early) { print "too few samples"; exit 1 }
        if (peak > most) { print "more than " mb(most) " MiB"; exit 1 }
        if (n >= 500000 && peak > early * 1.05) { print "not level"; exit 1 }
    }' samples.txt || fail "memory of the worker"
