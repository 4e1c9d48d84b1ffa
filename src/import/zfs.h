/*
 * What does ZFS tell of itself? Turns its texts (kstats, and what zpool and zfs print for programs)
 * into facts.
 */
#ifndef IMPORT_ZFS_H
#define IMPORT_ZFS_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

enum zfs_file {
#define ZFS_FILE(NAME, file, reader)                   ZFS_FILE_##NAME,
#define ZFS_COMMAND(NAME, file, reader, command, when) ZFS_FILE_##NAME,
#include "import/zfs_files.def"
#undef ZFS_COMMAND
#undef ZFS_FILE
	ZFS_FILE_COUNT
};
/* Where it lies in a folder of copies, and what prints it ("": it is copied); see the table.
 * Never NULL. */
const char *zfs_file_name(enum zfs_file file);
const char *zfs_file_command(enum zfs_file file);

/* One text. */
struct zfs_text {
	const char *file; /* "kstat/zfs/tank/txgs", "zpool-get.txt": how it is called in a folder
			     of copies, wherever it came from */
	const char *path; /* how it is called when something is wrong with it */
	const char *text;
	size_t bytes;
	uint32_t look; /* 1, or 2 for the later one of two */
};

/*
 * Tell what stands in it as facts, whose keys have four parts with tabs between them: "zfs1" or
 * "zfs2" by the look, a source, a subject and a name. The sources:
 *
 *   kstat    subject: the file below kstat/zfs ("arcstats", "tank/iostats"); name: that of the row,
 *            or "snaptime" for when it was taken, in ns since boot
 *   txgs     subject: the pool; name: "63.stime", a transaction group and a column
 *   taskq    subject: the queue; name: "act", "max", "pend"
 *   impl     subject: "fletcher_4" or "vdev_raidz"; name: "fastest": what the kernel found fastest
 *   param    subject: the module; name: the parameter
 *   thread   subject: a thread's name; name: its number; value: its CPU time in ns
 *   zpool, zfs   subject: the pool or dataset; name: the property
 *   status   subject: the pool; name: "state", "status", "scan", "errors"
 *   vdev     subject: its place in zpool status; name: "pool", "name", "class", "state", …
 *   iostat   subject: the place of its line; name: "name", or a column
 *   latency  subject: the place of its table; name: "name", or "1023.disk_read": a limit in ns and
 *            a column (of zeros nothing is told)
 *   event    subject: the class; name: "count"
 *   events   name: "count": how many there were
 *   message  subject: place; name: "" – lines of dbgmsg that tell of trouble
 *   messages name: "count", "trouble": how many of dbgmsg's there were
 *   damage   subject: the path; name: ""; value: the first line that could not be read, and why
 *
 * A line that cannot be read is left out, and told as damage with its file's path. 0, or what the
 * sink returned.
 */
must_check int zfs_text_read(const struct zfs_text *text, uint64_t time_ns,
			     const struct event_sink *sink, struct diag *why);

/* Tell that a text could not be had at all. */
must_check int zfs_damage_tell(const struct zfs_text *text, const char *words,
			       const struct event_sink *sink, struct diag *why);

#endif
