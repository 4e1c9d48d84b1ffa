/* How do we say it to fio? A model of a workload as a job file of fio 3.33 and later. */
#ifndef VIEW_WORKLOAD_FIO_H
#define VIEW_WORKLOAD_FIO_H

#include <stdio.h>

#include "base/own.h"
#include "finding/workload.h"

/* For a run in a folder: how long, and how large its files may be. */
struct workload_run {
	uint64_t runtime_s; /* 0: as long as was watched */
	uint64_t bytes_max; /* of all files together; 0: as large as recorded */
	bool are_made;      /* the files were written right before: they are in the page cache */
};

/*
 * Print the job file. What is not known of a job is left out and said in a comment. -ENODATA: there
 * is no job; -errno when out took no more; it is flushed.
 */
must_check int view_workload_fio(const struct workload *workload, const struct workload_run *run,
				 FILE *out);

/* The bytes of all files that such a job file makes, without a limit. */
uint64_t workload_fio_bytes(const struct workload *workload);

#endif
