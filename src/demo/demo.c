/*
 * What is slowpath good for? A small job to try it on, slow for a reason that no profile of it
 * shows.
 *
 * A writer thread hands each record to a journal thread and waits until it is committed; the
 * journal thread writes it to a journal file and waits for fsync. So main waits for the writer, the
 * writer for the journal, and the journal for the disk. Nothing here sleeps: how slow it is, the
 * disk decides.
 *
 * The file has no name (or loses it at once), so nothing is left behind however the job ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JOURNAL_BYTES  (64 << 20) /* written round and round */
#define RECORD_BYTES   (16 << 10)
#define COMMIT_FREE_NS 20000 /* with a disk behind it, no commit is faster than this */
#define DEFAULT_S      8.0

struct job {
	pthread_mutex_t lock;
	pthread_cond_t handed;    /* there is a record to commit, or the writer has ended */
	pthread_cond_t committed; /* there is none left */
	bool has_record;
	bool is_ended;
	int error; /* -errno of the commit that failed, which ends the job */
	uint64_t deadline_ns;
	uint64_t records; /* committed */
	int fd;
	char *record;
	off_t offset;
};

static uint64_t clock_now_ns(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The descriptor, or -errno. */
static int open_journal(const char *folder)
{
	char path[4096];
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* Not every file system can make a file without a name. */
	if (snprintf(path, sizeof(path), "%s/slowpath-demo-XXXXXX", folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (unlink(path) != 0)
		(void)fprintf(stderr, "slowpath-demo: %s stays behind: %s\n", path,
			      strerror(errno));
	return fd;
}

static int commit_record(struct job *job)
{
	ssize_t written = pwrite(job->fd, job->record, RECORD_BYTES, job->offset);

	if (written < 0)
		return -errno;
	if (written < RECORD_BYTES)
		return -ENOSPC;
	if (fsync(job->fd) != 0)
		return -errno;
	job->offset = (job->offset + RECORD_BYTES) % JOURNAL_BYTES;
	return 0;
}

/* 0, or -ENODEV when a commit costs so little that no disk can be behind it. */
static int check_disk(struct job *job)
{
	uint64_t best_ns = UINT64_MAX;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t begin_ns = clock_now_ns();
		uint64_t commit_ns;
		int r = commit_record(job);

		if (r < 0)
			return r;
		commit_ns = clock_now_ns() - begin_ns;
		best_ns = commit_ns < best_ns ? commit_ns : best_ns;
	}
	return best_ns < COMMIT_FREE_NS ? -ENODEV : 0;
}

static void *keep_journal(void *argument)
{
	struct job *job = argument;

	(void)pthread_mutex_lock(&job->lock);
	for (;;) {
		int r;

		while (!job->has_record && !job->is_ended)
			(void)pthread_cond_wait(&job->handed, &job->lock);
		if (!job->has_record)
			break;
		(void)pthread_mutex_unlock(&job->lock);
		r = commit_record(job);
		(void)pthread_mutex_lock(&job->lock);
		job->has_record = false;
		job->error = r;
		(void)pthread_cond_signal(&job->committed);
	}
	(void)pthread_mutex_unlock(&job->lock);
	return NULL;
}

static void *write_records(void *argument)
{
	struct job *job = argument;

	(void)pthread_mutex_lock(&job->lock);
	while (job->error == 0 && clock_now_ns() < job->deadline_ns) {
		memset(job->record, (int)('a' + job->records % 26), 64);
		job->has_record = true;
		(void)pthread_cond_signal(&job->handed);
		while (job->has_record)
			(void)pthread_cond_wait(&job->committed, &job->lock);
		job->records += job->error == 0;
	}
	job->is_ended = true;
	(void)pthread_cond_signal(&job->handed);
	(void)pthread_mutex_unlock(&job->lock);
	return NULL;
}

static int run_threads(struct job *job)
{
	pthread_t journal;
	pthread_t writer;
	int r = pthread_create(&journal, NULL, keep_journal, job);

	if (r != 0)
		return -r;
	(void)pthread_setname_np(journal, "journal");
	r = pthread_create(&writer, NULL, write_records, job);
	if (r != 0)
		return -r;
	(void)pthread_setname_np(writer, "writer");
	(void)pthread_join(writer, NULL);
	(void)pthread_join(journal, NULL);
	return job->error;
}

/* Run the job on a journal in this folder; 0 or -errno. */
static int run_job(struct job *job, const char *folder, double budget_s)
{
	int r;

	job->fd = open_journal(folder);
	if (job->fd < 0)
		return job->fd;
	job->deadline_ns = clock_now_ns() + (uint64_t)(budget_s * 1e9);
	r = check_disk(job);
	if (r == 0)
		r = run_threads(job);
	(void)close(job->fd);
	return r;
}

static int fail(const char *folder, int error)
{
	if (error == -ENODEV)
		(void)fprintf(stderr,
			      "slowpath-demo: fsync in %s costs nothing: "
			      "try slowpath-demo SECONDS FOLDER with a folder on a disk\n",
			      folder);
	else
		(void)fprintf(stderr, "slowpath-demo: no journal in %s: %s\n", folder,
			      strerror(-error));
	return 1;
}

/* slowpath-demo [SECONDS [FOLDER]] */
int main(int argc, char **argv)
{
	struct job job = { .lock = PTHREAD_MUTEX_INITIALIZER,
			   .handed = PTHREAD_COND_INITIALIZER,
			   .committed = PTHREAD_COND_INITIALIZER };
	double budget_s = argc > 1 ? strtod(argv[1], NULL) : DEFAULT_S;
	const char *folder = argc > 2 ? argv[2] : "/var/tmp";
	int r;

	if (argc > 3 || !(budget_s > 0)) {
		(void)fprintf(stderr, "usage: slowpath-demo [SECONDS [FOLDER]]\n");
		return 2;
	}
	job.record = malloc(RECORD_BYTES);
	if (!job.record)
		return fail(folder, -ENOMEM);
	memset(job.record, '.', RECORD_BYTES);

	r = run_job(&job, folder, budget_s);
	if (r < 0 && argc < 3) {
		folder = "."; /* /var/tmp may be in memory */
		r = run_job(&job, folder, budget_s);
	}
	free(job.record);
	if (r < 0)
		return fail(folder, r);
	printf("%llu records of %d KiB committed in %.1f s\n", (unsigned long long)job.records,
	       RECORD_BYTES >> 10, budget_s);
	return 0;
}
