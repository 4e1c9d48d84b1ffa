/* What is this machine? A few files of /proc and /sys, each one fact. */
#include "host/facts.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "host/procfs.h"

enum {
	VALUE_BYTES = 1024,
	PATH_BYTES = 512
};

/* What all TELLERS of a fact need. */
struct telling {
	const char *root;
	const struct event_sink *sink;
	uint64_t time_ns;
	struct diag *why;
};

static const int64_t NS_PER_S = 1000000000;

int fact_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why, const char *key,
	      const char *value_format, ...)
{
	union {
		struct event_fact fact;
		char bytes[sizeof(struct event_fact) + 128 + VALUE_BYTES];
	} room = {};
	struct event_fact *fact = &room.fact;
	size_t key_bytes = strlen(key), value_bytes;
	char value[VALUE_BYTES];
	va_list args;
	int r;

	if (key_bytes > 128)
		return diag_set(why, -EINVAL, "the fact's name is too long: %s", key);
	va_start(args, value_format);
	r = vsnprintf(value, sizeof(value), value_format, args);
	va_end(args);
	if (r < 0)
		return diag_set(why, -EINVAL, "the fact %s cannot be written", key);
	value_bytes = strlen(value);

	fact->key_bytes = (uint16_t)key_bytes;
	fact->value_bytes = (uint16_t)value_bytes;
	memcpy(fact->text, key, key_bytes);
	memcpy(fact->text + key_bytes, value, value_bytes);
	fact->head.kind = EVENT_FACT;
	fact->head.time_ns = time_ns;
	fact->head.bytes = (uint32_t)(sizeof(*fact) + key_bytes + value_bytes + 7) & ~7U;
	return event_sink_take(sink, &fact->head, why);
}

/* The text of a file, NULL when it cannot be read; the caller's. */
static char *read_text(const char *root, const char *path)
{
	char full[PATH_BYTES], *text;
	size_t bytes;

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return NULL;
	return host_read_file(full, &text, &bytes, NULL) < 0 ? NULL : text;
}

/*
 * After "key" and blanks and a colon, to the line's end; NULL when no line begins so. It is cut out
 * of text in place.
 */
static char *find_value(char *text, const char *key)
{
	size_t key_bytes = strlen(key);

	while (text) {
		char *value = text + key_bytes;

		if (strncmp(text, key, key_bytes) == 0 && strchr(" \t:", *value)) {
			value += strspn(value, " \t:");
			value[strcspn(value, "\n")] = '\0';
			return value;
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* The first line of a file is the fact. */
static int tell_file(const struct telling *to, const char *key, const char *path)
{
	owns(own_free) char *text = read_text(to->root, path);

	if (!text)
		return 0;
	return fact_tell(to->sink, to->time_ns, to->why, key, "%.*s", (int)strcspn(text, "\n"),
			 text);
}

static int tell_kernel(const struct telling *to)
{
	struct utsname name;
	int r;

	r = tell_file(to, "kernel.release", "/proc/sys/kernel/osrelease");
	if (r < 0)
		return r;
	r = tell_file(to, "kernel.version", "/proc/sys/kernel/version");
	if (r < 0 || uname(&name) < 0)
		return r;
	return fact_tell(to->sink, to->time_ns, to->why, "kernel.arch", "%s", name.machine);
}

/* How many numbers are in a list such as "0-3,8". */
static unsigned long count_list(const char *list)
{
	unsigned long count = 0;

	while (*list >= '0' && *list <= '9') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		count += last >= first ? last - first + 1 : 0;
		list = end + (*end == ',');
	}
	return count;
}

static int tell_cpus(const struct telling *to)
{
	owns(own_free) char *online = read_text(to->root, "/sys/devices/system/cpu/online");

	if (!online)
		return 0;
	return fact_tell(to->sink, to->time_ns, to->why, "cpus.online", "%lu", count_list(online));
}

/* A line of /proc/meminfo, "MemTotal:  4012 kB", in bytes. */
static int tell_memory(const struct telling *to, const char *key, const char *line)
{
	owns(own_free) char *text = read_text(to->root, "/proc/meminfo");
	const char *value = text ? find_value(text, line) : NULL;

	if (!value)
		return 0;
	return fact_tell(to->sink, to->time_ns, to->why, key, "%llu",
			 strtoull(value, NULL, 10) * 1024);
}

static bool has_word(const char *text, const char *word)
{
	size_t bytes = strlen(word);

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		if (strcspn(text, " ") == bytes && memcmp(text, word, bytes) == 0)
			return true;
		text += strcspn(text, " ");
	}
	return false;
}

/*
 * Who says that this is a virtual machine, and which? The kernel's own word first, then the
 * firmware's, then the CPU's.
 */
static int tell_hypervisor(const struct telling *to)
{
	owns(own_free) char *type = read_text(to->root, "/sys/hypervisor/type");
	owns(own_free) char *vendor = read_text(to->root, "/sys/class/dmi/id/sys_vendor");
	owns(own_free) char *product = read_text(to->root, "/sys/class/dmi/id/product_name");
	owns(own_free) char *cpus = read_text(to->root, "/proc/cpuinfo");
	const char *flags = cpus ? find_value(cpus, "flags") : NULL;

	if (type)
		return tell_file(to, "hypervisor", "/sys/hypervisor/type");
	/* Only x86 has the flag: elsewhere its absence tells nothing. */
	if (!flags)
		return 0;
	if (!has_word(flags, "hypervisor"))
		return fact_tell(to->sink, to->time_ns, to->why, "hypervisor", "none");
	if (vendor && product)
		return fact_tell(to->sink, to->time_ns, to->why, "hypervisor", "%.*s %.*s",
				 (int)strcspn(vendor, "\n"), vendor, (int)strcspn(product, "\n"),
				 product);
	return fact_tell(to->sink, to->time_ns, to->why, "hypervisor", "unknown kind");
}

/*
 * The names by which hypervisors answer CPUID: leaf 0x40000000 of Intel's and AMD's manuals, as
 * arch/x86/kernel/cpu/hypervisor.c and its kin know them.
 */
static const struct {
	const char *vendor;
	const char *kind;
} HYPERVISORS[] = {
	{ "KVMKVMKVM", "kvm" },           { "Linux KVM Hv", "kvm" },
	{ "XenVMMXenVMM", "xen" },        { "Microsoft Hv", "hyperv" },
	{ "VMwareVMware", "vmware" },     { "TCGTCGTCGTCG", "qemu-tcg" },
	{ "bhyve bhyve ", "bhyve" },      { "ACRNACRNACRN", "acrn" },
	{ "VBoxVBoxVBox", "virtualbox" },
};

const char *hypervisor_kind(const char vendor[HYPERVISOR_VENDOR_BYTES])
{
	for (size_t i = 0; i < array_count(HYPERVISORS); i++) {
		if (strncmp(vendor, HYPERVISORS[i].vendor, HYPERVISOR_VENDOR_BYTES) == 0)
			return HYPERVISORS[i].kind;
	}
	return "unknown";
}

#if defined(__x86_64__)
static void read_vendor(unsigned int leaf, char ret[HYPERVISOR_VENDOR_BYTES])
{
	unsigned int words[4];

	__cpuid(leaf, words[0], words[1], words[2], words[3]);
	memcpy(ret, &words[1], HYPERVISOR_VENDOR_BYTES);
}

/* KVM and Xen can pretend to be Hyper-V first, and then stand at the next place. */
static const char *ask_cpu(void)
{
	char first[HYPERVISOR_VENDOR_BYTES], second[HYPERVISOR_VENDOR_BYTES];
	const char *kind;

	read_vendor(0x40000000, first);
	read_vendor(0x40000100, second);
	kind = hypervisor_kind(first);
	if (strcmp(kind, "hyperv") == 0 && strcmp(hypervisor_kind(second), "unknown") != 0)
		kind = hypervisor_kind(second);
	return kind;
}
#else
static const char *ask_cpu(void)
{
	return "unknown";
}
#endif

/* Which hypervisor is it? The CPU can only be asked about the machine that we are on. */
static int tell_hypervisor_kind(const struct telling *to)
{
	owns(own_free) char *type = read_text(to->root, "/sys/hypervisor/type");
	owns(own_free) char *cpus = read_text(to->root, "/proc/cpuinfo");
	const char *flags = cpus ? find_value(cpus, "flags") : NULL;

	if (type)
		return tell_file(to, "hypervisor.kind", "/sys/hypervisor/type");
	if (!flags)
		return 0;
	if (!has_word(flags, "hypervisor"))
		return fact_tell(to->sink, to->time_ns, to->why, "hypervisor.kind", "none");
	if (to->root[0])
		return 0;
	return fact_tell(to->sink, to->time_ns, to->why, "hypervisor.kind", "%s", ask_cpu());
}

static int tell_cpu_model(const struct telling *to)
{
	owns(own_free) char *text = read_text(to->root, "/proc/cpuinfo");
	const char *model = text ? find_value(text, "model name") : NULL;

	return model ? fact_tell(to->sink, to->time_ns, to->why, "cpu.model", "%s", model) : 0;
}

static int64_t read_clock_ns(clockid_t clock)
{
	struct timespec now = {};

	(void)clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int tell_clock(const struct telling *to)
{
	int64_t offset_ns = read_clock_ns(CLOCK_REALTIME) - read_clock_ns(CLOCK_MONOTONIC);
	int r;

	r = fact_tell(to->sink, to->time_ns, to->why, "clock", "CLOCK_MONOTONIC");
	if (r < 0)
		return r;
	r = tell_file(to, "clock.source",
		      "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	if (r < 0)
		return r;
	return fact_tell(to->sink, to->time_ns, to->why, "clock.realtime_offset_ns", "%" PRId64,
			 offset_ns);
}

static int tell_boot(const struct telling *to)
{
	return tell_file(to, "boot.id", "/proc/sys/kernel/random/boot_id");
}

/* What slowpath was asked to do, with blanks between the words. */
static int tell_command_line(const struct telling *to)
{
	owns(own_free) char *words = NULL;
	char path[PATH_BYTES];
	size_t bytes;

	if (snprintf(path, sizeof(path), "%s/proc/self/cmdline", to->root) >= (int)sizeof(path) ||
	    host_read_file(path, &words, &bytes, NULL) < 0)
		return 0;
	for (size_t i = 0; i + 1 < bytes; i++) {
		if (!words[i])
			words[i] = ' ';
	}
	return fact_tell(to->sink, to->time_ns, to->why, "command_line", "%s", words);
}

/* Where the kernel leaves the core of a program that crashes. */
static int tell_core_pattern(const struct telling *to)
{
	return tell_file(to, "kernel.core_pattern", "/proc/sys/kernel/core_pattern");
}

static int tell_memories(const struct telling *to)
{
	int r = tell_memory(to, "memory.bytes", "MemTotal");

	return r < 0 ? r : tell_memory(to, "swap.bytes", "SwapTotal");
}

static int (*const TELLERS[])(const struct telling *to) = {
	tell_kernel,          tell_cpus, tell_cpu_model, tell_memories,     tell_hypervisor,
	tell_hypervisor_kind, tell_boot, tell_clock,     tell_command_line, tell_core_pattern,
};

int facts_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
		    struct diag *why)
{
	const struct telling to = { root, sink, time_ns, why };

	for (size_t i = 0; i < array_count(TELLERS); i++) {
		int r = TELLERS[i](&to);

		if (r < 0)
			return r;
	}
	return 0;
}

static int tell_counter(const struct telling *to, enum counter_key key, uint64_t ticks)
{
	struct event_counter counter = {
		.head = { .bytes = sizeof(counter), .kind = EVENT_COUNTER, .time_ns = to->time_ns },
		.key = key,
	};
	uint64_t ticks_per_s = (uint64_t)sysconf(_SC_CLK_TCK);

	/* In two parts: ticks × 10⁹ overflows after six CPU-years. */
	counter.value = ticks / ticks_per_s * (uint64_t)NS_PER_S +
			ticks % ticks_per_s * (uint64_t)NS_PER_S / ticks_per_s;
	return event_sink_take(to->sink, &counter.head, to->why);
}

int counters_tell_from(const char *root, const struct event_sink *sink, uint64_t time_ns,
		       struct diag *why)
{
	const struct telling to = { root, sink, time_ns, why };
	owns(own_free) char *text = read_text(root, "/proc/stat");
	unsigned long long idle, iowait, steal;
	int r;

	if (!text)
		return diag_set(why, -ENODATA, "/proc/stat cannot be read");
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers. */
	if (sscanf(text, "cpu %*u %*u %*u %llu %llu %*u %*u %llu", &idle, &iowait, &steal) != 3)
		return diag_set(why, -ENODATA,
				"/proc/stat does not begin with the sums of all CPUs");
	r = tell_counter(&to, COUNTER_STEAL_NS, steal);
	return r < 0 ? r : tell_counter(&to, COUNTER_IDLE_NS, idle + iowait);
}

int facts_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	return facts_tell_from("", sink, time_ns, why);
}

int counters_tell(const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	return counters_tell_from("", sink, time_ns, why);
}
