/* How does a program get to see every thread there is? Inner to the watch. */
#ifndef PROBE_THREAD_ITER_H
#define PROBE_THREAD_ITER_H

#include "base/own.h"

struct bpf_object;

/* Show each thread to the program of this name, if this watch on this rung has it. 0 or -errno. */
must_check int thread_iter_run(const struct bpf_object *object, const char *name);

#endif
