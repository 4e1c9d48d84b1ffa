/*
 * A profile for pprof. The encoding of one message after another is that of one message with all
 * their repeated fields, so that each sample, function and string is written by itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "base/escape.h"
#include "export/profile.h"
#include "finding/frames.h"
#include "pprof.pb-c.h"
#include "symbol/interned.h"

enum {
	PACKED_BYTES = 1 << 15,
	GZIP_WINDOW = 15 + 16, /* zlib's way to say gzip */
	TEXT_BYTES = 4096,
	VALUES_OF_WALL = 4,
	VALUES_OF_OTHERS = 2,
	LABELS_MAX = 2,
};

/* The strings that are there from the beginning; "" must be the first. */
enum known {
	KNOWN_NONE,
	KNOWN_SAMPLES,
	KNOWN_COUNT,
	KNOWN_NANOSECONDS,
	KNOWN_ON_CPU,
	KNOWN_OFF_CPU,
	KNOWN_WALL,
	KNOWN_THREAD,
	KNOWN_CAUSE,
	KNOWN_RUNQUEUE,
	KNOWNS,
};

static const char *const KNOWN_TEXTS[KNOWNS] = {
	[KNOWN_NONE] = "",         [KNOWN_SAMPLES] = "samples",
	[KNOWN_COUNT] = "count",   [KNOWN_NANOSECONDS] = "nanoseconds",
	[KNOWN_ON_CPU] = "on_cpu", [KNOWN_OFF_CPU] = "off_cpu",
	[KNOWN_WALL] = "wall",     [KNOWN_THREAD] = "thread",
	[KNOWN_CAUSE] = "cause",   [KNOWN_RUNQUEUE] = "cpu.runqueue",
};

/* What was told of a frame: strings and ids. */
struct told_frame {
	int64_t name;
	int64_t module;
	uint64_t location; /* 0: it is none */
};

struct pprof {
	FILE *out;
	z_stream stream;
	bool has_stream;
	int error; /* -errno of the first failure */
	int64_t strings;
	uint64_t locations;
	struct interned modules;
	ARRAY(int64_t) module_strings;   /* by the number of the module − 1 */
	ARRAY(struct told_frame) frames; /* of the current profile, by its own numbers */
	ARRAY(uint64_t) path;            /* locations from below the threads on */
	ARRAY(uint64_t) leaf_first;
	int64_t thread;        /* string: of the current node */
	ARRAY(int64_t) values; /* zeros, but for the current profile's own */
	size_t first_value;    /* of the current profile */
	uint8_t *message;
	size_t message_bytes;
	char text[TEXT_BYTES];
	uint8_t packed[PACKED_BYTES];
};

static void pprof_free(struct pprof **pprof)
{
	if (!*pprof)
		return;
	if ((*pprof)->has_stream)
		(void)deflateEnd(&(*pprof)->stream);
	interned_clear(&(*pprof)->modules);
	array_free(&(*pprof)->module_strings);
	array_free(&(*pprof)->frames);
	array_free(&(*pprof)->path);
	array_free(&(*pprof)->leaf_first);
	array_free(&(*pprof)->values);
	free((*pprof)->message);
	free(*pprof);
	*pprof = NULL;
}

/* --- bytes --- */

static void fail(struct pprof *pprof, int code)
{
	if (!pprof->error)
		pprof->error = code;
}

/* flush: Z_NO_FLUSH or Z_FINISH. */
static void pack(struct pprof *pprof, const uint8_t *bytes, size_t count, int flush)
{
	z_stream *stream = &pprof->stream;

	stream->next_in = (uint8_t *)bytes;
	stream->avail_in = (unsigned int)count;
	do {
		size_t ready;

		stream->next_out = pprof->packed;
		stream->avail_out = sizeof(pprof->packed);
		if (deflate(stream, flush) == Z_STREAM_ERROR)
			fail(pprof, -EIO);
		ready = sizeof(pprof->packed) - stream->avail_out;
		errno = 0;
		if (!pprof->error && fwrite(pprof->packed, 1, ready, pprof->out) != ready)
			fail(pprof, errno ? -errno : -EIO);
	} while (!pprof->error && stream->avail_out == 0);
}

static void put_profile(struct pprof *pprof, const Pprof__Profile *profile)
{
	size_t bytes = pprof__profile__get_packed_size(profile);
	uint8_t *grown;

	if (pprof->error)
		return;
	if (bytes > pprof->message_bytes) {
		grown = realloc(pprof->message, bytes);
		if (!grown) {
			fail(pprof, -ENOMEM);
			return;
		}
		pprof->message = grown;
		pprof->message_bytes = bytes;
	}
	(void)pprof__profile__pack(profile, pprof->message);
	pack(pprof, pprof->message, bytes, Z_NO_FLUSH);
}

/* A name of the traced system, escaped; its number. */
static int64_t put_string(struct pprof *pprof, const char *text)
{
	Pprof__Profile profile = PPROF__PROFILE__INIT;
	char *strings[] = { pprof->text };

	(void)escape_bytes(text, strlen(text), pprof->text, sizeof(pprof->text));
	profile.n_string_table = 1;
	profile.string_table = strings;
	put_profile(pprof, &profile);
	return pprof->strings++;
}

/* --- types of samples --- */

static void put_type(struct pprof *pprof, int64_t name, int64_t unit)
{
	Pprof__ValueType type = PPROF__VALUE_TYPE__INIT;
	Pprof__ValueType *types[] = { &type };
	Pprof__Profile profile = PPROF__PROFILE__INIT;
	int64_t *value = array_push(&pprof->values);

	if (!value)
		fail(pprof, -ENOMEM);
	type.type = name;
	type.unit = unit;
	profile.n_sample_type = 1;
	profile.sample_type = types;
	put_profile(pprof, &profile);
}

static void put_types(struct pprof *pprof, const struct profile *profile)
{
	put_type(pprof, KNOWN_SAMPLES, KNOWN_COUNT);
	if (profile->is_wall) {
		put_type(pprof, KNOWN_ON_CPU, KNOWN_NANOSECONDS);
		put_type(pprof, KNOWN_OFF_CPU, KNOWN_NANOSECONDS);
		put_type(pprof, KNOWN_WALL, KNOWN_NANOSECONDS);
		return;
	}
	put_type(pprof, put_string(pprof, profile->sampler[0] ? profile->sampler : "cpu-clock"),
		 profile->unit == PROFILE_NS ? KNOWN_NANOSECONDS : KNOWN_COUNT);
}

static void put_known(struct pprof *pprof)
{
	for (size_t i = 0; i < KNOWNS; i++)
		(void)put_string(pprof, KNOWN_TEXTS[i]);
}

/* --- frames --- */

static void put_new_mapping(struct pprof *pprof, uint32_t id, const char *module)
{
	Pprof__Mapping mapping = PPROF__MAPPING__INIT;
	Pprof__Mapping *mappings[] = { &mapping };
	Pprof__Profile profile = PPROF__PROFILE__INIT;
	int64_t *string = array_push(&pprof->module_strings);

	if (!string) {
		fail(pprof, -ENOMEM);
		return;
	}
	*string = put_string(pprof, module);
	mapping.id = id;
	mapping.filename = *string;
	mapping.has_functions = true; /* nobody need look for names */
	profile.n_mapping = 1;
	profile.mapping = mappings;
	put_profile(pprof, &profile);
}

/* The mapping's id; *ret_string is its file's name. */
static uint64_t put_mapping(struct pprof *pprof, const char *module, int64_t *ret_string)
{
	uint32_t id = 0;
	int r = interned_put(&pprof->modules, module, strlen(module), &id);

	if (r > 0)
		put_new_mapping(pprof, id, module);
	if (r < 0)
		fail(pprof, r);
	*ret_string = id && id <= pprof->module_strings.count ? pprof->module_strings.items[id - 1]
							      : KNOWN_NONE;
	return id;
}

/* "file.c:123": the file's name as a string, and the line; else the module. */
static int64_t put_place(struct pprof *pprof, const struct profile_frame *frame, int64_t module,
			 int64_t *ret_line)
{
	const char *colon = strrchr(frame->place, ':');
	char file[TEXT_BYTES];

	*ret_line = colon ? strtol(colon + 1, NULL, 10) : 0;
	if (!*ret_line || (size_t)(colon - frame->place) >= sizeof(file))
		return module;
	memcpy(file, frame->place, (size_t)(colon - frame->place));
	file[colon - frame->place] = '\0';
	return put_string(pprof, file);
}

static uint64_t put_location(struct pprof *pprof, const struct profile_frame *frame,
			     struct told_frame *told)
{
	Pprof__Function function = PPROF__FUNCTION__INIT;
	Pprof__Function *functions[] = { &function };
	Pprof__Line line = PPROF__LINE__INIT;
	Pprof__Line *lines[] = { &line };
	Pprof__Location location = PPROF__LOCATION__INIT;
	Pprof__Location *locations[] = { &location };
	Pprof__Profile profile = PPROF__PROFILE__INIT;
	bool is_code = frame->kind == FRAME_USER || frame->kind == FRAME_KERNEL;

	if (is_code)
		location.mapping_id = put_mapping(pprof, frame_module(frame).text, &told->module);
	function.id = line.function_id = location.id = ++pprof->locations;
	function.name = function.system_name = told->name;
	function.filename = put_place(pprof, frame, told->module, &line.line);
	function.start_line = line.line;
	profile.n_function = 1;
	profile.function = functions;
	location.n_line = 1;
	location.line = lines;
	profile.n_location = 1;
	profile.location = locations;
	put_profile(pprof, &profile);
	return location.id;
}

static void put_frame(struct pprof *pprof, const struct profile_frame *frame)
{
	const struct frame_module module = frame_module(frame);
	struct told_frame *told = array_push(&pprof->frames);

	if (!told) {
		fail(pprof, -ENOMEM);
		return;
	}
	told->name = put_string(pprof, frame_title(frame, &module));
	switch (frame->kind) {
	case FRAME_THREADS:
		return;
	case FRAME_BLOCKED:
		if (frame->module[0])
			told->module = put_string(pprof, frame->module);
		break;
	case FRAME_RUNNABLE:
		told->module = KNOWN_RUNQUEUE;
		break;
	case FRAME_USER:
	case FRAME_KERNEL:
	case FRAME_WAKER:
		break;
	}
	told->location = put_location(pprof, frame, told);
}

/* --- samples --- */

static bool is_off_cpu(const struct profile_frame *frame)
{
	return frame->kind == FRAME_BLOCKED || frame->kind == FRAME_RUNNABLE;
}

static void set_values(struct pprof *pprof, const struct profile *profile,
		       const struct profile_node *node)
{
	int64_t *values = pprof->values.items + pprof->first_value;
	bool is_off = node->depth && is_off_cpu(&profile->frames.items[node->frame]);

	values[0] = (int64_t)node->self_samples;
	values[1] = is_off ? 0 : (int64_t)node->self;
	if (!profile->is_wall)
		return;
	values[2] = is_off ? (int64_t)node->self : 0;
	values[3] = (int64_t)node->self;
}

static void put_sample(struct pprof *pprof, const struct profile *profile,
		       const struct profile_node *node)
{
	const struct profile_frame *leaf = node->depth ? &profile->frames.items[node->frame] : NULL;
	Pprof__Label labels[LABELS_MAX] = { PPROF__LABEL__INIT, PPROF__LABEL__INIT };
	Pprof__Label *label_list[LABELS_MAX] = { &labels[0], &labels[1] };
	Pprof__Sample sample = PPROF__SAMPLE__INIT;
	Pprof__Sample *samples[] = { &sample };
	Pprof__Profile whole = PPROF__PROFILE__INIT;

	set_values(pprof, profile, node);
	for (size_t i = 0; i < pprof->path.count; i++)
		pprof->leaf_first.items[i] = pprof->path.items[pprof->path.count - 1 - i];
	sample.n_location_id = pprof->path.count;
	sample.location_id = pprof->leaf_first.items;
	sample.n_value = pprof->values.count;
	sample.value = pprof->values.items;
	sample.label = label_list;
	if (node->depth)
		labels[sample.n_label++] =
			(Pprof__Label){ labels[0].base, KNOWN_THREAD, pprof->thread };
	if (leaf && is_off_cpu(leaf) && pprof->frames.items[node->frame].module)
		labels[sample.n_label++] =
			(Pprof__Label){ labels[0].base, KNOWN_CAUSE,
					pprof->frames.items[node->frame].module };
	whole.n_sample = 1;
	whole.sample = samples;
	put_profile(pprof, &whole);
}

/* The path to a node at this depth: the root is none, and its children are labels. */
static int set_path(struct pprof *pprof, const struct profile_node *node)
{
	uint64_t *place, *other;

	pprof->path.count = node->depth > 1 ? node->depth - 2 : 0;
	if (node->depth <= 1)
		return 0;
	place = array_push(&pprof->path);
	other = pprof->leaf_first.count < pprof->path.count ? array_push(&pprof->leaf_first)
							    : place;
	if (!place || !other)
		return -ENOMEM;
	*place = pprof->frames.items[node->frame].location;
	return 0;
}

/* Frames are told before the first node that has them. */
static int put_node(void *self, const struct profile *profile, const struct profile_node *node)
{
	struct pprof *pprof = self;

	while (!pprof->error && pprof->frames.count < profile->frames.count)
		put_frame(pprof, &profile->frames.items[pprof->frames.count]);
	if (pprof->error)
		return pprof->error;
	if (node->depth == 1)
		pprof->thread = pprof->frames.items[node->frame].name;
	if (set_path(pprof, node) < 0)
		return -ENOMEM;
	if (node->self || node->self_samples)
		put_sample(pprof, profile, node);
	return pprof->error;
}

static void put_samples(struct pprof *pprof, const struct profile *profile)
{
	int r;

	pprof->frames.count = 0;
	r = profile_each_node(profile, put_node, pprof);
	if (r < 0)
		fail(pprof, r);
	for (size_t i = pprof->first_value; i < pprof->values.count; i++)
		pprof->values.items[i] = 0;
}

/* --- all --- */

static void put_rest(struct pprof *pprof, const struct profiles *profiles)
{
	Pprof__Profile whole = PPROF__PROFILE__INIT;
	const struct profile *first = profiles->items.items[0];

	for (size_t i = 0; i < first->notes.count; i++) {
		int64_t comments[] = { put_string(pprof, first->notes.items[i].words) };
		Pprof__Profile noted = PPROF__PROFILE__INIT;

		noted.n_comment = 1;
		noted.comment = comments;
		put_profile(pprof, &noted);
	}
	whole.duration_nanos = (int64_t)first->window_ns;
	whole.default_sample_type = first->is_wall ? KNOWN_WALL : 0;
	put_profile(pprof, &whole);
}

static size_t values_of(const struct profile *profile)
{
	return profile->is_wall ? VALUES_OF_WALL : VALUES_OF_OTHERS;
}

static void put_all(struct pprof *pprof, const struct profiles *profiles)
{
	int64_t unused;

	put_known(pprof);
	/* The first mapping is what pprof says the profile is of. */
	(void)put_mapping(pprof,
			  profiles->items.items[0]->name[0] ? profiles->items.items[0]->name
							    : "machine",
			  &unused);
	for (size_t i = 0; i < profiles->items.count; i++)
		put_types(pprof, profiles->items.items[i]);
	for (size_t i = 0; i < profiles->items.count && !pprof->error; i++) {
		const struct profile *profile = profiles->items.items[i];

		put_samples(pprof, profile);
		pprof->first_value += values_of(profile);
	}
	if (!pprof->error)
		put_rest(pprof, profiles);
}

int export_pprof(const struct profiles *profiles, FILE *out, struct diag *why)
{
	owns(pprof_free) struct pprof *pprof = calloc(1, sizeof(*pprof));

	if (!pprof)
		return diag_set(why, -ENOMEM, "out of memory");
	pprof->out = out;
	pprof->modules.limit = UINT32_MAX; /* as many as the profile has: it is bounded */
	if (deflateInit2(&pprof->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return diag_set(why, -ENOMEM, "out of memory");
	pprof->has_stream = true;
	put_all(pprof, profiles);
	pack(pprof, NULL, 0, Z_FINISH);
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		fail(pprof, errno ? -errno : -EIO);
	return pprof->error ? diag_set(why, pprof->error, "cannot write the export: %s",
				       strerror(-pprof->error))
			    : 0;
}
