/* How is slowpath used? Its help and its manual pages, printed from the tables that the parser
 * reads. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdio.h>

#include "cmd/options.h"

/* The help of one command, or with NULL of slowpath as a whole. */
void help_print(const struct command *commands, const struct command *command, FILE *out);

/* The same as a manual page, for man(1). */
void help_print_man(const struct command *commands, const struct command *command, FILE *out);

#endif
