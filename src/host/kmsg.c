/* What does the kernel's log say? Records of /dev/kmsg, and the shapes in which threads are named
 * there. */
#include "host/kmsg.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

enum {
	RECORD_BYTES = 8192, /* the kernel gives no longer ones */
	LEVELS = 8,
};

struct kmsg {
	int fd;
	struct kmsg_line lines[KMSG_LINES_MAX]; /* a ring */
	size_t first;
	size_t count;
};

/* --- one record --- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The kernel writes bytes that cannot be printed, and backslashes, as \x0a: put them back. */
static char *unescape(const char *from, size_t bytes, size_t *ret_bytes)
{
	char *text = malloc(bytes + 1), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < bytes; i++) {
		if (bytes - i >= 4 && from[i] == '\\' && from[i + 1] == 'x' &&
		    hex_digit(from[i + 2]) >= 0 && hex_digit(from[i + 3]) >= 0) {
			*to++ = (char)(hex_digit(from[i + 2]) * 16 + hex_digit(from[i + 3]));
			i += 3;
		} else {
			*to++ = from[i];
		}
	}
	*to = '\0';
	*ret_bytes = (size_t)(to - text);
	return text;
}

int kmsg_parse(const char *record, size_t bytes, struct kmsg_line *ret)
{
	const char *text = memchr(record, ';', bytes), *end;
	struct kmsg_line line = {};
	uint64_t written_us;
	unsigned int level;
	char head[128];

	if (!text || (size_t)(text - record) >= sizeof(head))
		return -EBADMSG;
	memcpy(head, record, (size_t)(text - record));
	head[text - record] = '\0';
	/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers, and they fit. */
	if (sscanf(head, "%u,%*u,%" SCNu64 ",", &level, &written_us) != 2)
		return -EBADMSG;
	text++;
	/* Behind the line come others with what a driver adds. */
	end = memchr(text, '\n', bytes - (size_t)(text - record));
	end = end ? end : record + bytes;

	line.level = level % LEVELS;
	line.written_ns = written_us * 1000;
	line.text = unescape(text, (size_t)(end - text), &line.text_bytes);
	if (!line.text)
		return -ENOMEM;
	line.tid = kmsg_find_tid(line.text);
	*ret = line;
	return 0;
}

/* --- whom a line is about --- */

static uint32_t read_number(const char *text)
{
	unsigned long number = 0;

	for (; isdigit((unsigned char)*text) && number <= INT32_MAX; text++)
		number = number * 10 + (unsigned long)(*text - '0');
	return number <= INT32_MAX ? (uint32_t)number : 0;
}

/* The number that ends right before end, but behind an opening character. */
static uint32_t read_number_before(const char *text, const char *end, char opening)
{
	const char *at = end;

	while (at > text && isdigit((unsigned char)at[-1]))
		at--;
	return at < end && at > text && at[-1] == opening ? read_number(at) : 0;
}

/* "INFO: task NAME:123 <writer> blocked for more than …": a name may have colons of its own. */
static uint32_t find_hung(const char *text)
{
	static const char BEGIN[] = "INFO: task ";
	const char *at = strstr(text, BEGIN);

	if (!at)
		return 0;
	for (at += sizeof(BEGIN) - 1; (at = strchr(at, ':')); at++) {
		size_t digits = strspn(at + 1, "0123456789");

		if (digits && at[1 + digits] == ' ')
			return read_number(at + 1);
	}
	return 0;
}

/* "NAME[123]: segfault at …" */
static uint32_t find_before(const char *text)
{
	static const char *const BEHIND[] = {
		"]: segfault at ",  "] general protection fault", "] trap ",
		"]: bad frame in ", "]: unhandled signal ",       "]: unhandled exception",
	};

	for (size_t i = 0; i < array_count(BEHIND); i++) {
		const char *end = strstr(text, BEHIND[i]);
		uint32_t tid = end ? read_number_before(text, end, '[') : 0;

		if (tid)
			return tid;
	}
	return 0;
}

/* "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [NAME:123]" */
static uint32_t find_lockup(const char *text)
{
	const char *end = strstr(text, " stuck for ") ? strrchr(text, ']') : NULL;

	return end ? read_number_before(text, end, ':') : 0;
}

uint32_t kmsg_find_tid(const char *text)
{
	/* The first two are the kernel's dumps of a thread's state. */
	static const char *const BEFORE[] = { " PID: ", " pid:", "Killed process " };
	uint32_t tid = find_hung(text);

	if (!tid)
		tid = find_before(text);
	if (!tid)
		tid = find_lockup(text);
	for (size_t i = 0; i < array_count(BEFORE) && !tid; i++) {
		const char *begin = strstr(text, BEFORE[i]);

		tid = begin ? read_number(begin + strlen(BEFORE[i])) : 0;
	}
	return tid;
}

/* --- the log --- */

int kmsg_open(struct kmsg **ret, struct diag *why)
{
	owns(kmsg_free) struct kmsg *kmsg = calloc(1, sizeof(*kmsg));

	if (!kmsg)
		return diag_set(why, -ENOMEM, "out of memory");
	kmsg->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg->fd < 0)
		return diag_set(why, -errno, "cannot read /dev/kmsg: %s", strerror(errno));
	*ret = give(kmsg);
	return 0;
}

static void clear(struct kmsg *kmsg)
{
	for (size_t i = 0; i < KMSG_LINES_MAX; i++)
		own_free(&kmsg->lines[i].text);
	kmsg->first = kmsg->count = 0;
}

void kmsg_free(struct kmsg **kmsg)
{
	if (!*kmsg)
		return;
	clear(*kmsg);
	own_close(&(*kmsg)->fd);
	free(*kmsg);
	*kmsg = NULL;
}

void kmsg_pass_over(struct kmsg *kmsg)
{
	(void)lseek(kmsg->fd, 0, SEEK_END);
}

/* Keep it in the place of the oldest; true when that had to go. */
static bool keep(struct kmsg *kmsg, const struct kmsg_line *line)
{
	bool is_full = kmsg->count == KMSG_LINES_MAX;
	struct kmsg_line *place;

	if (is_full) {
		own_free(&kmsg->lines[kmsg->first].text);
		kmsg->first = (kmsg->first + 1) % KMSG_LINES_MAX;
		kmsg->count--;
	}
	place = &kmsg->lines[(kmsg->first + kmsg->count++) % KMSG_LINES_MAX];
	*place = *line;
	return is_full;
}

/* One record for each read; what was written over before it was read is told by an error of its
 * own. */
static int read_new(struct kmsg *kmsg, uint64_t *dropped)
{
	char record[RECORD_BYTES];

	for (;;) {
		ssize_t got = read(kmsg->fd, record, sizeof(record));
		struct kmsg_line line;
		int r;

		if (got < 0 && (errno == EPIPE || errno == EINTR)) {
			*dropped += errno == EPIPE;
			continue;
		}
		if (got <= 0)
			return got == 0 || errno == EAGAIN ? 0 : -errno;
		r = kmsg_parse(record, (size_t)got, &line);
		if (r == -ENOMEM)
			return r;
		if (r == 0)
			*dropped += keep(kmsg, &line);
	}
}

int kmsg_read(struct kmsg *kmsg, int (*seen)(void *self, const struct kmsg_line *line), void *self,
	      uint64_t *ret_dropped)
{
	int r;

	*ret_dropped = 0;
	r = read_new(kmsg, ret_dropped);
	for (size_t i = 0; i < kmsg->count && r == 0; i++)
		r = seen(self, &kmsg->lines[(kmsg->first + i) % KMSG_LINES_MAX]);
	clear(kmsg);
	return r;
}
