/* Where does the flame graph go? The file is made first, so that a wrong name costs nobody a watch.
 */
#include "cmd/flame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "recording/place.h"
#include "view/flame.h"

int flame_file_open(const struct options *options, struct flame_file *file, struct diag *why)
{
	static const struct place_kind KIND = { "a slowpath flame graph", FLAME_FIRST_BYTES };

	*file = FLAME_FILE_NONE;
	if (!options->flame)
		return 0;
	file->path = options->flame;
	return place_create_kind(options->flame, &KIND, &file->fd, why);
}

static void close_stream(FILE **stream)
{
	if (*stream)
		(void)fclose(*stream);
	*stream = NULL;
}

int flame_file_draw(struct flame_file *file, const struct profile *profile, bool is_differential,
		    struct diag *why)
{
	const struct flame_options options = { .is_differential = is_differential };
	owns(close_stream) FILE *out = fdopen(file->fd, "w");
	int r;

	if (!out)
		return diag_set(why, -errno, "cannot write %s: %s", file->path, strerror(errno));
	file->fd = -1;
	r = view_flame(profile, &options, out);
	if (r == 0 && fclose(give(out)) != 0)
		r = -errno;
	if (r < 0)
		return diag_set(why, r, "cannot write %s: %s: %s", file->path, strerror(-r),
				place_remedy(r));
	return 0;
}

void flame_file_close(struct flame_file *file)
{
	own_close(&file->fd);
}
