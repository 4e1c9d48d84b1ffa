/* What do the hot functions of a process mean? The marks of its samples, judged and said. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"

/* So much is worth saying of one finding. */
#define HITS_SHOWN 3

const char *words_fact(const struct analysis *analysis, const char *key)
{
	const struct watch *watch = &analysis->watch;

	for (size_t i = 0; i < watch->facts.count; i++) {
		if (strcmp(names_text(&analysis->names, watch->facts.items[i].key), key) == 0)
			return names_text(&analysis->names, watch->facts.items[i].value);
	}
	return "";
}

static struct hotspot_facts find_facts(const struct analysis *analysis)
{
	const struct watch *watch = &analysis->watch;
	struct hotspot_facts facts = {
		.sampler = words_fact(analysis, "facility.samples"),
		.clock = words_fact(analysis, "clock.source"),
		.hypervisor = words_fact(analysis, "hypervisor.kind"),
	};

	if (!facts.sampler[0] && !watch->has_samplers)
		facts.sampler = names_text(&analysis->names, watch->sampler);
	/* Recordings from before hypervisor.kind have this one. */
	if (!facts.hypervisor[0])
		facts.hypervisor = words_fact(analysis, "hypervisor");
	return facts;
}

static double share_of(const struct tally *part, const struct tally *whole)
{
	if (whole->ns)
		return (double)part->ns / (double)whole->ns;
	return whole->count ? (double)part->count / (double)whole->count : 0;
}

static int add_hits(struct finding *finding, const struct hotspot_hit *hits, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		r = text_add(&finding->evidence, "%s", hits[i].evidence);
		if (r == 0)
			r = text_add(&finding->advice, "%s", hits[i].advice);
	}
	return r;
}

int words_hotspots(const struct analysis *analysis, const struct entry *entry,
		   struct finding *finding)
{
	bool is_user = entry->cause == CAUSE_CPU_USER;
	bool is_cpu = is_user || entry->cause == CAUSE_CPU_KERNEL;
	uint32_t process = (uint32_t)entry->blame.id;
	const struct samples *samples = &analysis->samples;
	struct tally total = samples_total(samples, is_user ? TALLY_USER : TALLY_KERNEL, process);
	struct hotspot_facts facts = find_facts(analysis);
	owns(own_free) struct tally *tallies = NULL;
	owns(own_free) struct hot_share *shares = NULL;
	struct hotspot_hit hits[HITS_SHOWN];
	char whose[128];
	size_t count;

	if (!is_cpu || entry->blame.kind != BLAME_CPU || !total.count)
		return 0;
	tallies = calloc(samples->tallies.count, sizeof(*tallies));
	shares = calloc(samples->tallies.count, sizeof(*shares));
	if (!tallies || !shares)
		return -ENOMEM;
	count = samples_top(samples, is_user ? TALLY_USER_HEAT : TALLY_KERNEL_HEAT, process,
			    tallies, samples->tallies.count);
	for (size_t i = 0; i < count; i++) {
		const struct heat_mark *mark = &analysis->classes.heat.marks.items[tallies[i].what];

		shares[i].row = mark->row;
		shares[i].is_companion = mark->is_companion;
		shares[i].name = names_text(&analysis->names, mark->name);
		shares[i].share = share_of(&tallies[i], &total);
	}
	(void)snprintf(whose, sizeof(whose), "the samples of %.60s in %s",
		       names_text(&analysis->names, process), is_user ? "user code" : "the kernel");
	facts.whose = whose;
	facts.samples = total.count;
	count = hotspots_judge(shares, count, &facts, hits, HITS_SHOWN);
	return add_hits(finding, hits, count);
}
