#!/bin/sh
# demo.sh BUILD-DIR - crawls the 500 sites of the local test web: 8 processes
# of 5 threads on a private Redis, with the default delay of a second between
# two requests to one site.  Nothing leaves the machine.
set -eu
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
build=$1
dir=build/demo
web=

at_exit() {
    code=$?
    [ -z "$web" ] || kill "$web" 2>/dev/null || :
    exit "$code"
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

rm -rf "$dir"
mkdir -p "$dir"
"$build/testweb" --hosts 500 --pages 6 --cross 2 --latency 20 \
    --latency-jitter 150 --robots mixed --listen 127.0.0.1:0 \
    --port-file "$dir/port" --list "$dir/sites.csv" --log "$dir/web.log" \
    >"$dir/web.out" 2>&1 &
web=$!
tries=0
until [ -s "$dir/port" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 "$web" 2>/dev/null; then
        cat "$dir/web.out"
        echo "demo: the test web did not start" >&2
        exit 1
    fi
    sleep 0.1
done
port=$(sed 's/.*://' "$dir/port")

set -- --procs 8 --threads 5 --allow-private \
    --connect-to "::127.0.0.1:$port" --output "$dir/crawl" "$dir/sites.csv"
echo "The test web plays $(wc -l <"$dir/sites.csv") sites on 127.0.0.1:$port."
echo "\$ $build/master $*"
"$build/master" "$@"
echo
echo "One line of the log, $dir/crawl/log/:"
head -n 1 -q "$dir"/crawl/log/*.jsonl | head -n 1
echo
echo "The same with the internet at hand:"
echo "  $build/master --procs 8 --threads 5 top-1m.csv"
