/* What is said of a crash? What was wrong, where, who sent it, and whether there is a core file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "analyse/crash.h"
#include "analyse/state.h"
#include "analyse/words.h"
#include "finding/format.h"

/* Nothing is ever mapped below (vm.mmap_min_addr): a null pointer, and what lies a little behind
 * one. */
#define NULL_BYTES 65536u

/* A core file is not begun when it may not have a page: fs/binfmt_elf.c. */
#define CORE_BYTES_MIN 4096u

#define EXIT_CORE 0x80u /* wait(2) */

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

/* Programs that take cores, and how to get at them again. */
struct core_helper {
	const char *word; /* in kernel.core_pattern */
	const char *advice;
};

static const struct core_helper CORE_HELPERS[] = {
	{ "systemd-coredump", "coredumpctl debug PID opens its core." },
	{ "apport", "apport-unpack gets its core out of its report in /var/crash." },
	{ "abrt", "abrt list tells where its core is." },
};

static const char ADVICE_LIMIT[] =
	"Raise the limit where it is started (ulimit -c unlimited; in a systemd unit LimitCORE=infinity), and let it happen again: gdb shows in the core what it had in its variables.";

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

static int add_core(const char *pattern, struct finding *finding)
{
	const char *advice =
		"Open the core: gdb PROGRAM CORE; bt full shows what it had in its variables.";
	const char *where = pattern[0] == '|'   ? "handed to the program in kernel.core_pattern,"
			    : pattern[0] == '/' ? "written as kernel.core_pattern says,"
						: "written into the folder that it ran in, as";

	for (size_t i = 0; i < array_count(CORE_HELPERS); i++) {
		if (pattern[0] == '|' && strstr(pattern, CORE_HELPERS[i].word))
			advice = CORE_HELPERS[i].advice;
	}
	if (text_add(&finding->evidence, "a core was %s %s", where,
		     pattern[0] ? pattern : "kernel.core_pattern says") < 0)
		return -ENOMEM;
	return text_add(&finding->advice, "%s", advice);
}

/* "0 B", "unlimited". */
static struct number say_limit(const struct crash *crash)
{
	struct number limit = { "not seen" };

	if (crash->was_delivered && crash->core_limit == UINT64_MAX)
		(void)snprintf(limit.text, sizeof(limit.text), "unlimited");
	else if (crash->was_delivered)
		limit = format_bytes(crash->core_limit);
	return limit;
}

/* Why is there no core? Only where the kernel would have written one. */
static int add_no_core(const struct crash *crash, const char *pattern, struct finding *finding)
{
	struct number limit = say_limit(crash);

	if (crash->is_undumpable)
		return text_add(
			&finding->evidence,
			"no core was written: the program is not to be dumped (it is setuid, or asked for that by prctl)");
	if (pattern[0] == '|')
		return text_add(
			&finding->evidence,
			"no core was written: the program in kernel.core_pattern, %s, did not take it; the kernel's log tells more",
			pattern);
	if (!crash->was_delivered || crash->core_limit >= CORE_BYTES_MIN)
		return text_add(
			&finding->evidence,
			"no core was written, why is not known: the limit (ulimit -c) was %s, kernel.core_pattern is %s",
			limit.text, pattern[0] ? pattern : "not known");
	if (text_add(&finding->evidence, "no core was written: the limit (ulimit -c) was %s",
		     limit.text) < 0)
		return -ENOMEM;
	return text_add(&finding->advice, "%s", ADVICE_LIMIT);
}

static int add_core_state(const struct analysis *analysis, const struct crash *crash,
			  struct finding *finding)
{
	const char *pattern = words_fact(analysis, "kernel.core_pattern");

	if (!dumps_core(crash->signal))
		return 0;
	if (!crash->has_ended)
		return text_add(&finding->evidence,
				"whether a core was written is not known: its end was not seen");
	return crash->exit_code & EXIT_CORE ? add_core(pattern, finding)
					    : add_no_core(crash, pattern, finding);
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
		r = add_core_state(analysis, crash, finding);
	if (r == 0 && !finding->advice.count)
		r = text_add(&finding->advice, "%s", general_advice(crash));
	return r;
}
