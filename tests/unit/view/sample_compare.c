/* What comparison do the views' tests show? Made by hand, so that no analysis changes how it looks.
 */
#include "unit/view/sample_compare.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((double)(n)*1e6)

static void add_run(void *runs_pointer, const char *path, double time_ns)
{
	ARRAY(struct compared_run) *runs = runs_pointer;
	struct compared_run *run = array_push(runs);

	assert_non_null(run);
	run->path = strdup(path);
	assert_non_null(run->path);
	strcpy(run->name, "pg\033[2Jdump");
	run->window_ns = (uint64_t)time_ns;
	run->time_ns = time_ns;
}

static void add_change(struct comparison *comparison, const struct change *made)
{
	struct change *change = array_push(&comparison->changes);

	assert_non_null(change);
	*change = *made;
	change->share = (made->after_ns - made->before_ns) / MS(8300);
	change->is_chance_known = made->chance_ns >= 0;
}

static struct comparison *make(void)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));

	assert_non_null(comparison);
	comparison->least_share = 0.02;
	strcpy(comparison->base_words, "the command's wall time");
	return comparison;
}

struct comparison *sample_compare(void)
{
	static const struct change CHANGES[] = {
		{ CHANGE_TIME, "the command's wall time", "", MS(8300), MS(10210), 0, MS(150), true,
		  true },
		{ CHANGE_CAUSE, "fs.sync", "flushing written data to the device", MS(410), MS(2320),
		  0, MS(120), true, true },
		{ CHANGE_CAUSE, "cpu.user", "running its own code", MS(7500), MS(7410), 0, MS(300),
		  true, false },
		{ CHANGE_CAUSE, "unknown", "not attributed", MS(10), MS(80), 0, -1, false, false },
		{ CHANGE_SUBJECT, "vda\x9b", "fs.sync", MS(410), MS(2320), 0, MS(120), true, true },
		{ CHANGE_FUNCTION, "deflate_slow", "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
		  MS(6100), MS(6230), 0, MS(290), true, false },
		{ CHANGE_POOL, "kworker/*", "", MS(90), MS(320), 0, MS(45), true, true },
	};
	struct comparison *comparison = make();

	add_run(&comparison->before, "a1.slowpath", MS(8250));
	add_run(&comparison->before, "a2.slowpath", MS(8310));
	add_run(&comparison->before, "a3.slowpath", MS(8340));
	add_run(&comparison->after, "b1.slowpath", MS(10150));
	add_run(&comparison->after, "b2.slowpath", MS(10210));
	add_run(&comparison->after, "b\r3.slowpath", MS(10270));
	for (size_t i = 0; i < array_count(CHANGES); i++)
		add_change(comparison, &CHANGES[i]);
	assert_int_equal(text_add(&comparison->notes, "events were lost in some runs"), 0);
	strcpy(comparison->next_command, "slowpath -i b1.slowpath");
	return comparison;
}

struct comparison *sample_no_difference(void)
{
	static const struct change CHANGES[] = {
		{ CHANGE_TIME, "the target's non-idle thread time", "", MS(610), MS(633), 0, MS(40),
		  true, false },
		{ CHANGE_CAUSE, "cpu.user", "running its own code", MS(610), MS(633), 0, MS(40),
		  true, false },
	};
	struct comparison *comparison = make();

	comparison->is_rate = true;
	add_run(&comparison->before, "a", MS(610));
	add_run(&comparison->after, "b", MS(633));
	comparison->before.items[0].name[0] = comparison->after.items[0].name[0] = '\0';
	for (size_t i = 0; i < array_count(CHANGES); i++)
		add_change(comparison, &CHANGES[i]);
	return comparison;
}
