/* What does a line of KVM's tracepoints say? "COMM-TID [CPU] FLAGS SECONDS: EVENT: fields" of
 * ftrace and trace-cmd, "COMM TID [CPU] SECONDS: kvm:EVENT: fields" of perf script. */
#include "import/kvm_line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/array.h"
#include "event/exits.h"

#define NS_PER_S     1000000000u
#define LINE_MAX_LEN 1024u

/* What each tracepoint's line is of: arch/x86/kvm/trace.h, include/trace/events/kvm.h. */
static const struct {
	const char *name;
	enum kvm_line_kind kind;
} EVENTS[] = {
	{ "kvm_exit: ", KVM_LINE_EXIT },
	{ "kvm_entry: ", KVM_LINE_ENTRY },
	{ "kvm_userspace_exit: ", KVM_LINE_USER },
	{ "kvm_vcpu_wakeup: ", KVM_LINE_HALTED },
};

/* Digits from *at on, which is moved behind them; false: there are none, or too many. */
static bool take_number(const char **at, uint64_t *ret)
{
	const char *text = *at;
	uint64_t value = 0;

	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return false;
	}
	if (text == *at)
		return false;
	*at = text;
	*ret = value;
	return true;
}

/* The number behind a word; false: the word is not there. */
static bool number_behind(const char *text, const char *word, uint64_t *ret)
{
	const char *at = strstr(text, word);

	if (!at)
		return false;
	at += strlen(word);
	return take_number(&at, ret);
}

/* --- what stands before the event's name --- */

/* "4.253148:" at the end of head, which is cut off. */
static bool take_time(char *head, uint64_t *ret_ns)
{
	size_t end = strlen(head), begin;
	uint64_t seconds, part = 0, unit = NS_PER_S;
	const char *at;

	while (end && head[end - 1] == ' ')
		end--;
	if (!end || head[end - 1] != ':')
		return false;
	begin = end - 1;
	while (begin && (isdigit((unsigned char)head[begin - 1]) || head[begin - 1] == '.'))
		begin--;
	at = head + begin;
	if (!take_number(&at, &seconds) || *at++ != '.' || seconds > UINT64_MAX / NS_PER_S - 1)
		return false;
	for (; isdigit((unsigned char)*at) && unit > 1; at++) {
		unit /= 10;
		part += (uint64_t)(*at - '0') * unit;
	}
	if (*at != ':')
		return false;
	*ret_ns = seconds * NS_PER_S + part;
	head[begin] = '\0';
	return true;
}

/* " [001] d..1." at the end is cut off: where the CPU stands is where the thread ends. */
static bool cut_cpu(char *head)
{
	char *cpu = strrchr(head, '[');
	const char *at = cpu;
	uint64_t number;

	if (!cpu)
		return false;
	at++;
	if (!take_number(&at, &number) || *at != ']')
		return false;
	*cpu = '\0';
	return true;
}

static void cut_blanks(char *text)
{
	size_t end = strlen(text);

	while (end && text[end - 1] == ' ')
		text[--end] = '\0';
}

/* "(  1234)", the process, which ftrace can print. */
static void cut_process(char *head)
{
	char *open = strrchr(head, '(');
	size_t bytes = strlen(head);

	if (open && bytes && head[bytes - 1] == ')' &&
	    strspn(open + 1, " -0123456789") == bytes - 2 - (size_t)(open - head)) {
		*open = '\0';
		cut_blanks(head);
	}
}

/* "COMM-TID" or "COMM TID" or "COMM PID/TID". */
static bool take_thread(char *head, struct kvm_line *line)
{
	size_t end = strlen(head), begin = end, comm = 0;
	const char *at;
	uint64_t tid;

	while (begin && isdigit((unsigned char)head[begin - 1]))
		begin--;
	at = head + begin;
	if (!begin || !take_number(&at, &tid) || tid > INT32_MAX)
		return false;
	line->moment.tid = (uint32_t)tid;
	if (head[begin - 1] == '/') {
		begin--;
		while (begin && isdigit((unsigned char)head[begin - 1]))
			begin--;
	}
	if (!begin || (head[begin - 1] != '-' && head[begin - 1] != ' '))
		return false;
	head[begin - 1] = '\0';
	cut_blanks(head);
	comm = strspn(head, " ");
	memcpy(line->comm, head + comm, MIN(strlen(head + comm), sizeof(line->comm) - 1));
	return true;
}

static bool take_head(char *head, struct kvm_line *line)
{
	/* perf script and trace-cmd may say which system the event is of. */
	size_t bytes = strlen(head);

	if (bytes >= 4 && strcmp(head + bytes - 4, "kvm:") == 0)
		head[bytes - 4] = '\0';
	if (!take_time(head, &line->moment.time_ns) || !cut_cpu(head))
		return false;
	cut_blanks(head);
	cut_process(head);
	return take_thread(head, line);
}

/* --- what stands behind it --- */

/* "reason EPT_MISCONFIG rip 0x…", "reason 0x1f rip …": names may have blanks in them ("PF excp"),
 * and flags may follow. */
static bool take_reason(const char *fields, struct guest_moment *moment)
{
	static const char WORD[] = "reason ", END[] = " rip ";
	const char *begin = strstr(fields, WORD), *end = begin ? strstr(begin, END) : NULL;
	enum guest_isa isa = GUEST_ISA_UNKNOWN;

	if (!end)
		return false;
	begin += sizeof(WORD) - 1;
	if (strncmp(begin, "0x", 2) == 0) {
		char *rest;
		unsigned long long number = strtoull(begin, &rest, 16);

		moment->reason = (uint32_t)number;
		return rest > begin + 2 && number <= UINT32_MAX;
	}
	/* Flags are words behind the name: the longest name that fits is meant. */
	for (; end > begin; end--) {
		if (exit_reason_read(begin, (size_t)(end - begin), &isa, &moment->reason)) {
			moment->isa = (uint32_t)isa;
			return true;
		}
	}
	return false;
}

/* "vcpu 0"; older kernels do not tell it with exits. */
static void take_vcpu(const char *fields, struct guest_moment *moment)
{
	uint64_t number;

	moment->vcpu = number_behind(fields, "vcpu ", &number) && number < UINT32_MAX
			       ? (uint32_t)number
			       : UINT32_MAX;
}

/* "reason KVM_EXIT_IO (2)"; of a call that failed "reason restart (4)" or "reason error (5)". */
static bool take_user_reason(const char *fields, struct guest_moment *moment)
{
	const char *open = strrchr(fields, '(');
	uint64_t number;

	if (!open || !number_behind(open, "(", &number) || number > UINT32_MAX)
		return false;
	if (strstr(fields, "reason restart ") || strstr(fields, "reason error "))
		moment->reason = guest_user_reason(0, -(int64_t)number);
	else
		moment->reason = (uint32_t)number;
	return true;
}

static bool take_fields(const char *fields, struct kvm_line *line)
{
	switch (line->kind) {
	case KVM_LINE_EXIT:
		take_vcpu(fields, &line->moment);
		return take_reason(fields, &line->moment);
	case KVM_LINE_ENTRY:
		take_vcpu(fields, &line->moment);
		return true;
	case KVM_LINE_USER:
		return take_user_reason(fields, &line->moment);
	case KVM_LINE_HALTED:
		return number_behind(fields, "time ", &line->halted_ns);
	case KVM_LINE_NONE:
	case KVM_LINE_BAD:
	case KVM_LINE_LOST:
		break;
	}
	return false;
}

/* "CPU:1 [LOST 12 EVENTS]" of ftrace, "CPU:1 [12 EVENTS DROPPED]" of trace-cmd. */
static bool take_loss(const char *text, struct kvm_line *line)
{
	const char *lost = strstr(text, "[LOST "), *dropped = strstr(text, " EVENTS DROPPED]");

	if (strncmp(text, "CPU:", 4) != 0 || (!lost && !dropped))
		return false;
	line->kind = KVM_LINE_LOST;
	if (!number_behind(text, lost ? "[LOST " : "[", &line->lost))
		line->lost = 0;
	return true;
}

static char *find_event(char *text, struct kvm_line *line)
{
	for (size_t i = 0; i < array_count(EVENTS); i++) {
		char *at = strstr(text, EVENTS[i].name);

		/* A thread may be called like the event: it is no word of its own then. */
		if (!at || at == text || (at[-1] != ' ' && at[-1] != ':'))
			continue;
		line->kind = EVENTS[i].kind;
		*at = '\0';
		return at + strlen(EVENTS[i].name);
	}
	return NULL;
}

void kvm_line_cut(const char *text, size_t bytes, struct kvm_line *ret)
{
	char copy[LINE_MAX_LEN];
	const char *fields;

	*ret = (struct kvm_line){ .moment.vcpu = UINT32_MAX };
	bytes = MIN(bytes, sizeof(copy) - 1);
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	if (copy[0] == '#' || take_loss(copy + strspn(copy, " "), ret))
		return;
	fields = find_event(copy, ret);
	if (fields && (!take_head(copy, ret) || !take_fields(fields, ret)))
		ret->kind = KVM_LINE_BAD;
}
