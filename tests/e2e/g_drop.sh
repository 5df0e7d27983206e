#!/bin/sh
# SPDX-License-Identifier: MIT
# g_drop - a site is dropped while the crawl runs: nothing more is asked of it,
# what waits is logged as DROPPED, the others go on.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 4 --pages 60
crawl_args="$crawl_args --procs 2 --threads 2 --delay 0.3"
dropped() {
    cat "$out"/log/*.jsonl | grep -c '"outcome":"DROPPED"'
}
released() {
    redis hget held:t "$1" >held.txt
    [ ! -s held.txt ] || grep -qx '' held.txt
}

more 20 crawl_start
expect_code 0 tell drop "http://www.$(head -n 1 seeds.csv | sed 's/.*,//')/x"
site=$(sed -n 's/.* is of the site \(.*\)$/\1/p' cmd.out)
[ -n "$site" ] || fail "drop did not say which site"
expect_text cmd.out "^$site is dropped: nothing of it is asked"
expect_code 0 tell drop "$site"
expect_text cmd.out "^$site is dropped already\$"
expect_code 0 tell status
expect_text cmd.out "^  orders +$site: dropped, nothing is asked of it\$"

# Once the visit that had it is over, no request goes there any more.
wait_for -t 30 released "$site"
web_settle
before=$(awk -v s="$site" '$2 ~ s "$"' web.log | wc -l)
crawl_wait
web_settle
after=$(awk -v s="$site" '$2 ~ s "$"' web.log | wc -l)
[ "$after" -eq "$before" ] || fail "$((after - before)) requests to $site since"
[ "$(dropped)" -gt 10 ] || fail "only $(dropped) URLs of $site were dropped"
expect_stat outcome_DROPPED "$(dropped)"
expect_stat known "$(stat_of finished)"

# All else is there, and of the site exactly what was not dropped is missing.
sed -n 's/.*"url":"\([^"]*\)","outcome":"DROPPED".*/\1/p' "$out"/log/*.jsonl |
    sort >dropped.txt
grep -v "^http://[^/]*$site/" expect.txt >others.txt
grep -v settle.test web.log | awk -v s="$site" \
    '$5 == 200 && $4 != "/robots.txt" && $2 !~ s "$" { print "http://" $2 $4 }' |
    sort -u >fetched.txt
expect_same others.txt fetched.txt
sed 's|http://||; s|/| /|' dropped.txt | while read -r host target; do
    expect_not_asked "$host" "$target"
done

# Taken back: what is added from now on is asked for again.
expect_code 0 tell undrop "$site"
expect_text cmd.out "^$site is not dropped any more"
expect_code 1 tell undrop "$site"
expect_text cmd.err "$site is not dropped\$"
expect_code 0 tell add "http://$site/new"
crawl
expect_outcome "http://$site/new" HTTP_4XX
expect_code 1 tell drop 'ftp://x/'
expect_code 2 tell drop
