/* How are all threads looked at with BPF? The programs are loaded once; each look is one reading of
 * what they write. */
#include "probe/look_iter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "host/features.h"
#include "probe/perf_links.h"
#include "probe/programs.h"

#include "look.skel.h"

enum {
	READ_BYTES = 65536,
	REST_NS = 200000,
};

struct look_iter {
	struct look_bpf *bpf;
	bool may_sample;
	struct perf_links samplers;
	char block[READ_BYTES];
};

static int load(struct look_iter *iter, struct diag *why)
{
	int r;

	iter->bpf = look_bpf__open();
	if (!iter->bpf)
		return diag_set(why, -errno, "cannot open the BPF programs: %s", strerror(errno));
	iter->bpf->rodata->own_tgid = (uint32_t)getpid();
	syscall_kinds_fill((uint8_t *)iter->bpf->rodata->syscall_kinds);
	(void)bpf_program__set_autoload(iter->bpf->progs.on_thread, true);
	(void)bpf_program__set_autoload(iter->bpf->progs.on_file, true);
	(void)bpf_program__set_autoload(iter->bpf->progs.on_tick, iter->may_sample);
	iter->bpf->bss->clock_offset_ns = iter->bpf->bss->task_clock_offset_ns = UINT64_MAX;
	r = look_bpf__load(iter->bpf);
	return r < 0 ? diag_set(why, r, "cannot load the BPF iterators: %s", strerror(-r)) : 0;
}

int look_iter_new(struct features *features, struct look_iter **ret, struct diag *why)
{
	owns(look_iter_free) struct look_iter *iter = NULL;
	const char *text = "";
	int r;

	if (!features_have(features, FEATURE_ITER_TASK, NULL, &text))
		return diag_set(why, -ENOTSUP, "iter_task: %s", text);
	iter = calloc(1, sizeof(*iter));
	if (!iter)
		return diag_set(why, -ENOMEM, "out of memory");
	(void)libbpf_set_print(NULL);
	iter->may_sample = features_have(features, FEATURE_BPF_SAMPLE, NULL, NULL);
	r = load(iter, why);
	if (r < 0)
		return r;
	*ret = give(iter);
	return 0;
}

void look_iter_free(struct look_iter **iter)
{
	if (!*iter)
		return;
	perf_links_free(&(*iter)->samplers);
	look_bpf__destroy((*iter)->bpf);
	free(*iter);
	*iter = NULL;
}

/* --- reading what an iterator writes --- */

/* Of so many bytes at its begin; 0: the record is not whole yet. */
typedef size_t (*record_size)(const void *record, size_t available);

struct reading {
	record_size size;
	int (*seen)(void *self, const void *record);
	void *self;
};

static int begin(const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int fd;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link);
	return fd < 0 ? -errno : fd;
}

/* Hand on the whole records; the rest stays at the block's begin. */
static int hand_on(struct look_iter *iter, const struct reading *reading, size_t *used)
{
	size_t at = 0, bytes;

	while ((bytes = reading->size(iter->block + at, *used - at)) > 0) {
		int r = reading->seen(reading->self, iter->block + at);

		if (r != 0)
			return r;
		at += bytes;
	}
	memmove(iter->block, iter->block + at, *used - at);
	*used -= at;
	return 0;
}

static int read_records(struct look_iter *iter, const struct bpf_program *program,
			const struct reading *reading)
{
	const struct timespec rest = { .tv_nsec = REST_NS };
	owns(own_close) int fd = begin(program);
	size_t used = 0;
	int r = fd < 0 ? fd : 0;

	/* When the first thread is looked at we have just got our CPU: that compares the clocks. */
	(void)nanosleep(&rest, NULL);
	while (r == 0) {
		ssize_t got = read(fd, iter->block + used, sizeof(iter->block) - used);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		used += (size_t)got;
		r = hand_on(iter, reading, &used);
	}
	return r;
}

/* --- threads --- */

static size_t size_of_thread(const void *record, size_t available)
{
	struct look_thread thread;
	size_t bytes;

	if (available < sizeof(thread))
		return 0;
	memcpy(&thread, record, sizeof(thread));
	bytes = LOOK_RECORD_BYTES(MIN(thread.frames, (uint32_t)LOOK_FRAMES));
	return available < bytes ? 0 : bytes;
}

struct threads_reader {
	int (*seen)(void *self, const struct look_record *record);
	void *self;
};

/* Records have sizes that are multiples of eight, from the block's begin on. */
static int see_thread(void *self, const void *record)
{
	const struct threads_reader *reader = self;

	return reader->seen(reader->self, record);
}

int look_iter_threads(struct look_iter *iter,
		      int (*seen)(void *self, const struct look_record *record), void *self,
		      struct look_clocks *ret, struct diag *why)
{
	struct threads_reader reader = { .seen = seen, .self = self };
	const struct reading reading = { size_of_thread, see_thread, &reader };
	int r;

	r = read_records(iter, iter->bpf->progs.on_thread, &reading);
	if (r < 0)
		return diag_set(why, r, "cannot look at all threads: %s", strerror(-r));
	*ret = (struct look_clocks){ iter->bpf->bss->clock_offset_ns,
				     iter->bpf->bss->task_clock_offset_ns };
	return r;
}

/* --- where running threads are --- */

int look_iter_sample(struct look_iter *iter, uint32_t hz)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_freq = hz,
		.freq = 1,
	};

	return iter->may_sample
		       ? perf_links_attach(&iter->samplers, &attr, iter->bpf->progs.on_tick)
		       : -ENOTSUP;
}

bool look_iter_find_sample(const struct look_iter *iter, uint32_t tid, struct look_sample *ret)
{
	return iter->samplers.items.count &&
	       bpf_map_lookup_elem(bpf_map__fd(iter->bpf->maps.samples), &tid, ret) == 0;
}

/* --- files --- */

static size_t size_of_file(const void *record, size_t available)
{
	return available < sizeof(struct look_file) ? 0 : sizeof(struct look_file);
}

struct files_reader {
	int (*seen)(void *self, const struct look_file *file);
	void *self;
};

static int see_file(void *self, const void *record)
{
	const struct files_reader *reader = self;

	return reader->seen(reader->self, record);
}

int look_iter_files(struct look_iter *iter, const struct look_key *keys, size_t count,
		    int (*seen)(void *self, const struct look_file *file), void *self,
		    uint64_t *ret_left)
{
	struct files_reader reader = { .seen = seen, .self = self };
	const struct reading reading = { size_of_file, see_file, &reader };
	int map = bpf_map__fd(iter->bpf->maps.wanted);
	uint8_t one = 1;

	*ret_left = 0;
	for (size_t i = 0; i < count; i++)
		*ret_left += bpf_map_update_elem(map, &keys[i], &one, BPF_ANY) < 0;
	return read_records(iter, iter->bpf->progs.on_file, &reading);
}
