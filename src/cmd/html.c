/* Where does the page go that --html names? The file is made first, so that a wrong name costs
 * nobody a watch. */
#include "cmd/html.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/version.h"
#include "recording/place.h"
#include "view/html.h"

int html_file_open(const struct options *options, struct html_file *file, struct diag *why)
{
	static const struct place_kind KIND = { "an HTML report of slowpath", HTML_FIRST_BYTES };

	*file = HTML_FILE_NONE;
	if (!options->html)
		return 0;
	if (!view_html_is_built())
		return diag_set(
			why, -ENOTSUP,
			"--html: this slowpath was built without HTML reports: build it where node and npm are, with meson's -Dhtml=enabled");
	file->path = options->html;
	return place_create_kind(options->html, &KIND, &file->fd, why);
}

int html_keep(struct html_file *file, json_t *report)
{
	json_decref(file->report);
	file->report = report;
	return report ? 0 : -ENOMEM;
}

int html_draw(struct html_file *file, const struct html_picture *picture, struct diag *why)
{
	struct html_flame flame = { .name = picture->name };
	int r = view_html_flame(picture->profile, picture->is_differential, picture->bytes_max,
				&flame.json);

	if (r < 0)
		return diag_set(why, r, "cannot draw the flame graph of %s: %s", file->path,
				strerror(-r));
	file->flames[file->flame_count++] = flame;
	return 0;
}

static void close_stream(FILE **stream)
{
	if (*stream)
		(void)fclose(*stream);
	*stream = NULL;
}

int html_file_write(struct html_file *file, const struct options *options, struct diag *why)
{
	struct html_page page = {
		.command = options->command->name,
		.version = SLOWPATH_VERSION,
		.input = options->input,
		.report = file->report,
		.flame_count = file->flame_count,
	};
	owns(close_stream) FILE *out = fdopen(file->fd, "w");
	int r;

	if (!out)
		return diag_set(why, -errno, "cannot write %s: %s", file->path, strerror(errno));
	file->fd = -1;
	memcpy(page.flames, file->flames, sizeof(page.flames));
	r = view_html(&page, out);
	if (r == 0 && fclose(give(out)) != 0)
		r = -errno;
	if (r < 0)
		return diag_set(why, r, "cannot write %s: %s: %s", file->path, strerror(-r),
				place_remedy(r));
	return 0;
}

void html_file_close(struct html_file *file)
{
	json_decref(file->report);
	file->report = NULL;
	for (size_t i = 0; i < file->flame_count; i++)
		own_free(&file->flames[i].json);
	file->flame_count = 0;
	own_close(&file->fd);
}
