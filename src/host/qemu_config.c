/* How was a QEMU process set up? Its options are gathered first, as a disk's are in several of
 * them: the device names a drive or a node, and that another node. See qemu(1). */
#include "host/qemu_config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/qemu_options.h"

enum {
	NODES_MAX = 1024,
	CHAIN_MAX = 16, /* nodes below each other */
};

/* What -device, -drive, -blockdev or -object was given. */
struct given {
	struct qemu_options options;
	bool is_used; /* of a drive: a device names it */
};

struct gathered {
	ARRAY(struct given) devices;
	ARRAY(struct given) drives;
	ARRAY(struct given) nodes;
	struct qemu_config config;
};

static void copy(char *ret, size_t bytes, const char *text)
{
	(void)snprintf(ret, bytes, "%s", text ? text : "");
}

#define COPY(field, text) copy(field, sizeof(field), text)

/* --- simple options --- */

static int take_name(struct gathered *all, const char *value)
{
	struct qemu_options options = {};
	int r = qemu_options_read(value, "guest", &options);

	COPY(all->config.name, qemu_option(&options, "guest"));
	all->config.debug_threads = qemu_option_is_on(&options, "debug-threads", false);
	qemu_options_free(&options);
	return r;
}

static int take_machine(struct gathered *all, const char *value)
{
	struct qemu_options options = {};
	int r = qemu_options_read(value, "type", &options);

	COPY(all->config.machine, qemu_option(&options, "type"));
	if (qemu_option(&options, "accel"))
		COPY(all->config.accel, qemu_option(&options, "accel"));
	qemu_options_free(&options);
	return r;
}

/* Several are tried one after the other. */
static int take_accel(struct gathered *all, const char *value)
{
	struct qemu_options options = {};
	int r = qemu_options_read(value, "accel", &options);
	const char *accel = qemu_option(&options, "accel");
	char *known = all->config.accel;
	size_t used = strlen(known);

	if (accel)
		(void)snprintf(known + used, sizeof(all->config.accel) - used, "%s%s",
			       used ? ":" : "", accel);
	qemu_options_free(&options);
	return r;
}

static int take_enable_kvm(struct gathered *all, const char *value)
{
	(void)value;
	COPY(all->config.accel, "kvm");
	return 0;
}

static uint32_t number_of(const struct qemu_options *options, const char *key, uint32_t without)
{
	const char *text = qemu_option(options, key);
	char *end;
	unsigned long number = text ? strtoul(text, &end, 10) : 0;

	return text && end != text && !*end && number <= UINT32_MAX ? (uint32_t)number : without;
}

static int take_smp(struct gathered *all, const char *value)
{
	static const char *const PARTS[] = { "sockets", "dies", "clusters", "cores", "threads" };
	struct qemu_options options = {};
	int r = qemu_options_read(value, "cpus", &options);
	uint64_t product = 1;

	for (size_t i = 0; i < array_count(PARTS); i++) {
		product *= number_of(&options, PARTS[i], 1) ?: 1;
		if (product > UINT32_MAX)
			product = 0;
	}
	all->config.cpus = number_of(&options, "cpus", (uint32_t)product);
	qemu_options_free(&options);
	return r;
}

/* "4096", "4G", "512M": without a unit MiB. */
static int take_memory(struct gathered *all, const char *value)
{
	struct qemu_options options = {};
	int r = qemu_options_read(value, "size", &options);
	const char *size = qemu_option(&options, "size");
	char *end = NULL;
	uint64_t number = size ? strtoull(size, &end, 10) : 0;
	unsigned int shift = 20;

	if (end && *end) {
		static const char UNITS[] = "BKMGT";
		const char *unit = strchr(UNITS, *end >= 'a' ? *end - 'a' + 'A' : *end);

		shift = unit ? (unsigned int)(unit - UNITS) * 10 : 64;
	}
	all->config.memory_bytes = shift < 64 && number < UINT64_MAX >> shift ? number << shift : 0;
	qemu_options_free(&options);
	return r;
}

static int take_config_file(struct gathered *all, const char *value)
{
	(void)value;
	all->config.has_file = true;
	return 0;
}

static int take_object(struct gathered *all, const char *value)
{
	struct qemu_options options = {};
	int r = qemu_options_read(value, "qom-type", &options);
	const char *type = qemu_option(&options, "qom-type"), *id = qemu_option(&options, "id");
	struct qemu_name *name;

	if (type && id && id[0] && strcmp(type, "iothread") == 0) {
		if (all->config.iothreads.count >= QEMU_IOTHREADS_MAX) {
			all->config.left_out++;
		} else {
			name = array_push(&all->config.iothreads);
			r = name ? r : -ENOMEM;
			if (name)
				COPY(name->text, id);
		}
	}
	qemu_options_free(&options);
	return r;
}

/* --- what makes disks --- */

#define GATHER(list, value, implied)                                                       \
	({                                                                                 \
		struct given *given = (list)->count < NODES_MAX ? array_push(list) : NULL; \
		int gathered_r = 0;                                                        \
		if (given)                                                                 \
			gathered_r = qemu_options_read(value, implied, &given->options);   \
		else if ((list)->count < NODES_MAX)                                        \
			gathered_r = -ENOMEM;                                              \
		else                                                                       \
			all->config.left_out++;                                            \
		gathered_r;                                                                \
	})

static int take_device(struct gathered *all, const char *value)
{
	return GATHER(&all->devices, value, "driver");
}

static int take_drive(struct gathered *all, const char *value)
{
	return GATHER(&all->drives, value, NULL);
}

static int take_node(struct gathered *all, const char *value)
{
	return GATHER(&all->nodes, value, "driver");
}

/* An image by itself, "-hda disk.img": its path may have commas in it. */
static int take_image(struct gathered *all, const char *value)
{
	size_t bytes = 2 * strlen(value) + sizeof("if=ide,file=");
	owns(own_free) char *text = malloc(bytes);
	char *at;

	if (!text)
		return -ENOMEM;
	at = stpcpy(text, "if=ide,file=");
	for (; *value; value++) {
		*at++ = *value;
		if (*value == ',')
			*at++ = ',';
	}
	*at = '\0';
	return take_drive(all, text);
}

static const struct {
	const char *name;
	bool has_value;
	int (*take)(struct gathered *all, const char *value);
} OPTIONS[] = {
	{ "accel", true, take_accel },
	{ "blockdev", true, take_node },
	{ "device", true, take_device },
	{ "drive", true, take_drive },
	{ "enable-kvm", false, take_enable_kvm },
	{ "hda", true, take_image },
	{ "hdb", true, take_image },
	{ "hdc", true, take_image },
	{ "hdd", true, take_image },
	{ "m", true, take_memory },
	{ "M", true, take_machine },
	{ "machine", true, take_machine },
	{ "name", true, take_name },
	{ "object", true, take_object },
	{ "readconfig", true, take_config_file },
	{ "smp", true, take_smp },
};

/* --- a disk --- */

static const struct qemu_options *find_by(const struct given *list, size_t count, const char *key,
					  const char *value)
{
	for (size_t i = 0; i < count && value; i++) {
		const char *own = qemu_option(&list[i].options, key);

		if (own && strcmp(own, value) == 0)
			return &list[i].options;
	}
	return NULL;
}

/* A user's name and password stand before the '@' of a URL; options, which may have them too,
 * behind a '?', and of rbd behind a colon. */
static void copy_file(struct qemu_disk *disk, const char *file)
{
	const char *host = strstr(file, "://");
	const char *at = host ? strchr(host, '@') : NULL;

	if (strncmp(file, "json:", 5) == 0 || strncmp(file, "fat:", 4) == 0) {
		COPY(disk->file, strncmp(file, "json:", 5) == 0 ? "json:…" : file);
		return;
	}
	if (at)
		(void)snprintf(disk->file, sizeof(disk->file), "%.*s%s", (int)(host + 3 - file),
			       file, at + 1);
	else
		COPY(disk->file, file);
	if (host)
		disk->file[strcspn(disk->file, "?")] = '\0';
	if (strncmp(file, "rbd:", 4) == 0)
		disk->file[4 + strcspn(disk->file + 4, ":")] = '\0';
}

/* A node's own options, or those of one that it holds ("file."). */
static void take_below(struct qemu_disk *disk, const struct qemu_options *node, const char *prefix)
{
	static const char *const FILES[] = { "filename", "image", "path", "device", "export" };
	char key[64];
	const char *text;

#define BELOW(name) ((void)snprintf(key, sizeof(key), "%s%s", prefix, name), key)
	text = qemu_option(node, BELOW("driver"));
	if (text)
		COPY(disk->backend, text);
	text = qemu_option(node, BELOW("aio"));
	if (text)
		COPY(disk->aio, text);
	for (size_t i = 0; i < array_count(FILES) && !disk->file[0]; i++) {
		text = qemu_option(node, BELOW(FILES[i]));
		if (text)
			copy_file(disk, text);
	}
	disk->is_direct = qemu_option_is_on(node, BELOW("cache.direct"), disk->is_direct);
	disk->has_no_flush = qemu_option_is_on(node, BELOW("cache.no-flush"), disk->has_no_flush);
	disk->is_readonly |=
		prefix[0] == '\0' && qemu_option_is_on(node, BELOW("read-only"), false);
#undef BELOW
}

/* From the node that the device names down to the one that has the file. The topmost has the
 * format; whether the host's cache is used is decided at the bottom. */
static void take_chain(const struct gathered *all, struct qemu_disk *disk,
		       const struct qemu_options *node)
{
	for (unsigned int depth = 0; node && depth < CHAIN_MAX; depth++) {
		take_below(disk, node, "");
		if (!disk->format[0])
			COPY(disk->format, disk->backend);
		if (qemu_option(node, "file.driver")) {
			take_below(disk, node, "file.");
			return;
		}
		node = find_by(all->nodes.items, all->nodes.count, "node-name",
			       qemu_option(node, "file"));
	}
}

/* The modes of -drive: cache of qemu(1). */
static const struct {
	const char *name;
	bool is_direct, is_writethrough, has_no_flush;
} CACHES[] = {
	{ "writeback", false, false, false },   { "none", true, false, false },
	{ "writethrough", false, true, false }, { "directsync", true, true, false },
	{ "unsafe", false, false, true },
};

const char *qemu_cache_name(const struct qemu_disk *disk)
{
	for (size_t i = 0; i < array_count(CACHES); i++) {
		if (CACHES[i].is_direct == disk->is_direct &&
		    CACHES[i].is_writethrough == disk->is_writethrough &&
		    CACHES[i].has_no_flush == disk->has_no_flush)
			return CACHES[i].name;
	}
	return "mixed";
}

static void take_cache(struct qemu_disk *disk, const char *mode)
{
	/* "off" is an old name of "none". */
	if (mode && strcmp(mode, "off") == 0)
		mode = "none";
	for (size_t i = 0; i < array_count(CACHES) && mode; i++) {
		if (strcmp(CACHES[i].name, mode) != 0)
			continue;
		disk->is_direct = CACHES[i].is_direct;
		disk->is_writethrough = CACHES[i].is_writethrough;
		disk->has_no_flush = CACHES[i].has_no_flush;
	}
}

static void take_drive_options(const struct gathered *all, struct qemu_disk *disk,
			       const struct qemu_options *drive)
{
	const char *file = qemu_option(drive, "file"), *media = qemu_option(drive, "media");

	COPY(disk->format, qemu_option(drive, "format"));
	COPY(disk->aio, qemu_option(drive, "aio"));
	take_cache(disk, qemu_option(drive, "cache"));
	disk->is_direct = qemu_option_is_on(drive, "cache.direct", disk->is_direct);
	disk->has_no_flush = qemu_option_is_on(drive, "cache.no-flush", disk->has_no_flush);
	disk->is_writethrough =
		!qemu_option_is_on(drive, "cache.writeback", !disk->is_writethrough);
	disk->is_readonly = qemu_option_is_on(drive, "readonly", false) ||
			    qemu_option_is_on(drive, "read-only", false);
	disk->is_cdrom = media && strcmp(media, "cdrom") == 0;
	if (qemu_option(drive, "file.driver"))
		take_below(disk, drive, "file.");
	if (file && find_by(all->nodes.items, all->nodes.count, "node-name", file))
		take_chain(all, disk,
			   find_by(all->nodes.items, all->nodes.count, "node-name", file));
	else if (file)
		copy_file(disk, file);
	else if (qemu_option(drive, "file.filename"))
		copy_file(disk, qemu_option(drive, "file.filename"));
	if (!disk->backend[0] && disk->file[0] == '/')
		COPY(disk->backend, strncmp(disk->file, "/dev/", 5) == 0 ? "host_device" : "file");
}

/* virtio's disks know queues as num-queues, its SCSI controllers as num_queues. */
static void take_queues(struct qemu_disk *disk, const struct qemu_options *device)
{
	uint32_t queues = number_of(device, "num-queues", number_of(device, "num_queues", 0));

	disk->queues = queues ?: disk->queues;
}

/* "iothread-vq-mapping": [{"iothread": "a"}, …], since QEMU 9.0. */
static void take_iothreads(struct qemu_disk *disk, const struct qemu_options *device)
{
	if (qemu_option(device, "iothread"))
		COPY(disk->iothread, qemu_option(device, "iothread"));
	for (unsigned int i = 0; i < QEMU_IOTHREADS_MAX; i++) {
		size_t used = strlen(disk->iothread);
		const char *name;
		char key[64];

		(void)snprintf(key, sizeof(key), "iothread-vq-mapping.%u.iothread", i);
		name = qemu_option(device, key);
		if (!name)
			return;
		(void)snprintf(disk->iothread + used, sizeof(disk->iothread) - used, "%s%s",
			       used ? "+" : "", name);
	}
}

/* A SCSI disk is on a controller's bus, "scsi0.0": that has the queues and the iothread. */
static void take_controller(const struct gathered *all, struct qemu_disk *disk,
			    const struct qemu_options *device)
{
	const char *bus = qemu_option(device, "bus");
	char id[64];
	const struct qemu_options *controller;

	if (!bus || strncmp(disk->device, "scsi-", 5) != 0)
		return;
	COPY(id, bus);
	if (strrchr(id, '.'))
		*strrchr(id, '.') = '\0';
	controller = find_by(all->devices.items, all->devices.count, "id", id);
	if (!controller)
		return;
	take_queues(disk, controller);
	take_iothreads(disk, controller);
}

static struct qemu_disk *add_disk(struct gathered *all, int *r)
{
	struct qemu_disk *disk;

	if (all->config.disks.count >= QEMU_DISKS_MAX) {
		all->config.left_out++;
		return NULL;
	}
	disk = array_push(&all->config.disks);
	*r = disk ? *r : -ENOMEM;
	return disk;
}

static int add_of_device(struct gathered *all, const struct qemu_options *device)
{
	const char *driver = qemu_option(device, "driver"), *drive = qemu_option(device, "drive");
	struct qemu_disk *disk;
	int r = 0;

	if (!driver || !drive || strncmp(driver, "pflash", 6) == 0)
		return 0;
	disk = add_disk(all, &r);
	if (!disk)
		return r;
	COPY(disk->device, driver);
	COPY(disk->id, qemu_option(device, "id") ?: drive);
	disk->is_cdrom = strstr(driver, "-cd") != NULL;
	for (size_t i = 0; i < all->drives.count; i++) {
		const char *id = qemu_option(&all->drives.items[i].options, "id");

		if (id && strcmp(id, drive) == 0) {
			all->drives.items[i].is_used = true;
			take_drive_options(all, disk, &all->drives.items[i].options);
		}
	}
	take_chain(all, disk, find_by(all->nodes.items, all->nodes.count, "node-name", drive));
	disk->is_writethrough = !qemu_option_is_on(device, "write-cache", !disk->is_writethrough);
	take_controller(all, disk, device);
	take_queues(disk, device);
	take_iothreads(disk, device);
	return 0;
}

/* A drive that no device names is one by itself, unless it waits for one, or is firmware. */
static int add_of_drive(struct gathered *all, const struct qemu_options *drive)
{
	const char *interface = qemu_option(drive, "if");
	struct qemu_disk *disk;
	int r = 0;

	interface = interface ?: "ide";
	if (strcmp(interface, "none") == 0 || strcmp(interface, "pflash") == 0)
		return 0;
	disk = add_disk(all, &r);
	if (!disk)
		return r;
	(void)snprintf(disk->device, sizeof(disk->device), "if=%s", interface);
	COPY(disk->id, qemu_option(drive, "id"));
	take_drive_options(all, disk, drive);
	return 0;
}

static int make_disks(struct gathered *all)
{
	int r = 0;

	for (size_t i = 0; i < all->devices.count && r == 0; i++)
		r = add_of_device(all, &all->devices.items[i].options);
	for (size_t i = 0; i < all->drives.count && r == 0; i++) {
		if (!all->drives.items[i].is_used)
			r = add_of_drive(all, &all->drives.items[i].options);
	}
	return r;
}

/* --- the words --- */

static void free_given(struct given *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		qemu_options_free(&list[i].options);
}

static void gathered_end(struct gathered *all)
{
	free_given(all->devices.items, all->devices.count);
	free_given(all->drives.items, all->drives.count);
	free_given(all->nodes.items, all->nodes.count);
	array_free(&all->devices);
	array_free(&all->drives);
	array_free(&all->nodes);
	qemu_config_free(&all->config);
}

/* Options have one dash or two. The rest of the words are their values. */
static int take_words(struct gathered *all, const char *words, const char *limit)
{
	int r = 0;

	for (const char *word = words; word < limit && r == 0; word += strlen(word) + 1) {
		const char *name = word + (word[0] == '-') + (word[0] == '-' && word[1] == '-');
		const char *value = word + strlen(word) + 1;

		for (size_t i = 0; i < array_count(OPTIONS) && name > word; i++) {
			if (strcmp(OPTIONS[i].name, name) != 0)
				continue;
			if (OPTIONS[i].has_value && value >= limit)
				return 0;
			r = OPTIONS[i].take(all, value);
			if (OPTIONS[i].has_value)
				word = value;
			break;
		}
	}
	return r;
}

int qemu_config_read(const char *words, size_t bytes, struct qemu_config *ret)
{
	owns(gathered_end) struct gathered all = {};
	owns(own_free) char *copy_of = malloc(bytes + 1);
	int r;

	if (!copy_of)
		return -ENOMEM;
	/* The last word may lack its NUL. */
	memcpy(copy_of, words, bytes);
	copy_of[bytes] = '\0';
	words = copy_of + strlen(copy_of) + 1; /* the program's own name */
	r = words < copy_of + bytes ? take_words(&all, words, copy_of + bytes) : 0;
	if (r == 0)
		r = make_disks(&all);
	if (r < 0)
		return r;
	*ret = all.config;
	all.config = (struct qemu_config){};
	return 0;
}

bool qemu_is_program(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strncmp(name, "qemu-system-", 12) == 0 || strcmp(name, "qemu-kvm") == 0 ||
	       strcmp(name, "kvm") == 0;
}

void qemu_config_free(struct qemu_config *config)
{
	array_free(&config->iothreads);
	array_free(&config->disks);
}
