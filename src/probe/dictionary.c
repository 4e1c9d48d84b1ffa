/* In which order are names told at once? Mappings wait until all births before them were read,
 * stacks until all mappings before them were told. */
#include "probe/dictionary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "probe/mappings.h"
#include "probe/order.h"

enum followed_size {
	TGID_LIMIT = 1 << 22, /* of the kernel: PID_MAX_LIMIT */
	TGID_BITS = 64,
};

struct dictionary {
	bool with_mappings;
	bool of_all;
	struct order *mapped;
	struct order *held;
	uint64_t *followed; /* a bit for each process of the target, by number */
	size_t followed_count;
};

int dictionary_new(bool with_mappings, bool of_all, struct dictionary **ret)
{
	owns(dictionary_free) struct dictionary *dictionary = calloc(1, sizeof(*dictionary));

	if (!dictionary)
		return -ENOMEM;
	dictionary->with_mappings = with_mappings;
	dictionary->of_all = of_all;
	if (order_new(1, &dictionary->mapped) < 0 || order_new(1, &dictionary->held) < 0)
		return -ENOMEM;
	*ret = give(dictionary);
	return 0;
}

void dictionary_free(struct dictionary **dictionary)
{
	if (!*dictionary)
		return;
	order_free(&(*dictionary)->mapped);
	order_free(&(*dictionary)->held);
	free((*dictionary)->followed);
	free(*dictionary);
	*dictionary = NULL;
}

int dictionary_keep(void *self, const struct event *event, struct diag *why)
{
	struct dictionary *dictionary = self;
	int r = order_push(dictionary->mapped, 0, event->time_ns, event, event->bytes);

	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

/* Bits are never taken back: a number that is given again may cost a few mappings too many. */
int dictionary_follow(struct dictionary *dictionary, uint32_t tgid)
{
	size_t place = tgid / TGID_BITS;

	if (tgid >= TGID_LIMIT)
		return 0;
	if (place >= dictionary->followed_count) {
		size_t count = 2 * place + 1;
		uint64_t *grown = realloc(dictionary->followed, count * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + dictionary->followed_count, 0,
		       (count - dictionary->followed_count) * sizeof(*grown));
		dictionary->followed = grown;
		dictionary->followed_count = count;
	}
	dictionary->followed[place] |= 1ULL << tgid % TGID_BITS;
	return 0;
}

static bool is_followed(const struct dictionary *dictionary, uint32_t tgid)
{
	size_t place = tgid / TGID_BITS;

	return dictionary->of_all || (place < dictionary->followed_count &&
				      dictionary->followed[place] & 1ULL << tgid % TGID_BITS);
}

int dictionary_take(struct dictionary *dictionary, struct translator *translator,
		    const struct wire *wire, size_t bytes, struct diag *why)
{
	int r = 0;

	if (dictionary->with_mappings && wire->kind == WIRE_STACK && wire_is_whole(wire, bytes)) {
		r = order_push(dictionary->held, 0, 0, wire, bytes);
		return r < 0 ? diag_set(why, r, "out of memory") : 0;
	}
	if (wire_is_whole(wire, bytes) && (wire->kind == WIRE_TASK || wire->kind == WIRE_EXEC)) {
		const struct wire_task *task = (const void *)wire;

		r = task->is_target ? dictionary_follow(dictionary, task->tgid) : 0;
	}
	if (r < 0)
		return diag_set(why, r, "out of memory");
	return translate(translator, wire, bytes, why);
}

/* Its time is the stream's: what comes next in the stream is older than it. */
static int tell_mapping(const struct dictionary *dictionary, struct translator *translator,
			const struct event_mapping *mapping, struct diag *why)
{
	union mapping_room room;

	if (!is_followed(dictionary, mapping->tgid))
		return 0;
	memcpy(&room, mapping, mapping->head.bytes);
	room.event.head.time_ns = translator->told_ns;
	return event_sink_take(&translator->sink, &room.event.head, why);
}

int dictionary_tell(struct dictionary *dictionary, struct translator *translator, struct diag *why)
{
	const void *record;
	bool is_late;
	int r = 0;

	while (r == 0 && (record = order_pop(dictionary->mapped, UINT64_MAX, &is_late)))
		r = tell_mapping(dictionary, translator, record, why);
	/* Its length was not kept: that it is whole was seen when it was taken. */
	while (r == 0 && (record = order_pop(dictionary->held, UINT64_MAX, &is_late)))
		r = translate(translator, record, sizeof(struct wire_stack), why);
	return r;
}
