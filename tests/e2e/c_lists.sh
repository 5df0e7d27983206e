#!/bin/sh
# SPDX-License-Identifier: MIT
# c_lists - bad rows and broken lists reach neither Redis nor the terminal.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli
redis_start

# Nothing but seeding; the crawl is never finished, so a limit ends it.
only_seeds() {
    want=5
    crawl --procs 0 --max-time 1.5 --restart "$@"
    want=0
}

# Rows that would inject, blank ones, huge ones, binary ones; two are good.
{
    printf '1,"evil.test/\\r\\nHost: x"\r\n'
    printf '2,evil.test/ HTTP/1.1\n\n'
    printf '3,good.test\n'
    printf '4,"two\nlines.test"\n'
    printf '5,nul\000byte.test\n'
    head -c 10000000 /dev/zero | tr '\0' 'a'
    printf '\n6,esc\033[2Jape.test\n7,also-good.test\n'
    head -c 5000 /dev/urandom | tr -d ',\n'
} >bad.csv
only_seeds bad.csv
expect_stat seeds_good 2
expect_stat known 2
expect_stat seeds_bad -gt 3
redis lrange queue:t 0 -1 >queue
printf '0 also-good.test http://also-good.test/\n0 good.test http://good.test/\n' \
    >wanted
expect_same wanted queue
expect_text crawl.err 'bad.csv:[0-9]+: ' 'bad of [0-9]+ rows were left out'
expect_no_text crawl.err "$(printf '\033')"
[ "$(grep -c 'bad.csv:[0-9]*: ' crawl.err)" -le 10 ] || fail "reports all rows"

# Private addresses, unless they are asked for (crawl does, so master here).
printf '127.0.0.1\nlocalhost\n10.0.0.1:80\npublic.test\n' >private.txt
expect_code 5 "$build/master" --redis "$redis_url" --procs 0 --max-time 1.5 \
    private.txt
[ "$(redis llen queue:private)" -eq 1 ] || fail "private addresses were seeded"

# Nothing in it: nothing to crawl, and the name is free for a better list.
printf 'rank,domain\n' >empty.csv
want=1
crawl --restart --procs 0 empty.csv
expect_text crawl.err 'no good row in the lists'
want=0
printf 'rank,domain\n1,a.test\n' >empty.csv
want=5
crawl --procs 0 --max-time 1.5 empty.csv
expect_stat known 1

# An archive that breaks off: what came is kept, and it is no success.
need gzip
awk 'BEGIN { for (i = 1; i <= 100000; i++) print i ",s" i * 7919 ".test" }' |
    gzip >whole.gz
head -c 200000 whole.gz >cut.csv.gz
only_seeds cut.csv.gz
expect_text crawl.err 'cut.csv.gz: '
expect_stat known -gt 100

# Standard input, several lists, --max-seeds, --seed-scheme.
printf '1,a.test\n2,b.test\n' >one.csv
printf '1,c.test\n2,a.test\n3,d.test\n' >two.csv
only_seeds one.csv two.csv
expect_stat known 4
only_seeds --max-seeds 3 --seed-scheme https one.csv two.csv
expect_stat known 3
[ "$(redis lindex queue:t 0)" = '0 c.test https://c.test/' ] || fail "scheme"
want=5
printf '1,x.test\n' | (
    run_master --procs 0 --max-time 1.5 --restart -
) >crawl.out 2>crawl.err || [ $? -eq 5 ] || fail "standard input"
expect_stat known 1

# The same list once more adds nothing; another list is added.
want=5
crawl --procs 0 --max-time 1 one.csv
expect_text crawl.err 'not the lists that it began with'
expect_stat known 3
crawl --procs 0 --max-time 1 one.csv
expect_text crawl.err 'resuming crawl t: 0 of 3 .* which is all'
expect_no_text crawl.err 'all seeds are in'
# Without a list it goes on as well; a crawl that is not there does not.
expect_code 5 "$build/master" --redis "$redis_url" --procs 0 --max-time 1 \
    --name t --output "$out"
expect_code 1 "$build/master" --redis "$redis_url" --name none
expect_text cmd.err 'no crawl none to resume'
