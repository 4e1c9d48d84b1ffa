/* Which code burns the CPU? Watches or reads, adds up the samples, and says where they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/flame.h"
#include "cmd/pictured.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/folded.h"
#include "view/profile_json.h"
#include "view/profile_text.h"

/* Folded stacks and flame graphs have no place for a second sampler: the first that saw something.
 */
static struct profile **first_seen(const struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->items.count; i++) {
		if (profiles->items.items[i]->amount)
			return &profiles->items.items[i];
	}
	return &profiles->items.items[0];
}

static int print(const struct options *options, const struct profiles *profiles)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_profiles_json(profiles, stdout);
	if (options->folded)
		return view_folded(*first_seen(profiles), stdout);
	return view_profiles_text(profiles, &style, stdout);
}

static int say(const struct options *options, void *profiler, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r = profiler_profiles(profiler, &profiles, why);

	if (r < 0)
		return r;
	r = print(options, &profiles);
	return r < 0 ? diag_set(why, r, "cannot write the profile: %s", strerror(-r)) : 0;
}

static int tree(void *profiler, struct profile **ret, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r;

	profiler_leave_out(profiler, FLAME_SHARE_MIN);
	r = profiler_profiles(profiler, &profiles, why);
	if (r < 0)
		return r;
	*ret = give(*first_seen(&profiles));
	return 0;
}

static const struct pictured_kind KIND = { .take = profiler_take, .say = say, .tree = tree };

int cmd_cpu(struct options *options)
{
	owns(profiler_free) struct profiler *profiler = NULL;
	owns(profiler_free) struct profiler *before = NULL;
	struct profiler_options wanted = {
		.min_share = options->min_share,
		.is_wall = options->wall,
	};

	options->what = options->wall ? WATCH_ALL : WATCH_CPU;
	options->call_stack_ns = options->wall ? SOURCE_CALL_STACK_NS : 0;
	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	/* That the text is sound was looked at when it was read. */
	if (profile_keys_read(options->by ?: "comm,dso,symbol", &wanted.keys) < 0)
		return CMD_USAGE;
	if (profiler_new(&wanted, &profiler) < 0 ||
	    (options->before && profiler_new(&wanted, &before) < 0))
		return pictured_fail(options);
	return pictured_run(options, &(struct pictured){ &KIND, profiler, before });
}
