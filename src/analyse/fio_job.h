/* May fio run this job file in a folder that is not its author's? Only when it works on files of
 * its own there, and on nothing else. */
#ifndef ANALYSE_FIO_JOB_H
#define ANALYSE_FIO_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

/* What a job file asks for. */
struct fio_job {
	uint64_t bytes; /* of all its files, if each job has one of its own; 0: not known */
};

/*
 * Read its text. -EINVAL: it would reach beyond its folder, or cannot be read; the reason names the
 * line. That fio itself takes it is not looked at.
 */
must_check int fio_job_read(const char *text, size_t bytes, struct fio_job *ret, struct diag *why);

#endif
