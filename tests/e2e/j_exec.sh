#!/bin/sh
# SPDX-License-Identifier: MIT
# j_exec - --exec: the page callback, the examples as they are shown, and a
# command that dies, hangs, prints garbage and loses its worker.
. "$(dirname "$0")/lib.sh"
need redis-server python3

record_urls() { # of all records, sorted
    cat "$out"/records/*.jsonl | sed 's/^{"url":"\([^"]*\)".*/\1/' | sort
}
no_more() { # no process has that in its command line, or for one
    ! ps -eo args= | grep -v 'grep\|master' | grep -q "^$1\|[ ]$1"
}

# A page whose links only the examples can see, in a charset, packed; a text,
# an image.
site one.test '/ 200 text/html gzip=1 "<title>\xe9t\xe9 \"1\"</title><a href=/two>"' \
    '/two 200 text/html "<TITLE> a\n b </TITLE><p data-href=\"/docs/three\">"' \
    '/docs/three 200 text/html "<title>3</title><a data-href=\"four\"></a>"' \
    '/docs/four 200 text/html "<a href=/text></a>"' \
    '/text 200 text/plain "text"' '/image 200 image/png "\x89PNG\x00"'
site '*' '/late 200 text/html "late"'
web --hosts 20 --pages 30 --cross 1
urls http://one.test/

# --- one that dies at each page, in the background: see the end ---
hopeless=$work/hopeless
sed -n '1,8s/.*,//p' seeds.csv >eight.txt
(
    out=$hopeless
    run_master --delay 0 --procs 1 --threads 1 --level 0 \
        --exec 'read page && exit 3; exit 0' eight.txt
) >hopeless.out 2>hopeless.err &
hopeless_pid=$!
pids="$pids $hopeless_pid"

# --- everything that can go wrong, and workers are killed meanwhile; in the
# background too ---
cat >bad.py <<'X'
import json, sys, time
n = 0
for line in sys.stdin.buffer:
    page = json.loads(line)
    host, path = page["url"].split("/")[2:4]
    n += 1
    if n % 50 == 0 or (path == "p9" and host < "s0004"):
        sys.exit(7)
    if path == "p10" and host == "s0002.test":
        time.sleep(1000)
    time.sleep(0.005)
    sys.stderr.write("at \x1b[31m%s\n" % path)
    if path == "p7":
        print("garbage\x1b[31m")
    elif path == "p8":
        sys.stdout.buffer.write(b'{"a":"\xff\0"}\n')
        sys.stdout.buffer.flush()
    elif path == "p12" and host < "s0004":
        print('{"a":"' + "x" * 17000000 + '"}')
    elif path == "p13" and host < "s0004":
        print(json.dumps({"links": ["/l%d" % i for i in range(50)]}))
    else:
        print(json.dumps({"links": ["http://%s/late" % host, "ftp://no", "::"],
                          "n": n}))
X
bad=$work/bad
(
    out=$bad
    run_master --procs 4 --threads 2 --connections 8 --delay 0.02 \
        --exec "python3 $work/bad.py" --exec-timeout 2 seeds.csv
) >bad.out 2>bad.err &
master_pid=$!
bad_pid=$master_pid
pids="$pids $bad_pid"
some() {
    [ "$(grep -c ' 200 ' web.log)" -ge "$1" ]
}
for n in 150 300 450; do
    wait_for -t 60 some $n
    kill -KILL "$(workers | tail -n 1)" 2>/dev/null || :
done

# --- one that cannot start: nothing is fetched ---
want=2
crawl --exec 'no-such-program --x' list.txt
expect_text crawl.err \
    '"no-such-program --x": without input it ended with exit code 127: .*not found'
crawl --exec 'echo >&2 no database; exit 1' list.txt
expect_text crawl.err 'ended with exit code 1: no database'
[ ! -e "$out" ] || fail "a crawl was begun"
want=0

# --- the examples, as README has them ---
crawl --delay 0 --procs 1 --threads 2 --exec \
    "python3 $root/examples/exec_titles.py /docs/" list.txt
cat "$out"/records/*.jsonl | sort >got
cat >want <<'X'
{"url":"http://one.test/","title": "\u00e9t\u00e9 \"1\"", "depth": 0}
{"url":"http://one.test/docs/three","title": "3", "depth": 2}
{"url":"http://one.test/two","title": "a b", "depth": 1}
X
expect_same got want
expect_stat exec_pages 3
expect_stat exec_links 1
expect_stat exec_records 3
expect_stat exec_deaths 0
anew
crawl --delay 0 --procs 1 --threads 2 --exec "sh $root/examples/exec_links.sh" list.txt
expect_stat exec_pages 4 # the text is none
expect_stat exec_links 2
expect_stat pages 5

# --- one page alone ---
printf '<title>T</title><a href=x><a href=/docs/y><a data-href=ftp://docs/>' \
    >page.html
expect_code 0 "$build/worker" exec --base http://one.test/a/b --all \
    --exec "python3 $root/examples/exec_titles.py docs" --level 0 page.html
expect_text cmd.out '^page +\{"url":"http://one.test/a/b",.*"body":"<title>T<' \
    '^link +http://one.test/docs/y.not followed: .*level' \
    '^link +ftp://docs/.not followed: not a valid http' \
    '^record +\{"url":"http://one.test/a/b","title": "T", "depth": 0}$'
expect_code 1 "$build/worker" exec --base http://a/ --exec 'sed -u s/.*/x/' page.html
expect_text cmd.err 'its answer is passed over, it is no JSON: x'

# --- one that hangs, without its worker ---
spawn "$build/worker" exec --base http://a/ \
    --exec 'trap "" HUP; read p && echo up >hung && sleep 98765; true' page.html
wait_for test -s hung
kill -KILL "$pid"

# --- what the command reads ---
cat >echo.sh <<'X'
echo "$WEFT_NAME ${WEFT_REDIS-}" >>env.txt
while IFS= read -r line; do
    printf '%s\n' "$line" >>lines.txt
    echo
done
X
urls http://one.test/ http://one.test/text http://one.test/image
anew
crawl --delay 0 --threads 1 --procs 1 --exec 'sh ./echo.sh' \
    --exec-types '*/*' list.txt
expect_text lines.txt '^\{"url":"http://one.test/","time":"20[^"]*Z","status":200,"type":"text/html","charset":"windows-1252","depth":0,"warc_record_id":"<urn:uuid:[-0-9a-f]{36}>","headers":\[\{"name":".*"\}\],"body":"<title>.*t.* ."1."</title><a href=/two>"\}$' \
    '"depth":1,"referrer":"http://one.test/","warc.*"headers".*"body":"<TITLE> a.n b ' \
    '"type":"text/plain","charset":"UTF-8",.*"body":"text"}$' \
    '"type":"image/png",.*"body_base64":"iVBORwA="}$'
expect_stat exec_pages 4
# each line's record is there
sed 's/.*"warc_record_id":"<\([^>]*\)>".*/\1/' lines.txt | sort >want
gzip -dc "$out"/warc/*.gz | tr -d '\r' | awk '/^WARC\// { type = "" }
    /^WARC-Type: / { type = $2 }
    /^WARC-Record-ID: / && (type == "response" || type == "revisit") {
        print substr($2, 2, length($2) - 2) }' | sort >got
comm -23 want got >missing
[ "$(wc -l <want)" -eq 4 ] && [ ! -s missing ] || fail "no such record: $(cat missing)"
expect_text env.txt '^t $' # of the trial and of the crawl
expect_no_text env.txt unix

wait_for no_more 'sleep 98765'

# --- what Redis has: that there is a command, and not which ---
redis_start
anew
crawl_start --procs 0 --level 0 --delay 0 --exec 'sh ./echo.sh' eight.txt
has_exec() { [ "$(redis hget crawl:t has_exec)" = yes ]; }
wait_for has_exec
redis hgetall crawl:t >crawl.txt
expect_no_text crawl.txt echo.sh
expect_code 2 "$build/worker" --redis "$redis_url" --name t --output far
expect_text cmd.err 'this worker has none: give it --exec'
expect_code 0 "$build/worker" --redis "$redis_url" --name t --output far \
    --connect-to "::127.0.0.1:$port" --exec 'sh ./echo.sh'
crawl_wait
expect_stat exec_pages 8
redis_url=

# --- the end of the bad one: each page had its answer, or is accounted for ---
code=0
wait "$bad_pid" || code=$?
[ $code -eq 0 ] || fail "the bad command's crawl ended with $code"
out=$bad
mv bad.err crawl.err
expect_clean
awk -F/ '{ print } !seen[$3]++ { print "http://" $3 "/late" }' expect.txt |
    sort >all
sort_out() { # HOW: the pages whose answer was none, by the log
    cat "$out"/log/*.jsonl | grep "\"exec\":\"$1\"" |
        sed 's/.*"url":"\([^"]*\)".*/\1/' | sort -u
}
grep -e '/p[78]$' all >garbage
grep -e '//s000[0-3].*/p12$' all >long
grep -e '//s000[0-3].*/p9$' -e '//s0002.*/p10$' all >given_up
grep -e '//s000[0-3].*/p13$' all >links_only
sort -u garbage long given_up links_only | comm -23 all - >want
for how in garbage too_long given_up; do
    sort_out "$(echo $how | tr _ ' ')" >got.$how
done
expect_same got.garbage garbage
expect_same got.too_long long
expect_same got.given_up given_up
record_urls | uniq >got
expect_same got want
twice=$(record_urls | uniq -d | wc -l)
[ "$twice" -le 100 ] || fail "$twice pages have more than one record"
expect_stat worker_deaths -ge 2
expect_stat exec_deaths -ge 6
expect_stat exec_timeouts -ge 1
expect_stat exec_given_up -ge "$(wc -l <given_up)"
expect_stat links_invalid -gt 0
expect_text crawl.err 'exec: the command ended with exit code 7' \
    'gave no answer within 2 s at http://s0002.test/p10' \
    'passed over, it is no JSON: garbage.x1b' \
    'exec: at .x1b.31m' 'more lines of its standard error, not shown'
expect_code 0 tell verify
expect_code 0 tell explain http://s0001.test/p7
expect_text cmd.out 'answer nothing was taken: garbage'
wait_for no_more "$work/bad.py"

# --- the end of the one that dies: nothing was lost, nobody given up ---
code=0
wait "$hopeless_pid" || code=$?
[ $code -eq 1 ] || fail "a crawl without a single answer ended with $code"
mv hopeless.err crawl.err
expect_clean
expect_text crawl.err 'exec: the command failed 8 times in a row'
out=$hopeless
! cat "$out"/log/*.jsonl | grep . || fail "pages were finished"
crawl --delay 0 --procs 1 --threads 1 --level 0 --exec "python3 $root/examples/exec_titles.py" \
    eight.txt
expect_stat exec_records 8
expect_stat exec_given_up 0
[ "$(cat "$out"/log/*.jsonl | grep -c '"outcome":"OK"')" -eq 8 ] ||
    fail "not each of the 8 was finished once"

