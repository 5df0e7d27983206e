#!/bin/sh
# run.sh BUILD-DIR SECONDS SEED - each fuzz target for so long, from its seeds;
# SEED: of libFuzzer's random numbers, 0 for one of its own.
#
# What was found to reach new code is kept in BUILD-DIR/corpus and tried first
# the next time.  ONLY: shell patterns of targets, as for the tests.  A finding
# is shown with its bytes; then exit 1.
#
# SPDX-License-Identifier: MIT
set -u
build=$1
seconds=$2
random=$3
passed=0
failed=0
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

is_wanted() {
    set -f
    for pattern in ${ONLY:-*}; do
        # shellcheck disable=SC2254
        case $1 in $pattern)
            set +f
            return 0
            ;;
        esac
    done
    set +f
    return 1
}

# show NAME LOG - what libFuzzer said last, and the input that did it.
show() {
    tail -n 60 "$2"
    for f in "$build/findings/$1"-*; do
        [ -f "$f" ] || continue
        echo "$f, in hex:"
        od -An -v -tx1 "$f"
    done
}

mkdir -p "$build/findings"
for t in "$build"/tests/fuzz/fuzz_*; do
    name=${t##*/fuzz_}
    case $name in *.*) continue ;; esac
    is_wanted "$name" || continue
    found=$build/corpus/$name
    seeds=$build/seeds/$name
    log=$build/findings/$name.log
    rm -rf "$seeds" "$build/findings/$name"-*
    mkdir -p "$found" "$seeds"
    "$build/tests/fuzz/replay_$name" --write "$seeds" \
        tests/fuzz/corpus/"$name"/* >"$log" 2>&1 || {
        cat "$log"
        exit 1
    }
    # -timeout is by the wall: that a machine stood still is no finding.
    if "$t" -seed="$random" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=1024 \
        -max_len=4096 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$build/findings/$name-" "$found" "$seeds" \
        >"$log" 2>&1; then
        passed=$((passed + 1)) word=ok
    else
        failed=$((failed + 1)) word=FAILED
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    reached=$(sed -n 's/.*cov: \([0-9]*\) ft: \([0-9]*\) corp: \([0-9]*\).*/edges \1, features \2, inputs \3/p' "$log" | tail -n 1)
    echo "fuzz $name: $word, ${runs:-?} runs, $reached"
    [ "$word" = ok ] || show "$name" "$log"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
