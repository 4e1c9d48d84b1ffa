/* Can any command line make its reader crash, or tell what no report can take? */
#include <stdint.h>
#include <stdlib.h>

#include "analyse/kvm.h"
#include "host/qemu.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int take(void *self, const struct event *event, struct diag *why)
{
	check(event_is_sound(event, event->bytes));
	check(kvm_take(self, event, why) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qemu_config config = {};
	struct kvm_report *report = NULL;
	struct kvm *kvm = NULL;
	struct diag why = {};

	check(kvm_new(&kvm) == 0);
	check(qemu_config_read((const char *)data, size, &config) == 0);
	check(config.disks.count <= QEMU_DISKS_MAX && config.iothreads.count <= QEMU_IOTHREADS_MAX);
	for (size_t i = 0; i < config.disks.count; i++)
		check(qemu_cache_name(&config.disks.items[i])[0]);
	check(qemu_config_tell(7, &config, &(struct event_sink){ .take = take, .self = kvm }, 5,
			       &why) == 0);
	check(kvm_report(kvm, &report, &why) == 0);
	/* All that was told is there again. */
	check(report->guests.count == 1 &&
	      report->guests.items[0].disks.count == config.disks.count &&
	      report->guests.items[0].iothreads.count == config.iothreads.count);
	kvm_report_free(&report);
	kvm_free(&kvm);
	qemu_config_free(&config);
	return 0;
}
