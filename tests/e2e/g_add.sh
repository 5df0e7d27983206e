#!/bin/sh
# SPDX-License-Identifier: MIT
# g_add - URLs given to a crawl that runs, was stopped, or is finished.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

for page in a b c d e f; do
    site $page.test "/ 200 text/html \"<a href=/x>x</a>\"" \
        '/x 200 text/html "the end"' "/pages/$page.html 200 text/html \"$page\""
done
site slow.test '/ 200 text/html "<a href=/2>2</a><a href=/3>3</a>"' \
    '/2 200 text/html "2"' '/3 200 text/html "3"'
web
crawl_args="$crawl_args --delay 1 --procs 1 --threads 1"
urls http://slow.test/

# Into a crawl that runs: a page, a domain, one it knows, and what is none.
# A page of slow.test every second keeps it going meanwhile.
crawl_start --reject-regex '[.]pdf$' --delay 5 list.txt
wait_for grep -q ' slow.test GET / ' web.log
expect_code 1 tell add http://a.test:80/pages/../pages/a.html#part b.test \
    http://slow.test/ http://a.test/x.pdf ftp://a.test/ 'http://a.test/ x' \
    "http://a.test/$(printf '\033[31m')"
expect_text cmd.out '^added +http://a.test/pages/a.html$' \
    '^added +http://b.test/$' '^seen already +http://slow.test/$' \
    '^2 added, 1 seen already, 4 not taken$'
expect_text cmd.err \
    'not added: http://a.test/x.pdf: it matches --reject-regex \[.\]pdf\$$' \
    'not added: ftp://a.test/: an ftp URL, needs --ftp$' \
    'not added: http://a.test/ x: a blank or control byte' \
    'not added: http://a.test/\\x1b\[31m: a blank or control byte'
wait_for grep -q ' a.test GET /pages/a.html 200 ' web.log
wait_for grep -q ' b.test GET /x 200 ' web.log
expect_not_asked a.test /x.pdf

# Into one that is paused: they wait.
expect_code 0 tell pause
expect_code 0 tell add c.test
expect_text cmd.out '^crawl t is paused: they wait until it goes on$'
expect_not_asked c.test /

# Into one that was stopped.
want=143
expect_code 0 tell stop
crawl_wait
want=0
printf '# a list\n\nd.test\r\nhttp://d.test/\nd.test/x\n' >more.txt
got=0
tell add - <more.txt >cmd.out 2>cmd.err || got=$?
[ $got -eq 0 ] || fail "add - ended with $got"
expect_text cmd.out '^2 added, 1 seen already, 0 not taken$' \
    '^crawl t does not run: they wait until its master is started again$'
[ ! -e "$out/redis/socket" ] || fail "the Redis of add still runs"

# Interrupted while it reads: the Redis that it started is stopped in order,
# also where the folder's name means something in a URL.
mv "$out" "$work/100%25 o?"
out="$work/100%25 o?"
mkfifo pipe
exec 9<>pipe
echo http://d.test/ >&9
# shellcheck disable=SC2016
spawn sh -c 'exec "$0" "$@" <pipe' "$build/master" add - --output "$out" \
    >cmd.out 2>cmd.err
add_pid=$pid
is_open() {
    redis info commandstats | grep -q script
}
wait_for is_open
kill -TERM "$add_pid"
got=0
wait "$add_pid" || got=$?
exec 9<&-
[ $got -eq 143 ] || fail "add ended with $got"
expect_text cmd.out '^0 added, [01] seen already, 0 not taken$'
[ ! -e "$out/redis/socket" ] || fail "the Redis of add still runs"
mv "$out" "$work/out"
out=$work/out

# The same command goes on with them all.
crawl --delay 0.1 list.txt
for page in a.test/pages/a.html b.test/ b.test/x c.test/ c.test/x d.test/ \
    d.test/x slow.test/ slow.test/2 slow.test/3; do
    expect_outcome "http://$page" OK
done

# A finished crawl: it goes on with what was added, and only with that.
crawl list.txt
expect_text crawl.err 'crawl t is finished already'
expect_code 0 tell add http://e.test/x http://e.test/x
expect_text cmd.out '^1 added, 1 seen already, 0 not taken$' \
    '^crawl t is finished: start master again '
expect_code 0 tell status
expect_text cmd.out '^crawl t: finished, begun 2' 'a URL came in since'
crawl list.txt
expect_text crawl.err 'resuming crawl t: 10 of 11 known URLs finished'
expect_asked e.test /x
expect_asked d.test /x
expect_not_asked e.test /
expect_code 0 tell status
expect_text cmd.out '^  URLs +11 known, 11 finished, 0 still to do$'

# --no-span-hosts: what is added is a seed, so its links are followed; and with
# nothing to add nothing happens.
anew
crawl --no-span-hosts --delay 0.1 list.txt
expect_code 0 tell add f.test
crawl --delay 0.1 list.txt
expect_outcome http://f.test/x OK
expect_code 2 tell add
expect_code 1 "$build/master" add http://a.test/ --output "$work/nowhere"
[ ! -e "$work/nowhere" ] || fail "a folder was made"
