/* How do we say it to programs? Each struct of a profile becomes an object; profile.schema.json
 * says the same. */
#include "view/profile_json.h"

#include "view/json_values.h"
#include "view/profile.schema.json.h"
#include "view/stream.h"

static int set_frame(json_t *object, const struct profile_frame *frame)
{
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(profile_frame_kind_name(frame->kind)));
	bad |= json_object_set_new(object, "name", json_text(frame->name));
	if (frame->module[0])
		bad |= json_object_set_new(object, "module", json_text(frame->module));
	if (frame->place[0])
		bad |= json_object_set_new(object, "place", json_text(frame->place));
	return bad;
}

json_t *profile_json_target(const struct profile *profile)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(target_kind_name(profile->target)));
	bad |= json_object_set_new(object, "name", json_text(profile->name));
	if (profile->pid)
		bad |= json_object_set_new(object, "pid", json_integer(profile->pid));
	return json_finished(object, bad);
}

/* The first columns: as many as there are keys. */
static int set_keys(json_t *object, const struct profile *profile, const struct profile_row *row)
{
	const struct profile_frame *frames = profile->frames.items;
	int bad = 0;

	for (size_t i = 0; i < profile->keys.count; i++) {
		const char *key = profile_key_name(profile->keys.items[i]);

		switch (profile->keys.items[i]) {
		case PROFILE_COMM:
			bad |= json_object_set_new(object, key,
						   json_text(frames[row->threads].name));
			break;
		case PROFILE_POOL:
			bad |= json_object_set_new(object, key, json_text(frames[row->pool].name));
			break;
		case PROFILE_DSO:
			bad |= json_object_set_new(object, key,
						   json_text(frames[row->frame].module));
			break;
		case PROFILE_SYMBOL:
			bad |= json_object_set_new(object, key, json_text(frames[row->frame].name));
			break;
		case PROFILE_KEY_COUNT:
			break;
		}
	}
	return bad;
}

static json_t *row_object(const struct profile *profile, const struct profile_row *row)
{
	json_t *object = json_object();
	int bad = set_keys(object, profile, row);

	if (row->frame != UINT32_MAX)
		bad |= json_object_set_new(
			object, "kind",
			json_text(profile_frame_kind_name(profile->frames.items[row->frame].kind)));
	bad |= json_object_set_new(object, "self", json_unsigned(row->self));
	bad |= json_object_set_new(object, "total", json_unsigned(row->total));
	bad |= json_object_set_new(object, "self_samples", json_unsigned(row->self_samples));
	bad |= json_object_set_new(object, "total_samples", json_unsigned(row->total_samples));
	bad |= json_object_set_new(object, "self_share", json_share(row->self_share));
	bad |= json_object_set_new(object, "total_share", json_share(row->total_share));
	return json_finished(object, bad);
}

static json_t *node_object(const struct profile *profile, const struct profile_node *node)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "depth", json_integer(node->depth));
	if (node->depth)
		bad |= set_frame(object, &profile->frames.items[node->frame]);
	bad |= json_object_set_new(object, "self", json_unsigned(node->self));
	bad |= json_object_set_new(object, "total", json_unsigned(node->total));
	bad |= json_object_set_new(object, "samples", json_unsigned(node->samples));
	bad |= json_object_set_new(object, "share", json_share(node->share));
	if (profile->is_compared)
		bad |= json_object_set_new(object, "before_total",
					   json_integer(node->before_total));
	return json_finished(object, bad);
}

json_t *profile_json_tree(const struct profile *profile)
{
	json_t *nodes = json_array();
	int bad = 0;

	for (size_t i = 0; i < profile->nodes.count; i++)
		bad |= json_array_append_new(nodes, node_object(profile, &profile->nodes.items[i]));
	return json_finished(nodes, bad);
}

static json_t *pool_object(const struct profile_pool *pool)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(pool->name));
	bad |= json_object_set_new(object, "is_kernel", json_boolean(pool->is_kernel));
	bad |= json_object_set_new(object, "threads", json_integer(pool->threads));
	bad |= json_object_set_new(object, "born", json_integer(pool->born));
	bad |= json_object_set_new(object, "died", json_integer(pool->died));
	bad |= json_object_set_new(object, "run_s", json_seconds(pool->run_ns));
	bad |= json_object_set_new(object, "user_s", json_seconds(pool->user_ns));
	bad |= json_object_set_new(object, "kernel_s", json_seconds(pool->kernel_ns));
	bad |= json_object_set_new(object, "cpu_share", json_share(pool->cpu_share));
	return json_finished(object, bad);
}

static int set_lists(json_t *object, const struct profile *profile)
{
	json_t *rows = json_array(), *pools = json_array();
	int bad = 0;

	for (size_t i = 0; i < profile->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(profile, &profile->rows.items[i]));
	for (size_t i = 0; i < profile->pools.count; i++)
		bad |= json_array_append_new(pools, pool_object(&profile->pools.items[i]));
	bad |= json_object_set_new(object, "rows", rows);
	bad |= json_object_set_new(object, "tree", profile_json_tree(profile));
	bad |= json_object_set_new(object, "pools", pools);
	bad |= json_object_set_new(object, "notes",
				   json_texts(profile->notes.items, profile->notes.count));
	return bad;
}

static json_t *profile_object(const struct profile *profile)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "target", profile_json_target(profile));
	bad |= json_object_set_new(object, "window_s", json_seconds(profile->window_ns));
	bad |= json_object_set_new(object, "cpus", json_integer(profile->cpus));
	bad |= json_object_set_new(object, "is_wall", json_boolean(profile->is_wall));
	bad |= json_object_set_new(object, "sampler", json_text(profile->sampler));
	bad |= json_object_set_new(object, "unit",
				   json_text(profile->unit == PROFILE_NS ? "ns" : "count"));
	bad |= json_object_set_new(object, "by", json_text(profile->by));
	bad |= json_object_set_new(object, "amount", json_unsigned(profile->amount));
	bad |= json_object_set_new(object, "samples", json_unsigned(profile->samples));
	bad |= json_object_set_new(object, "lost_samples", json_unsigned(profile->lost_samples));
	bad |= json_object_set_new(object, "min_share", json_share(profile->min_share));
	bad |= json_object_set_new(object, "hidden_rows", json_unsigned(profile->hidden_rows));
	bad |= json_object_set_new(object, "pools_are_exact",
				   json_boolean(profile->pools_are_exact));
	if (profile->is_compared)
		bad |= json_object_set_new(object, "before_scale",
					   json_rounded(profile->before_scale, 1e6));
	bad |= set_lists(object, profile);
	return json_finished(object, bad);
}

json_t *view_profiles_json_object(const struct profiles *profiles)
{
	json_t *object = json_object(), *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < profiles->items.count; i++)
		bad |= json_array_append_new(array, profile_object(profiles->items.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.profile/1"));
	bad |= json_object_set_new(object, "profiles", array);
	return json_finished(object, bad);
}

int view_profiles_json(const struct profiles *profiles, FILE *out)
{
	return json_print(view_profiles_json_object(profiles), out);
}

int view_profile_json_schema(FILE *out)
{
	(void)fputs(PROFILE_SCHEMA, out);
	return stream_flush(out);
}
