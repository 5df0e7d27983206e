#!/bin/sh
# SPDX-License-Identifier: MIT
# d_per_site - --per-site 4: at most four at a time on a site, of all.
. "$(dirname "$0")/lib.sh"
need redis-server

# An answer comes 80 ms behind its request: what began within less than 80 ms
# was under way at the same time.
web --hosts 2 --pages 60 --latency 80
crawl --procs 3 --threads 2 --per-site 4 --delay 0 --delay-factor 0
expect_complete
expect_once
for h in s0001.test s0002.test; do
    most=$(awk -v h=$h '$2 == h && $4 != "/robots.txt" { print $1 }' web.log |
        sort -n | awk '{
            at[NR] = $1
            if (NR - first == 0) first = 1
            while (at[NR] - at[first] >= 78000) first++
            if (NR - first + 1 > most) most = NR - first + 1
        } END { print most }')
    [ "$most" -le 4 ] || fail "$most requests at a time to $h"
    [ "$most" -ge 2 ] || fail "never more than $most at a time to $h"
done

