/* Who is dead by silence.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "master/silence.h"

enum { LIMIT_MS = 3000 };

/* One look: when asked, when answered, what a.0 and b.0 are silent for (-1:
 * it is not in the list), and who is dead then. */
struct look {
    uint64_t asked, answered;
    int64_t a, b;
    const char *dead;
    int is_broken;
};

static void
play(const struct look *looks, size_t count)
{
    struct silence *s = silence_new(LIMIT_MS);

    for (size_t i = 0; i < count; i++) {
        const struct look *l = &looks[i];
        char dead[3] = "";
        size_t n = 0;

        silence_asked(s, l->asked);
        if (l->is_broken) {
            silence_broken(s);
            continue;
        }
        silence_answered(s, l->answered);
        if (l->a >= 0 && silence_is_death(s, STR("a.0"), l->a, l->answered))
            dead[n++] = 'a';
        if (l->b >= 0 && silence_is_death(s, STR("b.0"), l->b, l->answered))
            dead[n++] = 'b';
        silence_end(s);
        print_message("look %zu at %d: \"%s\"\n", i, (int)l->asked, dead);
        assert_string_equal(dead, l->dead);
    }
    silence_free(s);
}
#define PLAY(...)                                      \
    do {                                               \
        const struct look looks[] = {__VA_ARGS__};     \
        play(looks, sizeof(looks) / sizeof(looks[0])); \
    } while (0)

static void
test_two_looks_two_seconds_apart_prove_death(void **state)
{
    (void)state;
    PLAY({0, 1, 5000, 100, "", 0}, {1000, 1001, 6000, 100, "", 0},
         {2000, 2001, 7000, 100, "a", 0});
    /* as long as it stands in the list */
    PLAY({0, 1, 5000, -1, "", 0}, {2001, 2002, 7000, -1, "a", 0},
         {4000, 4001, 9000, -1, "a", 0});
}

static void
test_the_limit_itself_is_no_silence(void **state)
{
    (void)state;
    PLAY({0, 1, LIMIT_MS, LIMIT_MS + 1, "", 0},
         {5000, 5001, LIMIT_MS, LIMIT_MS + 1, "b", 0});
}

static void
test_a_beat_in_between_clears(void **state)
{
    (void)state;
    PLAY({0, 1, 5000, -1, "", 0}, {1000, 1001, 20, -1, "", 0},
         {4000, 4001, 3020, -1, "", 0}, {6100, 6101, 5120, -1, "a", 0});
    /* not in the list for once: another one of that name */
    PLAY({0, 1, 5000, -1, "", 0}, {1000, 1001, -1, -1, "", 0},
         {4000, 4001, 5000, -1, "", 0});
}

/* Redis stood still for 40 s and answers the master first. */
static void
test_a_slow_answer_proves_nothing_and_clears(void **state)
{
    (void)state;
    PLAY({0, 40000, 41000, 41000, "", 0}, {40100, 40101, 41100, 41100, "", 0},
         {42000, 42001, 10, 43000, "", 0}, {43000, 43001, 10, 44000, "b", 0});
    PLAY({0, 1, 5000, -1, "", 0}, {2000, 3000, 8000, -1, "", 0},
         {3100, 3101, 8100, -1, "", 0}, {5000, 5001, 10000, -1, "", 0},
         {5102, 5103, 10100, -1, "a", 0});
}

static void
test_a_break_clears(void **state)
{
    (void)state;
    PLAY({0, 1, 5000, -1, "", 0}, {1000, 0, 0, 0, "", 1},
         {2500, 2501, 7500, -1, "", 0}, {4000, 4001, 9000, -1, "", 0},
         {4600, 4601, 9600, -1, "a", 0});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_looks_two_seconds_apart_prove_death),
        cmocka_unit_test(test_the_limit_itself_is_no_silence),
        cmocka_unit_test(test_a_beat_in_between_clears),
        cmocka_unit_test(test_a_slow_answer_proves_nothing_and_clears),
        cmocka_unit_test(test_a_break_clears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
