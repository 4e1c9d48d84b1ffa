/* What does leaving the guest cost a durable write? Two measurements, and their difference. */
#ifndef ANALYSE_WORLD_SWITCH_H
#define ANALYSE_WORLD_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "finding/world_switch.h"

/*
 * Fold the times of a run, in their order, into run->write, sync, part_p50_ns and count. -ENODATA:
 * fewer than SYNC_PARTS; -ENOMEM.
 */
must_check int sync_run_fold(const uint64_t *write_ns, const uint64_t *sync_ns, size_t count,
			     struct sync_run *run);

/*
 * Read what --json printed on the other side. -EBADMSG: it is not that, or its numbers do not go
 * together; the reason does not name the file.
 */
must_check int sync_run_read(const char *text, size_t bytes, struct sync_run *ret,
			     struct diag *why);

/* own and, where has_guest, guest are there: the rest is made of them. -ENOMEM. */
must_check int world_switch_judge(struct world_switch *report);

#endif
