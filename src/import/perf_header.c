/* What does perf tell about the machine and the recording itself? One row per feature. */
#include "import/perf_header.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts.h"
#include "import/perf_layout.h"

#define FACTS_MAX     64u
#define WORDS_MAX     4096u
#define COMMAND_BYTES 1024u

int perf_header_note(struct perf_header *header, const char *key, const char *format, ...)
{
	struct perf_fact *fact;
	char *value = NULL;
	va_list arguments;
	int count;

	if (header->facts.count >= FACTS_MAX)
		return 0;
	va_start(arguments, format);
	count = vasprintf(&value, format, arguments);
	va_end(arguments);
	fact = count < 0 ? NULL : array_push(&header->facts);
	if (!fact) {
		if (count >= 0)
			free(value);
		return -ENOMEM;
	}
	*fact = (struct perf_fact){ .key = key, .value = value };
	return 0;
}

int perf_header_tell(struct perf_header *header, struct perf_out *out, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < header->facts.count && r == 0; i++)
		r = fact_tell(&out->sink, out->told_ns, why, header->facts.items[i].key, "%s",
			      header->facts.items[i].value);
	if (r == 0)
		perf_header_free(header);
	return r;
}

void perf_header_free(struct perf_header *header)
{
	for (size_t i = 0; i < header->facts.count; i++)
		free(header->facts.items[i].value);
	array_free(&header->facts);
}

/* A text with its length before it. */
static const char *take_string(struct perf_bytes *bytes, size_t *ret_count)
{
	uint32_t count = perf_u32(bytes);
	const unsigned char *at = perf_take(bytes, count);

	*ret_count = at ? strnlen((const char *)at, count) : 0;
	return at ? (const char *)at : "";
}

/* --- the features --- */

static int take_text(struct perf_header *header, const char *key, struct perf_bytes bytes)
{
	size_t count;
	const char *text = take_string(&bytes, &count);

	if (!count || bytes.is_short)
		return 0;
	return perf_header_note(header, key, "%.*s", (int)(count < 256 ? count : 256), text);
}

/* Which machine was it? Also of use before the facts are told. */
static void keep_text(struct perf_bytes bytes, char *ret, size_t room)
{
	size_t count;
	const char *text = take_string(&bytes, &count);

	(void)snprintf(ret, room, "%.*s", (int)(count < room ? count : room), text);
}

static int take_cpus(struct perf_header *header, struct perf_bytes bytes)
{
	uint32_t online;

	(void)perf_u32(&bytes); /* that could be there */
	online = perf_u32(&bytes);
	if (bytes.is_short || !online || online > UINT16_MAX)
		return 0;
	header->cpus = online;
	return perf_header_note(header, "cpus.online", "%" PRIu32, online);
}

static int take_memory(struct perf_header *header, struct perf_bytes bytes)
{
	uint64_t kib = perf_u64(&bytes);

	if (bytes.is_short || kib > UINT64_MAX / 1024)
		return 0;
	return perf_header_note(header, "memory.bytes", "%" PRIu64, kib * 1024);
}

/* What the words of perf's command line say about whom it watched. */
struct target_word {
	const char *name;
	char letter;
	bool is_machine;
};

static const struct target_word TARGET_WORDS[] = {
	{ "--all-cpus", 'a', true }, { "--cpu", 'C', true },  { "--pid", 'p', false },
	{ "--tid", 't', false },     { "--uid", 'u', false },
};

/* "-p", "-p12", "-ag" (flags may stand together), "--pid=12". */
static bool is_word(const struct target_word *target, const char *word, const char **ret_value)
{
	size_t count = strlen(target->name);

	*ret_value = NULL;
	if (strncmp(word, target->name, count) == 0 && (!word[count] || word[count] == '=')) {
		*ret_value = word[count] ? word + count + 1 : NULL;
		return true;
	}
	if (word[0] != '-' || word[1] == '-')
		return false;
	if (word[1] == target->letter) {
		*ret_value = word[2] ? word + 2 : NULL;
		return true;
	}
	/* Flags without values may stand before it: -g, -q, -v, -s, -d, -T, -P, -R, -N, -B. */
	word += 1 + strspn(word + 1, "gqvsdTPRNB");
	return target->is_machine && *word == target->letter;
}

static void read_target(struct perf_header *header, const char *word, const char *next)
{
	for (size_t i = 0; i < array_count(TARGET_WORDS); i++) {
		const char *value;

		if (!is_word(&TARGET_WORDS[i], word, &value))
			continue;
		header->is_machine |= TARGET_WORDS[i].is_machine;
		header->is_process |= !TARGET_WORDS[i].is_machine;
		value = value ? value : next;
		if (TARGET_WORDS[i].letter == 'p' && value)
			header->pid = (uint32_t)strtoul(value, NULL, 10);
	}
}

/* The words of a command line, with a NUL behind each. */
static uint32_t copy_words(struct perf_bytes bytes, char *room, const char **words, uint32_t max)
{
	uint32_t count = perf_u32(&bytes), kept = 0;
	size_t used = 0;

	for (uint32_t i = 0; i < count && kept < max; i++) {
		size_t length;
		const char *word = take_string(&bytes, &length);

		if (bytes.is_short || used + length + 1 > COMMAND_BYTES)
			break;
		memcpy(room + used, word, length);
		room[used + length] = '\0';
		words[kept++] = room + used;
		used += length + 1;
	}
	return kept;
}

static int take_command(struct perf_header *header, struct perf_bytes bytes)
{
	char room[COMMAND_BYTES], line[COMMAND_BYTES] = "";
	const char *words[COMMAND_BYTES / 2];
	uint32_t count = copy_words(bytes, room, words, array_count(words));
	bool is_perf = true;
	size_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		int n = snprintf(line + used, sizeof(line) - used, "%s%s", i ? " " : "", words[i]);

		used += n > 0 && (size_t)n < sizeof(line) - used ? (size_t)n : 0;
		is_perf = is_perf && strcmp(words[i], "--") != 0;
		if (is_perf)
			read_target(header, words[i], i + 1 < count ? words[i + 1] : NULL);
	}
	return count ? perf_header_note(header, "perf.command", "%s", line) : 0;
}

/* The events' names, in the order of the attrs. */
static int take_names(struct perf_attrs *attrs, struct perf_bytes bytes)
{
	uint32_t count = perf_u32(&bytes), attr_bytes = perf_u32(&bytes);

	for (uint32_t i = 0; i < count && !bytes.is_short; i++) {
		uint32_t ids;
		const char *name;
		size_t length;

		(void)perf_take(&bytes, attr_bytes);
		ids = perf_u32(&bytes);
		name = take_string(&bytes, &length);
		(void)perf_take(&bytes, (uint64_t)ids * sizeof(uint64_t));
		if (!bytes.is_short && i < attrs->items.count)
			(void)snprintf(attrs->items.items[i].name, PERF_NAME_BYTES, "%.*s",
				       (int)(length < PERF_NAME_BYTES ? length : PERF_NAME_BYTES),
				       name);
	}
	return 0;
}

static int take_build_ids(struct perf_tasks *tasks, struct perf_bytes bytes)
{
	int r = 0;

	while (bytes.left >= PERF_RECORD_HEAD_BYTES && r == 0) {
		struct perf_bytes body = bytes;
		uint16_t misc, size;

		(void)perf_u32(&body);
		misc = perf_u16(&body);
		size = perf_u16(&body);
		if (size < PERF_RECORD_HEAD_BYTES || !perf_take(&bytes, size))
			return 0;
		body.left = size - (size_t)PERF_RECORD_HEAD_BYTES;
		r = perf_tasks_build_id(tasks, body, misc);
	}
	return r;
}

struct text_row {
	enum perf_feature feature;
	const char *key;
};

static const struct text_row TEXTS[] = {
	{ PERF_FEAT_HOSTNAME, "host.name" },   { PERF_FEAT_OSRELEASE, "kernel.release" },
	{ PERF_FEAT_VERSION, "perf.version" }, { PERF_FEAT_ARCH, "kernel.arch" },
	{ PERF_FEAT_CPUDESC, "cpu.model" },
};

int perf_header_take(const struct perf_header_rooms *rooms, uint64_t feature,
		     struct perf_bytes bytes)
{
	int r;

	if (feature == PERF_FEAT_HOSTNAME)
		keep_text(bytes, rooms->header->host, sizeof(rooms->header->host));
	if (feature == PERF_FEAT_OSRELEASE)
		keep_text(bytes, rooms->header->release, sizeof(rooms->header->release));
	for (size_t i = 0; i < array_count(TEXTS); i++) {
		if (feature == TEXTS[i].feature)
			return take_text(rooms->header, TEXTS[i].key, bytes);
	}
	switch (feature) {
	case PERF_FEAT_NRCPUS:
		return take_cpus(rooms->header, bytes);
	case PERF_FEAT_TOTAL_MEM:
		return take_memory(rooms->header, bytes);
	case PERF_FEAT_CMDLINE:
		return take_command(rooms->header, bytes);
	case PERF_FEAT_EVENT_DESC:
		return take_names(rooms->attrs, bytes);
	case PERF_FEAT_BUILD_ID:
		return take_build_ids(rooms->tasks, bytes);
	case PERF_FEAT_TRACING_DATA:
		r = perf_formats_read(rooms->formats, bytes);
		if (r == -EBADMSG)
			return perf_header_note(
				rooms->header, "missing.tracepoints",
				"the formats of the tracepoints are damaged: some mean nothing");
		return r;
	default:
		return 0;
	}
}
