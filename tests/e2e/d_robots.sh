#!/bin/sh
# SPDX-License-Identifier: MIT
# d_robots - robots.txt by RFC 9309, as the web sees it.
. "$(dirname "$0")/lib.sh"
need redis-server curl

robots() { # HOST STATUS "TEXT"
    site "$1" "/robots.txt $2 text/plain \"$3\""
}
page='200 text/html "a page"'

# 2.2.2: the longest match wins, and allow where two are as long.
robots longest.test 200 'user-agent: *\ndisallow: /a\nallow: /a/b\n'
site longest.test "/ $page" "/a/x $page" "/a/b/y $page"
robots tie.test 200 'user-agent: *\ndisallow: /t\nallow: /t\ndisallow: /u\n'
site tie.test "/t $page" "/u $page"
# 2.2.3: special characters
robots wild.test 200 'user-agent: *\ndisallow: /*.gif$\ndisallow: /*/no\n'
site wild.test "/x.gif $page" "/x.gif?1 $page" "/u/no $page" "/no $page"
# 2.2.1: our group, or that of *
robots named.test 200 \
    'user-agent: *\ndisallow: /\n\nuser-agent: TestBot\ndisallow: /no\n'
site named.test "/no $page" "/yes $page"
# 2.3.1.3: unavailable, 2.3.1.4: unreachable
site none.test "/ $page"
robots gone.test 410 'user-agent: *\ndisallow: /\n'
site gone.test "/ $page"
robots err.test 500 'user-agent: *\nallow: /\n'
site err.test "/ $page" "/b $page"
site cured.test '/robots.txt 503 text/plain times=1 "busy"'
robots cured.test 200 'user-agent: *\ndisallow: /no\n'
site cured.test "/no $page"
# 2.3.1.2: five redirects, also to other hosts; behind six it is unavailable.
for n in 1 2 3 4 5; do
    site hop$n.test "/r 301 - header=\"Location: //hop$((n + 1)).test/r\" \"\"" \
        "/s 307 - header=\"Location: //hop$((n + 1)).test/s\" \"\""
done
site hop5.test '/r5 200 text/plain "user-agent: *\ndisallow: /no\n"'
site hop6.test '/s 200 text/plain "user-agent: *\ndisallow: /\n"'
site hop4.test '/f 302 - header="Location: http://hop5.test/r5" ""'
site hop3.test '/f 302 - header="Location: http://hop4.test/f" ""'
site hop2.test '/f 302 - header="Location: http://hop3.test/f" ""'
site five.test '/robots.txt 302 - header="Location: /moved" ""' \
    '/moved 302 - header="Location: http://hop2.test/f" ""' \
    "/no $page" "/yes $page"
site six.test '/robots.txt 302 - header="Location: http://hop1.test/s" ""' \
    "/no $page"
# What a redirect leads to is the next origin's own: it is asked for once.
site bare.test '/robots.txt 301 - header="Location: //www.bare.test/robots.txt" ""' \
    '/ 301 - header="Location: //www.bare.test/" ""' "/no $page"
robots www.bare.test 200 'user-agent: *\ndisallow: /no\n'
site www.bare.test '/ 200 text/html "<a href=no></a><a href=yes></a>"' \
    "/no $page" "/yes $page"
# Not the rules of anybody: an error page that came with 200.
printf '<!doctype html><p>user-agent: *<br>\ndisallow: /</p>\n' >no.html
site html.test '/robots.txt 200 text/html @no.html' "/ $page"
# 2.5: at least 500 KiB are read, what is behind is not.
{
    printf 'user-agent: *\ndisallow: /head\n'
    awk 'BEGIN { for (i = 0; i < 10500; i++)
        printf "disallow: /filler/%039d\n", i }'
    printf 'disallow: /tail\n'
} >big.txt
[ "$(wc -c <big.txt)" -gt 600000 ] || fail "big.txt is too small"
site big.test '/robots.txt 200 text/plain @big.txt' "/head $page" \
    "/tail $page" "/filler/$(printf %039d 7) $page"
# Ours: no part of the RFC.
robots slow.test 200 'user-agent: *\ncrawl-delay: 0.6\n'
site slow.test '/ 200 text/html "<a href=1></a><a href=2></a>"' \
    "/1 $page" "/2 $page"

web
urls longest.test http://longest.test/a/x http://longest.test/a/b/y \
    http://tie.test/t http://tie.test/u \
    http://wild.test/x.gif 'http://wild.test/x.gif?1' http://wild.test/u/no \
    http://wild.test/no http://named.test/no http://named.test/yes \
    none.test gone.test err.test http://err.test/b \
    http://cured.test/no \
    http://five.test/no http://five.test/yes http://six.test/no html.test \
    http://bare.test/ http://bare.test/no \
    http://big.test/head http://big.test/tail \
    "http://big.test/filler/$(printf %039d 7)" slow.test

crawl --procs 2 --threads 2 --delay 0 --tries 2 --waitretry 1.6 \
    -U 'testbot/1.0 (+http://about.test/)' list.txt
web_settle
allowed() { # HOST TARGET
    expect_asked "$1" "$2"
    expect_outcome "http://$1$2" OK
}
refused() {
    expect_not_asked "$1" "$2"
    expect_outcome "http://$1$2" ROBOTS
}
allowed longest.test /
refused longest.test /a/x
allowed longest.test /a/b/y
allowed tie.test /t
refused tie.test /u
refused wild.test /x.gif
allowed wild.test '/x.gif?1'
refused wild.test /u/no
allowed wild.test /no
refused named.test /no
allowed named.test /yes
allowed none.test /
allowed gone.test /
refused five.test /no
allowed five.test /yes
allowed six.test /no
expect_not_asked hop6.test /s
allowed html.test /
refused bare.test /no
allowed www.bare.test /
refused www.bare.test /no
allowed www.bare.test /yes
expect_asked www.bare.test /robots.txt 1
refused big.test /head
refused big.test "/filler/$(printf %039d 7)"
allowed big.test /tail
grep '"url":"http://longest.test/a/x"' "$out"/log/*.jsonl >line.txt
expect_text line.txt '"robots_rule":"disallow: /a"'

# A server that cannot say: nothing is fetched, each try asks anew, then it is
# given up.
expect_not_asked err.test /
expect_not_asked err.test /b
expect_outcome http://err.test/ ROBOTS_ERROR ROBOTS_ERROR
expect_outcome http://err.test/b ROBOTS_ERROR ROBOTS_ERROR
[ "$(asked err.test /robots.txt)" -ge 2 ] || fail "a retry asked no robots.txt"
expect_outcome http://cured.test/no ROBOTS_ERROR ROBOTS
expect_not_asked cured.test /no

# Start to start, and robots.txt itself does not count.
awk '$2 == "slow.test" && $4 != "/robots.txt"' web.log >slow.log
[ "$(wc -l <slow.log)" -eq 3 ] || fail "slow.test was not fetched"
expect_spacing 600 site slow.log

expect_stat outcome_ROBOTS 11
expect_stat outcome_ROBOTS_ERROR 5
expect_stat exit_code 0

# Another agent reads the group of *; --no-robots reads none, and says so.
anew
urls http://named.test/yes http://named.test/no
crawl --procs 1 --delay 0 list.txt
expect_outcome http://named.test/yes ROBOTS
expect_outcome http://named.test/no ROBOTS
web_settle
before=$(asked named.test /robots.txt)
anew
crawl --procs 1 --delay 0 --no-robots list.txt
web_settle
expect_text crawl.err 'no-robots: robots.txt is not looked at'
expect_outcome http://named.test/no OK
expect_asked named.test /no
expect_asked named.test /robots.txt "$before"
