/* Which calls does the importer tell? Each as a line of numbers and its name, for tests that add
 * them up in another way. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "import/ftrace_text.h"
#include "import/recognise.h"
#include "import/trace_dat.h"
#include "symbol/symbol.h"

static char **names;
static size_t name_count;

static int take(void *self, const struct event *event, struct diag *why)
{
	if (event->kind == EVENT_SYMBOL) {
		const struct event_symbol *symbol = (const void *)event;

		if (symbol->id >= name_count) {
			names = realloc(names, (symbol->id + 1024) * sizeof(*names));
			memset(names + name_count, 0,
			       (symbol->id + 1024 - name_count) * sizeof(*names));
			name_count = symbol->id + 1024;
		}
		names[symbol->id] = calloc(1, symbol->name_bytes + 1U);
		memcpy(names[symbol->id], symbol->text, symbol->name_bytes);
	}
	if (event->kind == EVENT_LOSS)
		printf("loss %" PRIu64 "\n", ((const struct event_loss *)event)->count);
	if (event->kind == EVENT_CALL) {
		const struct event_call *call = (const void *)event;
		const char *name = call->symbol < name_count ? names[call->symbol] : NULL;

		printf("call %" PRIu64 " %" PRIu64 " %u %u %u %u %" PRIu64 " %" PRIu64 " %" PRIu64
		       " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
		       call->id, call->parent, call->tid, call->cpu, call->depth, call->flags,
		       call->head.time_ns, call->start_ns, call->duration_ns, call->self_ns,
		       call->unknown_ns, call->irq_ns, call->off_ns, name ? name : "?");
	}
	return 0;
}

static int kallsyms(void *self, char **ret, size_t *ret_bytes, struct diag *why)
{
	return trace_dat_kallsyms(self, ret, ret_bytes, why);
}

static int read_dat(int fd, const char *path, struct diag *why)
{
	const struct event_sink sink = { .take = take };
	struct symbol_source source = { .kallsyms = kallsyms };
	struct event_sink in = { .take = namer_take };
	struct trace_dat *dat = NULL;
	struct namer *namer = NULL;
	int r = trace_dat_open(fd, path, &dat, why);

	source.self = dat;
	if (r == 0)
		r = namer_new(&source, &sink, &namer);
	in.self = namer;
	if (r == 0)
		r = trace_dat_read(dat, &in, why);
	namer_free(&namer);
	trace_dat_free(&dat);
	return r;
}

int main(int argc, char **argv)
{
	const struct event_sink sink = { .take = take };
	struct ftrace_text text;
	struct diag why = {};
	int fd, r;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDONLY);
	r = file_recognise(argv[1]) == FILE_TRACE_DAT
		    ? read_dat(fd, argv[1], &why)
		    : ftrace_text_read(fd, argv[1], &sink, &text, &why);
	if (r < 0)
		fprintf(stderr, "%s\n", why.text);
	return r < 0;
}
