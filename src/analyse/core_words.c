/* Where is the core file of a process that crashed, or why is there none? As core(5) has it. */
#include "analyse/core_words.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"

/* A core file is not begun when it may not have a page: fs/binfmt_elf.c. */
#define CORE_BYTES_MIN 4096u

/* Programs that take cores, and how to get at them again. */
struct core_helper {
	const char *word; /* in the path of the program */
	const char *advice;
};

static const struct core_helper CORE_HELPERS[] = {
	{ "systemd-coredump", "coredumpctl debug PID opens its core." },
	{ "apport", "apport-unpack gets its core out of its report in /var/crash." },
	{ "abrt", "abrt list tells where its core is." },
};

static const char ADVICE_OPEN[] =
	"Open the core: gdb PROGRAM CORE; bt full shows what it had in its variables.";

static const char ADVICE_LIMIT[] =
	"Raise the limit where it is started (ulimit -c unlimited; in a systemd unit LimitCORE=infinity), and let it happen again: gdb shows in the core what it had in its variables.";

/* A program takes the core: its limit does not count. */
static bool is_piped(const struct core_seen *core)
{
	return core->pattern && core->pattern[0] == '|';
}

static bool is_limited(const struct core_seen *core)
{
	return !is_piped(core) && core->has_limit && core->limit_bytes < CORE_BYTES_MIN;
}

static bool is_nameless(const struct core_seen *core)
{
	return core->pattern && !core->pattern[0] && !core->is_dotted;
}

static const char *helper_advice(const char *pattern)
{
	for (size_t i = 0; i < array_count(CORE_HELPERS); i++) {
		if (strstr(pattern, CORE_HELPERS[i].word))
			return CORE_HELPERS[i].advice;
	}
	return ADVICE_OPEN;
}

struct place {
	char text[320];
};

static struct place say_place(const char *pattern)
{
	struct place place = { "written as kernel.core_pattern says" };

	if (!pattern)
		return place;
	if (pattern[0] == '|')
		(void)snprintf(place.text, sizeof(place.text),
			       "handed to the program in kernel.core_pattern, %.200s", pattern);
	else if (pattern[0] == '/')
		(void)snprintf(place.text, sizeof(place.text),
			       "written as kernel.core_pattern says, %.200s", pattern);
	else
		(void)snprintf(place.text, sizeof(place.text),
			       "written into the folder that it ran in, as %.200s",
			       pattern[0] ? pattern : ".PID");
	return place;
}

/* "0 B", "unlimited". */
static struct number say_limit(const struct core_seen *core)
{
	struct number limit = { "not seen" };

	if (core->has_limit && core->limit_bytes == UINT64_MAX)
		(void)snprintf(limit.text, sizeof(limit.text), "unlimited");
	else if (core->has_limit)
		limit = format_bytes(core->limit_bytes);
	return limit;
}

static struct core_words say_written(const struct core_seen *core)
{
	struct core_words words = { .advice = ADVICE_OPEN };

	(void)snprintf(words.text, sizeof(words.text), "a core %s %s",
		       core->state == CORE_WRITTEN ? "was" : "is being",
		       say_place(core->pattern).text);
	if (is_piped(core))
		words.advice = helper_advice(core->pattern);
	return words;
}

/* Its end was not seen, and nothing is known that forbids a core. */
static struct core_words say_unseen(const struct core_seen *core)
{
	struct core_words words = { .advice = NULL };

	(void)snprintf(words.text, sizeof(words.text),
		       "whether a core was written is not known: its end was not seen");
	if (!core->pattern)
		return words;
	(void)snprintf(
		words.text, sizeof(words.text),
		"whether a core was written is not known: its end was not seen; if there is one, it was %s",
		say_place(core->pattern).text);
	if (is_piped(core))
		words.advice = helper_advice(core->pattern);
	return words;
}

/* What forbids a core, whether its end was seen or not; "" when nothing is known to. */
static struct core_words say_forbidden(const struct core_seen *core)
{
	struct core_words words = { .advice = NULL };

	if (core->is_undumpable) {
		(void)snprintf(
			words.text, sizeof(words.text),
			"no core was written: the program is not to be dumped (it is setuid, or asked for that by prctl)");
	} else if (is_nameless(core)) {
		(void)snprintf(words.text, sizeof(words.text),
			       "no core was written: kernel.core_pattern is empty");
	} else if (is_limited(core)) {
		(void)snprintf(words.text, sizeof(words.text),
			       "no core was written: the limit (ulimit -c) was %s",
			       say_limit(core).text);
		words.advice = ADVICE_LIMIT;
	}
	return words;
}

static struct core_words say_missing(const struct core_seen *core)
{
	struct core_words words = { .advice = NULL };

	if (is_piped(core))
		(void)snprintf(
			words.text, sizeof(words.text),
			"no core was written: the program in kernel.core_pattern, %.200s, did not take it; the kernel's log tells more",
			core->pattern);
	else
		(void)snprintf(
			words.text, sizeof(words.text),
			"no core was written, why is not known: the limit (ulimit -c) was %s, kernel.core_pattern is %.200s%s",
			say_limit(core).text, core->pattern ? core->pattern : "not known",
			core->has_limit ? "; perhaps the folder cannot be written to" : "");
	return words;
}

struct core_words core_say(const struct core_seen *core)
{
	const struct core_words forbidden = say_forbidden(core);

	if (core->state == CORE_WRITTEN || core->state == CORE_BEING_WRITTEN)
		return say_written(core);
	if (forbidden.text[0])
		return forbidden;
	return core->state == CORE_UNSEEN ? say_unseen(core) : say_missing(core);
}
