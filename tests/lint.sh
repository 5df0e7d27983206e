#!/bin/sh
# lint.sh [FILE.c|FILE.h ...] - what the compiler does not say about style.
#
# Without files: every C source of the tree.  Each finding is one line,
# FILE:LINE: what.  The first checks need awk only; clang-format, cppcheck and
# the shell's checker run when they are installed.  LINT_NOTES=1 also lists the
# functions that deserve a hard look (over 60 lines), which is no failure.
#
# SPDX-License-Identifier: MIT
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL

CLANG_FORMAT_VERSION=14 # each version formats a little otherwise
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
failed=0

# tree NAME-PATTERN ... - files of the tree, known to git where there is git.
tree() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -- "$@"
    else
        for pattern in "$@"; do
            find . -path ./build -prune -o -type f \
                \( -name "$pattern" -o -path "./$pattern" \) -print
        done | sed 's|^\./||'
    fi | sort -u | while read -r f; do
        [ ! -f "$f" ] || echo "$f"
    done
}

# result NAME CODE - one line a check; its findings stand above.
result() {
    if [ "$2" -eq 0 ]; then
        echo "lint: $1: ok"
    else
        echo "lint: $1: FAILED"
        failed=1
    fi
}

check_text() {
    xargs awk '
    function bad(what) {
        printf "%s:%d: %s\n", FILENAME, FNR, what
        n++
    }
    /[^\t -~]/ { bad("a byte that is not ASCII (or a control byte)") }
    /[ \t]$/ { bad("blank at the end of the line") }
    /\t/ && FILENAME ~ /\.(c|h|lua|sh|conf)$/ { bad("tab; indent by spaces") }
    END { exit n > 0 }
    ' <"$work/text"
    result "ASCII, blanks" $?
}

# Comments and literals are blanked out before a line is judged.
check_c() {
    xargs awk -v notes="${LINT_NOTES:-}" '
    function bad(line, what) {
        printf "%s:%d: %s\n", FILENAME, line, what
        n++
    }
    function end_of_file() {
        if (file == "")
            return
        if (!spdx)
            at_end(1, "no SPDX-License-Identifier line at the top")
        # Tables of cases and of data are long without being hard to read.
        bound = file ~ /_table\.h$/ ? 4000 : file ~ /^tests\/unit\// ? 1200 : 800
        if (lines > bound)
            at_end(lines, "file of " lines " lines; the bound is " bound \
                   ", split it")
        if (is_header && !contract)
            at_end(2, "no contract: a header opens with /* and \" * " base \
                   " - what it is\"")
        if (is_header && file !~ /_table\.h$/ && guarded < 2)
            at_end(1, "include guard is not " guard)
    }
    function at_end(line, what) {
        printf "%s:%d: %s\n", file, line, what
        n++
    }
    # Code of a line without comments and without what stands in quotes.
    function code_of(s,    out, c) {
        out = ""
        while (s != "") {
            if (in_comment) {
                if (!match(s, /\*\//))
                    return out
                s = substr(s, RSTART + 2)
                in_comment = 0
                continue
            }
            if (!match(s, /\/\*|\/\/|["\047]/))
                return out s
            out = out substr(s, 1, RSTART - 1) " "
            c = substr(s, RSTART, RLENGTH)
            s = substr(s, RSTART + RLENGTH)
            if (c == "//")
                return out
            if (c == "/*") {
                in_comment = 1
                continue
            }
            # The closing quote; a backslash takes the next byte with it.
            if (c == "\"")
                match(s, /^([^"\\]|\\.)*"/)
            else
                match(s, /^([^\047\\]|\\.)*\047/)
            s = RLENGTH > 0 ? substr(s, RLENGTH + 1) : ""
            out = out "0"
        }
        return out
    }
    FNR == 1 {
        end_of_file()
        file = FILENAME
        base = file
        sub(/.*\//, "", base)
        is_header = base ~ /\.h$/
        sub(/\.[ch]$/, "", base)
        guard = toupper(file)
        gsub(/[^A-Z0-9]/, "_", guard)
        spdx = contract = guarded = in_comment = start = 0
        before = ""
        opens = ($0 == "/*")
    }
    { lines = FNR }
    FNR == 2 && opens && index($0, " * " base " - ") == 1 { contract = 1 }
    FNR <= 60 && /SPDX-License-Identifier: MIT/ { spdx = 1 }
    $1 == "#ifndef" && $2 == guard { guarded = 1 }
    guarded == 1 && $1 == "#define" && $2 == guard { guarded = 2 }
    {
        code = code_of($0)
        if (match(code, banned)) {
            word = substr(code, RSTART, RLENGTH)
            gsub(/[^a-z]/, "", word)
            bad(FNR, word "() is banned (CONTRIBUTING.md, Style)")
        }
        if (code ~ /^[ \t]*#[ \t]*include[ \t]*0/ && $0 ~ /"\.\.?\//)
            bad(FNR, "include by a relative path; spell the folder from the root")
    }
    code == "{" && before ~ /\)[ ]*$/ {
        start = FNR
        name = before
        sub(/\(.*/, "", name)
        sub(/.*[^A-Za-z0-9_]/, "", name)
    }
    start && code ~ /^}/ {
        size = FNR - start + 1
        if (size > 100)
            bad(start, "function of " size " lines ends here at " FNR \
                "; the bound is 100")
        else if (size > 60 && notes)
            printf "%s:%d: note: function of %d lines\n", FILENAME, start, size
        start = 0
    }
    code !~ /^[ \t]*$/ { before = code }
    BEGIN {
        banned = "(^|[^A-Za-z0-9_.>])(sprintf|vsprintf|strcpy|strcat|strncpy|" \
                 "strtok|gmtime|localtime|atoi|rand|signal|gets)[ ]*\\("
    }
    END {
        end_of_file()
        exit n > 0
    }
    ' <"$work/c"
    result "banned functions, contracts, sizes" $?
}

check_format() {
    tool=clang-format-$CLANG_FORMAT_VERSION
    command -v $tool >/dev/null 2>&1 || tool=clang-format
    if ! command -v $tool >/dev/null 2>&1; then
        echo "lint: clang-format: skipped, it is not installed"
        return
    fi
    # It takes gigabytes for the long table, which is formatted by hand.
    grep -v charref_table.h "$work/c" |
        xargs $tool --dry-run -Werror >"$work/format" 2>&1
    code=$?
    grep ': error:' "$work/format" | sed 's/ \[-Wclang-format[a-z-]*\]$//'
    case $($tool --version) in
    *"version $CLANG_FORMAT_VERSION."*) ;;
    *)
        if [ $code -ne 0 ]; then
            echo "lint: clang-format: differences, but this is not version" \
                "$CLANG_FORMAT_VERSION: only a warning"
            return
        fi
        ;;
    esac
    [ $code -eq 0 ] || [ -s "$work/format" ] || echo "$tool failed"
    result clang-format $code
}

check_cppcheck() {
    # tests/unit: cppcheck does not know that cmocka's assert_*() do not return.
    if ! command -v cppcheck >/dev/null 2>&1; then
        echo "lint: cppcheck: skipped, it is not installed"
        return
    fi
    grep '\.c$' "$work/c" | grep -v '^tests/unit/' >"$work/cpp"
    mkdir -p build/cppcheck
    # unknownMacro, missingInclude: library headers are not read.
    # readdirCalled: it recommends readdir_r, which POSIX calls obsolescent;
    # readdir is safe as long as each thread has its own DIR.
    cppcheck -q -j2 --std=c11 --library=posix -I. -D_GNU_SOURCE \
        --enable=warning,performance,portability --inline-suppr \
        --suppress=missingInclude --suppress=missingIncludeSystem \
        --suppress=unknownMacro --suppress=readdirCalled \
        --cppcheck-build-dir=build/cppcheck \
        --template='{file}:{line}: {message} [cppcheck {id}]' \
        --error-exitcode=1 --file-list="$work/cpp" 2>&1
    result cppcheck $?
}

check_shell() {
    if ! command -v shellcheck >/dev/null 2>&1; then
        echo "lint: shellcheck: skipped, it is not installed"
        return
    fi
    # SC1091, SC2034, SC2154: end-to-end tests and lib.sh share variables.
    xargs shellcheck -S warning -e SC1091,SC2034,SC2154 -f gcc <"$work/sh"
    result shellcheck $?
}

if [ $# -gt 0 ]; then
    for f in "$@"; do
        [ ! -f "$f" ] || echo "$f"
    done >"$work/c"
else
    tree '*.c' '*.h' >"$work/c"
fi
if [ ! -s "$work/c" ]; then
    echo "lint: no sources found" >&2
    exit 1
fi
tree '*.sh' '.ci/run' >"$work/sh"
{
    cat "$work/c" "$work/sh"
    tree '*.lua' '*.conf' Makefile
} >"$work/text"

check_text
check_c
check_format
check_cppcheck
check_shell
exit $failed
