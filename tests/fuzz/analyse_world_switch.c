/* Can any file given with --guest make its reader crash, or a report of numbers that do not go
 * together? */
#include <stdint.h>
#include <stdlib.h>

#include "analyse/world_switch.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world_switch report = { .has_guest = true };
	struct diag why = {};
	int r = sync_run_read((const char *)data, size, &report.guest, &why);

	check(r == 0 || why.text[0]);
	if (r < 0)
		return 0;
	check(report.guest.count >= SYNC_PARTS);
	check(report.guest.sync.min_ns <= report.guest.sync.p50_ns &&
	      report.guest.sync.p50_ns <= report.guest.sync.max_ns);
	report.own = report.guest;
	check(world_switch_judge(&report) == 0);
	check(report.cost_ns == 0 && report.least_ns <= report.most_ns);
	world_switch_free(&report);
	return 0;
}
