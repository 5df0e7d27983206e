#!/bin/sh
# SPDX-License-Identifier: MIT
# c_start - what a wrong command line or list makes of a master: a clear line,
# the right exit code, and nothing begun.
. "$(dirname "$0")/lib.sh"
master=$build/master
printf 'rank,domain\n1,a.test\n2,b.test\n' >list.csv

# --- usage: exit code 2 ---
expect_code 2 "$master"
expect_text cmd.err 'LIST'
expect_code 2 "$master" --no-such-option list.csv
expect_text cmd.err 'no-such-option'
expect_code 2 "$master" --delay never list.csv
expect_text cmd.err '"never" is not a time from'
expect_code 2 "$master" --redis http://x list.csv
expect_text cmd.err '^.*--redis: an address of Redis begins with redis://'
expect_code 2 "$master" --redis redis://h --redis-password-file none list.csv
expect_text cmd.err 'password file none: No such file'

# --- lists that are none ---
expect_code 1 "$master" crawlit
expect_text cmd.err 'crawlit: No such file .*no command of that name'
expect_code 1 "$master" nosuch.csv
expect_text cmd.err 'nosuch.csv: No such file or directory$'
expect_code 1 "$master" list.csv "$(printf 'no\033[31msuch.csv')"
expect_text cmd.err 'no\\x1b\[31msuch.csv'
expect_code 1 "$master" .
expect_text cmd.err 'a folder, not a list'
[ "$(ls)" = "$(printf 'cmd.err\ncmd.out\nlist.csv')" ] || fail "began: $(ls)"

# --- the output folder ---
expect_code 3 "$master" --output list.csv/out list.csv
expect_text cmd.err 'cannot make the folder list.csv: Not a directory'

# --- no redis-server, no configuration, one that does not start ---
expect_code 1 "$master" --redis-server none/redis-server list.csv
expect_text cmd.err 'setup.sh deps.*apt-get install redis-server.*--redis'
expect_code 1 "$master" --redis-server /bin/true --redis-conf none list.csv
expect_text cmd.err 'configuration none.*--redis-conf'
expect_code 4 "$master" --redis-server /bin/false list.csv
expect_text cmd.err 'redis-server does not start: it says nothing'
if command -v redis-server >/dev/null; then
    echo 'no-such-setting yes' >bad.conf
    expect_code 4 "$master" --redis-conf bad.conf list.csv
    expect_text cmd.err 'redis-server does not start'
fi

# --- no worker ---
if command -v redis-server >/dev/null; then
    expect_code 1 "$master" --worker-program none/worker list.csv
    expect_text cmd.err 'cannot start the worker none/worker: No such file'
    # One that does not take its options: no other will.
    printf '#!/bin/sh\nexit 2\n' >refuses
    chmod +x refuses
    expect_code 1 "$master" --procs 1 --worker-program ./refuses --name r \
        list.csv
    expect_text cmd.err 'giving up: the worker refuses its settings'
    # All die at once, again and again.
    printf '#!/bin/sh\nexit 1\n' >dies
    chmod +x dies
    expect_code 1 "$master" --procs 10 --worker-program ./dies --name d list.csv
    expect_text cmd.err 'giving up: 10 workers in a row died at once; the last'
    # The disk is full.
    printf '#!/bin/sh\nexit 3\n' >full
    chmod +x full
    expect_code 3 "$master" --procs 2 --worker-program ./full --name f list.csv
    expect_text cmd.err 'make room.*start the same command again'
fi

# --- --dry-run: the URLs, no Redis ---
expect_code 0 "$master" --dry-run --redis-server none list.csv
printf 'http://a.test/\nhttp://b.test/\n' >urls
expect_same cmd.out urls
expect_code 2 "$master" --dry-run
expect_code 1 "$master" --dry-run list.csv none.csv
