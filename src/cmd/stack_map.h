/* What lies between a file and the hardware? Asked of the host, for whoever shows it. */
#ifndef CMD_STACK_MAP_H
#define CMD_STACK_MAP_H

#include "base/diag.h"
#include "base/own.h"
#include "finding/stack_map.h"

/* The map below a path of this machine. On success *ret is the caller's, to end with
 * stack_map_free(). -errno: the path is not there, or on no mount. */
must_check int stack_map_of(const char *path, struct stack_map **ret, struct diag *why);

#endif
