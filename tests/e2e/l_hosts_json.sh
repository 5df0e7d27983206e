#!/bin/sh
# SPDX-License-Identifier: MIT
# l_hosts_json - with --log-format json what workers on another machine say,
# and what ssh says there, are objects as ours are.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli jq

web --hosts 2 --pages 3
redis_start
redis_listen
machine a
printf '%s 1 2\n' "$machine" >hosts.txt
cat >worker.sh <<END
#!/bin/sh
echo 'a line of "nobody", \\033[31m' >&2
exec '$build/worker' "\$@"
END
chmod +x worker.sh
redis_url=$redis_tcp
crawl --delay 0.02 --hosts hosts.txt --ssh "$ssh" --log-format json --verbose \
    --remote-worker "$work/worker.sh" seeds.csv
expect_complete
jq -e -s 'all(.[]; .message and .level and (.pid > 0))' crawl.err >/dev/null ||
    fail "not JSON: $(head -n 3 crawl.err)"
jq -e -s --arg a "$machine" 'any(.[]; .host == $a and .name == "worker" and
    .crawl == "t" and .level == "debug")' crawl.err >/dev/null ||
    fail "no worker's line with its host"
jq -e -s 'any(.[]; .name == "ssh" and (.message | test("nobody")))' crawl.err \
    >/dev/null || fail "no line of ssh"
jq -e -s 'any(.[]; .name == "master" and .host == null)' crawl.err >/dev/null ||
    fail "no line of the master"
