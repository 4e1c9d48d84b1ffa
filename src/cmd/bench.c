/* How do file systems compare under the same load, and why? Has fio try it in each, and says what
 * came of it. */
#include "analyse/bench.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyse/fio_job.h"
#include "cmd/bench_place.h"
#include "cmd/bench_runs.h"
#include "cmd/cmd.h"
#include "cmd/fio.h"
#include "cmd/html.h"
#include "cmd/style.h"
#include "cmd/values.h"
#include "finding/format.h"
#include "host/rooted.h"
#include "view/bench_json.h"
#include "view/bench_text.h"

#define SIZE_PRESET (UINT64_C(1) << 30)
/* Of files smaller than this nothing could be learnt. */
#define SIZE_MIN    (UINT64_C(1) << 20)

struct benching {
	const struct options *options;
	struct fio fio;
	struct bench *report; /* the bencher's once there is one */
	struct bencher *bencher;
	struct bench_place places[BENCH_TARGETS_MAX];
	char *own; /* job file; NULL: presets */
	size_t own_bytes;
	uint64_t own_needs; /* bytes of its files; 0: not known */
	enum bench_preset presets[BENCH_PRESET_COUNT];
	char *output; /* folder; NULL: none */
	struct html_file page;
};

static void leave_places(struct benching *benching)
{
	for (size_t i = 0; i < BENCH_TARGETS_MAX; i++)
		bench_place_close(&benching->places[i]);
}

static void benching_end(struct benching *benching)
{
	leave_places(benching);
	if (!benching->bencher)
		bench_free(&benching->report);
	bencher_free(&benching->bencher);
	free(benching->own);
	/* A folder in which nothing was kept goes as well. */
	if (benching->output)
		(void)rmdir(benching->output);
	free(benching->output);
	html_file_close(&benching->page);
	/* Only now: until here signals that end slowpath had to wait. */
	fio_end(&benching->fio);
}

/* --- what is tried --- */

/* "/x/db load.fio" is "db_load". */
static void name_own(const char *path, char *id, size_t bytes)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t used = 0, length = dot && dot > name ? (size_t)(dot - name) : strlen(name);

	for (size_t i = 0; i < length && used + 1 < bytes; i++) {
		bool is_plain = isalnum((unsigned char)name[i]) || name[i] == '-';

		id[used] = '_';
		if (is_plain && name[i] > 0)
			id[used] = name[i];
		used++;
	}
	id[used] = '\0';
}

static int add_own(struct benching *benching, struct diag *why)
{
	struct bench_case *one = array_push(&benching->report->cases);
	const char *path = benching->options->job;
	struct diag inner = {};
	struct fio_job job;
	int r;

	if (!one)
		return diag_set(why, -ENOMEM, "out of memory");
	name_own(path, one->id, sizeof(one->id));
	one->options = strdup("");
	if (!one->options)
		return diag_set(why, -ENOMEM, "out of memory");
	r = rooted_read("", &benching->own, &benching->own_bytes, "%s", path);
	if (r < 0)
		return diag_set(why, r, "cannot read the job file %s: %s", path, strerror(-r));
	r = fio_job_read(benching->own, benching->own_bytes, &job, &inner);
	if (r < 0)
		return diag_set(why, r, "job file %s: %s", path, inner.text);
	benching->own_needs = job.bytes;
	return 0;
}

static int add_preset(struct benching *benching, enum bench_preset preset)
{
	const struct bench_preset_row *row = bench_preset_row(preset);
	size_t place = benching->report->cases.count;
	struct bench_case *one = array_push(&benching->report->cases);

	if (!one)
		return -ENOMEM;
	benching->presets[place] = preset;
	(void)snprintf(one->id, sizeof(one->id), "%s", row->id);
	(void)snprintf(one->words, sizeof(one->words), "%s", row->words);
	one->options = strdup(row->options);
	return one->options ? 0 : -ENOMEM;
}

static int add_presets(struct benching *benching, struct diag *why)
{
	uint32_t wanted = benching->options->presets;
	int r = 0;

	for (uint32_t i = 0; i < BENCH_PRESET_COUNT && r == 0; i++) {
		if (!wanted || wanted & 1u << i)
			r = add_preset(benching, (enum bench_preset)i);
	}
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

/* --- where --- */

static int add_target(struct benching *benching, const char *text, struct diag *why)
{
	size_t place = benching->report->targets.count;
	struct bench_target *target = array_push(&benching->report->targets);
	const char *folder;
	int r;

	if (!target)
		return diag_set(why, -ENOMEM, "out of memory");
	r = value_target(text, target->name, &folder, why);
	if (r < 0)
		return r;
	target->folder = strdup(folder);
	if (!target->folder)
		return diag_set(why, -ENOMEM, "out of memory");
	return bench_place_open(target, &benching->places[place], why);
}

static int note_places(struct benching *benching)
{
	struct bench *report = benching->report;
	int r = 0;

	for (size_t i = 0; i < report->targets.count && r == 0; i++) {
		const struct bench_place *place = &benching->places[i];
		const struct bench_target *target = &report->targets.items[i];

		if (place->is_memory)
			r = text_add(&report->notes, "%s lies in memory (%s): there is no device",
				     target->name, target->type);
		if (r == 0 && place->has_cached_loop)
			r = text_add(
				&report->notes,
				"%s lies on %s, whose file the page cache holds: a part of what "
				"is read may come from memory (losetup --direct-io=on goes "
				"around it)",
				target->name, target->source);
	}
	return r;
}

/* --- how much --- */

/* Targets on one file system share what is free there. */
static uint64_t least_free(const struct benching *benching)
{
	size_t count = benching->report->targets.count;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct bench_place *place = &benching->places[i];
		uint64_t sharers = 0, part;

		for (size_t j = 0; j < count; j++)
			sharers += benching->places[j].dev == place->dev;
		part = place->free_bytes / sharers;
		least = part < least ? part : least;
	}
	return least;
}

/* File systems that copy on write need as much again until the old is free, and some to spare. */
static int choose_size(struct benching *benching, struct diag *why)
{
	uint64_t room = least_free(benching) / 4, size = benching->options->size_bytes;

	if (!size)
		size = room < SIZE_PRESET ? room & ~(SIZE_MIN - 1) : SIZE_PRESET;
	if (benching->own)
		size = benching->own_needs;
	if (size > least_free(benching) / 2)
		return diag_set(
			why, -ENOSPC,
			"files of %s need twice that, and only %s are free for each target: "
			"say a smaller %s",
			format_bytes(size).text, format_bytes(least_free(benching)).text,
			benching->own ? "size in the job file" : "--size");
	if (!benching->own && size < SIZE_MIN)
		return diag_set(
			why, -ENOSPC,
			"%s for the file is too little: make room, or say --size 1M or more",
			format_bytes(size).text);
	benching->report->size = benching->own ? 0 : size;
	benching->report->run_ns = benching->own ? 0 : benching->options->duration_ns;
	return 0;
}

static int make_output(struct benching *benching, struct diag *why)
{
	const char *path = benching->options->output;

	if (!path)
		return 0;
	if (mkdir(path, 0700) < 0)
		return diag_set(why, -errno, "cannot make the new folder %s: %s", path,
				strerror(errno));
	benching->output = realpath(path, NULL);
	return benching->output ? 0
				: diag_set(why, -errno, "cannot use %s: %s", path, strerror(errno));
}

/* --- all of it --- */

static int prepare(struct benching *benching, struct diag *why)
{
	const struct options *options = benching->options;
	int r;

	benching->report = calloc(1, sizeof(*benching->report));
	if (!benching->report)
		return diag_set(why, -ENOMEM, "out of memory");
	benching->report->rounds = options->rounds;
	benching->report->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	r = html_file_open(options, &benching->page, why);
	if (r == 0)
		r = options->job ? add_own(benching, why) : add_presets(benching, why);
	if (r == 0)
		r = fio_begin(&benching->fio, benching->report->fio, sizeof(benching->report->fio),
			      why);
	for (size_t i = 0; i < options->targets.count && r == 0; i++)
		r = add_target(benching, options->targets.items[i], why);
	if (r == 0)
		r = choose_size(benching, why);
	if (r == 0 && note_places(benching) < 0)
		r = diag_set(why, -ENOMEM, "out of memory");
	return r == 0 ? make_output(benching, why) : r;
}

static int run(struct benching *benching, struct diag *why)
{
	struct bench *report = benching->report;
	struct bench_matrix matrix = {
		.options = benching->options,
		.fio = &benching->fio,
		.report = report,
		.places = benching->places,
		.own = benching->own,
		.own_bytes = benching->own_bytes,
		.output = benching->output,
	};
	int r = bencher_new(&benching->report, &benching->bencher);

	benching->report = report;
	if (r < 0)
		return diag_set(why, r, "out of memory");
	matrix.bencher = benching->bencher;
	memcpy(matrix.presets, benching->presets, sizeof(matrix.presets));
	r = bench_runs(&matrix, why);
	if (r == -EINTR)
		report->was_interrupted = true;
	if (benching->fio.unwatched.code &&
	    text_add(&report->notes, "not watched (%s): CPU time is that of fio alone",
		     benching->fio.unwatched.text) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	return r;
}

static int say(struct benching *benching, struct diag *why)
{
	const struct view_style style = style_for(benching->options, STDOUT_FILENO);
	const struct bench *report;
	int r = bencher_report(benching->bencher, &report, why);

	if (r < 0)
		return r;
	r = benching->options->json ? view_bench_json(report, stdout)
				    : view_bench_text(report, &style, stdout);
	if (r == 0 && benching->page.path)
		r = html_keep(&benching->page, view_bench_json_object(report));
	if (r == 0 && benching->page.path)
		return html_file_write(&benching->page, benching->options, why);
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

/* What was measured before it was told to end is told all the same. */
static int bench(struct benching *benching, struct diag *why)
{
	int r = prepare(benching, why), said;

	if (r == 0)
		r = run(benching, why);
	/* Before anything is said: whoever does not listen any more may end slowpath. */
	leave_places(benching);
	if (r < 0 && r != -EINTR)
		return r;
	if (r == -EINTR && (!benching->bencher || !benching->report->cases.items[0].rows[0].rounds))
		return diag_set(why, r,
				"interrupted before a round was whole; nothing is left behind");
	said = say(benching, why);
	if (said < 0)
		return said;
	return r < 0 ? diag_set(why, r,
				"interrupted: the report is of the rounds that were whole; nothing "
				"else is left behind")
		     : 0;
}

int cmd_bench(struct options *options)
{
	owns(benching_end) struct benching benching = {
		.options = options,
		.fio = { .options = options, .signals = SIGNALS_NONE },
		.page = HTML_FILE_NONE,
	};
	struct diag why = {};

	for (size_t i = 0; i < BENCH_TARGETS_MAX; i++)
		benching.places[i] = (struct bench_place)BENCH_PLACE_NONE;
	if (!options->targets.count || !options->rounds) {
		(void)diag_set(&why, -EINVAL,
			       options->rounds
				       ? "bench needs a folder to try it in: --target NAME=FOLDER, "
					 "several times to compare"
				       : "--rounds: none is nothing to report");
		cmd_complain(&why);
		return CMD_USAGE;
	}
	if (bench(&benching, &why) == 0)
		return CMD_DONE;
	cmd_complain(&why);
	return CMD_FAILED;
}
