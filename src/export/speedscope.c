/* A profile for speedscope.app: its frames once, then for each name of threads the paths and what
 * they weigh. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "export/profile.h"
#include "export/put.h"
#include "finding/frames.h"

struct scope {
	struct put put;
	uint32_t first_frame; /* the profile's frames have this and the following numbers */
	ARRAY(uint32_t) path; /* of the current node, below its threads */
};

static void scope_free(struct scope **scope)
{
	if (*scope)
		array_free(&(*scope)->path);
	free(*scope);
	*scope = NULL;
}

static void put_string(struct put *put, const char *text)
{
	put_json(put, text, strlen(text));
}

/* "file.c:123" as two fields. */
static void put_place(struct put *put, const struct profile_frame *frame,
		      const struct frame_module *module)
{
	const char *colon = strrchr(frame->place, ':');
	unsigned long line = colon ? strtoul(colon + 1, NULL, 10) : 0;

	if (line) {
		put_text(put, ",\"file\":");
		put_json(put, frame->place, (size_t)(colon - frame->place));
		put_text(put, ",\"line\":");
		put_unsigned(put, line);
	} else if (module->text[0]) {
		put_text(put, ",\"file\":");
		put_string(put, module->text);
	}
}

static void put_frame(struct put *put, const struct profile_frame *frame)
{
	const struct frame_module module = frame_module(frame);

	put_text(put, ",\n{\"name\":");
	put_string(put, frame_title(frame, &module));
	put_place(put, frame, &module);
	put_char(put, '}');
}

static void put_frames(struct put *put, const struct profiles *profiles)
{
	put_text(put, "\"shared\":{\"frames\":[\n{\"name\":\"[unknown]\"}");
	for (size_t i = 0; i < profiles->items.count; i++) {
		const struct profile *profile = profiles->items.items[i];

		for (size_t j = 0; j < profile->frames.count; j++) {
			put_frame(put, &profile->frames.items[j]);
		}
	}
	put_text(put, "]}");
}

/* The last node of the tree that begins at the node. */
static size_t end_of(const struct profile *profile, size_t node)
{
	size_t end = node + 1;

	while (end < profile->nodes.count &&
	       profile->nodes.items[end].depth > profile->nodes.items[node].depth)
		end++;
	return end;
}

static int put_path(struct scope *scope, const struct profile_node *node, bool is_first)
{
	uint32_t *place;

	if (node->depth > 1) {
		scope->path.count = node->depth - 2;
		place = array_push(&scope->path);
		if (!place)
			return -ENOMEM;
		*place = scope->first_frame + node->frame;
	}
	if (!node->self)
		return 0;
	put_text(&scope->put, is_first ? "[" : ",[");
	for (size_t i = 0; node->depth > 1 && i < scope->path.count; i++) {
		if (i)
			put_char(&scope->put, ',');
		put_unsigned(&scope->put, scope->path.items[i]);
	}
	if (node->depth <= 1)
		put_char(&scope->put, '0'); /* the frame that is not known */
	put_char(&scope->put, ']');
	return 0;
}

static int put_samples(struct scope *scope, const struct profile *profile, size_t first, size_t end)
{
	bool is_first = true;
	int r = 0;

	put_text(&scope->put, "\"samples\":[");
	for (size_t i = first; i < end && r == 0; i++) {
		const struct profile_node *node = &profile->nodes.items[i];

		r = put_path(scope, node, is_first);
		is_first = is_first && !node->self;
	}
	put_text(&scope->put, "],\n\"weights\":[");
	is_first = true;
	for (size_t i = first; i < end; i++) {
		const struct profile_node *node = &profile->nodes.items[i];

		if (!node->self)
			continue;
		if (!is_first)
			put_char(&scope->put, ',');
		put_unsigned(&scope->put, node->self);
		is_first = false;
	}
	put_char(&scope->put, ']');
	return r;
}

static void put_name(struct put *put, const struct profile *profile,
		     const struct profile_node *node)
{
	const char *name =
		node->depth ? frame_name(&profile->frames.items[node->frame]) : "too small to show";
	const char *what = profile->is_wall      ? "wall time"
			   : profile->sampler[0] ? profile->sampler
						 : "CPU time";

	put_text(put, "\"name\":\"");
	put_quoted(put, name, strlen(name));
	put_text(put, ": ");
	put_quoted(put, what, strlen(what));
	put_text(put, ", not in the order of time\"");
}

static int put_tree(struct scope *scope, const struct profile *profile, size_t first, size_t end,
		    bool *is_first)
{
	const struct profile_node *node = &profile->nodes.items[first];
	struct put *put = &scope->put;
	uint64_t total = node->depth ? node->total : node->self;
	int r;

	if (!total)
		return 0;
	put_text(put, *is_first ? "\n{\"type\":\"sampled\"," : ",\n{\"type\":\"sampled\",");
	*is_first = false;
	put_name(put, profile, node);
	put_text(put,
		 profile->unit == PROFILE_NS ? ",\"unit\":\"nanoseconds\"" : ",\"unit\":\"none\"");
	put_text(put, ",\"startValue\":0,\"endValue\":");
	put_unsigned(put, total);
	put_text(put, ",\n");
	r = put_samples(scope, profile, first, end);
	put_char(put, '}');
	return r;
}

/* The root by itself stands for threads too small to show; its children are the threads. */
static int put_profile(struct scope *scope, const struct profile *profile, bool *is_first)
{
	int r = 0;

	for (size_t i = 0, end; i < profile->nodes.count && r == 0; i = end) {
		end = profile->nodes.items[i].depth ? end_of(profile, i) : i + 1;
		scope->path.count = 0;
		r = put_tree(scope, profile, i, end, is_first);
	}
	return r;
}

/* speedscope refuses a file without profiles. */
static void put_nothing(struct put *put)
{
	put_text(
		put,
		"\n{\"type\":\"sampled\",\"name\":\"no samples\",\"unit\":\"none\",\"startValue\":0,"
		"\"endValue\":0,\"samples\":[],\"weights\":[]}");
}

int export_speedscope(const struct profiles *profiles, FILE *out, struct diag *why)
{
	owns(scope_free) struct scope *scope = calloc(1, sizeof(*scope));
	bool is_first = true;
	int r = 0;

	if (!scope)
		return diag_set(why, -ENOMEM, "out of memory");
	scope->put.out = out;
	scope->first_frame = 1;
	put_text(&scope->put,
		 "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
		 "\"exporter\":\"slowpath\",\"activeProfileIndex\":0,\n");
	put_frames(&scope->put, profiles);
	put_text(&scope->put, ",\n\"profiles\":[");
	for (size_t i = 0; i < profiles->items.count && r == 0; i++) {
		r = put_profile(scope, profiles->items.items[i], &is_first);
		scope->first_frame += (uint32_t)profiles->items.items[i]->frames.count;
	}
	if (is_first)
		put_nothing(&scope->put);
	put_text(&scope->put, "]}\n");
	return r < 0 ? diag_set(why, r, "out of memory") : put_flush(&scope->put, why);
}
