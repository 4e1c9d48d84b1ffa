/* What is this value? A word of the command line as a number, a time, a choice; nothing is guessed
 * or cut. */
#ifndef CMD_VALUES_H
#define CMD_VALUES_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"

/* All: 0, or -EINVAL with what is wrong with the text; *ret is set only on success. */

/* A process number: 1 … 2^31 − 1. */
must_check int value_pid(const char *text, uint32_t *ret, struct diag *why);

/* "10" (seconds), "1.5", "500ms", "2m"; more than 0. */
must_check int value_duration(const char *text, uint64_t *ret_ns, struct diag *why);

/* 0 … 10000 per second. */
must_check int value_frequency(const char *text, uint32_t *ret, struct diag *why);

/* 0 … 1000. */
must_check int value_count(const char *text, uint32_t *ret, struct diag *why);

must_check int value_color(const char *text, enum color_when *ret, struct diag *why);

/* "D", "S", "all". */
must_check int value_state(const char *text, enum wait_state *ret, struct diag *why);

/* The name of a format of slowpath export. */
must_check int value_format(const char *text, enum export_format *ret, struct diag *why);

/* "4096", "256M", "1G", "1GiB": in units of 1024 bytes; more than 0. */
must_check int value_size(const char *text, uint64_t *ret_bytes, struct diag *why);

/*
 * "NAME=FOLDER", or a folder alone, whose last part is the name: 1 … BENCH_NAME_BYTES - 1 letters,
 * digits, '.', '_' and '-'. *ret_folder points into the text. Whether the folder exists is not
 * looked at.
 */
must_check int value_target(const char *text, char *name, const char **ret_folder,
			    struct diag *why);

/* A comma-separated list of presets of slowpath bench. */
must_check int value_presets(const char *text, uint32_t *ret, struct diag *why);

/* "5", "0.5": 0 … 100 as a share from 0 to 1. */
must_check int value_percent(const char *text, double *ret, struct diag *why);

/* The words that such an option takes, one by one from 0 on; NULL: no more, or it is no closed set.
 */
const char *value_choice(enum option_type type, size_t number);

/* A comma-separated list of facility ids that exist. */
must_check int value_features(const char *text, struct diag *why);

#endif
