/* What can stand here? The words of slowpath for shells that complete them, printed from the tables
 * that the parser reads. */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include <stdio.h>

#include "base/own.h"
#include "cmd/options.h"

/* The script for this shell: "bash", "zsh" or "fish". -EINVAL: it is another one. */
must_check int completion_print(const struct command *commands, const char *shell, FILE *out);

#endif
