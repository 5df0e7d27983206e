# lib_http.sh - the master's HTTP server, asked by curl; behind lib.sh:
# . "$root/tests/e2e/lib_http.sh"
#   http_up             the server of the crawl of crawl_start answers: $url
#   ask CODE PATH [CURL OPTION ...]   the body goes to answer, its head to head
#   order CODE NAME JSON              a POST with $token
#   is JQ-FILTER WANT                 of answer
#   metric 'NAME{LABELS}' VALUE       of answer, without weft_
#   settle              a paused crawl's numbers stand still, and are all told:
#                       those of "elapsed_ms" beyond $settled_ms are the last
# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: MIT

token=0123456789abcdef-secret
http_up() {
    url=$(sed -n 's|.*dashboard: \(http://[^/]*\)/.*|\1|p' crawl.err)
    [ -n "$url" ] && [ "$(curl -s --max-time 5 "$url/healthz")" = ok ]
}

ask() {
    code=$1 path=$2
    shift 2
    got=$(curl -s --max-time 20 -D head -o answer -w '%{http_code}' "$@" \
        "$url$path") || got="$got (curl: $?)"
    [ "$got" = "$code" ] || {
        cat answer
        fail "$path: $got, not $code"
    }
}

order() {
    ask "$1" "/api/v1/$2" -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' -d "$3"
}

is() {
    [ "$(jq -r "$1" answer)" = "$2" ] || {
        cat answer
        fail "$1 is $(jq -r "$1" answer), not $2"
    }
}

metric() {
    grep -qxF "weft_$1 $2" answer || {
        grep -F "weft_${1%%\{*}" answer || :
        fail "weft_$1 is not $2"
    }
}

http_idle() {
    ask 200 /api/v1/view
    [ "$(jq '.counts.flight' answer)" = 0 ]
}

# The server's numbers may be a second old.
http_is_later() {
    ask 200 /api/v1/view
    [ "$(jq .elapsed_ms answer)" -gt "$1" ]
}

settle() {
    wait_for http_idle
    idle_ms=$(redis_ms)
    wait_for all_beat "$idle_ms"
    settled_ms=$(($(redis_ms) - $(redis hget crawl:t started) * 1000))
    wait_for http_is_later $settled_ms
}
