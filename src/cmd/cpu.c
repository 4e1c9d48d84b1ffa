/* Which code burns the CPU? Watches or reads, adds up the samples, and says where they are. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/source.h"
#include "cmd/style.h"
#include "view/folded.h"
#include "view/profile_json.h"
#include "view/profile_text.h"

/* Folded stacks have no place for the sampler's name: those of the first that saw something. */
static const struct profile *first_seen(const struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->items.count; i++) {
		if (profiles->items.items[i]->amount)
			return profiles->items.items[i];
	}
	return profiles->items.items[0];
}

static int print(const struct options *options, const struct profiles *profiles)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);

	if (options->json)
		return view_profiles_json(profiles, stdout);
	if (options->folded)
		return view_folded(first_seen(profiles), stdout);
	return view_profiles_text(profiles, &style, stdout);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	owns(profiles_free) struct profiles profiles = {};
	int r = profiler_profiles(self, &profiles, why);

	if (r < 0)
		return r;
	r = print(options, &profiles);
	return r < 0 ? diag_set(why, r, "cannot write the profile: %s", strerror(-r)) : 0;
}

int cmd_cpu(struct options *options)
{
	owns(profiler_free) struct profiler *profiler = NULL;
	struct answer answer = { .sink.take = profiler_take, .say = say };
	struct profiler_options wanted = {
		.keys = options->keys,
		.min_share = options->min_share,
		.is_wall = options->wall,
	};
	struct diag why = {};
	int r;

	if (options->folded && !(options->given & OPTION_BIT(MIN)))
		wanted.min_share = 0;
	r = profiler_new(&wanted, &profiler);
	if (r < 0) {
		diag_set(&why, r, "out of memory");
		cmd_complain(&why);
		return CMD_FAILED;
	}
	answer.sink.self = profiler;
	return source_answer(options, &answer);
}
