/*
 * What was told before? The threads, functions and call stacks that later events name by their
 * numbers, kept while there is room.
 */
#ifndef EXPORT_TOLD_H
#define EXPORT_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "event/event.h"

struct told_task {
	uint32_t tid;
	uint32_t tgid;
	uint32_t cpu; /* whoever keeps it: where it ran last */
	bool is_target;
	char comm[17];
};

struct told_symbol {
	const char *name;   /* "": not known */
	const char *module; /* as in struct event_symbol */
};

struct told_stack {
	uint32_t first; /* of told.frames */
	uint32_t count;
	bool is_user;
};

/* Zero is a valid empty one. */
struct told {
	bool without_symbols; /* they are not asked for */
	ARRAY(struct told_task) tasks;
	ARRAY(struct told_symbol) symbols;
	ARRAY(struct told_stack) stacks;
	ARRAY(struct event_frame) frames;
	ARRAY(char *) blocks;
	size_t block_used;
	struct hash_map by_tid;    /* → place in tasks + 1 */
	struct hash_map by_symbol; /* → place in symbols + 1 */
	struct hash_map by_stack;  /* → place in stacks + 1 */
	uint64_t left_out;         /* things that found no room */
};

/* Keep what this event tells, if it is of these kinds. -ENOMEM. */
must_check int told_take(struct told *told, const struct event *event);

/* All: NULL when it was not told, or found no room. Valid until the next told_take(). */
struct told_task *told_task(const struct told *told, uint32_t tid);
const struct told_symbol *told_symbol(const struct told *told, uint32_t id);
const struct told_stack *told_stack(const struct told *told, uint64_t id);

void told_free(struct told *told);

#endif
