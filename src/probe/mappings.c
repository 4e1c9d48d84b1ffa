/* Which files do processes map as code? A dummy event of perf on each CPU, with a small ring. */
#include "probe/mappings.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"

enum ring_size {
	RING_BYTES = 65536,
	RECORD_BYTES_MAX = 8192, /* longer than any path makes it */
};

/* A record of a mapping, up to its path. Behind the path stands the time. */
struct mapped {
	struct perf_event_header header;
	uint32_t tgid;
	uint32_t tid;
	uint64_t start;
	uint64_t bytes;
	uint64_t file_offset;
	uint8_t build_id_bytes; /* with PERF_RECORD_MISC_MMAP_BUILD_ID; else device and inode */
	uint8_t spare[3];
	uint8_t build_id[20];
	uint32_t protection;
	uint32_t flags;
};

struct lost {
	struct perf_event_header header;
	uint64_t id;
	uint64_t count;
	uint64_t time_ns;
};

struct ring {
	struct perf_event_mmap_page *page; /* and the ring behind it */
	int fd;
};

struct mappings {
	ARRAY(struct ring) rings;
	uint64_t lost;
	size_t page_bytes;
	char record[RECORD_BYTES_MAX];
};

/* A file, or the kernel's own page of code: not what is mapped without one. */
static bool is_named(const char *path)
{
	return (path[0] == '/' && path[1] != '/') || strcmp(path, "[vdso]") == 0;
}

bool mapping_read(const void *record, size_t bytes, union mapping_room *ret)
{
	struct mapped mapped;
	const char *path;
	size_t path_bytes;

	if (bytes < sizeof(mapped) + sizeof(uint64_t))
		return false;
	memcpy(&mapped, record, sizeof(mapped));
	if (mapped.header.type != PERF_RECORD_MMAP2 || mapped.tgid == UINT32_MAX)
		return false;
	path = (const char *)record + sizeof(mapped);
	path_bytes = strnlen(path, bytes - sizeof(mapped) - sizeof(uint64_t));
	if (path_bytes == bytes - sizeof(mapped) - sizeof(uint64_t) ||
	    path_bytes > MAPPING_PATH_MAX || !is_named(path))
		return false;

	memset(&ret->event, 0, sizeof(ret->event));
	ret->event.head.kind = EVENT_MAPPING;
	ret->event.head.bytes = (uint32_t)((sizeof(ret->event) + path_bytes + 7) & ~(size_t)7);
	memcpy(&ret->event.head.time_ns, (const char *)record + bytes - sizeof(uint64_t),
	       sizeof(uint64_t));
	ret->event.tgid = mapped.tgid;
	ret->event.start = mapped.start;
	ret->event.bytes = mapped.bytes;
	ret->event.file_offset = mapped.file_offset;
	ret->event.path_bytes = (uint16_t)path_bytes;
	if (mapped.header.misc & PERF_RECORD_MISC_MMAP_BUILD_ID &&
	    mapped.build_id_bytes <= sizeof(mapped.build_id)) {
		ret->event.build_id_bytes = mapped.build_id_bytes;
		memcpy(ret->event.build_id, mapped.build_id, mapped.build_id_bytes);
	}
	memcpy(ret->bytes + sizeof(ret->event), path, path_bytes);
	memset(ret->bytes + sizeof(ret->event) + path_bytes, 0,
	       ret->event.head.bytes - sizeof(ret->event) - path_bytes);
	return true;
}

/* Older kernels do not read build-ids. */
static int open_event(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.build_id = 1,
		.exclude_kernel = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = RING_BYTES,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 && errno == EINVAL) {
		attr.build_id = 0;
		fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

/* Give the event a ring; it is then the ring's. */
static int add_ring(struct mappings *mappings, int fd)
{
	void *page = mmap(NULL, mappings->page_bytes + RING_BYTES, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	struct ring *ring;

	if (page == MAP_FAILED)
		return -errno;
	ring = array_push(&mappings->rings);
	if (!ring) {
		munmap(page, mappings->page_bytes + RING_BYTES);
		return -ENOMEM;
	}
	*ring = (struct ring){ .page = page, .fd = fd };
	return 0;
}

static int add_cpu(struct mappings *mappings, int cpu)
{
	int fd = open_event(cpu), r;

	if (fd < 0)
		return fd == -ENODEV ? 0 : fd; /* an offline CPU */
	r = add_ring(mappings, fd);
	if (r < 0)
		close(fd);
	return r;
}

int mappings_open(struct mappings **ret)
{
	owns(mappings_free) struct mappings *mappings = calloc(1, sizeof(*mappings));
	int cpus = (int)sysconf(_SC_NPROCESSORS_CONF);

	if (!mappings)
		return -ENOMEM;
	mappings->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	for (int cpu = 0; cpu < cpus; cpu++) {
		int r = add_cpu(mappings, cpu);

		if (r < 0)
			return r;
	}
	*ret = give(mappings);
	return 0;
}

void mappings_free(struct mappings **mappings)
{
	if (!*mappings)
		return;
	for (size_t i = 0; i < (*mappings)->rings.count; i++) {
		struct ring *ring = &(*mappings)->rings.items[i];

		munmap(ring->page, (*mappings)->page_bytes + RING_BYTES);
		close(ring->fd);
	}
	array_free(&(*mappings)->rings);
	free(*mappings);
	*mappings = NULL;
}

/* Copy what may lie around the ring's end. */
static void read_ring(const struct mappings *mappings, const struct ring *ring, uint64_t from,
		      void *to, size_t bytes)
{
	const char *data = (const char *)ring->page + mappings->page_bytes;
	size_t offset = from % RING_BYTES, first = MIN(bytes, RING_BYTES - offset);

	memcpy(to, data + offset, first);
	memcpy((char *)to + first, data, bytes - first);
}

static int take_record(struct mappings *mappings, size_t bytes, const struct event_sink *sink,
		       struct diag *why)
{
	union mapping_room room;
	struct lost lost;

	memcpy(&lost, mappings->record, MIN(bytes, sizeof(lost)));
	if (lost.header.type == PERF_RECORD_LOST && bytes >= sizeof(lost)) {
		mappings->lost += lost.count;
		return 0;
	}
	if (!mapping_read(mappings->record, bytes, &room))
		return 0;
	return event_sink_take(sink, &room.event.head, why);
}

static int drain_ring(struct mappings *mappings, struct ring *ring, const struct event_sink *sink,
		      struct diag *why)
{
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	int r = 0;

	while (r == 0 && head - tail >= sizeof(struct perf_event_header)) {
		struct perf_event_header header;

		read_ring(mappings, ring, tail, &header, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail) {
			tail = head; /* not to be: the rest cannot be read */
			break;
		}
		if (header.size <= sizeof(mappings->record)) {
			read_ring(mappings, ring, tail, mappings->record, header.size);
			r = take_record(mappings, header.size, sink, why);
		}
		tail += header.size;
	}
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
	return r;
}

int mappings_drain(struct mappings *mappings, const struct event_sink *sink, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < mappings->rings.count && r == 0; i++)
		r = drain_ring(mappings, &mappings->rings.items[i], sink, why);
	return r;
}

uint64_t mappings_lost(const struct mappings *mappings)
{
	return mappings->lost;
}
