#!/bin/sh
# SPDX-License-Identifier: MIT
# e_push - anybody may LPUSH into queue:NAME: a URL is crawled, junk is not.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

for h in pushed.test again.test evil.test victim.test entry.test; do
    site $h '/ 200 text/html "<a href=/more>more</a>"' '/more 200 text/html "m"'
done
# A long crawl to push into.
web --hosts 2 --pages 60
crawl_start --procs 2 --threads 2 --delay 0.12
wait_for grep -q ' s0001.test GET /p1 200' web.log

push() {
    redis LPUSH queue:t "$@" >push.out
}
# URLs, as anybody writes them
push http://pushed.test/ ' HTTP://Again.TEST:80/a/.. ' 'http://again.test/'
# An entry in our own form, and one that lies about its site: by it, the delay
# of victim.test could be broken.
push '0 entry.test http://entry.test/more'
push '0 evil.test http://victim.test/'
# Junk
push '' ' ' '-1' '0' '0 ' '0 a' 'ftp://pushed.test/' 'javascript:alert(1)' \
    '00 entry.test http://entry.test/' '0r0t0 entry.test http://entry.test/' \
    '99999999999 entry.test http://entry.test/' '0 entry.test nonsense' \
    '0 entry.test http://entry.test/ http://a.test/ http://b.test/' \
    'http://in%00valid .test/' "$(printf 'http://a.test/\r\nHost: b.test')"
printf 'http://nul.test/\0\0\0' | redis -x LPUSH queue:t >push.out
printf '0 nul.test http://nul.test/\0x' | redis -x LPUSH queue:t >push.out
head -c 3000 /dev/urandom | redis -x LPUSH queue:t >push.out
head -c 300 /dev/zero | redis -x LPUSH queue:t >push.out
# 10 MB, and of an entry's form
{
    printf '0 long.test http://long.test/'
    head -c 10000000 /dev/zero | tr '\0' 'a'
} | redis -x LPUSH queue:t >push.out
head -c 10000000 /dev/zero | tr '\0' 'b' | redis -x LPUSH queue:t >push.out
wait_for grep -q ' pushed.test GET /more 200' web.log
wait_for grep -q ' again.test GET / 200' web.log
crawl_wait

for t in pushed.test/ pushed.test/more again.test/ again.test/more \
    entry.test/more; do
    expect_asked "${t%%/*}" "/${t#*/}"
done
expect_not_asked victim.test /
expect_not_asked victim.test /more
expect_not_asked evil.test /
expect_outcome http://victim.test/ BAD_URL
grep -c 'which is no http(s) URL: dropped' crawl.err >dropped.txt
[ "$(cat dropped.txt)" -ge 6 ] || fail "junk went without a line"
expect_no_text crawl.err "$(printf '[\001-\010\013-\037\177]')"
expect_stat worker_deaths 0
expect_stat flight 0
expect_stat charged "$(stat_of pages)"
sort -u expect.txt - >all.txt <<'END'
http://pushed.test/
http://pushed.test/more
http://again.test/
http://again.test/more
http://entry.test/more
END
expect_complete all.txt
