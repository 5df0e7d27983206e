#!/bin/sh
# A web of 20,000 pages, crawled by 8 processes of 5 threads: every page that
# the web defines is fetched, none twice, and no site sees two requests closer
# than the delay, whatever process they come from.
. "$(dirname "$0")/lib.sh"

pages=${WEFT_PAGES:-49} # of each of 400 hosts, beside its home page
web --hosts 400 --pages "$pages" --cross 2 --links 8 --robots allow
crawl --procs 8 --threads 5 --delay 200ms seeds.csv

expect_complete
expect_once
expect_spacing 200
total=$(wc -l <expect.txt)
[ "$total" -eq $((400 * (pages + 1))) ] || fail "the web has $total pages"
expect_stat pages "$total"
expect_stat finished "$total"
expect_stat known "$total"
expect_stat flight 0
expect_stat worker_deaths 0
expect_stat robots_fetches 400

# Each page has its line in the log, and its record in a WARC file.
cat "$out"/log/*.jsonl | sed -n 's/.*"url":"\([^"]*\)".*"status":200.*"warc":.*/\1/p' |
    sort >logged.txt
expect_same expect.txt logged.txt
zcat "$out"/warc/*.warc.gz | LC_ALL=C grep -a -c '^WARC-Type: response' >records
[ "$(cat records)" -eq "$total" ] || fail "$(cat records) response records"
