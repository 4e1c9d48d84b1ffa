/* How was each guest set up, and what is this machine? As facts tell it: "vm.PID.KEY" of guests,
 * "guest.KEY" of the machine itself where it is one. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kvm_state.h"

enum {
	KEY_BYTES = 129,
	VALUE_BYTES = 1024,
	DISKS_MAX = 256,
	IOTHREADS_MAX = 256,
	FACTS_MAX = 256,
};

/* "12" at the begin of text, up to the dot behind it, which is skipped. */
static bool take_number(const char **text, uint32_t *ret)
{
	char *end;
	unsigned long number;

	if (!isdigit((unsigned char)**text))
		return false;
	number = strtoul(*text, &end, 10);
	if (number > INT32_MAX || (*end && *end != '.'))
		return false;
	*ret = (uint32_t)number;
	*text = end + (*end == '.');
	return true;
}

/* What does not fit is cut. */
static void copy(char *field, size_t bytes, const char *text)
{
	size_t count = strnlen(text, bytes - 1);

	memcpy(field, text, count);
	field[count] = '\0';
}

#define COPY(field, text) copy(field, sizeof(field), text)

static int add_iothread(struct kvm_guest *guest, const char *name)
{
	return guest->iothreads.count < IOTHREADS_MAX ? text_add(&guest->iothreads, "%s", name) : 0;
}

static int take_disk(struct kvm_guest *guest, const char *key, const char *value)
{
	struct kvm_disk *disk;
	uint32_t number;

	/* They are told one after the other. */
	if (!take_number(&key, &number) || number > guest->disks.count || number >= DISKS_MAX)
		return 0;
	if (number == guest->disks.count && !array_push(&guest->disks))
		return -ENOMEM;
	disk = &guest->disks.items[number];
	const struct {
		const char *key;
		char *field;
		size_t bytes;
	} fields[] = {
		{ "device", disk->device, sizeof(disk->device) },
		{ "id", disk->id, sizeof(disk->id) },
		{ "format", disk->format, sizeof(disk->format) },
		{ "backend", disk->backend, sizeof(disk->backend) },
		{ "file", disk->file, sizeof(disk->file) },
		{ "cache", disk->cache, sizeof(disk->cache) },
		{ "aio", disk->aio, sizeof(disk->aio) },
		{ "iothread", disk->iothread, sizeof(disk->iothread) },
	};

	for (size_t i = 0; i < array_count(fields); i++) {
		if (strcmp(fields[i].key, key) == 0)
			copy(fields[i].field, fields[i].bytes, value);
	}
	if (strcmp(key, "queues") == 0)
		disk->queues = (uint32_t)strtoul(value, NULL, 10);
	if (strcmp(key, "access") == 0)
		disk->is_readonly = strcmp(value, "ro") == 0;
	return 0;
}

static int take_guest(struct kvm_guest *guest, const char *key, const char *value)
{
	guest->has_config |= strcmp(key, "unread") != 0;
	if (strncmp(key, "disk.", 5) == 0)
		return take_disk(guest, key + 5, value);
	if (strncmp(key, "iothread.", 9) == 0)
		return add_iothread(guest, value);
	if (strcmp(key, "name") == 0)
		COPY(guest->name, value);
	else if (strcmp(key, "machine") == 0)
		COPY(guest->machine, value);
	else if (strcmp(key, "accel") == 0)
		COPY(guest->accel, value);
	else if (strcmp(key, "cpus") == 0)
		guest->cpus = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(key, "memory") == 0)
		guest->memory_bytes = strtoull(value, NULL, 10);
	else if (strcmp(key, "debug_threads") == 0)
		guest->debug_threads = strcmp(value, "on") == 0;
	else if (strcmp(key, "unread") == 0)
		COPY(guest->unread, value);
	else if (strcmp(key, "left_out") == 0)
		(void)snprintf(guest->unread, sizeof(guest->unread),
			       "%.32s of its disks and iothreads found no room", value);
	return 0;
}

static int take_own(struct kvm_report *report, const char *key, const char *value)
{
	struct kvm_fact *fact = report->facts.count < FACTS_MAX ? array_push(&report->facts) : NULL;

	if (!fact)
		return report->facts.count < FACTS_MAX ? -ENOMEM : 0;
	COPY(fact->key, key);
	COPY(fact->value, value);
	return 0;
}

/* By which facility: a file of another tool's is one, too. */
static void note_exits(struct kvm *kvm, const char *facility)
{
	kvm->sees_exits = true;
	kvm->is_watch = strcmp(facility, "tp_classic") == 0;
}

int kvm_take_fact(struct kvm *kvm, const struct event_fact *event)
{
	static const char GUEST[] = "vm.", OWN[] = "guest.";
	char key[KEY_BYTES], value[VALUE_BYTES];
	const char *rest = key + strlen(GUEST);
	struct kvm_guest *guest;
	uint32_t pid;
	int r = 0;

	(void)snprintf(key, sizeof(key), "%.*s", (int)event->key_bytes, event->text);
	(void)snprintf(value, sizeof(value), "%.*s", (int)event->value_bytes,
		       event->text + event->key_bytes);
	if (strcmp(key, "hypervisor") == 0)
		COPY(kvm->report->hypervisor, value);
	else if (strcmp(key, "hypervisor.kind") == 0)
		COPY(kvm->report->kind, value);
	else if (strcmp(key, "facility.guest_exits") == 0)
		note_exits(kvm, value);
	else if (strncmp(key, OWN, strlen(OWN)) == 0)
		return take_own(kvm->report, key + strlen(OWN), value);
	if (strncmp(key, GUEST, strlen(GUEST)) != 0 || !take_number(&rest, &pid) || !pid)
		return 0;
	guest = kvm_guest_of(kvm, pid, &r);
	return guest ? take_guest(guest, rest, value) : r;
}
