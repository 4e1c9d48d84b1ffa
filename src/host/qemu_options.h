/* What does one value on QEMU's command line say? "driver=raw,file=a,,b,cache.direct=on", or the
 * same as JSON: keys and values. */
#ifndef HOST_QEMU_OPTIONS_H
#define HOST_QEMU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/own.h"

#define QEMU_OPTIONS_MAX 256u

struct qemu_option {
	char *key;   /* owned; with dots: "cache.direct"; "" for a first value without one */
	char *value; /* owned; of JSON's booleans "on" and "off" */
};

/* Born zero. */
struct qemu_options {
	ARRAY(struct qemu_option) items;
};

/*
 * Read a value. A comma in it is written twice; a word without '=' is the value of implied_key when
 * it is the first, else a switch that is on ("noshare": off). JSON objects are read as far as they
 * can be. More than QEMU_OPTIONS_MAX are left out. 0 or -ENOMEM; end with qemu_options_free().
 */
must_check int qemu_options_read(const char *text, const char *implied_key,
				 struct qemu_options *ret);

/* The value of a key, the last one; NULL: it is not there. */
const char *qemu_option(const struct qemu_options *options, const char *key);

/* Is it on ("on", "yes", "true")? without: when it is not there, or neither on nor off. */
bool qemu_option_is_on(const struct qemu_options *options, const char *key, bool without);

void qemu_options_free(struct qemu_options *options);

#endif
