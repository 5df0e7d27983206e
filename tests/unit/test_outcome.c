/*
 * outcome: what a status is, and what is tried again.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/outcome.h"

static void
test_statuses_have_their_outcome_and_retry(void **state)
{
    static const struct {
        int status;
        enum outcome outcome;
        bool is_retried;
    } rows[] = {
        {200, OUTCOME_OK, false},           {204, OUTCOME_OK, false},
        {299, OUTCOME_OK, false},           {300, OUTCOME_REDIRECT, false},
        {304, OUTCOME_NOT_MODIFIED, false}, {399, OUTCOME_BAD_REDIRECT, false},
        {305, OUTCOME_BAD_REDIRECT, false}, {308, OUTCOME_REDIRECT, false},
        {303, OUTCOME_REDIRECT, false},     {101, OUTCOME_BROKEN, true},
        {400, OUTCOME_HTTP_4XX, false},     {401, OUTCOME_HTTP_4XX, false},
        {404, OUTCOME_HTTP_4XX, false},     {407, OUTCOME_HTTP_4XX, false},
        {408, OUTCOME_HTTP_4XX, true},      {410, OUTCOME_HTTP_4XX, false},
        {425, OUTCOME_HTTP_4XX, true},      {426, OUTCOME_HTTP_4XX, false},
        {429, OUTCOME_BUSY, true},          {499, OUTCOME_HTTP_4XX, false},
        {500, OUTCOME_HTTP_5XX, true},      {501, OUTCOME_HTTP_5XX, false},
        {502, OUTCOME_HTTP_5XX, true},      {503, OUTCOME_BUSY, true},
        {504, OUTCOME_HTTP_5XX, true},      {505, OUTCOME_HTTP_5XX, false},
        {599, OUTCOME_HTTP_5XX, false},     {999, OUTCOME_HTTP_5XX, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum outcome o = outcome_of_status(rows[i].status);

        assert_int_equal(o, rows[i].outcome);
        assert_int_equal(outcome_is_retried(o, rows[i].status),
                         rows[i].is_retried);
    }
}

static void
test_without_an_answer_the_outcome_decides(void **state)
{
    static const struct {
        enum outcome outcome;
        bool is_retried;
    } rows[] = {{OUTCOME_ROBOTS_ERROR, true}, {OUTCOME_ROBOTS, false},
                {OUTCOME_DNS_ERROR, true},    {OUTCOME_NO_DNS, false},
                {OUTCOME_NO_CONNECT, true},   {OUTCOME_PRIVATE, false},
                {OUTCOME_TIMEOUT, true},      {OUTCOME_TLS, false},
                {OUTCOME_BROKEN, true},       {OUTCOME_BUSY, true},
                {OUTCOME_HTTP_5XX, false},    {OUTCOME_HTTP_4XX, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(outcome_is_retried(rows[i].outcome, 0),
                         rows[i].is_retried);
    /* an answer that broke off is not whole, whatever its status was */
    assert_true(outcome_is_retried(OUTCOME_BROKEN, 404));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses_have_their_outcome_and_retry),
        cmocka_unit_test(test_without_an_answer_the_outcome_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
