/* What does the thinker on files know? All its parts in one place. */
#ifndef ANALYSE_FILES_STATE_H
#define ANALYSE_FILES_STATE_H

#include "analyse/files.h"
#include "analyse/histogram.h"
#include "analyse/latency_maps.h"
#include "analyse/names.h"
#include "base/array.h"
#include "base/hash.h"

enum filer_limits {
	FILER_ROWS_MAX = 4096,
	FILER_FILES_MAX = 1 << 18,
	FILER_THREADS_MAX = 1 << 16,
	FILER_BACK_MAX = 512,
	FILER_SLOW_MAX = 100,
	FILER_LINKS = 1 << 16, /* operations whose requests are kept in mind; a power of two */
	FILER_WRITERS = 4,     /* of one file */
	FILER_STACKS_MAX = 4096,
};

/* A file that was told. */
struct filer_file {
	uint64_t inode;
	uint32_t dev;
	uint32_t name; /* as far as its path is known */
	uint32_t type;
	struct {
		uint32_t comm;
		uint64_t bytes;
	} writers[FILER_WRITERS]; /* that wrote to its pages: the first few */
};

struct filer_thread {
	uint32_t tid;
	uint32_t comm;
	uint32_t kind;     /* the same with its digits as '#' */
	uint64_t slept_ns; /* longest since its last operation; 0: not that long */
	uint64_t sleep_start_ns;
	uint64_t sleep_stack;
};

/* Names, innermost first; 0: no more, or without a name. */
struct filer_stack {
	uint32_t frames[FILES_FRAMES];
};

/* The longest of an operation. */
struct filer_sleep {
	uint64_t ns; /* 0: none was told */
	uint64_t stack;
};

/* What tells a row apart; 0 where the keys do not ask. Compared byte for byte. */
struct filer_id {
	uint32_t file; /* names */
	uint32_t dir;
	uint32_t mount;
	uint32_t type;
	uint32_t op;     /* enum io_operation + 1 */
	uint32_t engine; /* enum io_engine + 1 */
	uint32_t tid;
	uint32_t comm;
};
_Static_assert(sizeof(struct filer_id) == 32, "no padding");

/* A distribution with what else is counted of the same operations. */
struct filer_times {
	uint64_t untimed; /* operations whose length is not known */
	uint64_t errors;
	uint64_t bytes;
	struct histogram histogram;
};

struct filer_sum {
	struct filer_id id;
	struct filer_times *told;     /* owned; NULL: none */
	struct filer_times *tallied;  /* owned; NULL: none */
	struct histogram *completion; /* owned; NULL: none */
	struct files_source source;
	struct files_split split;
};

/* The block requests of one operation, so far. */
struct filer_link {
	uint64_t io;        /* event_io.id; 0: none */
	uint64_t start_ns;  /* of the first one */
	uint64_t done_ns;   /* of the one that was complete last */
	uint64_t queued_ns; /* of what lies between, without the gaps in which none was under way */
	uint64_t device_ns;
	uint64_t gap_start_ns; /* the last gap */
	uint64_t gap_end_ns;
	uint32_t dev; /* of the one that was complete last */
	uint32_t count;
};

struct filer_back {
	uint64_t file; /* place + 1 */
	uint32_t dev;
	uint32_t kind; /* who queued: name */
	uint64_t reads;
	uint64_t writes;
	uint64_t bytes;
	uint64_t errors;
	struct histogram *histogram; /* owned */
};

struct filer_slow {
	struct event_io io;
	struct files_split split;
	uint32_t dev; /* of the request that counts */
	struct filer_sleep sleep;
};

struct filer {
	struct filer_options options;
	struct names names;
	struct event_watch watch;
	uint64_t end_ns;
	bool is_seen;
	bool has_tallies;
	bool has_blind_spot; /* block requests were not all seen: what made none is not known */
	ARRAY(struct filer_file) files;
	struct hash_map by_file; /* place + 1 */
	ARRAY(struct filer_thread) threads;
	struct hash_map by_tid; /* place + 1 */
	ARRAY(struct filer_stack) stacks;
	struct hash_map by_stack; /* id → place + 1 */
	struct hash_map symbols;  /* id → name */
	struct hash_map mounts;   /* dev → name of the mount point */
	struct hash_map devices;  /* dev → name */
	ARRAY(struct filer_sum) sums;
	struct hash_map by_id; /* hash of the id → place + 1 */
	uint32_t rest;         /* sum + 1 of those without room; 0: none */
	struct filer_link *links;
	ARRAY(struct filer_slow) slow; /* the slowest first */
	uint64_t slow_count;
	ARRAY(struct filer_back) back;
	struct hash_map by_back;
	struct filer_times all;
	struct filer_times all_tallied;
	struct latency_maps maps; /* by type of the file system */
	struct files_source source;
	struct files_split split;
	uint64_t requests;
	uint64_t linked;
	uint64_t of_files;
	uint64_t refused_back; /* requests whose file found no room */
	uint64_t reap_unseen;
	uint64_t uring;  /* reads and writes of io_uring; not those told for their length */
	uint64_t punted; /* of these */
	uint64_t punted_buffered; /* of these */
	uint64_t open;            /* operations that had not ended */
	uint64_t losses[LOSS_IO + 1];
	ARRAY(uint32_t) missing; /* names: what could not be seen */
};

/* How long an operation took, since the kernel began with it. False: that is not known. */
static inline bool filer_time_of(const struct event_io *io, uint64_t *ret_ns)
{
	*ret_ns = io->head.time_ns > io->start_ns ? io->head.time_ns - io->start_ns : 0;
	return !(io->flags & IO_REAP_UNSEEN) || io->requests;
}

/* When the program had it: of io_uring that may be long after it was complete. */
static inline uint64_t filer_end_of(const struct event_io *io)
{
	return io->reaped_ns > io->head.time_ns ? io->reaped_ns : io->head.time_ns;
}

/* --- files_names.c --- */

must_check int filer_take_file(struct filer *filer, const struct event_file *event);
must_check int filer_take_task(struct filer *filer, const struct event_task *event);
must_check int filer_take_device(struct filer *filer, const struct event_device *event);
must_check int filer_take_fact(struct filer *filer, const struct event_fact *event);
/* NULL: it was not told. */
struct filer_file *filer_find_file(const struct filer *filer, uint32_t dev, uint64_t inode);
const struct filer_thread *filer_find_thread(const struct filer *filer, uint32_t tid);
/* Names, as numbers: the whole path as far as it is known; the directory, the mount point and the
 * type of its file system. */
uint32_t filer_path(struct filer *filer, uint32_t dev, uint64_t inode);
uint32_t filer_dir(struct filer *filer, uint32_t dev, uint64_t inode);
uint32_t filer_mount(struct filer *filer, uint32_t dev);
uint32_t filer_type(struct filer *filer, uint32_t dev, uint64_t inode);
/* "loop0"; "7:0" for one that was not told; "" for 0. Valid until the names are freed. */
const char *filer_device(struct filer *filer, uint32_t dev);
void filer_names_free(struct filer *filer);

/* --- files_links.c --- */

must_check int filer_take_request(struct filer *filer, const struct event_request *event);
/* Where the operation's time went: count is 1 when its requests are known, else 0. */
struct files_split filer_split(const struct filer *filer, const struct event_io *io,
			       uint32_t *ret_dev);
void split_add(struct files_split *sum, const struct files_split *split);
/* The same with its shares. */
struct files_split split_told(const struct files_split *split);
must_check int filer_tell_back(struct filer *filer, struct files_report *report);
void filer_links_free(struct filer *filer);

/* --- files_rows.c --- */

must_check int filer_add_io(struct filer *filer, const struct event_io *io,
			    const struct files_split *split, struct files_source source);
must_check int filer_add_tally(struct filer *filer, const struct event_tally *tally);
must_check int filer_tell_rows(struct filer *filer, struct files_report *report);
void times_add(struct filer_times *times, const struct event_io *io);
void times_tell(const struct filer_times *times, struct latency *ret);
void filer_rows_free(struct filer *filer);

/* --- files_slow.c --- */

must_check int filer_keep_slow(struct filer *filer, const struct filer_slow *slow);
must_check int filer_tell_slow(struct filer *filer, struct files_report *report);

/* --- files_sleeps.c --- */

must_check int filer_take_symbol(struct filer *filer, const struct event_symbol *event);
must_check int filer_take_stack(struct filer *filer, const struct event_stack *event);
void filer_take_wait(struct filer *filer, const struct event_wait *event);
/* The longest sleep of this operation, which has ended. */
void filer_end_sleep(struct filer *filer, const struct event_io *io, struct filer_sleep *ret);
must_check int filer_tell_sleep(const struct filer *filer, const struct filer_sleep *sleep,
				struct files_report *report, struct files_slow *slow);
void filer_sleeps_free(struct filer *filer);

/* --- files_notes.c --- */

must_check int filer_tell_notes(const struct filer *filer, struct files_report *report);

/* --- files_words.c --- */

/* "read", "fsync", …; "system call", "libaio", …. Never NULL. */
const char *io_operation_name(uint32_t operation);
const char *io_engine_name(uint32_t engine);

#endif
