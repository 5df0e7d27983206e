#!/bin/sh
# SPDX-License-Identifier: MIT
# k_auto_hosts - --threads auto with workers over ssh: those of one machine
# share its CPUs, each thread finds its connections, the master adds them up.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli

web --hosts 500 --pages 0 --latency 200
redis_start
redis_listen
machine a
a=$machine
printf '%s 2\n' "$a" >hosts.txt
ln -s "$build/worker" far-worker

socket=$redis_url
redis_url=$redis_tcp
crawl_start --threads auto --connections 8 --delay 0 --level 0 --ssh "$ssh" \
    --remote-worker "$work/far-worker" --remote-output out --hosts hosts.txt \
    seeds.csv
redis_url=$socket
wait_for far_up a 2
for p in $(far_workers a); do
    tr '\0' ' ' <"/proc/$p/cmdline" >cmdline
    expect_text cmdline ' --threads auto --share 2 --connections 8 '
done
has_told() {
    tell status >status.txt 2>&1 && grep -q 'connections (auto)' status.txt
}
wait_for has_told
crawl_wait
expect_complete
expect_once
expect_stat pages -eq 500
expect_text crawl.out 'connections \(auto\) +[0-9]+ at the end'

# None stays at 8.
n=$(grep -cE "^$a: .*--threads auto: [0-9]+ threads?, .*begun with" crawl.err)
[ "$n" -eq 2 ] || fail "$n workers there say what they came to"
expect_text crawl.err "^$a: .* (1[6-9]|[2-9][0-9]|[0-9]{3,}) at most, begun with"
