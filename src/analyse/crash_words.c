/* What is said of a crash? What was wrong, where, who sent it, and whether there is a core file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "analyse/core_words.h"
#include "analyse/crash.h"
#include "analyse/state.h"
#include "analyse/words.h"
#include "finding/format.h"

/* Nothing is ever mapped below (vm.mmap_min_addr): a null pointer, and what lies a little behind
 * one. */
#define NULL_BYTES 65536u

/* From here on a code is no reason of its signal's own. */
#define SI_KERNEL_CODE 0x80

#define FRAMES_SHOWN 8u

struct signal_code {
	uint32_t signal;
	int32_t code;
	const char *name;
	const char *words;
};

static const struct signal_code CODES[] = {
#define SIGNAL_CODE(signal, code, name, words) { signal, code, name, words },
#include "analyse/signals.def"
#undef SIGNAL_CODE
};

static const struct signal_code *find_code(const struct crash *crash)
{
	for (size_t i = 0; i < array_count(CODES); i++) {
		if (CODES[i].signal == crash->signal && CODES[i].code == crash->code)
			return &CODES[i];
	}
	return NULL;
}

/* --- where it was --- */

/* Functions by which programs end themselves, and what that says: whoever called them is to be
 * named. */
struct raiser {
	const char *name;  /* a '*' at its end stands for anything */
	const char *words; /* NULL: nothing more */
};

static const char OVERRUN[] = "a buffer was written beyond its end";

/* glibc's, libstdc++'s and Rust's. */
static const struct raiser RAISERS[] = {
	{ "__pthread_kill*", NULL },
	{ "pthread_kill", NULL },
	{ "gsignal", NULL },
	{ "raise", NULL },
	{ "__GI_raise", NULL },
	{ "abort", NULL },
	{ "__GI_abort", NULL },
	{ "__libc_message*", NULL },
	{ "__assert_fail*", "an assertion failed" },
	{ "malloc_printerr", "the heap is corrupt: something was written where it must not be" },
	{ "_int_free*", NULL },
	{ "_int_malloc", NULL },
	{ "free", NULL },
	{ "malloc", NULL },
	{ "realloc", NULL },
	{ "calloc", NULL },
	{ "__fortify_fail", OVERRUN },
	{ "__chk_fail", OVERRUN },
	{ "__stack_chk_fail*", OVERRUN },
	{ "std::terminate", "an exception that nobody caught" },
	{ "__cxxabiv1::*", NULL },
	{ "__gnu_cxx::__verbose_terminate_handler", NULL },
	{ "rust_panic*", "a Rust panic" },
	{ "std::panicking::*", "a Rust panic" },
};

static const struct raiser *find_raiser(const char *function)
{
	for (size_t i = 0; i < array_count(RAISERS); i++) {
		const char *star = strchr(RAISERS[i].name, '*');

		if (star ? strncmp(function, RAISERS[i].name, (size_t)(star - RAISERS[i].name)) == 0
			 : strcmp(function, RAISERS[i].name) == 0)
			return &RAISERS[i];
	}
	return NULL;
}

struct place {
	char text[96];
};

/* "write_nowhere", "libfoo.so.1+0x1234" where only the file is known, else the address. */
static struct place say_frame(const struct analysis *analysis, const struct event_frame *frame)
{
	const char *name =
		names_text(&analysis->names, classes_symbol(&analysis->classes, frame->symbol));
	const char *file =
		names_text(&analysis->names, classes_module(&analysis->classes, frame->symbol));
	const char *base = strrchr(file, '/');
	struct place place;

	if (name[0])
		(void)snprintf(place.text, sizeof(place.text), "%.90s", name);
	else if (file[0])
		(void)snprintf(place.text, sizeof(place.text), "%.70s+0x%x", base ? base + 1 : file,
			       frame->offset);
	else
		(void)snprintf(place.text, sizeof(place.text), "0x%llx",
			       (unsigned long long)frame->address);
	return place;
}

/* The function to blame: the innermost that is no way to end oneself; "" when only such are known.
 * *ret_why is what the last of those says. */
static struct place find_culprit(const struct analysis *analysis, const struct crash *crash,
				 const char **ret_why)
{
	*ret_why = NULL;
	for (uint32_t i = 0; i < crash->stack.count; i++) {
		struct place place = say_frame(analysis, &crash->stack.frames[i]);
		const struct raiser *raiser = find_raiser(place.text);

		if (!raiser)
			return place;
		if (raiser->words)
			*ret_why = raiser->words;
	}
	return (struct place){};
}

static int add_stack(const struct analysis *analysis, const struct crash *crash,
		     struct finding *finding)
{
	char list[FRAMES_SHOWN * sizeof(struct place)] = "";
	size_t used = 0;

	if (!crash->was_delivered)
		return 0;
	if (!crash->stack.count)
		return text_add(&finding->evidence,
				"where it was is not known: no stack was taken");
	for (uint32_t i = 0; i < crash->stack.count && i < FRAMES_SHOWN; i++) {
		struct place place = say_frame(analysis, &crash->stack.frames[i]);

		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.80s",
					 i ? " ← " : "", place.text);
	}
	return text_add(&finding->evidence, "it was in %s%s", list,
			crash->stack.count > FRAMES_SHOWN ? " ← …" : "");
}

/* --- what was wrong --- */

static bool touches(const struct crash *crash)
{
	return crash->signal == SIGSEGV || crash->signal == SIGBUS;
}

/* As the kernel has it, when it was the kernel that found something wrong. */
static int add_reason(const struct crash *crash, struct finding *finding)
{
	const struct signal_code *code = find_code(crash);
	bool is_null = crash->has_address && crash->address < NULL_BYTES;

	if (!crash->was_delivered || crash->code <= 0)
		return 0;
	if (!code)
		return text_add(&finding->evidence, "the kernel's reason has the code %d",
				crash->code);
	if (crash->has_address)
		return text_add(&finding->evidence, "it touched address 0x%llx: %s (%s)%s",
				(unsigned long long)crash->address, code->words, code->name,
				is_null ? "; so near to 0 it is a null pointer, most likely" : "");
	return text_add(&finding->evidence, "%s%s (%s)",
			touches(crash) && crash->code < SI_KERNEL_CODE
				? "of the address that it touched only this is known: "
				: "",
			code->words, code->name);
}

/* Why the kernel itself sends a signal that is no crash. */
static const char *kernel_reason(uint32_t signal)
{
	switch (signal) {
	case SIGKILL:
		return ": memory ran out, or a limit was reached; its log tells";
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
		return ", for its terminal";
	case SIGALRM:
	case SIGVTALRM:
	case SIGPROF:
		return ", for a timer of its own";
	case SIGXCPU:
		return ": its limit of CPU time (ulimit -t) was reached";
	case SIGXFSZ:
		return ": its limit of a file's size (ulimit -f) was reached";
	default:
		return "";
	}
}

static int add_sender(const struct analysis *analysis, const struct crash *crash,
		      struct finding *finding)
{
	bool is_own = crash->sender && crash->sender_tgid == crash->tgid;

	if (!crash->was_sent)
		return 0;
	if (is_own && crash->signal == SIGPIPE)
		return text_add(&finding->evidence,
				"it wrote to a pipe or socket that nobody reads any more");
	if (is_own)
		return text_add(&finding->evidence, "it sent the signal to itself%s",
				crash->signal == SIGABRT ? ", as abort() does" : "");
	if (crash->sender)
		return text_add(&finding->evidence, "the signal was sent by %s (%u)",
				names_text(&analysis->names, crash->sender), crash->sender_tgid);
	return text_add(&finding->evidence, "the signal was sent by the kernel%s",
			kernel_reason(crash->signal));
}

/* --- the core file --- */

static bool dumps_core(uint32_t signal)
{
	static const uint32_t DUMPING[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
					    SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };

	for (size_t i = 0; i < array_count(DUMPING); i++) {
		if (DUMPING[i] == signal)
			return true;
	}
	return false;
}

static int add_core(const struct analysis *analysis, const struct crash *crash,
		    struct finding *finding)
{
	const char *pattern = words_fact(analysis, "kernel.core_pattern");
	struct core_seen core = {
		.pattern = pattern[0] ? pattern : NULL,
		.is_undumpable = crash->is_undumpable,
		.has_limit = crash->was_delivered,
		.limit_bytes = crash->core_limit,
	};
	struct core_words words;

	if (!dumps_core(crash->signal))
		return 0;
	if (crash->has_ended)
		core.state = crash->exit_code & CORE_STATUS_BIT ? CORE_WRITTEN : CORE_NOT_WRITTEN;
	words = core_say(&core);
	if (text_add(&finding->evidence, "%s", words.text) < 0)
		return -ENOMEM;
	return words.advice ? text_add(&finding->advice, "%s", words.advice) : 0;
}

/* --- all of it --- */

static const char *general_advice(const struct crash *crash)
{
	if (!crash->was_sent || dumps_core(crash->signal))
		return cause_advice(CAUSE_CRASH_SIGNAL);
	if (crash->signal == SIGKILL && !crash->sender)
		return "See the kernel's log (dmesg): when memory ran out it names the limit and the largest users.";
	return "See who sent the signal, and why.";
}

struct signal_name {
	char text[16];
};

static struct signal_name say_signal(uint32_t signal)
{
	const char *name = sigabbrev_np((int)signal);
	struct signal_name said;

	if (name)
		(void)snprintf(said.text, sizeof(said.text), "SIG%s", name);
	else
		(void)snprintf(said.text, sizeof(said.text), "signal %u", signal);
	return said;
}

/* "SIGSEGV in write_nowhere, address 0x10", as far as it is known. */
static void fill_subject(const struct crash *crash, const char *function, struct subject *subject)
{
	char address[40] = "";

	if (crash->has_address)
		(void)snprintf(address, sizeof(address), ", address 0x%llx",
			       (unsigned long long)crash->address);
	(void)snprintf(subject->kind, sizeof(subject->kind), "signal");
	(void)snprintf(subject->name, sizeof(subject->name), "%s%s%.60s%s",
		       say_signal(crash->signal).text, function[0] ? " in " : "", function,
		       address);
}

static int add_link(const struct analysis *analysis, const struct crash *crash,
		    const char *function, struct finding *finding)
{
	struct link *link = array_push(&finding->chain);

	if (!link)
		return -ENOMEM;
	(void)snprintf(link->who, sizeof(link->who), "%s",
		       names_text(&analysis->names, crash->who));
	(void)snprintf(link->state, sizeof(link->state), "%s", cause_id(CAUSE_CRASH_SIGNAL));
	(void)snprintf(link->detail, sizeof(link->detail), "%.79s", function);
	link->tid = crash->tid;
	return 0;
}

static int add_end(const struct analysis *analysis, const struct crash *crash, uint64_t copies,
		   struct finding *finding)
{
	const struct watch *watch = &analysis->watch;
	const char *name = names_text(&analysis->names, crash->process);
	struct signal_name signal = say_signal(crash->signal);

	if (crash->tgid == watch->pid)
		return text_add(&finding->evidence, "%s was ended by %s after %s", name,
				signal.text,
				format_duration(crash->time_ns - watch->begin_ns).text);
	if (!copies)
		return text_add(&finding->evidence, "%s (%u) was ended by %s", name, crash->tgid,
				signal.text);
	return text_add(&finding->evidence, "%s (%u) was ended by %s, and %s more in the same way",
			name, crash->tgid, signal.text, format_count(copies).text);
}

int crash_say(struct analysis *analysis, const struct crash *crash, uint64_t copies,
	      struct finding *finding)
{
	const char *why;
	struct place function = find_culprit(analysis, crash, &why);
	int r;

	finding->cause = CAUSE_CRASH_SIGNAL;
	finding->confidence = CONFIDENCE_HIGH;
	finding->speedup_limit = 1;
	fill_subject(crash, function.text, &finding->subject);
	r = add_link(analysis, crash, function.text, finding);
	if (r == 0)
		r = add_end(analysis, crash, copies, finding);
	if (r == 0)
		r = add_reason(crash, finding);
	if (r == 0 && why)
		r = text_add(&finding->evidence, "%s", why);
	if (r == 0)
		r = add_stack(analysis, crash, finding);
	if (r == 0)
		r = add_sender(analysis, crash, finding);
	if (r == 0)
		r = add_core(analysis, crash, finding);
	if (r == 0 && !finding->advice.count)
		r = text_add(&finding->advice, "%s", general_advice(crash));
	return r;
}
