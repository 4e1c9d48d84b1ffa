/* Which operations are alike? One row for each combination of the keys, with how long they took and
 * what they were served from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/files_state.h"

/* What an operation and a tally have in common. */
struct subject_of_row {
	uint64_t inode;
	uint32_t dev;
	uint32_t tid;
	uint32_t operation;
	uint32_t engine;
};

static bool has(const struct filer *filer, enum files_key key)
{
	return files_keys_have(&filer->options.keys, key);
}

static struct filer_id id_of(struct filer *filer, const struct subject_of_row *subject)
{
	const struct filer_thread *thread = filer_find_thread(filer, subject->tid);
	struct filer_id id = {};

	if (has(filer, FILES_BY_FILE))
		id.file = filer_path(filer, subject->dev, subject->inode);
	if (has(filer, FILES_BY_DIR))
		id.dir = filer_dir(filer, subject->dev, subject->inode);
	if (has(filer, FILES_BY_MOUNT))
		id.mount = filer_mount(filer, subject->dev);
	if (has(filer, FILES_BY_TYPE))
		id.type = filer_type(filer, subject->dev, subject->inode);
	if (has(filer, FILES_BY_OP))
		id.op = subject->operation + 1;
	if (has(filer, FILES_BY_ENGINE))
		id.engine = subject->engine + 1;
	if (has(filer, FILES_BY_THREAD))
		id.tid = subject->tid;
	if (thread && (has(filer, FILES_BY_THREAD) || has(filer, FILES_BY_COMM)))
		id.comm = thread->comm;
	return id;
}

static uint64_t id_hash(const struct filer_id *id)
{
	uint64_t words[sizeof(*id) / sizeof(uint64_t)], hash = 0;

	memcpy(words, id, sizeof(words));
	for (size_t i = 0; i < array_count(words); i++)
		hash = hash_pair(hash, words[i]);
	return hash;
}

static int get_rest(struct filer *filer, struct filer_sum **ret)
{
	if (!filer->rest) {
		if (!array_push(&filer->sums))
			return -ENOMEM;
		filer->rest = (uint32_t)filer->sums.count;
	}
	*ret = &filer->sums.items[filer->rest - 1];
	return 0;
}

static int get_sum(struct filer *filer, const struct subject_of_row *subject,
		   struct filer_sum **ret)
{
	const struct filer_id id = id_of(filer, subject);
	uint64_t hash = id_hash(&id), *place;

	/* Another id under the same hash moves on to the next number. */
	while ((place = hash_find(&filer->by_id, hash))) {
		*ret = &filer->sums.items[*place - 1];
		if (memcmp(&(*ret)->id, &id, sizeof(id)) == 0)
			return 0;
		hash++;
	}
	if (filer->sums.count >= FILER_ROWS_MAX)
		return get_rest(filer, ret);
	place = hash_put(&filer->by_id, hash);
	*ret = place ? array_push(&filer->sums) : NULL;
	if (!*ret)
		return -ENOMEM;
	(*ret)->id = id;
	*place = filer->sums.count;
	return 0;
}

static int need_times(struct filer_times **times)
{
	if (!*times)
		*times = calloc(1, sizeof(**times));
	return *times ? 0 : -ENOMEM;
}

static bool moves_bytes(const struct event_io *io)
{
	return io->result > 0 &&
	       (io->operation == IO_READ || io->operation == IO_WRITE || io->operation == IO_COPY);
}

void times_add(struct filer_times *times, const struct event_io *io)
{
	uint64_t ns;

	times->errors += io->result < 0 ? 1 : 0;
	times->bytes += moves_bytes(io) ? (uint64_t)io->result : 0;
	if (filer_time_of(io, &ns))
		histogram_add(&times->histogram, ns);
	else
		times->untimed++;
}

static void times_add_tally(struct filer_times *times, const struct event_tally *tally)
{
	times->errors += tally->errors;
	times->bytes += tally->bytes;
	histogram_add_tally(&times->histogram, tally);
}

void times_tell(const struct filer_times *times, struct latency *ret)
{
	histogram_tell(&times->histogram, ret);
	ret->count += times->untimed;
	ret->errors = times->errors;
	ret->bytes = times->bytes;
}

static void add_source(struct files_source *sum, struct files_source source)
{
	sum->device += source.device;
	sum->waited += source.waited;
	sum->memory += source.memory;
	sum->unknown += source.unknown;
}

/* As the program sees it: from when it had handed it over to when it took the result. Operations
 * told for their length alone would make it look longer than it is. */
static int add_completion(struct filer_sum *sum, const struct event_io *io)
{
	uint64_t end_ns = io->engine == IO_AIO ? io->head.time_ns : io->reaped_ns;

	if (!io->handed_ns || !end_ns || io->flags & (IO_LENGTH_ALONE | IO_REAP_UNSEEN))
		return 0;
	if (!sum->completion)
		sum->completion = calloc(1, sizeof(*sum->completion));
	if (!sum->completion)
		return -ENOMEM;
	histogram_add(sum->completion, end_ns > io->handed_ns ? end_ns - io->handed_ns : 0);
	return 0;
}

/* No tally counts what has no time. */
static int add_untimed(struct filer *filer, struct filer_sum *sum, const struct event_io *io)
{
	uint64_t ns;

	if (filer_time_of(io, &ns))
		return 0;
	times_add(&filer->all_tallied, io);
	if (need_times(&sum->tallied) < 0)
		return -ENOMEM;
	times_add(sum->tallied, io);
	return 0;
}

/* As soon as all are counted, those told one by one are counted twice. */
static int add_to_map(struct filer *filer, const struct event_io *io)
{
	uint64_t ns;

	if (filer->has_tallies || io->flags & (IO_LENGTH_ALONE | IO_OPEN_START) ||
	    !filer_time_of(io, &ns))
		return 0;
	return latency_maps_add(&filer->maps, filer_type(filer, io->dev, io->inode),
				io->head.time_ns, ns);
}

int filer_add_io(struct filer *filer, const struct event_io *io, const struct files_split *split,
		 struct files_source source)
{
	const struct subject_of_row subject = { .inode = io->inode,
						.dev = io->dev,
						.tid = io->tid,
						.operation = io->operation,
						.engine = io->engine };
	struct filer_sum *sum;
	int r = get_sum(filer, &subject, &sum);

	if (r == 0)
		r = need_times(&sum->told);
	if (r < 0)
		return r;
	times_add(sum->told, io);
	times_add(&filer->all, io);
	r = add_untimed(filer, sum, io);
	if (r == 0)
		r = add_to_map(filer, io);
	if (r == 0)
		r = add_completion(sum, io);
	if (r < 0)
		return r;
	split_add(&sum->split, split);
	split_add(&filer->split, split);
	add_source(&sum->source, source);
	add_source(&filer->source, source);
	return 0;
}

int filer_add_tally(struct filer *filer, const struct event_tally *tally)
{
	const struct subject_of_row subject = { .inode = tally->inode,
						.dev = tally->dev,
						.tid = tally->tid,
						.operation = tally->operation & 0xffff,
						.engine = tally->operation >> 16 };
	struct filer_sum *sum;
	int r;

	if (tally->what != TALLY_FILES)
		return 0;
	if (!filer->has_tallies)
		latency_maps_forget(&filer->maps);
	filer->has_tallies = true;
	times_add_tally(&filer->all_tallied, tally);
	r = get_sum(filer, &subject, &sum);
	if (r == 0)
		r = need_times(&sum->tallied);
	if (r < 0)
		return r;
	times_add_tally(sum->tallied, tally);
	return latency_maps_add_tally(&filer->maps, filer_type(filer, tally->dev, tally->inode),
				      tally);
}

void filer_rows_free(struct filer *filer)
{
	for (size_t i = 0; i < filer->sums.count; i++) {
		free(filer->sums.items[i].told);
		free(filer->sums.items[i].tallied);
		free(filer->sums.items[i].completion);
	}
	array_free(&filer->sums);
	hash_free(&filer->by_id);
	latency_maps_free(&filer->maps);
}

/* --- at the end --- */

static const char *text_of(const struct filer *filer, enum files_key key, const struct filer_id *id)
{
	switch (key) {
	case FILES_BY_FILE:
		return names_text(&filer->names, id->file);
	case FILES_BY_DIR:
		return names_text(&filer->names, id->dir);
	case FILES_BY_MOUNT:
		return names_text(&filer->names, id->mount);
	case FILES_BY_TYPE:
		return names_text(&filer->names, id->type);
	case FILES_BY_OP:
		return id->op ? io_operation_name(id->op - 1) : "";
	case FILES_BY_ENGINE:
		return id->engine ? io_engine_name(id->engine - 1) : "";
	case FILES_BY_THREAD:
	case FILES_BY_COMM:
		return names_text(&filer->names, id->comm);
	case FILES_KEY_COUNT:
		break;
	}
	return "";
}

static int fill_cells(const struct filer *filer, const struct filer_sum *sum,
		      struct files_report *report, struct files_row *row)
{
	for (size_t i = 0; i < filer->options.keys.count; i++) {
		enum files_key key = filer->options.keys.items[i];

		row->cells[key] = files_keep(report, text_of(filer, key, &sum->id));
		if (!row->cells[key])
			return -ENOMEM;
	}
	return 0;
}

static double device_share(const struct files_source *source)
{
	uint64_t known = source->device + source->waited + source->memory;

	return known ? (double)source->device / (double)(known + source->unknown) : -1;
}

static int tell_sum(const struct filer *filer, size_t index, struct files_report *report)
{
	const struct filer_sum *sum = &filer->sums.items[index];
	const struct filer_times *times = filer->has_tallies ? sum->tallied : sum->told;
	struct files_row row = { .tid = sum->id.tid,
				 .is_rest = filer->rest == index + 1,
				 .is_tallied = filer->has_tallies,
				 .source = sum->source,
				 .device_share = device_share(&sum->source),
				 .split = split_told(&sum->split) };
	struct files_row *place;
	int r;

	/* What was counted where it happened goes by the names of the moment when that is told:
	 * operations told under an earlier name are among those, and count once. */
	if (!times)
		return 0;
	times_tell(times, &row.latency);
	if (sum->completion)
		histogram_tell(sum->completion, &row.completion);
	if (times->histogram.count)
		row.mean_ns = row.latency.total_ns / times->histogram.count;
	if (report->all.total_ns)
		row.share = (double)row.latency.total_ns / (double)report->all.total_ns;
	if (row.share < filer->options.min_share) {
		report->hidden_rows++;
		report->hidden_count += row.latency.count;
		return 0;
	}
	r = fill_cells(filer, sum, report, &row);
	place = r == 0 ? array_push(&report->rows) : NULL;
	if (!place)
		return -ENOMEM;
	*place = row;
	return 0;
}

static int compare_cells(const struct files_row *a, const struct files_row *b)
{
	for (size_t i = 0; i < FILES_KEY_COUNT; i++) {
		int order = a->cells[i] && b->cells[i] ? strcmp(a->cells[i], b->cells[i]) : 0;

		if (order)
			return order;
	}
	return (a->tid > b->tid) - (a->tid < b->tid);
}

/* Most time first; the rest comes last. */
static int compare_rows(const void *left, const void *right)
{
	const struct files_row *a = left, *b = right;

	if (a->is_rest != b->is_rest)
		return a->is_rest ? 1 : -1;
	if (a->latency.total_ns != b->latency.total_ns)
		return a->latency.total_ns > b->latency.total_ns ? -1 : 1;
	if (a->latency.count != b->latency.count)
		return a->latency.count > b->latency.count ? -1 : 1;
	return compare_cells(a, b);
}

int filer_tell_rows(struct filer *filer, struct files_report *report)
{
	int r = 0;

	for (size_t i = 0; i < filer->sums.count && r == 0; i++)
		r = tell_sum(filer, i, report);
	if (r == 0 && report->rows.count)
		qsort(report->rows.items, report->rows.count, sizeof(*report->rows.items),
		      compare_rows);
	return r;
}
