/* What can this machine show us? The table, the memory of what was tried, and ladders of it. */
#include "host/features.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "host/try.h"

_Static_assert(FEATURE_COUNT <= 64, "needs are a 64-bit set");

#define NEED(ID) (1ULL << FEATURE_##ID)

struct row {
	struct feature_row row;
	feature_try *try_it;
	uint64_t needs;
};

static const struct row ROWS[] = {
#define FEATURE(ID, id, try_it, needs, detail, name, lost, remedy) \
	[FEATURE_##ID] = { { id, name, lost, remedy, detail }, try_it, needs },
#include "host/features.def"
#undef FEATURE
};

/* What the live watch cannot do without. */
#define WATCH_NEEDS                                                                      \
	(NEED(BPF) | NEED(BTF) | NEED(TP_BTF) | NEED(BPF_RINGBUF) | NEED(TASK_STORAGE) | \
	 NEED(TASK_STACK) | NEED(ITER_TASK) | NEED(TP_SCHED))

/* The best first. The last one needs nothing, so that there is always one. */
static const struct feature_level LEVELS[] = {
	{ "full",
	  "Every switch, wake-up, block request and slow system call is seen, waits have stacks, running threads are sampled.",
	  WATCH_NEEDS | NEED(TP_SYSCALLS) | NEED(TP_BLOCK) | NEED(CPU_CLOCK) | NEED(BPF_SAMPLE) |
		  NEED(KALLSYMS),
	  true },
	{ "reduced",
	  "Every switch and wake-up is seen and waits have stacks; what is missing above is missing in the verdict.",
	  WATCH_NEEDS, true },
	{ "reduced",
	  "Every switch and wake-up is seen through raw tracepoints; stacks of waits are taken when they begin, and by lot.",
	  NEED(BPF) | NEED(BTF) | NEED(RAW_TP) | NEED(BPF_RINGBUF) | NEED(TP_SCHED), true },
	{ "reduced",
	  "Every switch and wake-up is seen through classic tracepoints; stacks of waits are taken when they begin, and by lot.",
	  NEED(BPF) | NEED(BTF) | NEED(TP_CLASSIC) | NEED(BPF_RINGBUF) | NEED(TP_SCHED), true },
	{ "none",
	  "The kernel cannot be watched from here; recordings made elsewhere can be analysed.", 0,
	  false },
};

/* What the machine's files hold must not reach a terminal or JSON as it is: keep printable ASCII.
 */
static __attribute__((format(printf, 3, 0))) void write_text(char *text, size_t text_bytes,
							     const char *format, va_list args)
{
	if (vsnprintf(text, text_bytes, format, args) < 0)
		text[0] = '\0';
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

enum feature_state say_works(struct feature_answer *answer, const char *rung_format, ...)
{
	va_list args;

	va_start(args, rung_format);
	write_text(answer->rung, sizeof(answer->rung), rung_format, args);
	va_end(args);
	return FEATURE_WORKS;
}

enum feature_state say_partly(struct feature_answer *answer, const char *rung,
			      const char *why_format, ...)
{
	va_list args;

	(void)say_works(answer, "%s", rung);
	va_start(args, why_format);
	write_text(answer->why, sizeof(answer->why), why_format, args);
	va_end(args);
	return FEATURE_PARTLY;
}

enum feature_state say_absent(struct feature_answer *answer, const char *why_format, ...)
{
	va_list args;

	va_start(args, why_format);
	write_text(answer->why, sizeof(answer->why), why_format, args);
	va_end(args);
	return FEATURE_ABSENT;
}

enum feature_state say_unknown(struct feature_answer *answer, const char *why_format, ...)
{
	va_list args;

	va_start(args, why_format);
	write_text(answer->why, sizeof(answer->why), why_format, args);
	va_end(args);
	return FEATURE_UNKNOWN;
}

/* The first facility of a set that does not work, or FEATURE_COUNT. */
static enum feature_id find_missing(struct features *features, uint64_t needs, bool wholly)
{
	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		if (!(needs >> id & 1))
			continue;
		if (!features_have(features, id, NULL, NULL) ||
		    (wholly && features->answers[id].state != FEATURE_WORKS))
			return id;
	}
	return FEATURE_COUNT;
}

/* The facility whose id is the first id_bytes of text, or FEATURE_COUNT. */
static enum feature_id find_id(const char *text, size_t id_bytes)
{
	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		if (strlen(ROWS[id].row.id) == id_bytes &&
		    memcmp(ROWS[id].row.id, text, id_bytes) == 0)
			return id;
	}
	return FEATURE_COUNT;
}

static enum feature_state try_row(struct features *features, enum feature_id id,
				  struct feature_answer *answer)
{
	enum feature_id missing;

	if (features->forbidden[id])
		return say_absent(answer, "taken as absent (--without)");
	missing = find_missing(features, ROWS[id].needs, false);
	if (missing != FEATURE_COUNT) {
		answer->unmet = true;
		return say_absent(answer, "needs %s", ROWS[missing].row.id);
	}
	return ROWS[id].try_it(features, &ROWS[id].row, answer);
}

/*
 * The rungs are ids, from best to worst. The last one is always a makeshift, so standing on it is
 * partly.
 */
enum feature_state try_ladder(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	const char *rung = row->detail;

	while (*rung) {
		size_t id_bytes = strcspn(rung, " ");
		enum feature_id id = find_id(rung, id_bytes);
		const char *next = rung + id_bytes + strspn(rung + id_bytes, " ");

		if (id == FEATURE_COUNT)
			return say_unknown(answer, "%.*s is no facility", (int)id_bytes, rung);
		if (features_have(features, id, NULL, NULL)) {
			if (*next)
				return say_works(answer, "%s", ROWS[id].row.id);
			return say_partly(answer, ROWS[id].row.id,
					  "none of the better rungs works");
		}
		rung = next;
	}
	return say_absent(answer, "none of: %s", row->detail);
}

void features_free(struct features *features)
{
	btf__free(features->btf);
	features->btf = NULL;
}

const struct feature_row *feature_row(enum feature_id id)
{
	return &ROWS[id].row;
}

const struct feature_answer *features_answer(struct features *features, enum feature_id id)
{
	struct feature_answer *answer = &features->answers[id];

	if (answer->state == FEATURE_UNTRIED)
		answer->state = try_row(features, id, answer);
	return answer;
}

bool features_have(struct features *features, enum feature_id id, const char **ret_rung,
		   const char **ret_why)
{
	const struct feature_answer *answer = features_answer(features, id);

	if (ret_rung)
		*ret_rung = answer->rung;
	if (ret_why)
		*ret_why = answer->why;
	return answer->state == FEATURE_WORKS || answer->state == FEATURE_PARTLY;
}

int features_forbid(struct features *features, const char *list, struct diag *why)
{
	bool forbidden[FEATURE_COUNT] = {};

	while (*list) {
		size_t id_bytes = strcspn(list, ",");
		enum feature_id id = find_id(list, id_bytes);

		if (id == FEATURE_COUNT)
			return diag_set(
				why, -EINVAL,
				"no facility is called \"%.*s\": slowpath doctor lists them",
				(int)id_bytes, list);
		forbidden[id] = true;
		list += id_bytes + (list[id_bytes] == ',');
	}
	for (unsigned int id = 0; id < FEATURE_COUNT; id++)
		features->forbidden[id] |= forbidden[id];
	memset(features->answers, 0, sizeof(features->answers));
	return 0;
}

const struct btf *features_btf(struct features *features)
{
	return features_have(features, FEATURE_BTF, NULL, NULL) ? features->btf : NULL;
}

bool features_function(struct features *features, const char *name)
{
	const struct btf *btf = features_btf(features);

	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

const struct feature_level *features_level(struct features *features, enum feature_id *ret_missing)
{
	enum feature_id missing = FEATURE_COUNT, lacks;
	size_t i;

	for (i = 0; i < array_count(LEVELS) - 1; i++) {
		lacks = find_missing(features, LEVELS[i].needs, true);
		if (lacks == FEATURE_COUNT)
			break;
		missing = lacks;
	}
	if (ret_missing)
		*ret_missing = missing;
	return &LEVELS[i];
}
