# seed.sh - the parts seed and seen: a list into Redis, and what it weighs.
#
# No workers: the master reads the list, Redis has a core, the master another.
# Sourced by run.sh.
#
# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034

# Names as they stand in top lists: 5 to 20 bytes, 14 in the middle.
seed_rows() { # COUNT
    awk -v rows="$1" 'BEGIN {
        n = split("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo" \
                  " zu st ar en in on er an or al is", part, " ")
        t = split("com com com com com com org net de ru co.uk com.br cn fr" \
                  " io info it nl jp pl", tld, " ")
        for (i = 1; i <= rows; i++) {
            name = ""
            for (k = i * 7 + 30 ^ (2 + i % 4); k >= 1; k = int(k / n))
                name = name part[int(k) % n + 1]
            print i "," name (i % 9 == 0 ? "-" i % 7 : "") "." tld[i % t + 1]
        }
    }'
}

seed_is_in() {
    [ "$(redis HGET crawl:bench state)" = running ]
}

# seed_list PART SECONDS - $work/seeds.csv into a private Redis
seed_list() {
    seed_part=$1
    redis_start
    seed_memory=$(redis_info memory used_memory)
    seed_start=$(date +%s%3N)
    # shellcheck disable=SC2086
    $on_client "$build/master" --redis "unix://$work/redis/sock" --procs 0 \
        --name bench --output "$work/seeded" --no-progress \
        "$work/seeds.csv" >"$work/run.out" 2>&1 &
    seed_pid=$!
    pids="$pids $seed_pid"
    if until_ok "$2" seed_is_in; then
        seed_record $(($(date +%s%3N) - seed_start))
        end "$seed_pid"
        seed_weigh
    else
        tail -n 5 "$work/run.out" >&2
        failures=$((failures + 1))
        end "$seed_pid"
    fi
    redis_stop
    rm -rf "$work/seeded" "$work/seeds.csv"
}

# seed_record MILLISECONDS
seed_record() {
    rows=$(wc -l <"$work/seeds.csv")
    added=$(redis HGET stats:bench added)
    seed_cpu=$(calc 0 "$(redis_cpu) - $redis_before")
    master_cpu=$(awk '{ print ($14 + $15) / 100 }' "/proc/$seed_pid/stat")
    record "$seed_part" seed rows "$rows"
    record "$seed_part" seed "new URLs" "$added"
    record "$seed_part" seed "wall s" "$(calc 0 "$1 / 1000")"
    record "$seed_part" seed "rows/s" "$(calc 0 "$rows * 1000 / $1")"
    record "$seed_part" seed "master CPU s" "$master_cpu"
    record "$seed_part" seed "Redis CPU s" "$seed_cpu"
    record "$seed_part" seed "Redis us/row" "$(calc 0 "$seed_cpu * 1e6 / $rows")"
}

# MEMORY USAGE of each key of the seen-set, with the key itself; and, as that
# knows nothing of the allocator's rounding, what is free when keys are gone.
seed_weigh() {
    seed_usage=$(redis --scan --pattern 'seen:bench:*' |
        sed 's/^/MEMORY USAGE /' | redis |
        awk '{ s += $1 } END { printf "%d", s }')
    seed_all=$(redis_info memory used_memory)
    seed_weight "all of Redis B/URL" "$seed_all - $seed_memory"
    seed_weight "seen-set B/URL" "$seed_usage"
    seed_gone "seen-set allocated B/URL" 'seen:bench:*'
    seed_gone "queue B/URL" 'queue:bench*'
}

seed_weight() { # COLUMN EXPRESSION
    record "$seed_part" seed "$1" "$(calc 0 "($2) / $added")"
}

seed_gone() { # COLUMN PATTERN
    seed_before=$(redis_info memory used_memory)
    redis --scan --pattern "$2" | sed 's/^/DEL /' | redis >"$work/x"
    seed_weight "$1" "$seed_before - $(redis_info memory used_memory)"
}

bench_seed() {
    part seed || return 0
    if [ -n "${SEED_LIST:-}" ]; then
        cp "$SEED_LIST" "$work/seeds.csv"
    else
        seed_rows "${SEED_ROWS:-1000000}" >"$work/seeds.csv"
    fi
    note seed 'A top list into a private Redis, no workers.'
    seed_list seed 120
    claim seed "rows/s" "seed:rows/s" ">=" 100000
}

bench_seen() {
    part seen || return 0
    note seen 'Redis with ten million URLs: a made list of as many hosts,
        each of which still waits in the queue.'
    seed_rows "${SEEN_ROWS:-10000000}" >"$work/seeds.csv"
    seed_list seen 900
    [ "$added" -ge 9000000 ] || return 0 # the bar is for ten million
    claim seen "bytes of Redis for a seen URL" "seed:seen-set B/URL" "<=" 10
    claim seen "the same as allocated" "seed:seen-set allocated B/URL" "<=" 10
}
