/* What did perf record? Puts the importer, the namer and the sink one behind the other, and says
 * where the names come from. */
#include "cmd/imported.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/relay.h"
#include "host/debuginfod.h"
#include "host/images.h"
#include "host/procfs.h"
#include "import/perf_data.h"
#include "import/recognise.h"
#include "symbol/symbol.h"

/* Lines of functions are read from debug information that is no larger. */
#define DEBUG_BYTES_MAX (64UL << 20)

struct imported {
	const char *kallsyms; /* file given by the user; NULL: none */
	bool wants_inlined;
	struct perf_data *data;
	struct namer *namer;
	struct debuginfod *servers; /* NULL: the user has named none */
	const struct event_sink *next;
	bool has_kernel; /* its names were given out */
	struct diag nameless;
};

static bool is_pipe(const char *path)
{
	struct stat status;

	return strcmp(path, "-") == 0 || (stat(path, &status) == 0 && S_ISFIFO(status.st_mode));
}

bool imported_is(const char *path)
{
	return is_pipe(path) || file_recognise(path) == FILE_PERF_DATA;
}

bool imported_again(const char *path)
{
	return !is_pipe(path) && file_recognise(path) == FILE_PERF_DATA;
}

/* --- names --- */

static int read_given(const struct imported *imported, char **ret_text, size_t *ret_bytes,
		      struct diag *why)
{
	const struct perf_kernel *kernel = perf_data_kernel(imported->data);
	owns(own_free) char *text = NULL;
	struct diag reason = {};
	size_t bytes = 0;
	int r = host_read_file(imported->kallsyms, &text, &bytes, why);

	if (r < 0)
		return r;
	r = perf_kernel_check(kernel, text, bytes, &reason);
	if (r < 0)
		return diag_set(why, r, "%s does not fit: %s", imported->kallsyms, reason.text);
	*ret_bytes = bytes;
	*ret_text = give(text);
	return 0;
}

/* This machine's own names, when its kernel is the recorded one and lies where that lay. */
static int read_own(const struct imported *imported, char **ret_text, size_t *ret_bytes,
		    struct diag *why)
{
	const struct perf_kernel *kernel = perf_data_kernel(imported->data);
	owns(own_free) char *text = NULL, *notes = NULL;
	size_t bytes = 0;
	int r = host_read_file("/sys/kernel/notes", &notes, &bytes, why);

	if (r == 0)
		r = perf_kernel_check_notes(kernel, notes, bytes, why);
	if (r == 0)
		r = host_kallsyms(NULL, &text, &bytes, why);
	if (r == 0)
		r = perf_kernel_check(kernel, text, bytes, why);
	if (r < 0)
		return r;
	*ret_bytes = bytes;
	*ret_text = give(text);
	return 0;
}

/* Asked for again and again as long as addresses stay unknown; but nothing new comes. */
static int read_kallsyms(void *self, char **ret_text, size_t *ret_bytes, struct diag *why)
{
	struct imported *imported = self;
	int r;

	if (imported->has_kernel)
		return -ENODATA;
	if (imported->nameless.code)
		return diag_set(why, imported->nameless.code, "%s", imported->nameless.text);
	r = imported->kallsyms ? read_given(imported, ret_text, ret_bytes, &imported->nameless)
			       : read_own(imported, ret_text, ret_bytes, &imported->nameless);
	imported->has_kernel = r == 0;
	if (r < 0)
		return diag_set(why, r, "%s", imported->nameless.text);
	return 0;
}

/* A file may be another one by now, or here: its build-id is looked at. Without one in the
 * recording it is believed only where it was recorded. */
static bool is_from_here(void *self)
{
	const struct imported *imported = self;
	struct utsname here;

	return uname(&here) == 0 && perf_data_is_from(imported->data, here.nodename, here.release);
}

static int fetch_debug(void *self, const uint8_t *build_id, size_t bytes)
{
	const struct imported *imported = self;

	return debuginfod_fetch(imported->servers, build_id, bytes);
}

/* --- the stream: importer → namer → sink --- */

static int pass_on(void *self, const struct event *event, struct diag *why)
{
	const struct imported *imported = self;

	return imported->next->take ? event_sink_take(imported->next, event, why) : 0;
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct imported *imported = self;
	int r = namer_take(imported->namer, event, why);

	if (r == 0 && imported->kallsyms && imported->nameless.code)
		r = diag_set(why, imported->nameless.code, "%s", imported->nameless.text);
	return r;
}

/* Without waiting: a pipe without a writer would hold us here. */
static int open_input(const char *path, struct diag *why)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? diag_set(why, -errno, "cannot open %s: %s", path, strerror(errno)) : fd;
}

static void tell(const char *what, const char *words)
{
	struct diag note = {};

	(void)diag_set(&note, -ENODATA, "%s%s", what, words);
	cmd_complain(&note);
}

static void tell_missing(const struct imported *imported, bool is_quiet)
{
	const char *damage = perf_data_damage(imported->data);

	if (imported->nameless.code && !is_quiet)
		tell("kernel functions have no names: ", imported->nameless.text);
	if (damage)
		tell("", damage);
}

static int run(struct imported *imported, struct diag *why)
{
	/* The processes of this machine are not those that were recorded: no maps. */
	const struct symbol_source source = {
		.kallsyms = read_kallsyms,
		.open = host_open_recorded,
		.trusts_paths = is_from_here,
		.fetch_debug = imported->servers ? fetch_debug : NULL,
		.debug_bytes_max = DEBUG_BYTES_MAX,
		.wants_inlined = imported->wants_inlined,
		.home = getenv("HOME"),
		.self = imported,
	};
	const struct event_sink out = { .take = pass_on, .self = imported };
	const struct event_sink in = { .take = take, .self = imported };
	int r = namer_new(&source, &out, &imported->namer);

	return r < 0 ? diag_set(why, r, "out of memory") : perf_data_read(imported->data, &in, why);
}

/* Where a second thread cannot be had the first does its work. */
static int run_both(struct imported *imported, struct diag *why)
{
	owns(relay_free) struct relay *relay = NULL;
	struct event_sink relayed = { .take = relay_take };
	int r = imported->next->take ? relay_new(imported->next, &relay) : -ENOENT;

	if (r < 0)
		return run(imported, why);
	relayed.self = relay;
	imported->next = &relayed;
	r = run(imported, why);
	return r < 0 ? r : relay_finish(relay, why);
}

int imported_read(const struct options *options, const struct event_sink *sink, struct diag *why)
{
	struct imported imported = { .kallsyms = options->kallsyms,
				     .wants_inlined = options->inlined,
				     .next = sink };
	owns(own_close) int fd = open_input(options->input, why);
	int r = fd;

	if (fd >= 0)
		r = perf_data_open(fd, options->input, &imported.data, why);
	if (r == 0 && debuginfod_new(&imported.servers) == -ENOMEM)
		r = diag_set(why, -ENOMEM, "out of memory");
	if (r == 0)
		r = run_both(&imported, why);
	if (r == 0 && !options->is_told)
		tell_missing(&imported, options->quiet);
	namer_free(&imported.namer);
	debuginfod_free(&imported.servers);
	perf_data_free(&imported.data);
	return r;
}
