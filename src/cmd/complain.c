/* How does the user learn what went wrong? In one line on standard error, whatever names are in it.
 */
#include <stdio.h>

#include "base/escape.h"
#include "cmd/cmd.h"
#include "cmd/style.h"

void cmd_complain(const struct diag *why)
{
	owns(own_free) char *words = escape_copy(why->text, style_is_utf8());

	(void)fprintf(stderr, "slowpath: %s\n", words ? words : "out of memory");
}
