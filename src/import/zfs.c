/* What does ZFS tell of itself? Finds the reader of each text, and tells what could not be read. */
#include "import/zfs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "import/zfs_reading.h"

typedef int (*reader)(struct zfs_reading *reading);

static const struct {
	const char *file;
	reader read;
	const char *command;
} FILES[] = {
#define ZFS_FILE(NAME, file, reader)                   { file, reader, "" },
#define ZFS_COMMAND(NAME, file, reader, command, when) { file, reader, command },
#include "import/zfs_files.def"
#undef ZFS_COMMAND
#undef ZFS_FILE
};

/* The kstats that are no table of names, by the last part of their path. */
static const struct {
	const char *name;
	reader read; /* NULL: of no use here */
} KSTATS[] = {
	{ "txgs", zfs_read_txgs },
	{ "dbgmsg", zfs_read_dbgmsg },
	{ "state", zfs_read_state },
	{ "summary", zfs_read_taskq },
	{ "fletcher_4_bench", zfs_read_bench },
	{ "vdev_raidz_bench", zfs_read_bench },
	{ "chksum_bench", NULL },
	{ "dbufs", NULL },
	{ "reads", NULL },
	{ "multihost", NULL },
	{ "import_progress", NULL },
	{ "guid", NULL },
	{ "metaslab_disable_lb", NULL },
};

const char *zfs_file_name(enum zfs_file file)
{
	return file < ZFS_FILE_COUNT ? FILES[file].file : "";
}

const char *zfs_file_command(enum zfs_file file)
{
	return file < ZFS_FILE_COUNT ? FILES[file].command : "";
}

static bool is_below(const char *file, const char *folder)
{
	return strncmp(file, folder, strlen(folder)) == 0;
}

static reader kstat_reader(const char *file)
{
	const char *slash = strrchr(file, '/');

	for (size_t i = 0; slash && i < array_count(KSTATS); i++) {
		if (strcmp(slash + 1, KSTATS[i].name) == 0)
			return KSTATS[i].read;
	}
	/* Those of taskqs that are no summary have no form that is known. */
	return is_below(file, "kstat/zfs/") ? zfs_read_kstat : NULL;
}

static reader reader_of(const char *file)
{
	for (size_t i = 0; i < array_count(FILES); i++) {
		if (FILES[i].read && strcmp(file, FILES[i].file) == 0)
			return FILES[i].read;
		if (!FILES[i].read && is_below(file, FILES[i].file))
			return kstat_reader(file);
	}
	return NULL;
}

static int tell_damage(struct zfs_reading *reading)
{
	char words[256];

	if (!reading->bad_lines)
		return 0;
	(void)snprintf(words, sizeof(words), "line %" PRIu64 ": %s; %" PRIu64 " %s not read",
		       reading->first_bad, reading->first_what, reading->bad_lines,
		       reading->bad_lines == 1 ? "line was" : "lines were");
	return zfs_tell(reading, "damage", zfs_piece_of(reading->text->path), zfs_piece_of(""),
			zfs_piece_of(words));
}

int zfs_text_read(const struct zfs_text *text, uint64_t time_ns, const struct event_sink *sink,
		  struct diag *why)
{
	struct zfs_reading reading = {
		.text = text,
		.sink = sink,
		.why = why,
		.time_ns = time_ns,
		.rest = text->text,
		.end = text->text + text->bytes,
	};
	reader read = reader_of(text->file);
	int r = read ? read(&reading) : 0;

	return r < 0 ? r : tell_damage(&reading);
}

int zfs_damage_tell(const struct zfs_text *text, const char *words, const struct event_sink *sink,
		    struct diag *why)
{
	struct zfs_reading reading = { .text = text, .sink = sink, .why = why };

	return zfs_tell(&reading, "damage", zfs_piece_of(text->path), zfs_piece_of(""),
			zfs_piece_of(words));
}
