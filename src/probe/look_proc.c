/* How are all threads looked at without BPF? A few files of /proc for each, read by a helper, as
 * some of them can hang. */
#include "probe/look_proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/array.h"
#include "base/hash.h"
#include "host/guard.h"
#include "host/mounts.h"
#include "host/procfs.h"
#include "host/threads.h"
#include "probe/clock.h"
#include "probe/programs.h"
#include "probe/watch.wire.h"

enum sizes {
	CHUNK_THREADS = 64, /* that the helper looks at for one question */
	PATH_BYTES = 96,
};

struct look_proc {
	struct guard *guard;
	struct hash_map addresses; /* hash of a function's name → address */
	struct mounts mounts;      /* at the time of the look */
	bool has_kallsyms;         /* it was read, whatever came of it */
	bool lacks_addresses;
	uint64_t hidden;
};

/* A part of the answer: the record's fixed part, then the text of the stack. */
struct answered {
	struct look_thread thread;
	uint32_t is_hidden;
	uint32_t mount_id;    /* of the file that it works on; 0: not known */
	uint32_t stack_bytes; /* with a NUL at its end, and in steps of eight */
	uint32_t spare;
};

struct threads_question {
	uint32_t tgid;
	uint32_t count;
	uint32_t tids[CHUNK_THREADS];
};

/* --- names of functions → addresses --- */

static uint64_t hash_name(const char *name, size_t bytes)
{
	return XXH3_64bits(name, bytes);
}

/* "ffffffff81000000 T _text", and behind it "\t[module]" for those of modules. */
static int take_symbol(struct look_proc *proc, const char *line, size_t bytes)
{
	uint64_t address = strtoull(line, NULL, 16);
	const char *name = memchr(line, ' ', bytes), *end;
	uint64_t *place;

	if (!address || !name || bytes - (size_t)(name - line) < 4)
		return 0;
	name += 3;
	bytes -= (size_t)(name - line);
	end = memchr(name, '\t', bytes);
	place = hash_put(&proc->addresses, hash_name(name, end ? (size_t)(end - name) : bytes));
	if (!place)
		return -ENOMEM;
	if (!*place)
		*place = address;
	return 0;
}

/* Without rights all addresses are zero: then there are none. */
static int read_kallsyms(struct look_proc *proc)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	proc->has_kallsyms = true;
	if (host_kallsyms(NULL, &text, &bytes, NULL) < 0 || !text)
		return 0;
	for (const char *line = text, *end = text + bytes; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		int r;

		next = next ? next : end;
		r = take_symbol(proc, line, (size_t)(next - line));
		if (r < 0)
			return r;
		line = next + 1;
	}
	return 0;
}

static int find_address(struct look_proc *proc, const struct thread_frame *frame, uint64_t *ret)
{
	const uint64_t *place;
	int r = proc->has_kallsyms ? 0 : read_kallsyms(proc);

	if (r < 0)
		return r;
	place = hash_find(&proc->addresses, hash_name(frame->name, frame->name_bytes));
	*ret = place ? *place + frame->offset : 0;
	return 0;
}

static int fill_stack(struct look_proc *proc, const char *text, struct look_record *record)
{
	struct thread_frame frame;

	while (record->thread.frames < LOOK_FRAMES && thread_frame_next(&text, &frame)) {
		uint64_t address = 0;
		int r = find_address(proc, &frame, &address);

		if (r < 0)
			return r;
		if (!address)
			proc->lacks_addresses = true;
		else
			record->address[record->thread.frames++] = address;
	}
	return 0;
}

/* --- what the helper does --- */

/* NULL: it cannot be read. */
static char *read_file(uint32_t tgid, uint32_t tid, const char *name)
{
	char path[PATH_BYTES], *text = NULL;
	size_t bytes = 0;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/%s", tgid, tid,
		       name);
	return host_read_file(path, &text, &bytes, NULL) < 0 ? NULL : text;
}

static void read_status(struct look_thread *thread)
{
	owns(own_free) char *text = read_file(thread->tgid, thread->tid, "status");
	struct thread_status status;

	if (!text)
		return;
	thread_status_parse(text, &status);
	thread->tracer = status.tracer;
	thread->switches = status.switches;
	thread->local_tid = status.local_tid ? status.local_tid : thread->tid;
	if (status.is_killed)
		thread->flags |= LOOK_KILLED;
	if (status.is_dumping)
		thread->flags |= LOOK_DUMPING;
}

/* Of a file that has a place in a file system: which, and where that is mounted. */
static void read_place(struct answered *answered, const char *fdinfo)
{
	owns(own_free) char *text = read_file(answered->thread.tgid, answered->thread.tid, fdinfo);
	struct thread_fdinfo info;

	if (!text)
		return;
	thread_fdinfo_parse(text, &info);
	answered->thread.file_inode = info.inode;
	answered->mount_id = info.mount_id;
}

static void read_file_of(struct answered *answered)
{
	struct look_thread *thread = &answered->thread;
	char path[PATH_BYTES], text[64], fdinfo[32];
	ssize_t bytes;

	thread->fd = (int32_t)thread->arguments[0];
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/fd/%" PRId32,
		       thread->tgid, thread->tid, thread->fd);
	bytes = readlink(path, text, sizeof(text) - 1);
	if (bytes < 0)
		return;
	text[bytes] = '\0';
	thread->file_inode = thread_link_inode(text, &thread->file_mode);
	(void)snprintf(fdinfo, sizeof(fdinfo), "fdinfo/%" PRId32, thread->fd);
	if (!thread->file_inode)
		read_place(answered, fdinfo);
}

static void read_call(struct answered *answered, const uint8_t *kinds)
{
	struct look_thread *thread = &answered->thread;
	owns(own_free) char *text = read_file(thread->tgid, thread->tid, "syscall");
	struct thread_call call;

	if (!text || thread_call_parse(text, &call) < 0 || call.number == THREAD_CALL_RUNS)
		return;
	thread->syscall = call.number < 0 ? LOOK_SYSCALL_NONE : call.number;
	memcpy(thread->arguments, call.arguments, sizeof(thread->arguments));
	thread->ip = call.ip;
	thread->sp = call.sp;
	if (call.number >= 0 && call.number < WIRE_SYSCALLS && kinds[call.number] & WIRE_TAKES_FD)
		read_file_of(answered);
}

static void read_counts(struct look_thread *thread)
{
	owns(own_free) char *sched = read_file(thread->tgid, thread->tid, "schedstat");
	owns(own_free) char *text = read_file(thread->tgid, thread->tid, "io");
	struct thread_io io = {};

	if (sched)
		thread->run_ns = strtoull(sched, NULL, 10);
	if (text)
		thread_io_parse(text, &io);
	thread->io_calls = io.calls;
	thread->io_bytes = io.bytes;
}

static int answer_thread(struct guard_reply *reply, struct answered *answered, const char *stack)
{
	static const char PADDING[8];
	size_t bytes = stack ? strlen(stack) : 0, padding = 8 - bytes % 8;
	int r;

	answered->stack_bytes = (uint32_t)(bytes + padding);
	r = guard_reply_add(reply, answered, sizeof(*answered));
	if (r == 0)
		r = guard_reply_add(reply, stack, bytes);
	return r < 0 ? r : guard_reply_add(reply, PADDING, padding);
}

static void fill_from_stat(struct look_thread *thread, const struct host_task *task)
{
	thread->time_ns = clock_now_ns();
	thread->start_ns = task->start_ns;
	thread->tid = thread->local_tid = task->tid;
	thread->tgid = task->tgid;
	thread->parent_tgid = task->ppid;
	thread->is_kernel = task->is_kernel;
	thread->run_ns = task->utime_ns + task->stime_ns;
	thread->state = thread_state_bits(task->state);
	thread->syscall = task->is_kernel ? LOOK_SYSCALL_NONE : LOOK_SYSCALL_UNKNOWN;
	thread->fd = -1;
	memcpy(thread->comm, task->comm, sizeof(thread->comm));
}

static int do_thread(uint32_t tgid, uint32_t tid, const uint8_t *kinds, struct guard_reply *reply)
{
	owns(own_free) char *stack = NULL;
	struct answered answered = {};
	struct host_task task;

	if (host_task_read(tgid, tid, &task) < 0)
		return 0; /* it has just ended */
	fill_from_stat(&answered.thread, &task);
	read_status(&answered.thread);
	read_counts(&answered.thread);
	if (!task.is_kernel)
		read_call(&answered, kinds);
	stack = read_file(tgid, tid, "stack");
	answered.is_hidden = !stack || answered.thread.syscall == LOOK_SYSCALL_UNKNOWN;
	if (task.state == 'R')
		answered.is_hidden = false;
	return answer_thread(reply, &answered, stack);
}

static int do_threads(const void *question, size_t bytes, struct guard_reply *reply)
{
	uint8_t kinds[WIRE_SYSCALLS] = {};
	struct threads_question asked;
	int r = 0;

	if (bytes > sizeof(asked))
		return -EINVAL;
	memcpy(&asked, question, bytes);
	syscall_kinds_fill(kinds);
	for (uint32_t i = 0; i < asked.count && r == 0; i++)
		r = do_thread(asked.tgid, asked.tids[i], kinds, reply);
	return r;
}

/* --- our side --- */

struct walk {
	struct look_proc *proc;
	int (*seen)(void *self, const struct look_record *record);
	void *self;
	struct threads_question question;
};

/* It hangs, or may not be looked at: what can be read without that. */
static int see_the_first_of_it(struct walk *walk, uint32_t tgid, uint32_t tid)
{
	struct look_record record = {};
	struct host_task task;

	if (host_task_read(tgid, tid, &task) < 0)
		return 0;
	fill_from_stat(&record.thread, &task);
	walk->proc->hidden++;
	return walk->seen(walk->self, &record);
}

/* Of a mount that we do not see it is not known. */
static uint32_t find_device(const struct look_proc *proc, uint32_t mount_id)
{
	for (size_t i = 0; i < proc->mounts.entries.count; i++) {
		if (proc->mounts.entries.items[i].id == mount_id)
			return proc->mounts.entries.items[i].dev;
	}
	return 0;
}

static int see_answered(struct walk *walk, const char *at)
{
	struct look_record record = {};
	const struct answered *answered = (const void *)at;
	int r;

	record.thread = answered->thread;
	if (answered->mount_id)
		record.thread.file_dev = find_device(walk->proc, answered->mount_id);
	walk->proc->hidden += answered->is_hidden;
	r = fill_stack(walk->proc, at + sizeof(*answered), &record);
	return r < 0 ? r : walk->seen(walk->self, &record);
}

static int see_all(struct walk *walk, const struct guard_answer *answer)
{
	const char *at = answer->bytes, *end = at + answer->count;
	int r = 0;

	while (at < end && r == 0) {
		const struct answered *answered = (const void *)at;

		r = see_answered(walk, at);
		at += sizeof(*answered) + answered->stack_bytes;
	}
	return r;
}

static int look_at_chunk(struct walk *walk)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	struct threads_question *question = &walk->question;
	size_t bytes = offsetof(struct threads_question, tids) +
		       question->count * sizeof(question->tids[0]);
	int r = 0;

	if (question->count == 0)
		return 0;
	if (guard_ask(walk->proc->guard, question->tgid, do_threads, question, bytes, &answer) == 0)
		r = see_all(walk, &answer);
	else
		for (uint32_t i = 0; i < question->count && r == 0; i++)
			r = see_the_first_of_it(walk, question->tgid, question->tids[i]);
	question->count = 0;
	return r;
}

static int see_tid(void *self, uint32_t tid)
{
	struct walk *walk = self;
	int r = 0;

	if (walk->question.count == CHUNK_THREADS)
		r = look_at_chunk(walk);
	walk->question.tids[walk->question.count++] = tid;
	return r;
}

static int see_process(void *self, uint32_t tgid)
{
	struct walk *walk = self;
	int r;

	if (tgid == (uint32_t)getpid())
		return 0;
	walk->question.tgid = tgid;
	r = host_task_list(tgid, see_tid, walk);
	if (r == 0)
		r = look_at_chunk(walk);
	walk->question.count = 0;
	return r == -ESRCH ? 0 : r;
}

int look_proc_threads(struct look_proc *proc,
		      int (*seen)(void *self, const struct look_record *record), void *self,
		      struct diag *why)
{
	struct walk walk = { .proc = proc, .seen = seen, .self = self };
	int r;

	proc->hidden = 0;
	mounts_free(&proc->mounts);
	if (mounts_read("/proc/self/mountinfo", &proc->mounts, NULL) < 0)
		proc->mounts = (struct mounts){};
	r = host_process_list(see_process, &walk);
	return r < 0 ? diag_set(why, r, "cannot look at all threads: %s", strerror(-r)) : r;
}

/* --- life --- */

int look_proc_new(struct guard *guard, struct look_proc **ret, struct diag *why)
{
	struct look_proc *proc = calloc(1, sizeof(*proc));

	if (!proc)
		return diag_set(why, -ENOMEM, "out of memory");
	proc->guard = guard;
	*ret = proc;
	return 0;
}

void look_proc_free(struct look_proc **proc)
{
	if (!*proc)
		return;
	hash_free(&(*proc)->addresses);
	mounts_free(&(*proc)->mounts);
	free(*proc);
	*proc = NULL;
}

uint64_t look_proc_hidden(const struct look_proc *proc)
{
	return proc->hidden;
}

bool look_proc_lacks_addresses(const struct look_proc *proc)
{
	return proc->lacks_addresses;
}
