/* What does /proc say of how a thread stands? */
#include "host/threads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

/* Behind "key:" at the begin of a line, and blanks; NULL when no line begins so. */
static const char *find_value(const char *text, const char *key)
{
	size_t bytes = strlen(key);

	for (; *text; text += *text == '\n') {
		if (strncmp(text, key, bytes) == 0 && text[bytes] == ':')
			return text + bytes + 1 + strspn(text + bytes + 1, " \t");
		text += strcspn(text, "\n");
	}
	return NULL;
}

static uint64_t read_value(const char *text, const char *key, int base)
{
	const char *value = find_value(text, key);

	return value ? strtoull(value, NULL, base) : 0;
}

/* "NSpid:	4711	12	1": from the outermost namespace to its own. */
static uint32_t read_local(const char *text)
{
	const char *value = find_value(text, "NSpid");
	unsigned long number = 0;
	char *end = NULL;

	while (value && *value && *value != '\n') {
		unsigned long next = strtoul(value, &end, 10);

		if (end == value)
			break;
		number = next;
		value = end + strspn(end, " \t");
	}
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

void thread_status_parse(const char *text, struct thread_status *ret)
{
	const uint64_t kill = 1UL << (9 - 1); /* SIGKILL, the same everywhere */

	*ret = (struct thread_status){
		.tracer = (uint32_t)read_value(text, "TracerPid", 10),
		.local_tid = read_local(text),
		.switches = read_value(text, "voluntary_ctxt_switches", 10) +
			    read_value(text, "nonvoluntary_ctxt_switches", 10),
		.is_killed =
			(read_value(text, "SigPnd", 16) | read_value(text, "ShdPnd", 16)) & kill,
		.is_dumping = read_value(text, "CoreDumping", 10) != 0,
	};
}

int thread_call_parse(const char *text, struct thread_call *ret)
{
	struct thread_call call = {};
	uint64_t *a = call.arguments;

	if (strncmp(text, "running", 7) == 0) {
		ret->number = THREAD_CALL_RUNS;
		return 0;
	}
	/* NOLINTBEGIN(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (sscanf(text, "-1 %" SCNx64 " %" SCNx64, &call.sp, &call.ip) == 2)
		call.number = THREAD_CALL_NONE;
	else if (sscanf(text,
			"%" SCNd32 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
			" %" SCNx64 " %" SCNx64 " %" SCNx64,
			&call.number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &call.sp,
			&call.ip) != 9)
		return -EBADMSG;
	/* NOLINTEND(cert-err34-c) */
	*ret = call;
	return 0;
}

void thread_io_parse(const char *text, struct thread_io *ret)
{
	*ret = (struct thread_io){
		.calls = read_value(text, "syscr", 10) + read_value(text, "syscw", 10),
		.bytes = read_value(text, "rchar", 10) + read_value(text, "wchar", 10),
	};
}

uint32_t thread_state_bits(char letter)
{
	static const struct {
		char letter;
		uint32_t bits;
	} STATES[] = {
		{ 'S', 1 },    { 'D', 2 },  { 'T', 4 },  { 't', 8 },
		{ 'X', 0x10 }, { 'Z', 32 }, { 'P', 64 }, { 'I', 0x402 },
	};

	for (size_t i = 0; i < array_count(STATES); i++) {
		if (STATES[i].letter == letter)
			return STATES[i].bits;
	}
	return 0;
}

uint64_t thread_link_inode(const char *text, uint32_t *ret_mode)
{
	bool is_pipe = strncmp(text, "pipe:[", 6) == 0;

	if (!is_pipe && strncmp(text, "socket:[", 8) != 0)
		return 0;
	*ret_mode = is_pipe ? S_IFIFO : S_IFSOCK;
	return strtoull(strchr(text, '[') + 1, NULL, 10);
}

void thread_fdinfo_parse(const char *text, struct thread_fdinfo *ret)
{
	*ret = (struct thread_fdinfo){
		.mount_id = (uint32_t)read_value(text, "mnt_id", 10),
		.inode = read_value(text, "ino", 10),
		.connection = (uint32_t)read_value(text, "fuse_connection", 10),
	};
}

bool thread_frame_next(const char **text, struct thread_frame *ret)
{
	const char *at = *text;

	while (*at) {
		size_t line = strcspn(at, "\n");
		const char *name = memchr(at, ']', line), *plus;

		*text = at + line + (at[line] == '\n');
		name = name ? name + 1 + strspn(name + 1, " ") : NULL;
		plus = name ? memchr(name, '+', line - (size_t)(name - at)) : NULL;
		if (plus && plus > name) {
			*ret = (struct thread_frame){ .name = name,
						      .name_bytes = (size_t)(plus - name),
						      .offset = strtoull(plus + 1, NULL, 16) };
			return true;
		}
		at = *text;
	}
	return false;
}
