/* Which block requests were there? Those not yet complete, found by device and sector. */
#include "import/perf_requests.h"

#include <errno.h>
#include <string.h>

#define SECTOR_BYTES 512u

/* More at once in one place are no requests. */
#define SAME_PLACE_MAX 64u

struct letter {
	char letter;
	uint32_t flag;
};

/* What is done, and then how: kernel/trace/blktrace.c, blk_fill_rwbs(). */
static const struct letter OPERATIONS[] = {
	{ 'R', REQUEST_READ },    { 'W', REQUEST_WRITE }, { 'D', REQUEST_DISCARD },
	{ 'E', REQUEST_DISCARD }, { 'F', REQUEST_FLUSH }, { 'N', 0 },
};
static const struct letter MANNERS[] = {
	{ 'F', REQUEST_FUA },
	{ 'A', REQUEST_READAHEAD },
	{ 'S', REQUEST_SYNC },
	{ 'M', REQUEST_META },
};

static const struct letter *find_letter(const struct letter *letters, size_t count, char wanted)
{
	for (size_t i = 0; i < count; i++) {
		if (letters[i].letter == wanted)
			return &letters[i];
	}
	return NULL;
}

static uint32_t flags_of(const char *rwbs)
{
	const struct letter *letter;
	uint32_t flags = 0;

	/* A flush before the operation stands before its letter. */
	if (rwbs[0] == 'F' && find_letter(OPERATIONS, array_count(OPERATIONS), rwbs[1])) {
		flags |= REQUEST_FLUSH;
		rwbs++;
	}
	letter = find_letter(OPERATIONS, array_count(OPERATIONS), *rwbs);
	if (letter) {
		flags |= letter->flag;
		rwbs++;
	}
	for (; *rwbs; rwbs++) {
		letter = find_letter(MANNERS, array_count(MANNERS), *rwbs);
		flags |= letter ? letter->flag : 0;
	}
	return flags;
}

/* What a record says of its request. */
static struct event_request read_request(const struct perf_moment *moment)
{
	char rwbs[16];
	struct event_request request = {
		.dev = (uint32_t)perf_field_number(moment->format, PERF_FIELD_DEV, moment->raw),
		.sector = perf_field_number(moment->format, PERF_FIELD_SECTOR, moment->raw),
		.bytes = (uint32_t)perf_field_number(moment->format, PERF_FIELD_BYTES, moment->raw),
	};

	if (!request.bytes)
		request.bytes = (uint32_t)perf_field_number(moment->format, PERF_FIELD_NR_SECTOR,
							    moment->raw) *
				SECTOR_BYTES;
	perf_field_text(moment->format, PERF_FIELD_RWBS, moment->raw, rwbs, sizeof(rwbs));
	request.flags = flags_of(rwbs);
	return request;
}

/* A flush without data says sector 0 when it is queued, and the last one when it is complete. */
static uint64_t key_of(const struct event_request *request)
{
	if (request->flags & REQUEST_FLUSH && !request->bytes)
		return hash_pair(request->dev, UINT64_MAX);
	return hash_pair(request->dev, request->sector);
}

static bool has_room(const struct perf_requests *requests, uint64_t key)
{
	const uint64_t *first = hash_find(&requests->oldest, key);
	uint32_t place = first ? (uint32_t)*first : 0, count = 0;

	for (; place; place = requests->items.items[place - 1].next)
		count++;
	return count < SAME_PLACE_MAX &&
	       (requests->free || requests->items.count < PERF_REQUESTS_MAX);
}

/* The place of a new last one of its key + 1, or 0 without room; -ENOMEM in *r. */
static uint32_t add_place(struct perf_requests *requests, uint64_t key, int *r)
{
	uint32_t place = requests->free;
	uint64_t *first;

	*r = 0;
	if (!has_room(requests, key)) {
		requests->lost++;
		return 0;
	}
	if (!place && !array_push(&requests->items)) {
		*r = -ENOMEM;
		return 0;
	}
	if (place)
		requests->free = requests->items.items[place - 1].next;
	else
		place = (uint32_t)requests->items.count;
	first = hash_put(&requests->oldest, key);
	if (!first) {
		*r = -ENOMEM;
		return 0;
	}
	requests->items.items[place - 1] = (struct perf_request){ .key = key };
	if (!*first) {
		*first = place;
	} else {
		struct perf_request *last = &requests->items.items[*first - 1];

		while (last->next)
			last = &requests->items.items[last->next - 1];
		last->next = place;
	}
	return place;
}

/* The oldest with this key of which has(it) holds; or NULL. */
static struct perf_request *find_request(const struct perf_requests *requests, uint64_t key,
					 bool is_issued)
{
	const uint64_t *first = hash_find(&requests->oldest, key);
	uint32_t place = first ? (uint32_t)*first : 0;

	while (place) {
		struct perf_request *request = &requests->items.items[place - 1];

		if ((request->event.issue_ns != 0) == is_issued)
			return request;
		place = request->next;
	}
	return NULL;
}

static int add_request(struct perf_requests *requests, const struct event_request *event,
		       const struct perf_moment *moment, struct perf_request **ret)
{
	uint32_t place;
	int r;

	*ret = NULL;
	place = add_place(requests, key_of(event), &r);
	if (!place)
		return r;
	*ret = &requests->items.items[place - 1];
	(*ret)->event = *event;
	(*ret)->event.id = ++requests->count;
	(*ret)->event.start_ns = moment->time_ns;
	(*ret)->event.tid = moment->tid;
	return 0;
}

int perf_requests_queue(struct perf_requests *requests, const struct perf_moment *moment)
{
	struct event_request event = read_request(moment);
	struct perf_request *request;

	/* It is queued by two tracepoints: the first one counts. */
	if (find_request(requests, key_of(&event), false))
		return 0;
	return add_request(requests, &event, moment, &request);
}

int perf_requests_issue(struct perf_requests *requests, const struct perf_moment *moment)
{
	struct event_request event = read_request(moment);
	struct perf_request *request = find_request(requests, key_of(&event), false);
	int r = 0;

	if (!request)
		r = add_request(requests, &event, moment, &request);
	if (!request)
		return r;
	request->event.issue_ns = moment->time_ns;
	request->event.bytes = event.bytes; /* merges have made it grow */
	request->event.flags |= event.flags;
	return 0;
}

/* Take it out of its key's list. */
static void remove_request(struct perf_requests *requests, const struct perf_request *request)
{
	uint32_t place = (uint32_t)(request - requests->items.items) + 1;
	uint64_t *first = hash_find(&requests->oldest, request->key);
	uint32_t next = request->next;

	if (!first)
		return;
	if (*first == place && !next) {
		hash_remove(&requests->oldest, request->key);
	} else if (*first == place) {
		*first = next;
	} else {
		struct perf_request *before = &requests->items.items[*first - 1];

		while (before->next != place)
			before = &requests->items.items[before->next - 1];
		before->next = next;
	}
	requests->items.items[place - 1].next = requests->free;
	requests->free = place;
}

int perf_requests_complete(struct perf_requests *requests, const struct perf_moment *moment,
			   struct perf_out *out, uint64_t *ret_id, struct diag *why)
{
	struct event_request event = read_request(moment);
	struct perf_request *request = find_request(requests, key_of(&event), true);
	int64_t error;

	*ret_id = 0;
	if (!request)
		return 0;
	event = request->event;
	remove_request(requests, request);
	event.head = (struct event)PERF_EVENT_HEAD(event_request, REQUEST, moment->time_ns);
	error = (int64_t)perf_field_number(moment->format,
					   perf_field_is_there(moment->format, PERF_FIELD_ERROR)
						   ? PERF_FIELD_ERROR
						   : PERF_FIELD_ERRORS,
					   moment->raw);
	event.error = error ? -EIO : 0;
	*ret_id = event.id;
	return perf_tell(out, &event, why);
}

void perf_requests_forget(struct perf_requests *requests)
{
	requests->items.count = 0;
	requests->free = 0;
	hash_free(&requests->oldest);
}

void perf_requests_free(struct perf_requests *requests)
{
	array_free(&requests->items);
	hash_free(&requests->oldest);
}
