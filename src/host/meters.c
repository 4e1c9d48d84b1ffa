/* How busy is the machine? Three small files of /proc, whose numbers only ever grow. */
#include "host/meters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/rooted.h"

/* Of more devices than that nobody sees the rest. */
#define DISKS_MAX 256u

static int add(struct meters *meters, enum counter_key key, uint32_t dev, uint64_t value)
{
	struct event_counter *counter = array_push(&meters->items);

	if (!counter)
		return -ENOMEM;
	*counter = (struct event_counter){
		.head = { .bytes = sizeof(*counter), .kind = EVENT_COUNTER },
		.key = key,
		.dev = dev,
		.value = value,
	};
	return 0;
}

/* In two parts: ticks × 10⁹ overflows after six CPU-years. */
static uint64_t ticks_to_ns(unsigned long long ticks)
{
	uint64_t ticks_per_s = (uint64_t)sysconf(_SC_CLK_TCK);

	return ticks / ticks_per_s * 1000000000u + ticks % ticks_per_s * 1000000000u / ticks_per_s;
}

static int read_cpus(const char *root, struct meters *meters)
{
	unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
	owns(own_free) char *text = NULL;
	size_t bytes;
	int r;

	if (rooted_read(root, &text, &bytes, "/proc/stat") < 0)
		return 0;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers. */
	if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
		   &idle, &iowait, &irq, &softirq, &steal) != 8)
		return 0;
	r = add(meters, COUNTER_STEAL_NS, 0, ticks_to_ns(steal));
	if (r == 0)
		r = add(meters, COUNTER_IDLE_NS, 0, ticks_to_ns(idle + iowait));
	if (r == 0)
		r = add(meters, COUNTER_USER_NS, 0, ticks_to_ns(user + nice));
	if (r == 0)
		r = add(meters, COUNTER_SYSTEM_NS, 0, ticks_to_ns(system + irq + softirq));
	return r;
}

static const struct {
	const char *file;
	const char *line;
	enum counter_key key;
} PRESSURES[] = {
	{ "cpu", "some", COUNTER_CPU_SOME_NS },       { "io", "some", COUNTER_IO_SOME_NS },
	{ "io", "full", COUNTER_IO_FULL_NS },         { "memory", "some", COUNTER_MEMORY_SOME_NS },
	{ "memory", "full", COUNTER_MEMORY_FULL_NS },
};

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", in microseconds
 * (Documentation/accounting/psi.rst) */
static int read_pressures(const char *root, struct meters *meters)
{
	int r = 0;

	for (size_t i = 0; i < array_count(PRESSURES) && r == 0; i++) {
		owns(own_free) char *text = NULL;
		const char *line, *total;
		unsigned long long us;
		size_t bytes;

		if (rooted_read(root, &text, &bytes, "/proc/pressure/%s", PRESSURES[i].file) < 0)
			continue;
		line = strstr(text, PRESSURES[i].line);
		total = line ? strstr(line, "total=") : NULL;
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own number. */
		if (total && sscanf(total, "total=%llu", &us) == 1)
			r = add(meters, PRESSURES[i].key, 0, (uint64_t)us * 1000);
	}
	return r;
}

/* The 13th column: milliseconds in which requests were under way
 * (Documentation/admin-guide/iostats.rst). Those that never had any are left out. */
static int read_disks(const char *root, struct meters *meters)
{
	owns(own_free) char *text = NULL;
	unsigned int major, minor, count = 0;
	unsigned long long busy_ms;
	const char *line;
	size_t bytes;
	int r = 0;

	if (rooted_read(root, &text, &bytes, "/proc/diskstats") < 0)
		return 0;
	for (line = text; line && *line && r == 0 && count < DISKS_MAX;) {
		/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers. */
		if (sscanf(line, "%u %u %*s %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", &major,
			   &minor, &busy_ms) == 3 &&
		    busy_ms) {
			r = add(meters, COUNTER_DISK_BUSY_NS, major << 20 | minor,
				(uint64_t)busy_ms * 1000000);
			count++;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return r;
}

int meters_read(const char *root, struct meters *meters)
{
	int r;

	meters->items.count = 0;
	r = read_cpus(root, meters);
	if (r == 0)
		r = read_pressures(root, meters);
	return r < 0 ? r : read_disks(root, meters);
}

int meters_tell(const struct meters *meters, uint64_t time_ns, const struct event_sink *sink,
		struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < meters->items.count && r == 0; i++) {
		struct event_counter counter = meters->items.items[i];

		counter.head.time_ns = time_ns;
		r = event_sink_take(sink, &counter.head, why);
	}
	return r;
}

void meters_free(struct meters *meters)
{
	array_free(&meters->items);
}
