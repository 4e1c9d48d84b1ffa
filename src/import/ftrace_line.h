/* What does a line of ftrace's text say? One line, cut into its columns. */
#ifndef IMPORT_FTRACE_LINE_H
#define IMPORT_FTRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/fgraph.h"

enum ftrace_line_kind {
	FTRACE_LINE_NONE,      /* of no use here: blank, a heading, another event */
	FTRACE_LINE_BAD,       /* it looks like a call, but cannot be read */
	FTRACE_LINE_ENTRY,     /* name() { */
	FTRACE_LINE_LEAF,      /* name(); */
	FTRACE_LINE_EXIT,      /* } */
	FTRACE_LINE_IRQ_ENTRY, /* ==========> */
	FTRACE_LINE_IRQ_EXIT,  /* <========== */
	FTRACE_LINE_SWITCH,    /* the event sched_switch */
	FTRACE_LINE_CHANGE,    /* the thread of the CPU's lines changed: "0)  a-1  =>  b-2" */
	FTRACE_LINE_LOST,
};

struct ftrace_text_piece {
	const char *text;
	size_t bytes;
};

#define FTRACE_NO_TASK UINT32_MAX

struct ftrace_line {
	enum ftrace_line_kind kind;
	bool has_time;
	bool has_duration;
	bool has_result;
	bool has_level; /* the line shows whether it was in an interrupt */
	uint64_t time_ns;
	uint64_t duration_ns;
	int64_t result;
	uint32_t cpu;
	uint32_t tid;  /* FTRACE_NO_TASK: not told; of a switch: who ran */
	uint32_t next; /* of a switch or change: who runs from there on */
	int32_t depth; /* of no absolute meaning: deeper calls have more */
	enum fgraph_level level;
	uint64_t lost; /* records; 0: not told */
	struct ftrace_text_piece comm;
	struct ftrace_text_piece next_comm;
	struct ftrace_text_piece name; /* of an exit: 0 bytes where it is not told */
	struct ftrace_text_piece module;
};

/* Cut a line without its newline. The pieces are of the line's own bytes. */
void ftrace_line_cut(const char *text, size_t bytes, struct ftrace_line *ret);

#endif
