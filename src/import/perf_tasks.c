/* Who are the threads, and which code have their processes mapped? Mappings are kept, and told
 * before the first stack that needs them: most processes are never seen running. */
#include "import/perf_tasks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "import/perf_data.h"
#include "import/perf_layout.h"

#define KTHREADD      2u /* the parent of all kernel threads */
#define KERNEL_TGID   UINT32_MAX
#define PATH_BYTES    4096u
#define BUILD_IDS_MAX 65536u
#define PROT_CODE     4u

static const char KERNEL_MAP[] = "[kernel.kallsyms]";

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory for the threads of a perf.data file");
}

static struct perf_task *find_task(const struct perf_tasks *tasks, uint32_t tid)
{
	const uint64_t *place = hash_find(&tasks->by_tid, tid);

	return place ? &tasks->items.items[*place] : NULL;
}

/* The thread, made when it is new. NULL: no room (counted) or no memory (-ENOMEM in *r). Pointers
 * to others do not outlive this. */
static struct perf_task *get_task(struct perf_tasks *tasks, uint32_t tid, int *r)
{
	struct perf_task *task = find_task(tasks, tid);
	uint64_t *place;

	*r = 0;
	if (task)
		return task;
	if (tasks->items.count >= PERF_TASKS_MAX) {
		tasks->unnamed++;
		return NULL;
	}
	*r = -ENOMEM;
	place = hash_put(&tasks->by_tid, tid);
	if (!place)
		return NULL;
	*place = tasks->items.count;
	task = array_push(&tasks->items);
	if (!task) {
		hash_remove(&tasks->by_tid, tid);
		return NULL;
	}
	task->tid = tid;
	*r = 0;
	return task;
}

const char *perf_tasks_name(const struct perf_tasks *tasks, uint32_t tid)
{
	const struct perf_task *task = find_task(tasks, tid);

	return task ? task->comm : "";
}

static void set_comm(struct perf_task *task, const char *comm, size_t count)
{
	char padded[sizeof(task->comm)] = {};

	memcpy(padded, comm,
	       strnlen(comm, count < sizeof(padded) - 1 ? count : sizeof(padded) - 1));
	if (memcmp(padded, task->comm, sizeof(padded)) == 0)
		return;
	memcpy(task->comm, padded, sizeof(padded));
	task->is_told = false;
	/* Whoever names functions takes a process with a new name for a new program. */
	task->maps_told = NULL;
}

static int tell_task(const struct perf_tasks *tasks, struct perf_task *task, uint64_t time_ns,
		     struct perf_out *out, struct diag *why)
{
	struct event_task event = {
		.head = PERF_EVENT_HEAD(event_task, TASK, time_ns),
		.tid = task->tid,
		.tgid = task->tgid,
		.parent_tgid = task->parent_tgid,
		.flags = (task->is_kernel ? TASK_KERNEL : 0) |
			 (tasks->all_are_targets || task->is_target ? TASK_TARGET : 0),
		.birth_ns = task->birth_ns,
	};

	if (task->is_told || !task->tid)
		return 0;
	if (!task->comm[0])
		(void)snprintf(task->comm, sizeof(task->comm), ":%" PRId32, (int32_t)task->tid);
	memcpy(event.comm, task->comm, sizeof(event.comm));
	task->is_told = true;
	return perf_tell(out, &event, why);
}

/* --- records of tasks --- */

/* An ended thread's number was given to another. */
static void begin_anew(struct perf_task *task, uint32_t tgid)
{
	uint32_t generation = task->generation;

	*task = (struct perf_task){ .tid = task->tid, .tgid = tgid, .generation = generation + 1 };
}

int perf_tasks_comm(struct perf_tasks *tasks, struct perf_bytes body, uint16_t misc,
		    uint64_t time_ns, struct perf_out *out, struct diag *why)
{
	uint32_t pid = perf_u32(&body), tid = perf_u32(&body);
	struct perf_task *task;
	const char *comm;
	size_t count;
	int r;

	comm = perf_text(&body, &count);
	if (body.is_short)
		return 0;
	task = get_task(tasks, tid, &r);
	if (!task)
		return r < 0 ? no_memory(why) : 0;
	task->tgid = pid;
	task->is_known = task->is_target = true;
	if (misc & PERF_MISC_COMM_EXEC) {
		task->is_kernel = task->is_told = false;
		task->has_line = true;
		task->maps = task->maps_told = NULL;
		task->generation++;
	}
	set_comm(task, comm, count);
	/* Most of those that lived before the watch are never heard of again. */
	return time_ns ? tell_task(tasks, task, time_ns, out, why) : 0;
}

int perf_tasks_fork(struct perf_tasks *tasks, struct perf_bytes body, uint64_t time_ns,
		    struct perf_out *out, struct diag *why)
{
	uint32_t pid = perf_u32(&body), parent_pid = perf_u32(&body);
	uint32_t tid = perf_u32(&body), parent_tid = perf_u32(&body);
	struct perf_task *task, *parent;
	int r;

	if (body.is_short)
		return 0;
	task = get_task(tasks, tid, &r);
	if (!task)
		return r < 0 ? no_memory(why) : 0;
	if (time_ns)
		begin_anew(task, pid);
	task->tgid = pid;
	task->is_known = task->is_target = true;
	task->birth_ns = time_ns;
	task->parent_tgid = parent_pid;

	parent = find_task(tasks, parent_tid);
	task->has_line = true;
	task->is_kernel = tid == KTHREADD || parent_pid == KTHREADD ||
			  (parent && parent->is_kernel && parent != task && time_ns);
	if (parent && parent != task && time_ns)
		set_comm(task, parent->comm, sizeof(parent->comm));
	parent = find_task(tasks, parent_pid);
	if (parent && pid != parent_pid && tid == pid && time_ns)
		task->maps = parent->maps;
	return time_ns ? tell_task(tasks, task, time_ns, out, why) : 0;
}

int perf_tasks_exit(struct perf_tasks *tasks, struct perf_bytes body, uint64_t time_ns,
		    struct perf_out *out, struct diag *why)
{
	struct event_task_end end = {
		.head = PERF_EVENT_HEAD(event_task_end, TASK_END, time_ns),
		.exit_code = -1,
	};
	struct perf_task *task;
	int r;

	(void)perf_u64(&body); /* its process, and the parent's */
	end.tid = perf_u32(&body);
	task = body.is_short ? NULL : find_task(tasks, end.tid);
	if (!task || task->is_dead)
		return 0;
	task->is_dead = true;
	r = tell_task(tasks, task, time_ns, out, why);
	/* Its last samples may come later: then the mappings are told again. */
	task->maps_told = NULL;
	return r < 0 ? r : perf_tell(out, &end, why);
}

/* As far as it can be known: a descendant of kthreadd that has run no program; or, where nobody
 * told of its descent, a thread that was only seen in the kernel and whose process has mapped
 * nothing. */
static bool is_kernel_thread(const struct perf_tasks *tasks, const struct perf_task *task,
			     bool in_user)
{
	const struct perf_task *leader = find_task(tasks, task->tgid);

	if (in_user)
		return false;
	if (task->has_line)
		return task->is_kernel;
	return (!leader || !leader->maps) && tasks->maps.count > 0 && tasks->all_are_targets;
}

int perf_tasks_seen(struct perf_tasks *tasks, uint32_t pid, uint32_t tid, bool in_user,
		    struct perf_out *out, struct diag *why)
{
	struct perf_task *task;
	bool is_kernel;
	int r;

	if (!tid)
		return 0;
	task = get_task(tasks, tid, &r);
	if (!task)
		return r < 0 ? no_memory(why) : 0;
	if (task->is_told && !(in_user && task->is_kernel) && (task->tgid || !pid))
		return 0;
	if (pid && !task->tgid)
		task->tgid = pid;
	if (pid)
		task->is_target = true;
	is_kernel = is_kernel_thread(tasks, task, in_user);
	if (is_kernel != task->is_kernel || !task->is_told)
		task->is_told = false;
	task->is_kernel = is_kernel;
	return tell_task(tasks, task, out->told_ns, out, why);
}

int perf_tasks_hint(struct perf_tasks *tasks, uint32_t tid, const char comm[16],
		    struct perf_out *out, struct diag *why)
{
	struct perf_task *task;
	int r;

	if (!tid)
		return 0;
	task = get_task(tasks, tid, &r);
	if (!task)
		return r < 0 ? no_memory(why) : 0;
	if (!task->is_known && !task->comm[0])
		set_comm(task, comm, sizeof(task->comm));
	return perf_tasks_seen(tasks, 0, tid, false, out, why);
}

/* --- build-ids --- */

int perf_tasks_build_id(struct perf_tasks *tasks, struct perf_bytes body, uint16_t misc)
{
	const unsigned char *id;
	struct perf_build_id *kept;
	uint64_t *place;
	const char *path;
	size_t count;

	(void)perf_u32(&body);
	id = perf_take(&body, sizeof(kept->id));
	path = perf_text(&body, &count);
	if (!id || !count || count >= PATH_BYTES || tasks->build_ids.count >= BUILD_IDS_MAX)
		return 0;
	place = hash_put(&tasks->by_path, XXH3_64bits(path, count));
	kept = place ? array_push(&tasks->build_ids) : NULL;
	if (!kept)
		return -ENOMEM;
	*place = tasks->build_ids.count - 1;
	kept->bytes = PERF_BUILD_ID_BYTES;
	if (misc & PERF_MISC_BUILD_ID_SIZE && id[PERF_BUILD_ID_BYTES] < kept->bytes)
		kept->bytes = id[PERF_BUILD_ID_BYTES];
	memcpy(kept->id, id, kept->bytes);
	kept->path = malloc(count + 1);
	if (!kept->path)
		return -ENOMEM;
	/* In a cut file its end is that of the file. */
	memcpy(kept->path, path, count);
	kept->path[count] = '\0';
	return 0;
}

static const struct perf_build_id *find_build_id(const struct perf_tasks *tasks, const char *path,
						 size_t count)
{
	const uint64_t *place = hash_find(&tasks->by_path, XXH3_64bits(path, count));
	const struct perf_build_id *one;

	if (!place || *place >= tasks->build_ids.count)
		return NULL;
	one = &tasks->build_ids.items[*place];
	return one->path && strncmp(one->path, path, count) == 0 && !one->path[count] ? one : NULL;
}

/* --- mappings --- */

/* A mapping's record, without what is not of use here. */
struct mapping {
	uint32_t tgid;
	uint64_t start;
	uint64_t bytes;
	uint64_t file_offset;
	const unsigned char *build_id;
	uint8_t build_id_bytes;
	bool is_code;
	const char *path;
	size_t path_bytes;
};

static bool read_mapping(const struct perf_record *record, struct perf_bytes body,
			 struct mapping *ret)
{
	struct mapping map = { .tgid = perf_u32(&body) };

	(void)perf_u32(&body); /* the thread */
	map.start = perf_u64(&body);
	map.bytes = perf_u64(&body);
	map.file_offset = perf_u64(&body);
	map.is_code = !(record->misc & PERF_MISC_MMAP_DATA);
	if (record->type == PERF_REC_MMAP2) {
		const unsigned char *identity = perf_take(&body, 24);

		map.is_code = perf_u32(&body) & PROT_CODE;
		(void)perf_u32(&body);
		if (identity && record->misc & PERF_MISC_MMAP_BUILD_ID) {
			map.build_id_bytes = identity[0] <= PERF_BUILD_ID_BYTES
						     ? identity[0]
						     : PERF_BUILD_ID_BYTES;
			map.build_id = identity + 4;
		}
	}
	map.path = perf_text(&body, &map.path_bytes);
	*ret = map;
	return !body.is_short && map.path_bytes < PATH_BYTES && map.bytes &&
	       map.start + map.bytes - 1 >= map.start;
}

/* "/lib/modules/6.1.0/extra/zfs-2.ko.zst" is "[zfs_2]". */
static size_t name_module(const char *path, size_t count, char ret[PATH_BYTES + 2])
{
	size_t begin = count, end, n = 0;

	if (count && path[0] == '[') {
		memcpy(ret, path, count);
		return count;
	}
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	end = begin;
	while (end < count && path[end] != '.')
		end++;
	ret[n++] = '[';
	for (size_t i = begin; i < end; i++)
		ret[n++] = path[i];
	for (size_t i = 1; i < n; i++) {
		if (ret[i] == '-')
			ret[i] = '_';
	}
	ret[n++] = ']';
	return n;
}

/* "[kernel.kallsyms]_text" was found where the record's offset says. */
static void keep_kernel(const struct mapping *map, struct perf_kernel *kernel)
{
	const char *symbol = map->path + sizeof(KERNEL_MAP) - 1;
	size_t count = map->path_bytes - (sizeof(KERNEL_MAP) - 1);

	if (count >= sizeof(kernel->symbol))
		count = sizeof(kernel->symbol) - 1;
	if (count) {
		memcpy(kernel->symbol, symbol, count);
		kernel->symbol[count] = '\0';
		kernel->symbol_address = map->file_offset;
	}
}

static void keep_build_id(const struct mapping *map, struct perf_kernel *kernel)
{
	kernel->build_id_bytes = map->build_id_bytes;
	if (map->build_id_bytes)
		memcpy(kernel->build_id, map->build_id, map->build_id_bytes);
}

static bool is_kernel_map(const struct mapping *map)
{
	return map->path_bytes >= sizeof(KERNEL_MAP) - 1 &&
	       memcmp(map->path, KERNEL_MAP, sizeof(KERNEL_MAP) - 1) == 0;
}

/* Keep a mapping in its process's list. */
static int add_map(struct perf_tasks *tasks, struct perf_task *task, const struct mapping *map)
{
	size_t bytes = offsetof(struct perf_map, event) +
		       (sizeof(struct event_mapping) + map->path_bytes + 7) / 8 * 8;
	struct perf_map_slot *slot;
	struct perf_map *kept;

	if (tasks->maps_bytes + bytes > PERF_MAPS_BYTES_MAX) {
		tasks->left_out++;
		return 0;
	}
	kept = calloc(1, bytes);
	slot = kept ? array_push(&tasks->maps) : NULL;
	if (!slot) {
		free(kept);
		return -ENOMEM;
	}
	slot->map = kept;
	tasks->maps_bytes += bytes;
	kept->event = (struct event_mapping){
		.head = { .bytes = (uint32_t)(bytes - offsetof(struct perf_map, event)),
			  .kind = EVENT_MAPPING },
		.start = map->start,
		.bytes = map->bytes,
		.file_offset = map->file_offset,
		.path_bytes = (uint16_t)map->path_bytes,
		.build_id_bytes = map->build_id_bytes,
	};
	if (map->build_id_bytes)
		memcpy(kept->event.build_id, map->build_id, map->build_id_bytes);
	memcpy((char *)kept + offsetof(struct perf_map, event) + sizeof(struct event_mapping),
	       map->path, map->path_bytes);
	kept->before = task->maps;
	task->maps = kept;
	return 0;
}

int perf_tasks_map(struct perf_tasks *tasks, const struct perf_record *record,
		   struct perf_bytes body, struct perf_kernel *kernel, struct diag *why)
{
	unsigned int mode = record->misc & PERF_MISC_MODE;
	struct perf_task *task = &tasks->kernel;
	const struct perf_build_id *known;
	struct mapping map;
	char name[PATH_BYTES + 2];
	int r = 0;

	if (!read_mapping(record, body, &map) || !map.is_code ||
	    (mode != PERF_MODE_KERNEL && mode != PERF_MODE_USER))
		return 0;
	known = map.build_id_bytes ? NULL : find_build_id(tasks, map.path, map.path_bytes);
	if (mode == PERF_MODE_KERNEL && is_kernel_map(&map)) {
		keep_kernel(&map, kernel);
		map.path_bytes = sizeof(KERNEL_MAP) - 1;
		map.file_offset = 0;
		if (!map.build_id_bytes)
			known = find_build_id(tasks, map.path, map.path_bytes);
	}
	if (known) {
		map.build_id = known->id;
		map.build_id_bytes = known->bytes;
	}
	if (mode == PERF_MODE_KERNEL && is_kernel_map(&map))
		keep_build_id(&map, kernel);
	if (mode == PERF_MODE_KERNEL) {
		map.path_bytes = name_module(map.path, map.path_bytes, name);
		map.path = name;
	} else {
		task = get_task(tasks, map.tgid, &r);
	}
	if (task)
		r = add_map(tasks, task, &map);
	return r < 0 ? no_memory(why) : 0;
}

static int tell_map(const struct perf_map *map, uint32_t tgid, struct perf_out *out,
		    struct diag *why)
{
	union {
		struct event_mapping event;
		char bytes[sizeof(struct event_mapping) + PATH_BYTES + 16];
	} copy;

	memcpy(copy.bytes, &map->event, map->event.head.bytes);
	copy.event.tgid = tgid;
	copy.event.head.time_ns = out->told_ns;
	return perf_tell(out, &copy, why);
}

/* Those up to the one told last, the oldest first. */
static int tell_maps(const struct perf_task *process, uint32_t tgid, struct perf_out *out,
		     struct diag *why)
{
	const struct perf_map **maps;
	size_t count = 0;
	int r = 0;

	for (const struct perf_map *map = process->maps; map && map != process->maps_told;
	     map = map->before)
		count++;
	maps = count ? calloc(count, sizeof(const struct perf_map *)) : NULL;
	if (!maps)
		return count ? no_memory(why) : 0;
	maps[0] = process->maps;
	for (size_t i = 1; i < count; i++)
		maps[i] = maps[i - 1]->before;
	while (count > 0 && r == 0)
		r = tell_map(maps[--count], tgid, out, why);
	free(maps);
	return r;
}

int perf_tasks_mappings(struct perf_tasks *tasks, uint32_t tgid, struct perf_out *out,
			uint32_t *ret_generation, struct diag *why)
{
	struct perf_task *process = tgid ? find_task(tasks, tgid) : &tasks->kernel;
	int r = 0;

	*ret_generation = 0;
	if (!process)
		return 0;
	if (process->maps != process->maps_told) {
		r = tell_maps(process, tgid, out, why);
		process->maps_told = process->maps;
		/* What was told of the old ones stays true of them. */
		if (process->has_stacks)
			process->generation++;
	}
	process->has_stacks = true;
	*ret_generation = process->generation;
	return r;
}

void perf_tasks_free(struct perf_tasks *tasks)
{
	for (size_t i = 0; i < tasks->maps.count; i++)
		free(tasks->maps.items[i].map);
	for (size_t i = 0; i < tasks->build_ids.count; i++)
		free(tasks->build_ids.items[i].path);
	array_free(&tasks->maps);
	array_free(&tasks->build_ids);
	array_free(&tasks->items);
	hash_free(&tasks->by_tid);
	hash_free(&tasks->by_path);
}
