/* What is stuck? The words of the classes and of the decision table, and the report's memory. */
#include "finding/stuck.h"

#include <stdlib.h>

struct class_row {
	const char *id;
	int exit_status;
	const char *title;
	const char *advice;
};

struct row_row {
	const char *id;
	enum stuck_class class;
	enum cause cause;
	bool is_told;
	const char *words;
};

static const struct class_row CLASSES[] = {
#define STUCK_CLASS(NAME, id, exit_status, title, advice) { id, exit_status, title, advice },
#include "finding/stuck.def"
#undef STUCK_CLASS
};

#define TOLD_ALWAYS true
#define TOLD_NAMED  false

static const struct row_row ROWS[] = {
#define STUCK_ROW(NAME, id, CLASS, CAUSE, TOLD, words) \
	{ id, STUCK_##CLASS, CAUSE_##CAUSE, TOLD_##TOLD, words },
#include "finding/stuck.def"
#undef STUCK_ROW
};

const char *stuck_class_id(enum stuck_class class)
{
	return class < STUCK_CLASS_COUNT ? CLASSES[class].id : "unknown";
}

const char *stuck_class_title(enum stuck_class class)
{
	return class < STUCK_CLASS_COUNT ? CLASSES[class].title : "unknown";
}

const char *stuck_class_advice(enum stuck_class class)
{
	return class < STUCK_CLASS_COUNT ? CLASSES[class].advice : "";
}

int stuck_class_exit_status(enum stuck_class class)
{
	return class < STUCK_CLASS_COUNT ? CLASSES[class].exit_status : 0;
}

const char *stuck_row_id(enum stuck_row row)
{
	return row < STUCK_ROW_COUNT ? ROWS[row].id : "unknown";
}

const char *stuck_row_words(enum stuck_row row)
{
	return row < STUCK_ROW_COUNT ? ROWS[row].words : "unknown";
}

enum stuck_class stuck_row_class(enum stuck_row row)
{
	return row < STUCK_ROW_COUNT ? ROWS[row].class : STUCK_IDLE;
}

enum cause stuck_row_cause(enum stuck_row row)
{
	return row < STUCK_ROW_COUNT ? ROWS[row].cause : CAUSE_UNKNOWN;
}

bool stuck_row_is_told(enum stuck_row row)
{
	return row < STUCK_ROW_COUNT && ROWS[row].is_told;
}

/* The words and the list itself. */
#define free_list(list)                                   \
	do {                                              \
		texts_free((list)->items, (list)->count); \
		array_free(list);                         \
	} while (0)

static void free_process(struct stuck_process *process)
{
	free(process->words);
	free_list(&process->evidence);
	free_list(&process->advice);
	free_list(&process->log);
	array_free(&process->chain);
}

static void free_deadlock(struct stuck_deadlock *deadlock)
{
	for (size_t i = 0; i < deadlock->members.count; i++) {
		struct stuck_member *member = &deadlock->members.items[i];

		free_list(&member->stack);
	}
	array_free(&deadlock->members);
}

static void free_group(struct stuck_group *group)
{
	free_list(&group->names);
	free_list(&group->kernel);
	free_list(&group->user);
}

void stuck_report_free(struct stuck_report **report)
{
	struct stuck_report *freed = *report;

	*report = NULL;
	if (!freed)
		return;
	for (size_t i = 0; i < freed->processes.count; i++)
		free_process(&freed->processes.items[i]);
	for (size_t i = 0; i < freed->deadlocks.count; i++)
		free_deadlock(&freed->deadlocks.items[i]);
	for (size_t i = 0; i < freed->groups.count; i++)
		free_group(&freed->groups.items[i]);
	free_list(&freed->not_seen);
	free_list(&freed->how);
	array_free(&freed->processes);
	array_free(&freed->deadlocks);
	array_free(&freed->groups);
	array_free(&freed->losses);
	free(freed);
}
