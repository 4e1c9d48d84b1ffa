/* What did ftrace record? Puts the importer, the namer and the sink one behind the other. */
#include "cmd/traced.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/relay.h"
#include "host/procfs.h"
#include "import/ftrace_text.h"
#include "import/recognise.h"
#include "import/trace_dat.h"
#include "symbol/symbol.h"

struct traced {
	const struct options *options;
	struct trace_dat *dat;
	struct namer *namer;
	bool has_names; /* they were given out */
	struct diag nameless;
};

bool traced_is(const char *path)
{
	switch (file_recognise(path)) {
	case FILE_TRACE_DAT:
	case FILE_FTRACE_TEXT:
	case FILE_TEXT:
		return true;
	case FILE_UNREADABLE:
	case FILE_EMPTY:
	case FILE_RECORDING:
	case FILE_PERF_DATA:
	case FILE_LOCK_STAT:
	case FILE_ELF:
	case FILE_OTHER:
		break;
	}
	return false;
}

static void tell(const char *words)
{
	struct diag note = {};

	(void)diag_set(&note, -ENODATA, "%s", words);
	cmd_complain(&note);
}

/* The recorded machine's names are in the file, unless others are given. */
static int read_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	struct traced *traced = self;
	int r;

	if (traced->has_names)
		return -ENODATA;
	traced->has_names = true;
	r = traced->options->kallsyms
		    ? host_read_file(traced->options->kallsyms, ret_text, ret_bytes,
				     &traced->nameless)
		    : trace_dat_kallsyms(traced->dat, ret_text, ret_bytes, &traced->nameless);
	return r < 0 ? diag_set(why, r, "%s", traced->nameless.text) : 0;
}

/* The first one reads and names, the second thinks; where there is no second thread the first does
 * both. */
static int read_named(struct traced *traced, const struct event_sink *sink, struct diag *why)
{
	const struct symbol_source source = { .kallsyms = read_kallsyms, .self = traced };
	owns(relay_free) struct relay *relay = NULL;
	struct event_sink relayed = { .take = relay_take };
	struct event_sink in = { .take = namer_take };
	int r;

	if (relay_new(sink, &relay) == 0) {
		relayed.self = relay;
		sink = &relayed;
	}
	r = namer_new(&source, sink, &traced->namer);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	in.self = traced->namer;
	r = trace_dat_read(traced->dat, &in, why);
	return r < 0 || !relay ? r : relay_finish(relay, why);
}

static int read_dat(const struct options *options, int fd, const struct event_sink *sink,
		    struct diag *why)
{
	struct traced traced = { .options = options };
	int r = trace_dat_open(fd, options->input, &traced.dat, why);

	if (r == 0)
		r = read_named(&traced, sink, why);
	if (r == 0 && traced.nameless.code && traced.options->kallsyms)
		r = diag_set(why, traced.nameless.code, "%s", traced.nameless.text);
	if (r == 0 && trace_dat_damage(traced.dat))
		tell(trace_dat_damage(traced.dat));
	namer_free(&traced.namer);
	trace_dat_free(&traced.dat);
	return r;
}

static int read_text(const struct options *options, int fd, const struct event_sink *sink,
		     struct diag *why)
{
	struct ftrace_text text;

	if (options->kallsyms)
		return diag_set(why, -EINVAL, "--kallsyms is for trace.dat files: %s is a text",
				options->input);
	return ftrace_text_read(fd, options->input, sink, &text, why);
}

int traced_read(const struct options *options, const struct event_sink *sink, struct diag *why)
{
	owns(own_close) int fd = open(options->input, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return diag_set(why, -errno, "cannot open %s: %s", options->input, strerror(errno));
	return file_recognise(options->input) == FILE_TRACE_DAT ? read_dat(options, fd, sink, why)
								: read_text(options, fd, sink, why);
}
