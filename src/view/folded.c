/* How do other tools take a profile? The tree, with the path to each node spelled out. */
#include "view/folded.h"

#include <errno.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/escape.h"
#include "finding/frames.h"
#include "view/stream.h"

struct path {
	ARRAY(uint32_t) frames; /* from below the root on */
};

static void path_free(struct path *path)
{
	array_free(&path->frames);
}

static void put_name(const char *name, FILE *out)
{
	struct glyph glyph;

	while (glyph_next(&name, true, &glyph)) {
		if (glyph.bytes[0] == ';')
			glyph.bytes[0] = ':';
		(void)fputs(glyph.bytes, out);
	}
}

static void put_frame(const struct profile_frame *frame, FILE *out)
{
	const struct frame_module module = frame_module(frame);

	switch (frame->kind) {
	case FRAME_THREADS:
	case FRAME_RUNNABLE:
		put_name(frame_name(frame), out);
		return;
	case FRAME_USER:
	case FRAME_KERNEL:
		put_name(frame_title(frame, &module), out);
		if (frame->kind == FRAME_KERNEL)
			(void)fputs("_[k]", out);
		return;
	case FRAME_WAKER:
		(void)fputs("woken by ", out);
		put_name(frame_name(frame), out);
		if (frame->module[0]) {
			(void)fputs(" for ", out);
			put_name(frame->module, out);
		}
		return;
	case FRAME_BLOCKED:
		if (module.text[0]) {
			put_name(module.text, out);
			(void)fputs(": ", out);
		}
		put_name(frame_name(frame), out);
		return;
	}
}

static void put_line(const struct profile *profile, const struct path *path, uint64_t count,
		     FILE *out)
{
	for (size_t i = 0; i < path->frames.count; i++) {
		if (i)
			(void)fputc(';', out);
		put_frame(&profile->frames.items[path->frames.items[i]], out);
	}
	if (!path->frames.count)
		(void)fputs("[hidden]", out); /* threads too small to show */
	(void)fprintf(out, " %" PRIu64 "\n", count);
}

int view_folded(const struct profile *profile, FILE *out)
{
	owns(path_free) struct path path = {};

	for (size_t i = 0; i < profile->nodes.count; i++) {
		const struct profile_node *node = &profile->nodes.items[i];
		uint64_t count = profile->is_wall ? node->self : node->self_samples;
		uint32_t *place;

		if (node->depth) {
			path.frames.count = node->depth - 1;
			place = array_push(&path.frames);
			if (!place)
				return -ENOMEM;
			*place = node->frame;
		}
		if (count)
			put_line(profile, &path, count, out);
	}
	return stream_flush(out);
}
