/* How do we say to programs how virtual machines do? Each struct of a report becomes an object;
 * kvm.schema.json says the same. */
#include "view/kvm_json.h"

#include "view/json_values.h"
#include "view/kvm.schema.json.h"
#include "view/profile_json.h"
#include "view/stack_map.h"
#include "view/stream.h"

/* Only what there is something to say of. */
static int set_text(json_t *object, const char *key, const char *text)
{
	return text[0] ? json_object_set_new(object, key, json_text(text)) : 0;
}

static json_t *share_or_null(double share)
{
	return share < 0 ? json_null() : json_share(share);
}

static json_t *disk_object(const struct kvm_disk *disk)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= set_text(object, "device", disk->device);
	bad |= set_text(object, "id", disk->id);
	bad |= set_text(object, "format", disk->format);
	bad |= set_text(object, "backend", disk->backend);
	bad |= set_text(object, "file", disk->file);
	bad |= set_text(object, "cache", disk->cache);
	bad |= set_text(object, "aio", disk->aio);
	bad |= set_text(object, "iothread", disk->iothread);
	if (disk->queues)
		bad |= json_object_set_new(object, "queues", json_integer(disk->queues));
	bad |= json_object_set_new(object, "is_readonly", json_boolean(disk->is_readonly));
	return json_finished(object, bad);
}

static json_t *config_object(const struct kvm_guest *guest)
{
	json_t *object = json_object(), *disks = json_array();
	int bad = 0;

	for (size_t i = 0; i < guest->disks.count; i++)
		bad |= json_array_append_new(disks, disk_object(&guest->disks.items[i]));
	bad |= set_text(object, "machine", guest->machine);
	bad |= set_text(object, "accel", guest->accel);
	if (guest->cpus)
		bad |= json_object_set_new(object, "cpus", json_integer(guest->cpus));
	if (guest->memory_bytes)
		bad |= json_object_set_new(object, "memory_bytes",
					   json_unsigned(guest->memory_bytes));
	bad |= json_object_set_new(object, "debug_threads", json_boolean(guest->debug_threads));
	bad |= json_object_set_new(object, "iothreads",
				   json_texts(guest->iothreads.items, guest->iothreads.count));
	bad |= json_object_set_new(object, "disks", disks);
	return json_finished(object, bad);
}

static json_t *thread_object(const struct kvm_thread *thread)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "tid", json_integer(thread->tid));
	bad |= json_object_set_new(object, "name", json_text(thread->name));
	bad |= set_text(object, "role", thread->role);
	bad |= json_object_set_new(object, "run_ns",
				   thread->busy_share < 0 ? json_null()
							  : json_unsigned(thread->run_ns));
	bad |= json_object_set_new(object, "busy_share", share_or_null(thread->busy_share));
	return json_finished(object, bad);
}

static json_t *exit_object(const struct kvm_exit *exit)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(exit->name));
	bad |= json_object_set_new(object, "isa", json_text(exit->isa));
	bad |= json_object_set_new(object, "reason", json_integer(exit->reason));
	bad |= set_text(object, "what", exit->words);
	bad |= json_object_set_new(object, "is_idle", json_boolean(exit->is_idle));
	bad |= json_object_set_new(object, "with_idle_ns", json_unsigned(exit->total_ns));
	bad |= json_object_set_new(object, "idle_ns", json_unsigned(exit->idle_ns));
	bad |= json_object_set_new(object, "user_count", json_unsigned(exit->user_count));
	bad |= json_object_set_new(object, "user_ns", json_unsigned(exit->user_ns));
	bad |= json_object_set_new(object, "share", json_share(exit->share));
	bad |= json_set_latency(object, &exit->times);
	return json_finished(object, bad);
}

static json_t *user_object(const struct kvm_user_exit *exit)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(exit->name));
	bad |= json_object_set_new(object, "reason", json_integer(exit->reason));
	bad |= json_object_set_new(object, "count", json_unsigned(exit->count));
	bad |= json_object_set_new(object, "ns", json_unsigned(exit->ns));
	bad |= json_object_set_new(object, "share", json_share(exit->share));
	return json_finished(object, bad);
}

static json_t *exits_object(const struct kvm_guest *guest)
{
	json_t *object = json_object(), *rows = json_array(), *users = json_array();
	int bad = 0;

	for (size_t i = 0; i < guest->exits.count; i++)
		bad |= json_array_append_new(rows, exit_object(&guest->exits.items[i]));
	for (size_t i = 0; i < guest->user_exits.count; i++)
		bad |= json_array_append_new(users, user_object(&guest->user_exits.items[i]));
	bad |= json_object_set_new(object, "vcpus", json_integer(guest->vcpus));
	bad |= json_object_set_new(object, "count", json_unsigned(guest->exit_count));
	bad |= json_object_set_new(object, "open", json_unsigned(guest->open_count));
	bad |= json_object_set_new(object, "in_guest_ns", json_unsigned(guest->in_guest_ns));
	bad |= json_object_set_new(object, "outside_ns", json_unsigned(guest->exit_ns));
	bad |= json_object_set_new(object, "user_ns", json_unsigned(guest->user_ns));
	bad |= json_object_set_new(object, "idle_ns", json_unsigned(guest->idle_ns));
	bad |= json_object_set_new(object, "guest_share", share_or_null(guest->guest_share));
	bad |= json_object_set_new(object, "reasons", rows);
	bad |= json_object_set_new(object, "user_reasons", users);
	return json_finished(object, bad);
}

static json_t *wake_object(const struct kvm_wake *wake)
{
	json_t *object = json_object(), *paths = json_array();
	int bad = 0;

	for (size_t i = 0; i < wake->path_count; i++) {
		json_t *path = json_object();
		int bad_path = 0;

		bad_path |= json_object_set_new(path, "path", json_text(wake->paths[i].words));
		bad_path |= json_object_set_new(path, "count", json_unsigned(wake->paths[i].count));
		bad |= json_array_append_new(paths, json_finished(path, bad_path));
	}
	bad |= json_object_set_new(object, "waker", json_text(wake->waker));
	bad |= json_object_set_new(object, "sleeper", json_text(wake->sleeper));
	bad |= json_object_set_new(object, "count", json_unsigned(wake->count));
	bad |= json_object_set_new(object, "waited_ns", json_unsigned(wake->waited_ns));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(wake->avg_ns));
	bad |= json_object_set_new(object, "share", json_share(wake->share));
	bad |= json_object_set_new(object, "with_stack", json_unsigned(wake->with_stack));
	bad |= json_object_set_new(object, "paths", paths);
	return json_finished(object, bad);
}

static json_t *guest_object(const struct kvm_guest *guest)
{
	json_t *object = json_object(), *threads = json_array(), *wakes = json_array();
	int bad = 0;

	for (size_t i = 0; i < guest->threads.count; i++)
		bad |= json_array_append_new(threads, thread_object(&guest->threads.items[i]));
	for (size_t i = 0; i < guest->wakes.count; i++)
		bad |= json_array_append_new(wakes, wake_object(&guest->wakes.items[i]));
	if (guest->pid)
		bad |= json_object_set_new(object, "pid", json_integer(guest->pid));
	bad |= set_text(object, "name", guest->name);
	bad |= json_object_set_new(object, "config",
				   guest->has_config ? config_object(guest) : json_null());
	bad |= set_text(object, "unread", guest->unread);
	bad |= json_object_set_new(object, "threads", threads);
	bad |= json_object_set_new(object, "exits",
				   guest->vcpus ? exits_object(guest) : json_null());
	bad |= json_object_set_new(object, "wakes", wakes);
	bad |= json_object_set_new(object, "wakes_without_room",
				   json_unsigned(guest->left_out_wakes));
	return json_finished(object, bad);
}

static json_t *machine_object(const struct kvm_report *report)
{
	json_t *object = json_object(), *facts = json_object();
	int bad = 0;

	for (size_t i = 0; i < report->facts.count; i++)
		bad |= json_object_set_new(facts, report->facts.items[i].key,
					   json_text(report->facts.items[i].value));
	bad |= json_object_set_new(object, "is_guest",
				   report->hypervisor[0] ? json_boolean(report->is_guest)
							 : json_null());
	bad |= set_text(object, "hypervisor", report->hypervisor);
	bad |= set_text(object, "kind", report->kind);
	bad |= json_object_set_new(object, "steal_share", share_or_null(report->steal_share));
	bad |= json_object_set_new(object, "facts", facts);
	return json_finished(object, bad);
}

static json_t *claim_object(const struct kvm_claim *claim)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "id", json_text(kvm_claim_name(claim->id)));
	if (claim->pid)
		bad |= json_object_set_new(object, "pid", json_integer(claim->pid));
	bad |= set_text(object, "what", claim->what);
	bad |= json_object_set_new(object, "seen", json_text(claim->words));
	bad |= json_object_set_new(object, "advice", json_text(kvm_claim_advice(claim->id)));
	return json_finished(object, bad);
}

static int set_lists(json_t *object, const struct kvm_report *report, const struct kvm_maps *maps)
{
	json_t *guests = json_array(), *claims = json_array(), *below = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->guests.count; i++)
		bad |= json_array_append_new(guests, guest_object(&report->guests.items[i]));
	for (size_t i = 0; i < report->claims.count; i++)
		bad |= json_array_append_new(claims, claim_object(&report->claims.items[i]));
	for (size_t i = 0; i < maps->items.count; i++)
		bad |= json_array_append_new(below, stack_map_object(maps->items.items[i].stack));
	bad |= json_object_set_new(object, "guests", guests);
	bad |= json_object_set_new(object, "claims", claims);
	bad |= json_object_set_new(object, "maps", below);
	return bad;
}

json_t *view_kvm_json_object(const struct kvm_report *report, const struct kvm_maps *maps)
{
	const struct profile *subject = report->waits->tree;
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_text("slowpath.kvm/1"));
	bad |= json_object_set_new(object, "target", profile_json_target(subject));
	bad |= json_object_set_new(object, "window_s", json_seconds(subject->window_ns));
	bad |= json_object_set_new(object, "machine", machine_object(report));
	bad |= json_object_set_new(object, "has_exits", json_boolean(report->has_exits));
	bad |= json_object_set_new(object, "has_waits", json_boolean(report->has_waits));
	bad |= json_object_set_new(object, "lost_exits", json_unsigned(report->lost_exits));
	bad |= set_lists(object, report, maps);
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_kvm_json(const struct kvm_report *report, const struct kvm_maps *maps, FILE *out)
{
	return json_print(view_kvm_json_object(report, maps), out);
}

int view_kvm_json_schema(FILE *out)
{
	(void)fputs(KVM_SCHEMA, out);
	return stream_flush(out);
}
