/* What does a light watch tell? A program that runs one and prints a line for each event, for
 * light.py to judge. */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/options.h"
#include "cmd/source.h"

struct heard {
	uint64_t kinds[64];
};

static void print_task(const struct event_task *task)
{
	printf("task %u %u %u %" PRIu64 "\n", task->tid, task->tgid, task->flags, task->birth_ns);
}

static void print_usage(const struct event_usage *usage)
{
	printf("usage %u %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", usage->tid, usage->run_ns,
	       usage->user_ns, usage->kernel_ns);
}

static void print_fact(const struct event_fact *fact)
{
	printf("fact %.*s=%.*s\n", fact->key_bytes, fact->text, fact->value_bytes,
	       fact->text + fact->key_bytes);
}

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;

	if (event->kind < 64)
		heard->kinds[event->kind]++;
	if (event->kind == EVENT_TASK)
		print_task((const void *)event);
	if (event->kind == EVENT_TASK_END)
		printf("end %u\n", ((const struct event_task_end *)(const void *)event)->tid);
	if (event->kind == EVENT_USAGE)
		print_usage((const void *)event);
	if (event->kind == EVENT_FACT)
		print_fact((const void *)event);
	if (event->kind == EVENT_LOSS)
		printf("loss %s %" PRIu64 "\n",
		       event_loss_name(((const struct event_loss *)(const void *)event)->what),
		       ((const struct event_loss *)(const void *)event)->count);
	return 0;
}

static int watch(struct options *options)
{
	struct heard heard = {};
	const struct event_sink sink = { .take = hear, .self = &heard };
	bool has_events;
	int status;

	options->what = WATCH_CPU;
	status = source_run(options, &sink, &has_events);
	for (unsigned int kind = 0; kind < 64; kind++) {
		if (heard.kinds[kind])
			printf("kind %s %" PRIu64 "\n", event_kind_name(kind), heard.kinds[kind]);
	}
	return has_events ? status : 1;
}

int main(int argc, char **argv)
{
	const struct command commands[] = {
		{ .name = "light",
		  .run = watch,
		  .options = OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) |
			     OPTION_BIT(FREQUENCY) | OPTION_BIT(WITHOUT) | OPTION_BIT(QUIET) |
			     OPTION_ARGV_BIT },
		{},
	};
	struct options options = {};
	struct diag why = {};

	if (options_parse(commands, argc, argv, &options, &why) < 0) {
		(void)fprintf(stderr, "light_watch: %s\n", why.text);
		return 2;
	}
	return watch(&options);
}
