/* How does a test make tracepoints? The text that perf keeps of tracefs, and records by it. */
#ifndef TESTS_UNIT_IMPORT_FORMATS_H
#define TESTS_UNIT_IMPORT_FORMATS_H

#include "unit/import/image.h"

#define COMMON                                                                 \
	"format:\n"                                                            \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char SWITCH_FORMAT[] = "name: sched_switch\nID: 1\n" COMMON
				    "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
				    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
				    "\tfield:char next_comm[16];\toffset:40;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n"
				    "\nprint fmt: \"prev_comm=%s field:\", REC->prev_comm\n";

static const char WAKING_FORMAT[] = "name: sched_waking\nID: 2\n" COMMON
				    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
				    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n";

#define BLOCK_FIELDS                                                 \
	"\tfield:dev_t dev;\toffset:8;\tsize:4;\tsigned:0;\n"        \
	"\tfield:sector_t sector;\toffset:16;\tsize:8;\tsigned:0;\n" \
	"\tfield:unsigned int nr_sector;\toffset:24;\tsize:4;\tsigned:0;\n"

static const char ISSUE_FORMAT[] = "name: block_rq_issue\nID: 3\n" COMMON BLOCK_FIELDS
				   "\tfield:unsigned int bytes;\toffset:28;\tsize:4;\tsigned:0;\n"
				   "\tfield:char rwbs[8];\toffset:32;\tsize:8;\tsigned:0;\n";

static const char COMPLETE_FORMAT[] = "name: block_rq_complete\nID: 4\n" COMMON BLOCK_FIELDS
				      "\tfield:int error;\toffset:28;\tsize:4;\tsigned:1;\n"
				      "\tfield:char rwbs[8];\toffset:32;\tsize:8;\tsigned:0;\n";

static const char ENTER_FORMAT[] =
	"name: sys_enter\nID: 5\n" COMMON "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n";

static const char LEAVE_FORMAT[] =
	"name: sys_exit\nID: 6\n" COMMON "\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;\n"
	"\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n";

static const char BEGIN_FORMAT[] = "name: contention_begin\nID: 7\n" COMMON
				   "\tfield:void * lock_addr;\toffset:8;\tsize:8;\tsigned:0;\n"
				   "\tfield:unsigned int flags;\toffset:16;\tsize:4;\tsigned:0;\n";

static const char END_FORMAT[] = "name: contention_end\nID: 8\n" COMMON
				 "\tfield:void * lock_addr;\toffset:8;\tsize:8;\tsigned:0;\n"
				 "\tfield:int ret;\toffset:16;\tsize:4;\tsigned:1;\n";

static inline void add_format(struct bytes *bytes, const char *text)
{
	add_u64(bytes, strlen(text));
	add(bytes, text, strlen(text));
}

/* Of the writer's byte order. */
static inline void make_formats(struct bytes *bytes)
{
	const uint8_t order[] = { bytes->swap, 8 };

	add(bytes, "\x17\x08\x44tracing", 10);
	add(bytes, "0.6", 4);
	add(bytes, order, sizeof(order));
	add_u32(bytes, 4096);
	add(bytes, "header_page", 12);
	add_format(bytes, "page");
	add(bytes, "header_event", 13);
	add_format(bytes, "event");
	add_u32(bytes, 0);
	add_u32(bytes, 4);
	add(bytes, "sched", 6);
	add_u32(bytes, 2);
	add_format(bytes, SWITCH_FORMAT);
	add_format(bytes, WAKING_FORMAT);
	add(bytes, "block", 6);
	add_u32(bytes, 2);
	add_format(bytes, ISSUE_FORMAT);
	add_format(bytes, COMPLETE_FORMAT);
	add(bytes, "raw_syscalls", 13);
	add_u32(bytes, 2);
	add_format(bytes, ENTER_FORMAT);
	add_format(bytes, LEAVE_FORMAT);
	add(bytes, "lock", 5);
	add_u32(bytes, 2);
	add_format(bytes, BEGIN_FORMAT);
	add_format(bytes, END_FORMAT);
	add_u32(bytes, 0); /* no symbols */
	add_u32(bytes, 0); /* nor printk formats */
}

/* The raw data of a record: 60 or 44 bytes, so that with its length it is a multiple of 8. */
static inline void add_switch(struct bytes *raw, uint32_t prev, uint64_t prev_state, uint32_t next)
{
	static const char COMM[16] = "job";

	add_u64(raw, 0);
	add(raw, COMM, sizeof(COMM));
	add_u32(raw, prev);
	add_u32(raw, 0);
	add_u64(raw, prev_state);
	add(raw, COMM, sizeof(COMM));
	add_u32(raw, next);
}

static inline void add_waking(struct bytes *raw, uint8_t irq_flags, uint32_t pid)
{
	static const char COMM[16] = "job";
	const uint8_t head[8] = { 0, 0, irq_flags };

	add(raw, head, sizeof(head));
	add(raw, COMM, sizeof(COMM));
	add_u32(raw, pid);
}

static inline void add_block(struct bytes *raw, uint64_t sector, uint32_t sectors, uint32_t fourth,
			     const char rwbs[8])
{
	add_u64(raw, 0);
	add_u32(raw, 8U << 20);
	add_u32(raw, 0);
	add_u64(raw, sector);
	add_u32(raw, sectors);
	add_u32(raw, fourth);
	add(raw, rwbs, 8);
	add_u32(raw, 0);
}

static inline void add_contention(struct bytes *raw, uint8_t irq_flags, uint64_t lock,
				  uint32_t flags)
{
	const uint8_t head[8] = { 0, 0, irq_flags };

	add(raw, head, sizeof(head));
	add_u64(raw, lock);
	add_u32(raw, flags);
}

static inline void add_call(struct bytes *raw, uint64_t number, uint64_t result)
{
	add_u64(raw, 0);
	add_u64(raw, number);
	add_u64(raw, result);
	add_u32(raw, 0);
}

#endif
