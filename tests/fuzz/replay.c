/*
 * replay - a main() for a fuzz target where libFuzzer is not: runs it on
 * each seed of the named files, or writes the seeds out for libFuzzer.
 *
 *   replay_TARGET tests/fuzz/corpus/TARGET/...     run them, say how many
 *   replay_TARGET --write DIR FILE ...             a file for each seed
 *
 * A file's line is a seed, written as in a C string: \n \r \t \0 \\ \xHH.  A
 * line that begins with # is a comment, an empty one nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_MAX_BYTES = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *write_dir; /* NULL: run them */

static int
hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* One byte off *text; -1 for an escape that is none. */
static int
take_byte(const char **text)
{
    static const char from[] = "nrt0\\", to[] = "\n\r\t\0\\";
    const char *p = *text, *found;
    int high, low;

    if (*p != '\\') {
        *text += 1;
        return (unsigned char)*p;
    }
    found = p[1] != '\0' ? strchr(from, p[1]) : NULL;
    if (found) {
        *text += 2;
        return (unsigned char)to[found - from];
    }
    if (p[1] != 'x' || (high = hex_value(p[2])) < 0 ||
        (low = hex_value(p[3])) < 0)
        return -1;
    *text += 4;
    return high * 16 + low;
}

static int
write_seed(const uint8_t *seed, size_t n, size_t number)
{
    char path[4096];
    FILE *out;
    int is_bad;

    snprintf(path, sizeof(path), "%s/seed-%zu", write_dir, number);
    out = fopen(path, "we");
    if (out == NULL) {
        perror(path);
        return -1;
    }
    is_bad = fwrite(seed, 1, n, out) != n;
    is_bad |= fclose(out) != 0;
    if (is_bad)
        perror(path);
    return is_bad ? -1 : 0;
}

/* The memory is just as large, so that a step behind it is seen. */
static int
use_seed(const char *line, size_t number)
{
    uint8_t *seed = malloc(strlen(line) + 1), *exact;
    size_t n = 0;
    int byte = 0, result = -1;

    if (seed == NULL)
        return -1;
    while (*line != '\0' && (byte = take_byte(&line)) >= 0)
        seed[n++] = (uint8_t)byte;
    if (byte >= 0 && write_dir) {
        result = write_seed(seed, n, number);
    } else if (byte >= 0 && (exact = realloc(seed, n > 0 ? n : 1)) != NULL) {
        seed = exact;
        result = LLVMFuzzerTestOneInput(seed, n);
    }
    free(seed);
    return result;
}

static int
use_file(const char *path, size_t *seeds)
{
    FILE *in = fopen(path, "re");
    char line[SEED_MAX_BYTES];
    int result = 0;

    if (in == NULL) {
        perror(path);
        return -1;
    }
    for (size_t at = 1; result == 0 && fgets(line, sizeof(line), in); at++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        result = use_seed(line, ++*seeds);
        if (result != 0)
            fprintf(stderr, "%s:%zu: no seed, or not written\n", path, at);
    }
    fclose(in);
    return result;
}

int
main(int argc, char **argv)
{
    size_t seeds = 0;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--write") == 0) {
        write_dir = argv[2];
        first = 3;
    }
    for (int i = first; i < argc; i++)
        if (use_file(argv[i], &seeds) != 0)
            return 1;
    printf("%zu seeds\n", seeds);
    return seeds > 0 ? 0 : 1;
}
