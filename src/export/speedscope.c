/* A profile for speedscope.app: for each name of threads the paths and what they weigh, and at the
 * end the frames, when all are known. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "export/profile.h"
#include "export/put.h"
#include "finding/frames.h"

struct scope {
	struct put put;
	uint32_t first_frame;    /* the profile's frames have this and the following numbers */
	uint32_t profiles;       /* that were begun */
	bool is_open;            /* the last of them was not ended */
	ARRAY(uint32_t) path;    /* of the current node, below its threads */
	ARRAY(uint64_t) weights; /* of the open one */
};

static void scope_free(struct scope **scope)
{
	if (*scope) {
		array_free(&(*scope)->path);
		array_free(&(*scope)->weights);
	}
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
	put_text(put, ",\n\"shared\":{\"frames\":[\n{\"name\":\"[unknown]\"}");
	for (size_t i = 0; i < profiles->items.count; i++) {
		const struct profile *profile = profiles->items.items[i];

		for (size_t j = 0; j < profile->frames.count; j++) {
			put_frame(put, &profile->frames.items[j]);
		}
	}
	put_text(put, "]}");
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

/* The root by itself stands for threads too small to show; its children are the threads. */
static void begin_threads(struct scope *scope, const struct profile *profile,
			  const struct profile_node *node)
{
	uint64_t total = node->depth ? node->total : node->self;
	struct put *put = &scope->put;

	if (!total)
		return;
	put_text(put, scope->profiles++ ? ",\n{\"type\":\"sampled\"," : "\n{\"type\":\"sampled\",");
	put_name(put, profile, node);
	put_text(put,
		 profile->unit == PROFILE_NS ? ",\"unit\":\"nanoseconds\"" : ",\"unit\":\"none\"");
	put_text(put, ",\"startValue\":0,\"endValue\":");
	put_unsigned(put, total);
	put_text(put, ",\n\"samples\":[");
	scope->is_open = true;
	scope->weights.count = 0;
}

static void end_threads(struct scope *scope)
{
	struct put *put = &scope->put;

	if (!scope->is_open)
		return;
	put_text(put, "],\n\"weights\":[");
	for (size_t i = 0; i < scope->weights.count; i++) {
		if (i)
			put_char(put, ',');
		put_unsigned(put, scope->weights.items[i]);
	}
	put_text(put, "]}");
	scope->is_open = false;
}

static int put_sample(struct scope *scope, const struct profile_node *node)
{
	uint64_t *weight = array_push(&scope->weights);

	if (!weight)
		return -ENOMEM;
	*weight = node->self;
	put_text(&scope->put, scope->weights.count == 1 ? "[" : ",[");
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

static int put_node(void *self, const struct profile *profile, const struct profile_node *node)
{
	struct scope *scope = self;
	uint32_t *place;

	if (node->depth <= 1) {
		end_threads(scope);
		begin_threads(scope, profile, node);
	} else {
		scope->path.count = node->depth - 2;
		place = array_push(&scope->path);
		if (!place)
			return -ENOMEM;
		*place = scope->first_frame + node->frame;
	}
	return node->self ? put_sample(scope, node) : scope->put.error;
}

static int put_profile(struct scope *scope, const struct profile *profile)
{
	int r = profile_each_node(profile, put_node, scope);

	end_threads(scope);
	scope->first_frame += (uint32_t)profile->frames.count;
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
	int r = 0;

	if (!scope)
		return diag_set(why, -ENOMEM, "out of memory");
	scope->put.out = out;
	scope->first_frame = 1;
	put_text(&scope->put,
		 "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
		 "\"exporter\":\"slowpath\",\"activeProfileIndex\":0,\n\"profiles\":[");
	for (size_t i = 0; i < profiles->items.count && r == 0; i++)
		r = put_profile(scope, profiles->items.items[i]);
	if (scope->put.error)
		return put_result(&scope->put, why);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	if (!scope->profiles)
		put_nothing(&scope->put);
	put_char(&scope->put, ']');
	put_frames(&scope->put, profiles);
	put_text(&scope->put, "}\n");
	return put_flush(&scope->put, why);
}
