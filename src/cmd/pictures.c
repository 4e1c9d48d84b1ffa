/* What does the page of a verdict show beside it? Each picture has a thinker of its own, which
 * takes the same events. */
#include "cmd/pictures.h"

#include <errno.h>
#include <stdlib.h>

#include "analyse/disks.h"
#include "analyse/files.h"
#include "analyse/profile.h"
#include "analyse/syscalls.h"
#include "analyse/waiter.h"
#include "cmd/flame.h"
#include "view/disk_json.h"
#include "view/latency_map_json.h"
#include "view/wait_json.h"

struct pictures {
	struct profiler *profiler; /* of wall time, and so of CPU time */
	struct waiter *waiter;
	struct disks *disks;
	struct filer *filer;
	struct syscalls *syscalls;
};

/* As the commands have them that show nothing else. */
static const double LEAST_WAKER_SHARE = 0.005;
static const char KEYS_OF_PROFILE[] = "comm,dso,symbol";
static const char KEYS_OF_WAKERS[] = "thread,cause,function,waker";
static const char KEYS_OF_DISKS[] = "device,op,flags";
static const char KEYS_OF_FILES[] = "type";
static const char KEYS_OF_SYSCALLS[] = "syscall";

static int profiler_for(struct profiler **ret)
{
	struct profiler_options wanted = {
		.min_share = FLAME_SHARE_MIN,
		.is_wall = true,
		.without_table = true,
	};
	int r = profile_keys_read(KEYS_OF_PROFILE, &wanted.keys);

	return r < 0 ? r : profiler_new(&wanted, ret);
}

static int waiter_for(struct waiter **ret)
{
	struct waiter_options wanted = { .min_share = LEAST_WAKER_SHARE };
	int r = wait_keys_read(KEYS_OF_WAKERS, &wanted.keys);

	return r < 0 ? r : waiter_new(&wanted, ret);
}

static int disks_for(struct disks **ret)
{
	struct disks_options wanted = {};
	int r = disk_keys_read(KEYS_OF_DISKS, &wanted.keys);

	return r < 0 ? r : disks_new(&wanted, ret);
}

static int filer_for(struct filer **ret)
{
	struct filer_options wanted = { .over_ns = UINT64_MAX };
	int r = files_keys_read(KEYS_OF_FILES, &wanted.keys);

	return r < 0 ? r : filer_new(&wanted, ret);
}

static int syscalls_for(struct syscalls **ret)
{
	struct syscalls_options wanted = { .over_ns = UINT64_MAX };
	int r = syscall_keys_read(KEYS_OF_SYSCALLS, &wanted.keys);

	return r < 0 ? r : syscalls_new(&wanted, ret);
}

int pictures_new(struct pictures **ret)
{
	owns(pictures_free) struct pictures *pictures = calloc(1, sizeof(*pictures));

	if (!pictures || profiler_for(&pictures->profiler) < 0 ||
	    waiter_for(&pictures->waiter) < 0 || disks_for(&pictures->disks) < 0 ||
	    filer_for(&pictures->filer) < 0 || syscalls_for(&pictures->syscalls) < 0)
		return -ENOMEM;
	*ret = give(pictures);
	return 0;
}

void pictures_free(struct pictures **pictures)
{
	struct pictures *old = *pictures;

	*pictures = NULL;
	if (!old)
		return;
	profiler_free(&old->profiler);
	waiter_free(&old->waiter);
	disks_free(&old->disks);
	filer_free(&old->filer);
	syscalls_free(&old->syscalls);
	free(old);
}

int pictures_take(struct pictures *pictures, const struct event *event, struct diag *why)
{
	int r = profiler_take(pictures->profiler, event, why);

	if (r == 0)
		r = waiter_take(pictures->waiter, event, why);
	if (r == 0)
		r = disks_take(pictures->disks, event, why);
	if (r == 0)
		r = filer_take(pictures->filer, event, why);
	return r == 0 ? syscalls_take(pictures->syscalls, event, why) : r;
}

/* Hand on what another report has under this name. */
static int move(json_t *from, const char *name, json_t *into)
{
	json_t *value = json_object_get(from, name);

	return value && json_object_set(into, name, value) == 0 ? 0 : -ENOMEM;
}

static int add_wakers(struct waiter *waiter, json_t *report, struct diag *why)
{
	owns(wait_report_free) struct wait_report *waits = NULL;
	json_t *object;
	int r = waiter_report(waiter, &waits, why);

	if (r < 0)
		return r;
	object = view_wait_json_object(waits);
	r = move(object, "wakers", report);
	json_decref(object);
	return r;
}

static int add_devices(struct disks *disks, json_t *report, struct diag *why)
{
	static const char *const NAMES[] = { "devices", "told", "told_of" };
	owns(disk_report_free) struct disk_report *requests = NULL;
	json_t *object;
	int r = disks_report(disks, &requests, why);

	if (r < 0)
		return r;
	object = view_disk_json_object(requests, NULL);
	for (size_t i = 0; i < array_count(NAMES) && r == 0; i++)
		r = move(object, NAMES[i], report);
	json_decref(object);
	return r;
}

static int add_maps(json_t *report, const char *name, const struct latency_map_list *list)
{
	return json_object_set_new(report, name, view_latency_maps_json(list)) == 0 ? 0 : -ENOMEM;
}

static int add_file_maps(struct filer *filer, json_t *report, struct diag *why)
{
	owns(files_report_free) struct files_report *files = NULL;
	int r = filer_report(filer, &files, why);

	return r < 0 ? r : add_maps(report, "latency_maps", &files->maps);
}

static int add_call_maps(struct syscalls *syscalls, json_t *report, struct diag *why)
{
	owns(syscall_report_free) struct syscall_report *calls = NULL;
	int r = syscalls_report(syscalls, &calls, why);

	return r < 0 ? r : add_maps(report, "call_latency_maps", &calls->maps);
}

static int draw(struct profiler *profiler, const char *name, struct html_file *page,
		struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	struct html_picture picture = {
		.name = name,
		.bytes_max = HTML_FLAMES_BYTES_MAX / HTML_FLAMES_MAX,
	};
	int r = profiler_profiles(profiler, &profiles, why);

	if (r < 0)
		return r;
	picture.profile = *profiles_first_seen(&profiles);
	return html_draw(page, &picture, why);
}

int pictures_add(struct pictures *pictures, json_t *report, struct html_file *page,
		 struct diag *why)
{
	int r = add_wakers(pictures->waiter, report, why);

	if (r == 0)
		r = add_devices(pictures->disks, report, why);
	if (r == 0)
		r = add_file_maps(pictures->filer, report, why);
	if (r == 0)
		r = add_call_maps(pictures->syscalls, report, why);
	if (r == 0)
		r = draw(pictures->profiler, "Wall-clock flame graph", page, why);
	if (r < 0)
		return r;
	profiler_leave_waits(pictures->profiler);
	return draw(pictures->profiler, "On-CPU flame graph", page, why);
}
