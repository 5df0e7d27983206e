#!/bin/sh
# run.sh BUILD-DIR unit|e2e|soak ... - runs the tests, ends with "N passed, N failed".
# A cmocka program counts each of its tests, an end-to-end script counts one.
# ONLY is one or more shell patterns of test names to run; JOBS how many scripts
# run at a time (default 2).
set -u
build=$1
shift
passed=0
failed=0
skipped=0
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

# NAME fits one of the patterns in ONLY; without ONLY all do.
is_wanted() {
    set -f
    for pattern in ${ONLY:-*}; do
        set +f
        # shellcheck disable=SC2254
        case $1 in $pattern) return 0 ;; esac
    done
    set +f
    return 1
}

run_unit() {
    for t in "$build"/tests/unit/test_*; do
        [ -x "$t" ] || continue
        case $t in *.d | *.o) continue ;; esac
        name=$(basename "$t")
        is_wanted "$name" || continue
        "$t" >"$log/$name" 2>&1
        code=$?
        p=$(grep -c '^\[       OK \]' "$log/$name")
        f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$log/$name")
        f=${f:-0}
        s=$(grep -c '^\[  SKIPPED \] test' "$log/$name")
        if [ $code -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
        passed=$((passed + p))
        failed=$((failed + f))
        skipped=$((skipped + s))
        printf '%-34s %s passed, %s failed\n' "$name:" "$p" "$f"
        [ "$f" -eq 0 ] || cat "$log/$name"
    done
}

run_e2e() {
    run_scripts tests/e2e
}

run_soak() {
    run_scripts tests/soak
}

# Scripts mostly wait for something, so some run side by side: JOBS of them.
jobs=${JOBS:-2}

run_scripts() {
    running=
    for t in "$1"/*/*.sh "$1"/*.sh; do
        name=$(basename "$t" .sh)
        case $name in lib*) continue ;; esac
        [ -f "$t" ] || continue
        is_wanted "$name" || continue
        while [ "$(echo "$running" | wc -w)" -ge "$jobs" ]; do
            sleep 0.1
            end_scripts
        done
        date +%s >"$log/$name.start"
        {
            WEFT_BUILD=$build sh "$t" >"$log/$name" 2>&1
            echo $? >"$log/$name.code"
        } &
        running="$running $name"
    done
    while [ -n "$running" ]; do
        sleep 0.1
        end_scripts
    done
}

# Those that have ended: their results, in the order in which they end.
end_scripts() {
    still=
    for one in $running; do
        if [ -s "$log/$one.code" ]; then
            end_script "$one" "$(cat "$log/$one.code")"
        else
            still="$still $one"
        fi
    done
    running=$still
}

end_script() {
    case $2 in
    0) passed=$((passed + 1)) word=passed ;;
    77) skipped=$((skipped + 1)) word="skipped: $(tail -n 1 "$log/$1")" ;;
    *) failed=$((failed + 1)) word=FAILED ;;
    esac
    printf '%-34s %s (%d s)\n' "$1:" "$word" \
        $(($(date +%s) - $(cat "$log/$1.start")))
    case $2 in 0 | 77) ;; *) tail -n 60 "$log/$1" ;; esac
}

for kind in "$@"; do
    "run_$kind"
done
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
