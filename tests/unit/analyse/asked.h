/* How does a test make up a workload? Threads that ask for I/O, one operation after the other or
 * several at once. */
#ifndef TESTS_UNIT_ANALYSE_ASKED_H
#define TESTS_UNIT_ANALYSE_ASKED_H

#include "analyse/workload.h"
#include "stream.h"

#define ASKED_DEV (254u << 20)

enum {
	CALL_READ = 0,
	CALL_PREAD = 17,
	CALL_PWRITE = 18,
	CALL_FSYNC = 74,
	CALL_FDATASYNC = 75,
	CALL_SENDFILE = 40,
	CALL_IO_SUBMIT = 209,
	CALL_PREADV2 = 327,
	CALL_IO_URING_ENTER = 426,
};

/* A thread that asks; set what is wanted, the rest has its preset. */
struct asker {
	struct stream *stream;
	uint32_t tid;
	uint64_t inode;
	uint64_t now_ns;     /* when it asks next */
	uint64_t latency_ns; /* of the next operations */
	uint64_t gap_ns;     /* that it takes between two */
	enum io_engine engine;
	int16_t syscall;
	uint32_t flags;
	uint64_t asked;
	uint64_t random; /* state of its dice */
};

struct asker asker_of(struct stream *stream, uint32_t tid);

/* The same numbers in each run, below the limit. */
uint64_t asker_dice(struct asker *asker, uint64_t limit);

/* One operation, waited for. */
void ask(struct asker *asker, enum io_operation operation, uint64_t offset, uint64_t bytes);

/* So many operations in a closed loop that refills by `batch` once so many are back; each takes
 * about latency_ns. Where they go is asked of the dice within `places` blocks. */
void ask_many(struct asker *asker, unsigned int count, unsigned int depth, unsigned int batch,
	      uint64_t places);

/* The model, the caller's. */
struct workload *asked_model(struct stream *stream);
struct workload *asked_model_of_run(struct stream *stream);

/* A watch of the machine with this thread in it. */
void asked_begin(struct stream *stream, uint32_t tid, const char *comm);

bool asked_tells(const struct workload *workload, const char *words);

#endif
