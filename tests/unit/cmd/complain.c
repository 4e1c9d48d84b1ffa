/* Is a complaint one line, and harmless? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "harness/test.h"

/* What cmd_complain() writes to standard error. */
static void complain_into(char *text, size_t bytes, const struct diag *why)
{
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t length;

	assert_non_null(file);
	assert_true(kept >= 0);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	cmd_complain(why);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	rewind(file);
	length = fread(text, 1, bytes - 1, file);
	text[length] = '\0';
	assert_int_equal(fclose(file), 0);
}

static void a_complaint_is_one_line_with_our_name(void **state)
{
	char text[600];

	complain_into(text, sizeof(text), &(struct diag){ .code = -2, .text = "x: no such file" });
	assert_string_equal(text, "slowpath: x: no such file\n");
}

static void names_in_a_complaint_are_escaped(void **state)
{
	char text[600];

	complain_into(text, sizeof(text),
		      &(struct diag){ .code = -2, .text = "a\nb\033[2J: no such file" });
	assert_string_equal(text, "slowpath: a\\x0ab\\x1b[2J: no such file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_complaint_is_one_line_with_our_name),
		cmocka_unit_test(names_in_a_complaint_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
