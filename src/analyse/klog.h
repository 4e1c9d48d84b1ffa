/* What does the kernel's log tell of which thread? */
#ifndef ANALYSE_KLOG_H
#define ANALYSE_KLOG_H

#include <stdint.h>

#include "analyse/names.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

/* klog.def */
enum klog_kind {
	KLOG_NONE,
	KLOG_USER,   /* a program crashed */
	KLOG_FAILED, /* the kernel did */
	KLOG_STALL,  /* a thread keeps a CPU */
	KLOG_HUNG,   /* a thread does not get on */
	KLOG_KILLED, /* the kernel ended a process for its memory */
};

struct klog_line {
	uint32_t tid;
	uint32_t text; /* names */
	uint64_t written_ns;
};

/* Lines of the log that tell of one thing. */
struct klog_report {
	enum klog_kind kind;
	uint32_t tid;
	uint32_t comm;
	uint32_t first; /* line */
	uint32_t last;
	uint32_t count;      /* such reports of this thread */
	uint64_t written_ns; /* the last one's */
};

/* Zero is a valid empty log. All of its texts are in the owner's names. */
struct klog {
	ARRAY(struct klog_line) lines;
	uint64_t lines_left_out; /* for which there was no room */
	ARRAY(struct klog_report) reports;
	struct hash_map by_report; /* thread and kind → place + 1 */
};

/* 0 or -ENOMEM. */
must_check int klog_take(struct klog *klog, struct names *names, const struct event_log *event);
/* Bring the lines of each report together: once, when all were taken. 0 or -ENOMEM. */
must_check int klog_read(struct klog *klog, struct names *names);
/* The last report of this kind on a thread of this number, or NULL. */
const struct klog_report *klog_find(const struct klog *klog, enum klog_kind kind, uint32_t tid);
/* Add its first lines, and those that say where and who, to an ARRAY(struct text). 0 or -ENOMEM. */
must_check int klog_tell(const struct klog *klog, const struct names *names,
			 const struct klog_report *report, void *list);

void klog_free(struct klog *klog);

#endif
