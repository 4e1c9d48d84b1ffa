/* What does a flame graph look like? Writes one of the samples to stdout: flame_sample NAME
 * [icicle]. */
#include <stdio.h>
#include <string.h>

#include "unit/view/flames.h"

int main(int argc, char **argv)
{
	struct flame_options options = { .is_icicle = argc > 2 && strcmp(argv[2], "icicle") == 0 };
	owns(flames_free) struct profile *profile =
		argc > 1 ? flames_sample(argv[1], &options) : NULL;

	if (!profile) {
		(void)fputs("usage: flame_sample NAME [icicle]\n", stderr);
		return 2;
	}
	return view_flame(profile, &options, stdout) < 0;
}
