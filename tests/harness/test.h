/* What does every unit test include? cmocka with the headers it wants before it. */
#ifndef TESTS_HARNESS_TEST_H
#define TESTS_HARNESS_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
