/* What do hot functions mean? Each stack is held against the rows of hotspots.def; what a row says
 * is told where enough of the samples fit it. */
#include "analyse/hotspots.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/interrupted.h"
#include "finding/format.h"

enum way {
	SELF,   /* the function itself ran */
	INSIDE, /* it, or what it had called */
};

enum relation {
	ALONE,
	WITH,   /* a companion is among the samples, on the same stacks or others */
	WITHIN, /* a companion is further out on the same stack */
};

enum need {
	ALWAYS,
	CLOCK_SAMPLER, /* the samples come from a timer's interrupt, not from a counter */
	CLOCK_SAMPLER_IN_GUEST,
	CLOCK_SAMPLER_ON_XEN,
	CLOCK_SAMPLER_ON_KVM,
	SLOW_CLOCK, /* the kernel's clock source is a device */
};

struct hotspot {
	const char *family;
	const char *id;
	enum hot_kind kind;
	enum way way;
	double least;
	const char *functions;
	enum relation relation;
	const char *companions;
	enum need need;
	const char *meaning;
	const char *advice;
};

static const struct hotspot HOTSPOTS[] = {
#define HOTSPOT(family, id, KIND, WAY, least, functions, RELATION, companions, NEED, meaning, \
		advice)                                                                       \
	{                                                                                     \
		family,   id,         HOT_##KIND, WAY,     least, functions,                  \
		RELATION, companions, NEED,       meaning, advice                             \
	},
#include "analyse/hotspots.def"
#undef HOTSPOT
};

/* Fewer samples prove nothing. */
#define SAMPLES_MIN   20u
/* What a row looks for was seen at least so often. */
#define HITS_MIN      5.0
/* A companion counts from this share on: one sample of 200. */
#define COMPANION_MIN 0.005

#define NAMES_SHOWN 3

/* --- patterns --- */

struct span {
	const char *text;
	size_t bytes;
};

/* Does the pattern, in which '*' stands for anything, fit the whole name? */
static bool fits(struct span pattern, struct span name)
{
	size_t at = 0, used = 0, star = SIZE_MAX, resume = 0;

	while (used < name.bytes) {
		if (at < pattern.bytes && pattern.text[at] == '*') {
			star = at++;
			resume = used;
		} else if (at < pattern.bytes && pattern.text[at] == name.text[used]) {
			at++;
			used++;
		} else if (star != SIZE_MAX) {
			/* The last star takes one more. */
			at = star + 1;
			used = ++resume;
		} else {
			return false;
		}
	}
	while (at < pattern.bytes && pattern.text[at] == '*')
		at++;
	return at == pattern.bytes;
}

/* Without what compilers add to a function's name: .isra.0, .constprop.0, .part.0, .cold, … */
static size_t bare_bytes(const char *name)
{
	static const char *const SUFFIXES[] = { ".isra.", ".constprop.", ".part.", ".cold",
						".llvm." };
	size_t bytes = strlen(name);

	if (!memchr(name, '.', bytes))
		return bytes;
	for (size_t i = 0; i < array_count(SUFFIXES); i++) {
		const char *found = strstr(name, SUFFIXES[i]);

		if (found && found != name && (size_t)(found - name) < bytes)
			bytes = (size_t)(found - name);
	}
	return bytes;
}

static struct span name_of(const struct hot_frame *frame)
{
	const char *name = frame->name ? frame->name : "";

	return (struct span){ name, bare_bytes(name) };
}

/* The file's name without its folders. */
static struct span module_of(const struct hot_frame *frame)
{
	const char *module = frame->module ? frame->module : "";
	const char *slash = strrchr(module, '/');

	module = slash ? slash + 1 : module;
	return (struct span){ module, strlen(module) };
}

/* One pattern: "name", "name@module" or "@module". */
static bool pattern_fits(struct span pattern, struct span name, struct span module)
{
	const char *at = memchr(pattern.text, '@', pattern.bytes);
	struct span function = pattern, file = {};

	if (at) {
		function.bytes = (size_t)(at - pattern.text);
		file = (struct span){ at + 1, pattern.bytes - function.bytes - 1 };
		if (!fits(file, module))
			return false;
	}
	return (at && !function.bytes) || (name.bytes && fits(function, name));
}

/* --- the index --- */

/* What is no row, but must be known of a frame as well. */
enum {
	ROW_WATCHING = HOT_ROWS_MAX,
	ROW_INTERRUPT,
	ROWS_ALL,
};

_Static_assert(array_count(HOTSPOTS) <= HOT_ROWS_MAX, "a row's number fits into the masks");
_Static_assert(ROWS_ALL <= 128, "all rows fit into the masks");

/* How a tracepoint calls those who listen: include/trace/bpf_probe.h, kernel/trace/bpf_trace.c. */
#define WATCHING                                                                      \
	"__traceiter_*|__bpf_trace_*|bpf_trace_run*|bpf_trampoline_*|trace_call_bpf|" \
	"perf_trace_*|perf_event_overflow|__perf_event_overflow|bpf_overflow_handler"

/* Patterns that can fit a name with this first byte are in this bucket, or in bucket 0: those that
 * can fit any. */
static unsigned char bucket_of(const char *pattern)
{
	return *pattern == '*' || *pattern == '@' ? 0 : (unsigned char)*pattern;
}

/* Count the patterns into begin[bucket + 1], or, when is_placing, put each where begin[bucket]
 * says. */
static void index_list(struct hot_index *index, const char *patterns, struct hot_pattern pattern,
		       bool is_placing)
{
	while (*patterns) {
		unsigned int bucket = bucket_of(patterns);

		pattern.text = patterns;
		pattern.bytes = (uint16_t)strcspn(patterns, "|");
		if (!is_placing)
			index->begin[bucket + 1]++;
		else if (index->begin[bucket] < HOT_PATTERNS_MAX)
			index->patterns[index->begin[bucket]++] = pattern;
		patterns += pattern.bytes;
		patterns += *patterns == '|';
	}
}

static void index_all(struct hot_index *index, bool is_placing)
{
	for (size_t i = 0; i < array_count(HOTSPOTS); i++) {
		const struct hotspot *row = &HOTSPOTS[i];
		struct hot_pattern pattern = { .row = (uint8_t)i, .kind = row->kind };

		index_list(index, row->functions, pattern, is_placing);
		pattern.is_companion = true;
		index_list(index, row->companions, pattern, is_placing);
	}
	index_list(index, WATCHING, (struct hot_pattern){ .row = ROW_WATCHING, .kind = HOT_KERNEL },
		   is_placing);
	index_list(index, INTERRUPT_ENTRIES,
		   (struct hot_pattern){ .row = ROW_INTERRUPT, .kind = HOT_KERNEL }, is_placing);
}

void hotspots_index(struct hot_index *ret)
{
	*ret = (struct hot_index){ .is_made = true };
	index_all(ret, false);
	for (size_t i = 1; i < array_count(ret->begin); i++)
		ret->begin[i] = (uint16_t)(ret->begin[i] + ret->begin[i - 1]);
	index_all(ret, true);
	/* Each bucket's begin has moved to its end, where the next one begins. */
	memmove(ret->begin + 1, ret->begin, sizeof(ret->begin) - sizeof(ret->begin[0]));
	ret->begin[0] = 0;
}

/* The rows in which a frame plays a role; a bit for each. */
struct roles {
	uint64_t main[2];
	uint64_t companion[2];
};

static bool has_row(const uint64_t rows[2], size_t row)
{
	return rows[row / 64] >> row % 64 & 1;
}

static void add_bucket(const struct hot_index *index, unsigned int bucket,
		       const struct hot_frame *frame, struct roles *roles)
{
	const struct span name = name_of(frame), module = module_of(frame);

	for (size_t i = index->begin[bucket]; i < index->begin[bucket + 1]; i++) {
		const struct hot_pattern *pattern = &index->patterns[i];
		uint64_t *rows = pattern->is_companion ? roles->companion : roles->main;
		struct span text = { pattern->text, pattern->bytes };

		if (pattern->kind == frame->kind && pattern_fits(text, name, module))
			rows[pattern->row / 64] |= 1ULL << pattern->row % 64;
	}
}

static struct roles find_roles(const struct hot_index *index, const struct hot_frame *frame)
{
	unsigned int first = frame->name ? (unsigned char)frame->name[0] : 0;
	struct roles roles = {};

	add_bucket(index, 0, frame, &roles);
	if (first)
		add_bucket(index, first, frame, &roles);
	return roles;
}

bool hotspots_know(const struct hot_index *index, const struct hot_frame *frame)
{
	struct roles roles = find_roles(index, frame);

	return roles.main[0] || roles.main[1] || roles.companion[0] || roles.companion[1];
}

/* --- stacks --- */

/* A stack, without what is inside of a tracepoint, which is the watching, and without what an
 * interrupt interrupted. */
struct path {
	const struct hot_frame *frames;
	struct roles roles[HOT_FRAMES_MAX];
	size_t begin;
	size_t end;
};

static void read_path(const struct hot_index *index, const struct hot_frame *frames, size_t count,
		      struct path *ret)
{
	ret->frames = frames;
	ret->begin = 0;
	count = count < HOT_FRAMES_MAX ? count : HOT_FRAMES_MAX;
	for (size_t i = 0; i < count; i++) {
		ret->roles[i] = find_roles(index, &frames[i]);
		if (has_row(ret->roles[i].main, ROW_WATCHING))
			ret->begin = i + 1;
	}
	ret->end = ret->begin;
	while (ret->end < count && !has_row(ret->roles[ret->end].main, ROW_INTERRUPT))
		ret->end++;
}

/* The innermost frame that is what the row looks for; path->end: none is. */
static size_t find_main(const struct path *path, size_t row)
{
	size_t i = path->begin;

	while (i < path->end && !(has_row(path->roles[i].main, row) &&
				  (HOTSPOTS[row].way == INSIDE || path->frames[i].is_leaf)))
		i++;
	return i;
}

/* The innermost companion from `from` on; path->end: none is. */
static size_t find_companion(const struct path *path, size_t row, size_t from)
{
	while (from < path->end && !has_row(path->roles[from].companion, row))
		from++;
	return from;
}

static size_t add_mark(struct hot_mark ret[HOT_MARKS_MAX], size_t found, size_t row, size_t frame,
		       bool is_for_companion)
{
	if (found < HOT_MARKS_MAX && frame <= UINT16_MAX)
		ret[found++] = (struct hot_mark){ .row = (uint16_t)row,
						  .frame = (uint16_t)frame,
						  .is_companion = is_for_companion };
	return found;
}

const char *hotspots_name(const struct hot_frame *frame)
{
	return frame->name && frame->name[0] ? frame->name : module_of(frame).text;
}

size_t hotspots_mark(const struct hot_index *index, const struct hot_frame *frames, size_t count,
		     struct hot_mark ret[HOT_MARKS_MAX])
{
	struct path path;
	size_t found = 0;

	read_path(index, frames, count, &path);
	for (size_t i = 0; i < array_count(HOTSPOTS); i++) {
		enum relation relation = HOTSPOTS[i].relation;
		size_t main = find_main(&path, i), companion = path.end;

		if (relation == WITH)
			companion = find_companion(&path, i, path.begin);
		else if (relation == WITHIN && main < path.end)
			companion = find_companion(&path, i, main + 1);
		if (relation == WITHIN && companion == path.end)
			continue;
		if (main < path.end)
			found = add_mark(ret, found, i, main, false);
		if (companion < path.end)
			found = add_mark(ret, found, i, companion, true);
	}
	return found;
}

/* --- what is told --- */

/* The names with the largest shares in one role of a row. */
struct top {
	struct hot_share names[NAMES_SHOWN];
	size_t count;
	double share; /* of all names */
};

static bool is_larger(const struct hot_share *a, const struct hot_share *b)
{
	if (a->share < b->share || a->share > b->share)
		return a->share > b->share;
	return strcmp(a->name, b->name) < 0;
}

static void add_to_top(struct top *top, const struct hot_share *share)
{
	size_t place = top->count;

	top->share += share->share;
	while (place > 0 && is_larger(share, &top->names[place - 1])) {
		if (place < NAMES_SHOWN)
			top->names[place] = top->names[place - 1];
		place--;
	}
	if (place < NAMES_SHOWN)
		top->names[place] = *share;
	if (place < NAMES_SHOWN && top->count < NAMES_SHOWN)
		top->count++;
}

static struct top find_top(const struct hot_share *shares, size_t count, size_t row,
			   bool is_for_companion)
{
	struct top top = {};

	for (size_t i = 0; i < count; i++) {
		if (shares[i].row == row && shares[i].is_companion == is_for_companion)
			add_to_top(&top, &shares[i]);
	}
	return top;
}

static bool begins(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_clock_sampler(const struct hotspot_facts *facts)
{
	return begins(facts->sampler, "cpu-clock") || begins(facts->sampler, "task-clock");
}

static bool is_guest(const struct hotspot_facts *facts)
{
	return facts->hypervisor && facts->hypervisor[0] && strcmp(facts->hypervisor, "none") != 0;
}

static bool has_need(enum need need, const struct hotspot_facts *facts)
{
	switch (need) {
	case ALWAYS:
		return true;
	case CLOCK_SAMPLER:
		return is_clock_sampler(facts);
	case CLOCK_SAMPLER_IN_GUEST:
		return is_clock_sampler(facts) && is_guest(facts);
	case CLOCK_SAMPLER_ON_XEN:
		return is_clock_sampler(facts) && begins(facts->hypervisor, "xen");
	case CLOCK_SAMPLER_ON_KVM:
		return is_clock_sampler(facts) && begins(facts->hypervisor, "kvm");
	case SLOW_CLOCK:
		return begins(facts->clock, "hpet") || begins(facts->clock, "acpi_pm");
	}
	return false;
}

/* "kfpu_end 96 %, kfpu_begin 2 %". */
static void list_names(const struct top *top, char *ret, size_t room)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < top->count && used < room; i++) {
		int bytes = snprintf(ret + used, room - used, "%s%.60s %s", i ? ", " : "",
				     top->names[i].name, format_share(top->names[i].share).text);

		used += bytes > 0 ? (size_t)bytes : 0;
	}
}

static void tell_hit(const struct hotspot *row, const struct top *main, const struct top *companion,
		     const struct hotspot_facts *facts, struct hotspot_hit *ret)
{
	static const char *const BESIDE[] = { [ALONE] = "", [WITH] = "with", [WITHIN] = "within" };
	char names[NAMES_SHOWN * 80], beside[100] = "";

	list_names(main, names, sizeof(names));
	if (companion->count)
		(void)snprintf(beside, sizeof(beside), ", %s %.60s %s", BESIDE[row->relation],
			       companion->names[0].name,
			       format_share(companion->names[0].share).text);
	ret->id = row->id;
	ret->share = main->share;
	ret->is_caveat = row->need != ALWAYS && row->need != SLOW_CLOCK;
	ret->advice = row->advice;
	(void)snprintf(ret->evidence, sizeof(ret->evidence), "%s: %s%s of %s", row->meaning, names,
		       beside, facts->whose ? facts->whose : "the samples");
}

static bool row_fits(const struct hotspot *row, const struct top *main, const struct top *companion,
		     const struct hotspot_facts *facts)
{
	return main->share >= row->least && main->share * (double)facts->samples >= HITS_MIN &&
	       (row->relation == ALONE || companion->share >= COMPANION_MIN) &&
	       has_need(row->need, facts);
}

static bool comes_before(const struct hotspot_hit *a, const struct hotspot_hit *b)
{
	return a->is_caveat != b->is_caveat ? b->is_caveat : a->share > b->share;
}

/* Hits stay sorted; rows come in their order, so that equal ones do as well. */
static size_t add_hit(struct hotspot_hit *hits, size_t found, size_t room,
		      const struct hotspot_hit *hit)
{
	size_t place = found;

	for (; place > 0 && comes_before(hit, &hits[place - 1]); place--) {
		if (place < room)
			hits[place] = hits[place - 1];
	}
	if (place < room)
		hits[place] = *hit;
	return found < room ? found + 1 : found;
}

static bool family_is_told(const bool *is_told, size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (is_told[i] && strcmp(HOTSPOTS[i].family, HOTSPOTS[row].family) == 0)
			return true;
	}
	return false;
}

size_t hotspots_judge(const struct hot_share *shares, size_t count,
		      const struct hotspot_facts *facts, struct hotspot_hit *ret, size_t room)
{
	bool is_told[array_count(HOTSPOTS)] = {};
	size_t found = 0;

	if (facts->samples < SAMPLES_MIN)
		return 0;
	for (size_t i = 0; i < array_count(HOTSPOTS); i++) {
		const struct hotspot *row = &HOTSPOTS[i];
		struct top main = find_top(shares, count, i, false);
		struct top companion = find_top(shares, count, i, true);
		struct hotspot_hit hit;

		if (family_is_told(is_told, i) || !row_fits(row, &main, &companion, facts))
			continue;
		tell_hit(row, &main, &companion, facts, &hit);
		found = add_hit(ret, found, room, &hit);
		is_told[i] = true;
	}
	return found;
}

struct sums {
	ARRAY(struct hot_share) shares;
};

static void free_sums(struct sums *sums)
{
	array_free(&sums->shares);
}

static int add_share(struct sums *sums, const struct hot_mark *mark, const char *name, double share)
{
	struct hot_share *place;

	for (size_t i = 0; i < sums->shares.count; i++) {
		place = &sums->shares.items[i];
		if (place->row == mark->row && place->is_companion == mark->is_companion &&
		    strcmp(place->name, name) == 0) {
			place->share += share;
			return 0;
		}
	}
	place = array_push(&sums->shares);
	if (!place)
		return -ENOMEM;
	*place = (struct hot_share){
		.row = mark->row, .is_companion = mark->is_companion, .name = name, .share = share
	};
	return 0;
}

int hotspots_match(const struct hot_stack *stacks, size_t count, const struct hotspot_facts *facts,
		   struct hotspot_hit *ret, size_t room, size_t *ret_hits)
{
	owns(free_sums) struct sums sums = {};
	struct hot_index index;

	hotspots_index(&index);
	for (size_t i = 0; i < count; i++) {
		struct hot_mark marks[HOT_MARKS_MAX];
		size_t marked = hotspots_mark(&index, stacks[i].frames, stacks[i].count, marks);

		for (size_t k = 0; k < marked; k++) {
			const char *name = hotspots_name(&stacks[i].frames[marks[k].frame]);

			if (add_share(&sums, &marks[k], name, stacks[i].share) < 0)
				return -ENOMEM;
		}
	}
	*ret_hits = hotspots_judge(sums.shares.items, sums.shares.count, facts, ret, room);
	return 0;
}

const char *hotspots_sampler_advice(const struct hotspot_facts *facts)
{
	if (has_need(CLOCK_SAMPLER_ON_XEN, facts))
		return "The samples come from a timer: code that keeps interrupts off cannot be "
		       "seen. Boot Xen with vpmu=1 for a hardware counter.";
	if (has_need(CLOCK_SAMPLER_ON_KVM, facts))
		return "The samples come from a timer: code that keeps interrupts off cannot be "
		       "seen. Give the virtual machine a hardware counter (QEMU: -cpu "
		       "host,pmu=on).";
	if (has_need(CLOCK_SAMPLER_IN_GUEST, facts))
		return "The samples come from a timer: code that keeps interrupts off cannot be "
		       "seen. Ask whoever runs the hypervisor for a virtual PMU.";
	return NULL;
}
