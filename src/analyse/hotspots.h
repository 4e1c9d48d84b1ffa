/* What do hot functions mean? Where a process burns its CPU time in functions that are known, this
 * says what they do there and what can be done about it. The knowledge is in hotspots.def. */
#ifndef ANALYSE_HOTSPOTS_H
#define ANALYSE_HOTSPOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

enum hot_kind {
	HOT_KERNEL,  /* a function of the kernel or of a module */
	HOT_USER,    /* a function of a program or library */
	HOT_THREADS, /* not a function: the name of the thread that was sampled */
};

/* A function on a sample's stack. */
struct hot_frame {
	enum hot_kind kind;
	bool is_leaf;       /* it ran itself; else it had called somebody */
	const char *name;   /* "" or NULL: not known */
	const char *module; /* kernel module, or path of the ELF file; "" or NULL: not known */
};

/*
 * What a stack means to a row of the table. A stack has at most one mark of each row in each role,
 * so that the weights of a row's marks can be summed.
 */
struct hot_mark {
	uint16_t row;
	uint16_t frame;    /* that made it */
	bool is_companion; /* it is not what the row looks for, but what must be seen beside it */
};

#define HOT_MARKS_MAX    16
#define HOT_ROWS_MAX     126
#define HOT_PATTERNS_MAX 1536
#define HOT_FRAMES_MAX   128

/* One pattern of a row. */
struct hot_pattern {
	const char *text;
	uint16_t bytes;
	uint8_t row;
	bool is_companion;
	enum hot_kind kind;
};

/* All patterns, by the first byte of the names that they fit: so that few are held against a name.
 * Made once by hotspots_index(), then only read. */
struct hot_index {
	bool is_made;
	uint16_t begin[257]; /* of the patterns of a first byte; 0: those that fit with any */
	struct hot_pattern patterns[HOT_PATTERNS_MAX];
};

void hotspots_index(struct hot_index *ret);

/* Does any row ask for such a frame? What does not pass may be left out of a stack. */
bool hotspots_know(const struct hot_index *index, const struct hot_frame *frame);

/* What the frame is called in a sentence: its function, else its file without the folders; "" when
 * neither is known. It points into the frame's texts. */
const char *hotspots_name(const struct hot_frame *frame);

/*
 * Mark a stack, innermost frame first; of its frames HOT_FRAMES_MAX are read. At most HOT_MARKS_MAX
 * marks, by row; returns how many.
 */
size_t hotspots_mark(const struct hot_index *index, const struct hot_frame *frames, size_t count,
		     struct hot_mark ret[HOT_MARKS_MAX]);

/* So large a share of all samples has this mark, made by a frame of this hotspots_name(). */
struct hot_share {
	uint16_t row;
	bool is_companion;
	const char *name;
	double share;
};

/* What is known of the samples and of the machine. Texts may be NULL: not known. */
struct hotspot_facts {
	const char *whose;      /* "z_rd_int's samples in the kernel": the whole of the shares */
	uint64_t samples;       /* behind the shares */
	const char *sampler;    /* "cpu-clock at 99 Hz", "cycles", … */
	const char *clock;      /* the kernel's clock source: the fact clock.source */
	const char *hypervisor; /* the fact hypervisor.kind: "kvm", "xen", …; "none": real hardware
				 */
};

/* A row that fits. */
struct hotspot_hit {
	const char *id;     /* as in docs/hotspots.md */
	double share;       /* of the samples, in what the row looks for */
	bool is_caveat;     /* it is about how the samples were taken, not about what was done */
	char evidence[512]; /* one sentence: what it is, by which functions; names are as the traced
			       system has them */
	const char *advice;
};

/*
 * Which rows fit the shares? Of rows of one family only the first that fits is told. Hits are in
 * *ret by falling share, then by row, caveats last; at most `room`; returns how many.
 */
size_t hotspots_judge(const struct hot_share *shares, size_t count,
		      const struct hotspot_facts *facts, struct hotspot_hit *ret, size_t room);

/* A stack, or as much as is known of it: the hottest functions alone, or a path of a call tree. */
struct hot_stack {
	const struct hot_frame *frames; /* innermost first */
	size_t count;
	double share; /* of all samples */
};

/*
 * Both at once, for whoever has stacks at hand. Each sample must be in one of the stacks at most.
 * *ret_hits is how many of `room` were found. 0 or -ENOMEM.
 */
must_check int hotspots_match(const struct hot_stack *stacks, size_t count,
			      const struct hotspot_facts *facts, struct hotspot_hit *ret,
			      size_t room, size_t *ret_hits);

/* How to get a cycle counter, when the samples come from a timer inside a virtual machine; NULL:
 * nothing to say. */
const char *hotspots_sampler_advice(const struct hotspot_facts *facts);

#endif
