#!/bin/sh
# The seeds of the fuzz targets, without a fuzzer: none of them breaks what its
# target says must hold, and no target is without seeds.
#
# SPDX-License-Identifier: MIT
set -eu
cd "$(dirname "$0")/../.."
for source in tests/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    name=${name%.c}
    timeout 60 "$WEFT_BUILD/tests/fuzz/replay_$name" \
        tests/fuzz/corpus/"$name"/* || {
        echo "fuzz target $name: exit $?"
        exit 1
    }
done
