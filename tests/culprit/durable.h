/* How does a process write records that are durable before anyone hears of them? */
#ifndef CULPRIT_DURABLE_H
#define CULPRIT_DURABLE_H

/* Write and fsync records to the file, and tell of each by one byte to fd; ends the process when
 * nobody listens. */
_Noreturn void write_durably(const char *path, int fd);

#endif
