#!/bin/sh
# SPDX-License-Identifier: MIT
# d_robots_once - one robots.txt for the whole cluster, whoever has the site.
. "$(dirname "$0")/lib.sh"
need redis-server

web --hosts 40 --pages 8 --cross 3 --robots mixed=0.2
crawl --procs 4 --threads 2 --connections 8 --delay 0.05
expect_complete
expect_once
expect_spacing 50
awk '$4 == "/robots.txt" { print $2 }' web.log | sort >robots.txt
[ "$(wc -l <robots.txt)" -eq 40 ] || fail "not 40 requests for robots.txt"
[ -z "$(uniq -d robots.txt)" ] || fail "$(uniq -d robots.txt | head -n 5) twice"
expect_stat robots_fetches 40
expect_stat outcome_ROBOTS -gt 0

# Sites went from hand to hand, or this proves nothing.
sed 's/.*"site":"\([^"]*\)","worker":"\(.*\)-[0-9]*".*/\1 \2/' "$out"/log/*.jsonl |
    sort -u | cut -d ' ' -f 1 | uniq -d >shared.txt
[ -s shared.txt ] || fail "no site was visited by two processes"
