/* Who else has the debug information of a build? */
#include "host/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

/* libdebuginfod's interface, which has been the same since 0.178. */
struct debuginfod {
	void *library;
	void *client;
	void *(*begin)(void);
	void (*end)(void *client);
	int (*find)(void *client, const unsigned char *build_id, int bytes, char **path);
	bool is_silent; /* a server could not be reached */
};

static bool find_function(struct debuginfod *debuginfod, const char *name, void *ret)
{
	void *found = dlsym(debuginfod->library, name);

	*(void **)ret = found;
	return found != NULL;
}

int debuginfod_new(struct debuginfod **ret)
{
	owns(debuginfod_free) struct debuginfod *debuginfod = NULL;
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!urls || urls[0] == '\0')
		return -ENOENT;
	debuginfod = calloc(1, sizeof(*debuginfod));
	if (!debuginfod)
		return -ENOMEM;
	debuginfod->library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!debuginfod->library)
		return -ENOSYS;
	if (!find_function(debuginfod, "debuginfod_begin", &debuginfod->begin) ||
	    !find_function(debuginfod, "debuginfod_end", &debuginfod->end) ||
	    !find_function(debuginfod, "debuginfod_find_debuginfo", &debuginfod->find))
		return -ENOSYS;
	debuginfod->client = debuginfod->begin();
	if (!debuginfod->client)
		return -ENOSYS;
	*ret = give(debuginfod);
	return 0;
}

int debuginfod_fetch(void *self, const uint8_t *build_id, size_t bytes)
{
	struct debuginfod *debuginfod = self;
	int fd;

	if (debuginfod->is_silent || bytes > INT_MAX)
		return -ENOENT;
	fd = debuginfod->find(debuginfod->client, build_id, (int)bytes, NULL);
	/* Each file would wait as long again. */
	if (fd == -ETIME || fd == -EHOSTUNREACH || fd == -ECONNREFUSED || fd == -ENETUNREACH)
		debuginfod->is_silent = true;
	return fd;
}

void debuginfod_free(struct debuginfod **debuginfod)
{
	if (!*debuginfod)
		return;
	if ((*debuginfod)->client)
		(*debuginfod)->end((*debuginfod)->client);
	/* Not unloaded: the libraries that it brings along do not all bear that. */
	free(*debuginfod);
	*debuginfod = NULL;
}
