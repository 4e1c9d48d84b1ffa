/* Why did it fail? Keeps the first (deepest) reason, since it is the one that names the cause. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

int diag_set(struct diag *why, int code, const char *format, ...)
{
	va_list args;

	if (!why || why->code != 0)
		return code;

	why->code = code;
	va_start(args, format);
	if (vsnprintf(why->text, sizeof(why->text), format, args) < 0)
		why->text[0] = '\0';
	va_end(args);
	return code;
}

void diag_clear(struct diag *why)
{
	why->code = 0;
	why->text[0] = '\0';
}
