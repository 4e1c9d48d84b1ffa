/* What do two looks at all threads tell? A program that takes them, or reads a recording, and
 * prints a line of JSON for each event, for look.py to judge. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/source.h"

/* Bytes as a JSON string; any that is not plain ASCII as \u00XX. */
static void print_text(const char *key, const char *text, size_t bytes)
{
	printf(", \"%s\": \"", key);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_head(const struct event *event)
{
	printf("{\"kind\": \"%s\", \"time_ns\": %" PRIu64, event_kind_name(event->kind),
	       event->time_ns);
}

static void print_fact(const struct event_fact *fact)
{
	print_text("key", fact->text, fact->key_bytes);
	print_text("value", fact->text + fact->key_bytes, fact->value_bytes);
}

static void print_task(const struct event_task *task)
{
	printf(", \"tid\": %u, \"tgid\": %u, \"parent\": %u, \"flags\": %u, \"birth_ns\": %" PRIu64,
	       task->tid, task->tgid, task->parent_tgid, task->flags, task->birth_ns);
	print_text("comm", task->comm, strnlen(task->comm, sizeof(task->comm)));
}

static void print_symbol(const struct event_symbol *symbol)
{
	printf(", \"id\": %u", symbol->id);
	print_text("name", symbol->text, symbol->name_bytes);
}

static void print_stack(const struct event_stack *stack)
{
	printf(", \"id\": %" PRIu64 ", \"tgid\": %u, \"flags\": %u, \"symbols\": [", stack->id,
	       stack->tgid, stack->flags);
	for (uint32_t i = 0; i < stack->frames; i++)
		printf("%s%u", i ? ", " : "", stack->frame[i].symbol);
	putchar(']');
}

static void print_thread(const struct event_thread *thread)
{
	printf(", \"tid\": %u, \"look\": %u, \"state\": %u, \"flags\": %u, \"since_ns\": %" PRIu64
	       ", \"stack\": %" PRIu64 ", \"user_stack\": %" PRIu64,
	       thread->tid, thread->look, thread->state, thread->flags, thread->since_ns,
	       thread->stack, thread->user_stack);
	printf(", \"run_ns\": %" PRIu64 ", \"switches\": %" PRIu64 ", \"io_calls\": %" PRIu64
	       ", \"io_bytes\": %" PRIu64 ", \"syscall\": %d, \"exit_code\": %d",
	       thread->run_ns, thread->switches, thread->io_calls, thread->io_bytes,
	       thread->syscall, thread->exit_code);
	printf(", \"lock\": %" PRIu64 ", \"lock_kind\": %u, \"lock_owner\": %u, \"arguments\": [",
	       thread->lock, thread->lock_kind, thread->lock_owner);
	for (int i = 0; i < 6; i++)
		printf("%s%" PRIu64, i ? ", " : "", thread->arguments[i]);
	putchar(']');
}

static void print_relation(const struct event_relation *relation)
{
	printf(", \"tid\": %u, \"peer\": %u, \"relation\": %u, \"flags\": %u, \"object\": %" PRIu64
	       ", \"inode\": %" PRIu64 ", \"dev\": %u",
	       relation->tid, relation->peer, relation->kind, relation->flags, relation->object,
	       relation->inode, relation->dev);
	print_text("name", (const char *)(relation + 1), relation->name_bytes);
}

static void print_log(const struct event_log *log)
{
	printf(", \"tid\": %u, \"level\": %u", log->tid, log->level);
	print_text("text", log->text, log->text_bytes);
}

static void print_loss(const struct event_loss *loss)
{
	printf(", \"what\": \"%s\", \"count\": %" PRIu64, event_loss_name(loss->what), loss->count);
}

static int hear(void *self, const struct event *event, struct diag *why)
{
	const void *one = event;

	print_head(event);
	if (event->kind == EVENT_FACT)
		print_fact(one);
	if (event->kind == EVENT_TASK)
		print_task(one);
	if (event->kind == EVENT_SYMBOL)
		print_symbol(one);
	if (event->kind == EVENT_STACK)
		print_stack(one);
	if (event->kind == EVENT_THREAD)
		print_thread(one);
	if (event->kind == EVENT_RELATION)
		print_relation(one);
	if (event->kind == EVENT_LOG)
		print_log(one);
	if (event->kind == EVENT_LOSS)
		print_loss(one);
	puts("}");
	return 0;
}

static int look(struct options *options)
{
	const struct event_sink sink = { .take = hear };
	bool has_events;
	int status;

	options->what = WATCH_LOOK;
	status = source_run(options, &sink, &has_events);
	return has_events ? status : 1;
}

int main(int argc, char **argv)
{
	const struct command commands[] = {
		{ .name = "look",
		  .run = look,
		  .options = OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) |
			     OPTION_BIT(INPUT) | OPTION_BIT(WITHOUT) | OPTION_BIT(QUIET) },
		{},
	};
	struct options options = {};
	struct diag why = {};

	if (options_parse(commands, argc, argv, &options, &why) < 0) {
		(void)fprintf(stderr, "look_dump: %s\n", why.text);
		return 2;
	}
	return look(&options);
}
