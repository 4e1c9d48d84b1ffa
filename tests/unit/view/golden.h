/* Does a text look as it was accepted? Compared with tests/golden/view; BLESS=1 accepts what is
 * there now. */
#ifndef TESTS_UNIT_VIEW_GOLDEN_H
#define TESTS_UNIT_VIEW_GOLDEN_H

#include <stdbool.h>

/* The text is that of tests/golden/view/NAME.txt. */
void assert_golden(const char *name, const char *text);

/* No line is wider. */
void assert_columns(const char *text, unsigned int columns, bool utf8);

/* Nothing in it that a terminal could obey. */
void assert_harmless(const char *text);

#endif
