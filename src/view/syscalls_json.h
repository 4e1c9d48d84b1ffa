/* How do we say to programs which system calls were made? */
#ifndef VIEW_SYSCALLS_JSON_H
#define VIEW_SYSCALLS_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/syscalls.h"

/* Print the report as one JSON object; flushes out. -ENOMEM, or -errno when out took no more. */
must_check int view_syscalls_json(const struct syscall_report *report, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_syscalls_json_object(const struct syscall_report *report);

/* Print its JSON Schema; flushes out. 0, or -errno when out took no more. */
must_check int view_syscalls_json_schema(FILE *out);

#endif
