/* What is in an event? The table of fields.def, and what the values of its closed sets are called.
 */
#include "export/fields.h"

#include <string.h>

#include "base/array.h"

static const struct value_name WATCH_TARGETS[] = {
	{ WATCH_MACHINE, "machine" }, { WATCH_PROCESS, "process" }, { WATCH_COMMAND, "command" }, {}
};
static const struct value_name WATCH_END_FLAGS[] = { { WATCH_END_EXITED, "exited" },
						     { WATCH_END_SIGNALED, "signaled" },
						     { WATCH_END_INTERRUPTED, "interrupted" },
						     {} };
static const struct value_name TASK_FLAGS[] = { { TASK_KERNEL, "kernel" },
						{ TASK_TARGET, "target" },
						{} };
static const struct value_name STACK_FLAGS[] = { { STACK_USER, "user" },
						 { STACK_AFRESH, "afresh" },
						 {} };
static const struct value_name DEVICE_FLAGS[] = { { DEVICE_ROTATIONAL, "rotational" },
						  { DEVICE_WRITE_CACHE, "write_cache" },
						  { DEVICE_VIRTUAL, "virtual" },
						  {} };
static const struct value_name SPAN_FLAGS[] = { { SPAN_OPEN_START, "open_start" },
						{ SPAN_OPEN_END, "open_end" },
						{ SPAN_IOWAIT, "iowait" },
						{ SPAN_FAULT, "fault" },
						{ SPAN_WOKEN_IRQ, "woken_irq" },
						{ SPAN_WOKEN_SOFTIRQ, "woken_softirq" },
						{ SPAN_WAKER_SENT, "waker_sent" },
						{ SPAN_PREEMPTED, "preempted" },
						{ SPAN_NEWBORN, "newborn" },
						{ SPAN_THROTTLED, "throttled" },
						{ SPAN_REQUEST, "request" },
						{ SPAN_CONDITION, "condition" },
						{} };
static const struct value_name SAMPLER_UNITS[] = { { SAMPLER_NS, "ns" },
						   { SAMPLER_COUNT, "count" },
						   {} };
static const struct value_name REQUEST_FLAGS[] = { { REQUEST_READ, "read" },
						   { REQUEST_WRITE, "write" },
						   { REQUEST_FLUSH, "flush" },
						   { REQUEST_DISCARD, "discard" },
						   { REQUEST_SYNC, "sync" },
						   { REQUEST_META, "meta" },
						   { REQUEST_FUA, "fua" },
						   { REQUEST_READAHEAD, "readahead" },
						   { REQUEST_REQUEUED, "requeued" },
						   { REQUEST_THROTTLED, "throttled" },
						   {} };
static const struct value_name COUNTER_KEYS[] = { { COUNTER_STEAL_NS, "steal_ns" },
						  { COUNTER_IDLE_NS, "idle_ns" },
						  { COUNTER_USER_NS, "user_ns" },
						  { COUNTER_SYSTEM_NS, "system_ns" },
						  { COUNTER_CPU_SOME_NS, "cpu_some_ns" },
						  { COUNTER_IO_SOME_NS, "io_some_ns" },
						  { COUNTER_IO_FULL_NS, "io_full_ns" },
						  { COUNTER_MEMORY_SOME_NS, "memory_some_ns" },
						  { COUNTER_MEMORY_FULL_NS, "memory_full_ns" },
						  { COUNTER_DISK_BUSY_NS, "disk_busy_ns" },
						  {} };
static const struct value_name GUEST_ISAS[] = {
	{ GUEST_ISA_UNKNOWN, "unknown" }, { GUEST_ISA_VMX, "vmx" }, { GUEST_ISA_SVM, "svm" }, {}
};
static const struct value_name GUEST_EXIT_FLAGS[] = { { GUEST_EXIT_USER, "user" },
						      { GUEST_EXIT_HALTED, "halted" },
						      { GUEST_EXIT_OPEN_END, "open_end" },
						      { GUEST_EXIT_VCPU, "vcpu" },
						      { GUEST_EXIT_GUEST, "guest" },
						      { GUEST_EXIT_INSIDE, "inside" },
						      {} };
static const struct value_name LOSSES[] = { { LOSS_SWITCH, "switch" },
					    { LOSS_STACK, "stack" },
					    { LOSS_SYSCALL, "syscall" },
					    { LOSS_REQUEST, "request" },
					    { LOSS_SAMPLE, "sample" },
					    { LOSS_TASK, "task" },
					    { LOSS_THREAD, "thread" },
					    { LOSS_LOCK, "lock" },
					    { LOSS_LATE, "late" },
					    { LOSS_HISTORY, "history" },
					    { LOSS_FILE, "file" },
					    { LOSS_HIDDEN, "hidden" },
					    { LOSS_USAGE, "usage" },
					    { LOSS_MAPPING, "mapping" },
					    { LOSS_TALLY, "tally" },
					    { LOSS_IO, "io" },
					    { LOSS_CALL, "call" },
					    { LOSS_GUEST_EXIT, "guest_exit" },
					    {} };
static const struct value_name THREAD_FLAGS[] = {
	{ THREAD_ON_CPU, "on_cpu" }, { THREAD_KILLED, "killed" }, { THREAD_DUMPING, "dumping" },
	{ THREAD_FROZEN, "frozen" }, { THREAD_IOWAIT, "iowait" }, {}
};
static const struct value_name BLOCKER_KINDS[] = { { BLOCKER_NONE, "none" },
						   { BLOCKER_MUTEX, "mutex" },
						   { BLOCKER_SEMAPHORE, "semaphore" },
						   { BLOCKER_RWSEM_READER, "rwsem_reader" },
						   { BLOCKER_RWSEM_WRITER, "rwsem_writer" },
						   { BLOCKER_RT_MUTEX, "rt_mutex" },
						   {} };
static const struct value_name RELATION_KINDS[] = { { RELATION_FUTEX, "futex" },
						    { RELATION_PIPE, "pipe" },
						    { RELATION_SOCKET, "socket" },
						    { RELATION_FILE_LOCK, "file_lock" },
						    { RELATION_FUSE, "fuse" },
						    { RELATION_CHILD, "child" },
						    { RELATION_REQUEST, "request" },
						    { RELATION_TRACER, "tracer" },
						    {} };
static const struct value_name RELATION_FLAGS[] = { { RELATION_PROCESS, "process" },
						    { RELATION_GONE, "gone" },
						    { RELATION_NOBODY, "nobody" },
						    {} };
static const struct value_name SIGNAL_FLAGS[] = { { SIGNAL_SENT, "sent" },
						  { SIGNAL_ADDRESS, "address" },
						  { SIGNAL_UNDUMPABLE, "undumpable" },
						  {} };
static const struct value_name LOCK_NAME_KINDS[] = { { LOCK_NAME_STATIC, "static" },
						     { LOCK_NAME_FIELD, "field" },
						     { LOCK_NAME_SLAB, "slab" },
						     { LOCK_NAME_MMAP, "mmap" },
						     {} };
static const struct value_name LOCK_CLASS_FLAGS[] = { { LOCK_CLASS_READ, "read" },
						      { LOCK_CLASS_WRITE, "write" },
						      { LOCK_CLASS_BOUNCES, "bounces" },
						      {} };
static const struct value_name LOCK_SITE_FLAGS[] = { { LOCK_SITE_HOLDER, "holder" }, {} };
static const struct value_name IO_ENGINES[] = {
	{ IO_SYNC, "sync" }, { IO_AIO, "aio" }, { IO_URING, "uring" }, { IO_FAULT, "fault" }, {}
};
static const struct value_name IO_OPERATIONS[] = {
	{ IO_OTHER, "other" },     { IO_READ, "read" },           { IO_WRITE, "write" },
	{ IO_FSYNC, "fsync" },     { IO_FDATASYNC, "fdatasync" }, { IO_SYNC_RANGE, "sync_range" },
	{ IO_OPEN, "open" },       { IO_CLOSE, "close" },         { IO_STAT, "stat" },
	{ IO_READDIR, "readdir" }, { IO_CREATE, "create" },       { IO_RENAME, "rename" },
	{ IO_REMOVE, "remove" },   { IO_TRUNCATE, "truncate" },   { IO_ALLOCATE, "allocate" },
	{ IO_MAP, "map" },         { IO_ATTRIBUTE, "attribute" }, { IO_COPY, "copy" },
	{ IO_ADVISE, "advise" },   { IO_SYNC_ALL, "sync" },       {}
};
static const struct value_name IO_FLAGS[] = { { IO_DIRECT, "direct" },
					      { IO_FILE_SYNC, "file_sync" },
					      { IO_FILE_DSYNC, "file_dsync" },
					      { IO_APPEND, "append" },
					      { IO_NOWAIT, "nowait" },
					      { IO_VECTORED, "vectored" },
					      { IO_POSITIONED, "positioned" },
					      { IO_PUNTED, "punted" },
					      { IO_FIXED, "fixed" },
					      { IO_FIXED_FILE, "fixed_file" },
					      { IO_POLLED, "polled" },
					      { IO_WAITED, "waited" },
					      { IO_REAP_UNSEEN, "reap_unseen" },
					      { IO_OPEN_START, "open_start" },
					      { IO_OPEN_END, "open_end" },
					      { IO_LENGTH_ALONE, "length_alone" },
					      {} };
static const struct value_name CALL_FLAGS[] = {
	{ CALL_LOSS, "loss" },
	{ CALL_EXIT_UNSEEN, "exit_unseen" },
	{ CALL_ENTRY_UNSEEN, "entry_unseen" },
	{ CALL_OPEN_END, "open_end" },
	{ CALL_AT_LEAST, "at_least" },
	{ CALL_CALLER_UNKNOWN, "caller_unknown" },
	{ CALL_SOFT_IRQ, "soft_irq" },
	{ CALL_HARD_IRQ, "hard_irq" },
	{ CALL_NMI, "nmi" },
	{ CALL_RESULT, "result" },
	{},
};
static const struct value_name CALLEE_FLAGS[] = { { CALLEE_UNSURE, "unsure" }, {} };
static const struct value_name TALLIES[] = {
	{ TALLY_CALLS, "calls" },     { TALLY_REQUESTS, "requests" },
	{ TALLY_SERVICE, "service" }, { TALLY_ISSUERS, "issuers" },
	{ TALLY_FILES, "files" },     { TALLY_CALL_ERRORS, "call_errors" },
	{ TALLY_MERGES, "merges" },   {},
};

#define NONE NULL

#define KIND(NAME, words)
#define FIELD(NAME, type, field, TYPE, names, shown, words) \
	{ shown,                                            \
	  FIELD_##TYPE,                                     \
	  EVENT_##NAME,                                     \
	  offsetof(struct type, field),                     \
	  sizeof(((struct type *)NULL)->field),             \
	  names,                                            \
	  words },
static const struct field ROWS[] = {
#include "export/fields.def"
};
#undef FIELD
#undef KIND

static const char *const KIND_WORDS[] = {
#define KIND(NAME, words) [EVENT_##NAME] = (words),
#define FIELD(NAME, type, field, TYPE, names, shown, words)
#include "export/fields.def"
#undef FIELD
#undef KIND
};

struct fields fields_of(unsigned int kind)
{
	struct fields fields = {};
	size_t first = 0;

	if (kind >= array_count(KIND_WORDS) || !KIND_WORDS[kind])
		return fields;
	while (first < array_count(ROWS) && ROWS[first].kind != kind)
		first++;
	fields = (struct fields){ .words = KIND_WORDS[kind], .items = &ROWS[first] };
	while (first + fields.count < array_count(ROWS) && ROWS[first + fields.count].kind == kind)
		fields.count++;
	return fields;
}

const char *fields_name(unsigned int kind, const char *field, uint64_t value)
{
	const struct fields fields = fields_of(kind);

	for (size_t i = 0; i < fields.count; i++) {
		const struct value_name *name = fields.items[i].names;

		if (!name || strcmp(fields.items[i].name, field) != 0)
			continue;
		while (name->name && name->value != value)
			name++;
		return name->name ? name->name : "unknown";
	}
	return "unknown";
}
