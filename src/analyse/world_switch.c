/* What does leaving the guest cost a durable write? Medians are subtracted; how far they can be
 * believed is told by those of the runs' parts. */
#include "analyse/world_switch.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "finding/format.h"

#define COUNT_FEW 200u

/* --- one run --- */

static int compare_ns(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static uint64_t quantile(const uint64_t *sorted, size_t count, double part)
{
	return sorted[(size_t)((double)(count - 1) * part)];
}

static struct sync_times times_of(const uint64_t *sorted, size_t count)
{
	return (struct sync_times){
		.min_ns = sorted[0],
		.p50_ns = quantile(sorted, count, 0.5),
		.p90_ns = quantile(sorted, count, 0.9),
		.p99_ns = quantile(sorted, count, 0.99),
		.max_ns = sorted[count - 1],
	};
}

int sync_run_fold(const uint64_t *write_ns, const uint64_t *sync_ns, size_t count,
		  struct sync_run *run)
{
	owns(own_free) uint64_t *sorted = NULL;

	if (count < SYNC_PARTS)
		return -ENODATA;
	sorted = malloc(count * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < SYNC_PARTS; i++) {
		size_t first = count * i / SYNC_PARTS, end = count * (i + 1) / SYNC_PARTS;

		memcpy(sorted, sync_ns + first, (end - first) * sizeof(*sorted));
		qsort(sorted, end - first, sizeof(*sorted), compare_ns);
		run->part_p50_ns[i] = quantile(sorted, end - first, 0.5);
	}
	memcpy(sorted, sync_ns, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_ns);
	run->sync = times_of(sorted, count);
	memcpy(sorted, write_ns, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_ns);
	run->write = times_of(sorted, count);
	run->count = count;
	return 0;
}

/* --- what the other side printed --- */

static bool take_number(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(value);
	return true;
}

static void take_text(const json_t *object, const char *key, char *ret, size_t bytes)
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t count = text ? strnlen(text, bytes - 1) : 0;

	memcpy(ret, text ? text : "", count);
	ret[count] = '\0';
}

static bool take_times(const json_t *object, const char *key, struct sync_times *ret)
{
	const json_t *times = json_object_get(object, key);

	return take_number(times, "min_ns", &ret->min_ns) &&
	       take_number(times, "p50_ns", &ret->p50_ns) &&
	       take_number(times, "p90_ns", &ret->p90_ns) &&
	       take_number(times, "p99_ns", &ret->p99_ns) &&
	       take_number(times, "max_ns", &ret->max_ns) && ret->min_ns <= ret->p50_ns &&
	       ret->p50_ns <= ret->p90_ns && ret->p90_ns <= ret->p99_ns &&
	       ret->p99_ns <= ret->max_ns;
}

static bool take_parts(const json_t *object, struct sync_run *ret)
{
	const json_t *parts = json_object_get(object, "part_p50_ns");

	if (json_array_size(parts) != SYNC_PARTS)
		return false;
	for (size_t i = 0; i < SYNC_PARTS; i++) {
		const json_t *part = json_array_get(parts, i);

		if (!json_is_integer(part) || json_integer_value(part) < 0)
			return false;
		ret->part_p50_ns[i] = (uint64_t)json_integer_value(part);
	}
	return true;
}

static bool take_run(const json_t *object, struct sync_run *ret)
{
	const json_t *run = json_object_get(object, "run");

	take_text(run, "folder", ret->folder, sizeof(ret->folder));
	take_text(run, "file_system", ret->fs_type, sizeof(ret->fs_type));
	take_text(run, "hypervisor", ret->hypervisor, sizeof(ret->hypervisor));
	ret->was_stopped = json_is_true(json_object_get(run, "was_stopped"));
	return take_number(run, "count", &ret->count) && ret->count >= SYNC_PARTS &&
	       take_number(run, "block_bytes", &ret->block_bytes) &&
	       take_times(run, "write", &ret->write) && take_times(run, "sync", &ret->sync) &&
	       take_parts(run, ret);
}

int sync_run_read(const char *text, size_t bytes, struct sync_run *ret, struct diag *why)
{
	json_error_t error;
	json_t *object = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
	const char *schema = json_string_value(json_object_get(object, "schema"));
	struct sync_run run = {};
	int r = 0;

	if (!object)
		r = diag_set(why, -EBADMSG, "it is no JSON (line %d)", error.line);
	else if (!schema || strcmp(schema, "slowpath.world_switch/1") != 0)
		r = diag_set(
			why, -EBADMSG,
			"it is not what 'slowpath kvm --world-switch DIR --json' prints in the guest");
	else if (!take_run(object, &run))
		r = diag_set(why, -EBADMSG, "its numbers are missing, or do not go together");
	json_decref(object);
	if (r == 0)
		*ret = run;
	return r;
}

/* --- both --- */

static bool is_guest(const struct sync_run *run)
{
	return run->hypervisor[0] && strcmp(run->hypervisor, "none") != 0;
}

static void range_of(const struct sync_run *run, uint64_t *ret_min, uint64_t *ret_max)
{
	*ret_min = *ret_max = run->part_p50_ns[0];
	for (size_t i = 1; i < SYNC_PARTS; i++) {
		if (run->part_p50_ns[i] < *ret_min)
			*ret_min = run->part_p50_ns[i];
		if (run->part_p50_ns[i] > *ret_max)
			*ret_max = run->part_p50_ns[i];
	}
}

static int note_run(struct world_switch *report, const char *which, const struct sync_run *run)
{
	int r = 0;

	if (run->count < COUNT_FEW)
		r = text_add(&report->notes, "%s was measured %s times only: -d measures longer.",
			     which, format_count(run->count).text);
	if (r == 0 && run->was_stopped)
		r = text_add(&report->notes, "%s was stopped before its time.", which);
	return r;
}

static int note_both(struct world_switch *report)
{
	const struct sync_run *own = &report->own, *guest = &report->guest;
	int r = 0;

	if (!is_guest(guest))
		r = text_add(
			&report->notes,
			"The file given with --guest does not say that it was made in a guest.");
	if (r == 0 && is_guest(own))
		r = text_add(
			&report->notes,
			"This machine is a guest itself: that is right only for guests of guests.");
	if (r == 0 && own->block_bytes != guest->block_bytes)
		r = text_add(&report->notes, "The two wrote blocks of different sizes.");
	if (r == 0 && report->cost_ns < 0)
		r = text_add(
			&report->notes,
			"The guest is faster than its host: its flushes do not reach the device "
			"(cache=unsafe), or the two are not of the same disk.");
	else if (r == 0 && report->least_ns <= 0)
		r = text_add(
			&report->notes,
			"The runs' parts differ by more than the two sides do: this shows nothing "
			"but that the cost is small, or the disk busy with other things.");
	return r;
}

static void subtract(struct world_switch *report)
{
	uint64_t own_min, own_max, guest_min, guest_max;

	range_of(&report->own, &own_min, &own_max);
	range_of(&report->guest, &guest_min, &guest_max);
	report->cost_ns = (int64_t)report->guest.sync.p50_ns - (int64_t)report->own.sync.p50_ns;
	report->least_ns = (int64_t)guest_min - (int64_t)own_max;
	report->most_ns = (int64_t)guest_max - (int64_t)own_min;
	report->guest_share = report->guest.sync.p50_ns && report->cost_ns >= 0
				      ? (double)report->cost_ns / (double)report->guest.sync.p50_ns
				      : -1;
}

int world_switch_judge(struct world_switch *report)
{
	int r = note_run(report, "This machine", &report->own);

	if (r < 0 || !report->has_guest)
		return r;
	subtract(report);
	r = note_run(report, "The guest", &report->guest);
	return r < 0 ? r : note_both(report);
}
