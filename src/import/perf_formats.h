/* Where are the fields of a tracepoint's record? As the recorded kernel's own format texts say. */
#ifndef IMPORT_PERF_FORMATS_H
#define IMPORT_PERF_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "import/perf_bytes.h"

/* The tracepoints that mean something here. */
enum perf_point {
	PERF_POINT_NONE,
	PERF_POINT_SWITCH,
	PERF_POINT_WAKING,
	PERF_POINT_WAKEUP,
	PERF_POINT_NEWBORN,
	PERF_POINT_FORK,
	PERF_POINT_EXEC,
	PERF_POINT_EXIT,
	PERF_POINT_RQ_INSERT,
	PERF_POINT_RQ_ISSUE,
	PERF_POINT_RQ_COMPLETE,
	PERF_POINT_IO_START,
	PERF_POINT_IO_DONE,
	PERF_POINT_RAW_ENTER,
	PERF_POINT_RAW_EXIT,
	PERF_POINT_SYS_ENTER,
	PERF_POINT_SYS_EXIT,
	PERF_POINT_CONTENTION_BEGIN,
	PERF_POINT_CONTENTION_END,
	PERF_POINT_GRAPH_ENTRY, /* of ftrace's function_graph tracer: in its own buffers only */
	PERF_POINT_GRAPH_EXIT,
	PERF_POINT_GUEST_EXIT, /* of KVM: a virtual CPU leaves its guest */
	PERF_POINT_GUEST_ENTRY,
	PERF_POINT_GUEST_USER, /* KVM_RUN returns to the program */
	PERF_POINT_GUEST_HALTED,
};

/* The fields that are read, by what they are called there. */
enum perf_field_id {
	PERF_FIELD_FLAGS, /* common_flags: in which interrupt */
	PERF_FIELD_PREV_PID,
	PERF_FIELD_PREV_COMM,
	PERF_FIELD_PREV_STATE,
	PERF_FIELD_NEXT_PID,
	PERF_FIELD_NEXT_COMM,
	PERF_FIELD_PID,
	PERF_FIELD_COMM,
	PERF_FIELD_CHILD_PID,
	PERF_FIELD_DEV,
	PERF_FIELD_SECTOR,
	PERF_FIELD_NR_SECTOR,
	PERF_FIELD_BYTES,
	PERF_FIELD_RWBS,
	PERF_FIELD_ERROR,
	PERF_FIELD_ERRORS, /* its name before 5.16 */
	PERF_FIELD_ID,
	PERF_FIELD_RET,
	PERF_FIELD_SYSCALL_NR,
	PERF_FIELD_NR, /* its name before 4.x: kernels differ */
	PERF_FIELD_LOCK_ADDR,
	PERF_FIELD_LOCK_FLAGS,
	PERF_FIELD_TYPE, /* common_type: the format's id */
	PERF_FIELD_TASK, /* common_pid */
	PERF_FIELD_FUNC,
	PERF_FIELD_DEPTH,
	PERF_FIELD_CALLTIME,
	PERF_FIELD_RETTIME,
	PERF_FIELD_RETVAL,
	PERF_FIELD_EXIT_REASON,
	PERF_FIELD_ISA,
	PERF_FIELD_VCPU_ID,
	PERF_FIELD_REASON,
	PERF_FIELD_NS,
	PERF_FIELD_ERRNO,
	PERF_FIELDS,
};

struct perf_field {
	uint32_t offset;
	uint32_t size; /* 0: the record has no such field */
	bool is_signed;
	bool is_elsewhere; /* the field holds where its text begins, and its length */
};

struct perf_format {
	uint64_t id; /* config of the event's attr */
	enum perf_point point;
	char name[64]; /* "sched:sched_switch" */
	struct perf_field fields[PERF_FIELDS];
};

/* Born zero; grows once, before any of its formats is pointed to. */
struct perf_formats {
	ARRAY(struct perf_format) items;
};

/*
 * Read what perf keeps of tracefs. -EBADMSG: it breaks off or is not that; what stood before is
 * kept. -ENOMEM.
 */
must_check int perf_formats_read(struct perf_formats *formats, struct perf_bytes bytes);

/*
 * The parts of it, as a trace.dat has them apart: the formats of ftrace's own events, and those of
 * tracepoints. The same returns.
 */
must_check int perf_formats_read_ftrace(struct perf_formats *formats, struct perf_bytes *bytes);
must_check int perf_formats_read_systems(struct perf_formats *formats, struct perf_bytes *bytes);

/*
 * How the pages of a ring buffer begin, as "header_page" has it: where the bytes are that were
 * written, how long that number is, and where the data begins. -EBADMSG.
 */
struct perf_page_head {
	struct perf_field commit;
	struct perf_field data; /* its size: of a page without its head */
};

must_check int perf_formats_read_page(struct perf_bytes *bytes, struct perf_page_head *ret);

const struct perf_format *perf_formats_find(const struct perf_formats *formats, uint64_t id);

/* A record's field as a number; signed ones with their sign. 0 when it is not there. */
uint64_t perf_field_number(const struct perf_format *format, enum perf_field_id id,
			   struct perf_bytes raw);

/* A record's field as text, padded with NULs. */
void perf_field_text(const struct perf_format *format, enum perf_field_id id, struct perf_bytes raw,
		     char *ret, size_t bytes);

bool perf_field_is_there(const struct perf_format *format, enum perf_field_id id);

void perf_formats_free(struct perf_formats *formats);

#endif
