/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/identity.h"
#include "master/reaper.h"

static void
test_name_has_a_mark_and_no_dash(void **state)
{
    char name[IDENTITY_HOST_BYTES];
    size_t n;

    (void)state;
    identity_host(name);
    n = strlen(name);
    assert_true(n > 7);
    assert_int_equal(name[n - 7], '.');
    assert_int_equal(strspn(name + n - 6, "0123456789abcdef"), 6);
    assert_int_not_equal(strcmp(name + n - 6, "000000"), 0);
    /* '-' ends the host in an identity */
    assert_null(strpbrk(name, "-/ "));
}

static void
test_own_identity_gives_the_pid(void **state)
{
    char name[IDENTITY_HOST_BYTES], identity[160];

    (void)state;
    identity_host(name);
    snprintf(identity, sizeof(identity), "%s-%ld-0badcafe-3", name,
             (long)getpid());
    assert_int_equal(reaper_pid_of(str_from(identity), name), getpid());
}

/* The host's name alone, as another container may have it, does not. */
static void
test_same_host_without_the_mark_gives_none(void **state)
{
    char name[IDENTITY_HOST_BYTES], identity[160];

    (void)state;
    identity_host(name);
    name[strlen(name) - 1] ^= 1; /* another mark */
    snprintf(identity, sizeof(identity), "%s-1-0badcafe-0", name);
    identity_host(name);
    assert_int_equal(reaper_pid_of(str_from(identity), name), 0);
}

static void
test_child_has_the_same_name(void **state)
{
    char name[IDENTITY_HOST_BYTES], other[IDENTITY_HOST_BYTES];
    int status = -1;
    pid_t pid;

    (void)state;
    identity_host(name);
    pid = fork();
    if (pid == 0) {
        identity_host(other);
        _exit(strcmp(name, other) != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_has_a_mark_and_no_dash),
        cmocka_unit_test(test_own_identity_gives_the_pid),
        cmocka_unit_test(test_same_host_without_the_mark_gives_none),
        cmocka_unit_test(test_child_has_the_same_name)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
