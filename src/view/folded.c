/* How do other tools take a profile? The tree, with the path to each node spelled out. */
#include "view/folded.h"

#include <errno.h>
#include <inttypes.h>

#include "base/array.h"
#include "base/escape.h"
#include "finding/frames.h"
#include "view/stream.h"

struct folding {
	FILE *out;
	ARRAY(uint32_t) frames; /* of the path to the node, from below the root on */
};

static void folding_free(struct folding *folding)
{
	array_free(&folding->frames);
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

static void put_line(const struct profile *profile, const struct folding *folding, uint64_t count)
{
	FILE *out = folding->out;

	for (size_t i = 0; i < folding->frames.count; i++) {
		if (i)
			(void)fputc(';', out);
		put_frame(&profile->frames.items[folding->frames.items[i]], out);
	}
	if (!folding->frames.count)
		(void)fputs("[hidden]", out); /* threads too small to show */
	(void)fprintf(out, " %" PRIu64 "\n", count);
}

static int put_node(void *self, const struct profile *profile, const struct profile_node *node)
{
	struct folding *folding = self;
	uint64_t count = profile->is_wall ? node->self : node->self_samples;
	uint32_t *place;

	if (node->depth) {
		folding->frames.count = node->depth - 1;
		place = array_push(&folding->frames);
		if (!place)
			return -ENOMEM;
		*place = node->frame;
	}
	if (count)
		put_line(profile, folding, count);
	return 0;
}

int view_folded(const struct profile *profile, FILE *out)
{
	owns(folding_free) struct folding folding = { .out = out };
	int r = profile_each_node(profile, put_node, &folding);

	return r < 0 ? r : stream_flush(out);
}
