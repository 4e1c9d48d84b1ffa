/* Can any text of ZFS make its readers crash, or tell an event that is not sound? The first byte
 * says which file it is; what is told is judged. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/zfs.h"
#include "import/zfs.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FILES[] = {
	"kstat/zfs/arcstats",
	"kstat/zfs/tank/txgs",
	"kstat/zfs/dbgmsg",
	"kstat/zfs/tank/state",
	"kstat/taskq/summary",
	"kstat/zfs/fletcher_4_bench",
	"kstat/zfs/tank/objset-1",
	"params.txt",
	"threads.txt",
	"zpool-get.txt",
	"zfs-get.txt",
	"zpool-status.txt",
	"zpool-iostat.txt",
	"zpool-latency.txt",
	"zpool-events.txt",
	"kstat/zfs/tank/dmu_tx_assign",
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int take(void *self, const struct event *event, struct diag *why)
{
	check(event_is_sound(event, event->bytes));
	return zfs_study_take(self, event, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zfs_study *study = NULL;
	struct zfs_report *report = NULL;
	struct event_sink sink = { .take = take };
	struct diag why = {};
	char *text;

	if (!size)
		return 0;
	/* Exactly as large as it is, so that one byte too many is seen. */
	text = malloc(size > 1 ? size - 1 : 1);
	check(text != NULL);
	memcpy(text, data + 1, size - 1);
	check(zfs_study_new(&study) == 0);
	sink.self = study;
	for (uint32_t look = 1; look <= 2; look++) {
		const struct zfs_text in = { .file = FILES[data[0] % 16],
					     .path = "fuzz",
					     .text = text,
					     .bytes = look == 1 ? (size - 1) / 2 : size - 1,
					     .look = look };

		check(zfs_text_read(&in, 0, &sink, &why) == 0);
	}
	if (zfs_study_report(study, &report, &why) == 0)
		zfs_report_free(&report);
	zfs_study_free(&study);
	free(text);
	return 0;
}
