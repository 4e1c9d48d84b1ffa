/* How are names told to the next one? As SYMBOLs with dense ids, FACTs and PLACEs. */
#include "symbol/telling.h"

#include <errno.h>
#include <string.h>

#include "symbol/demangle.h"

/* Bound of memory: later names stay unknown. */
#define SYMBOLS_MAX (1024 * 1024)

static int send_symbol(struct telling *telling, uint64_t time_ns, const char *name,
		       const char *module, uint32_t *ret, struct diag *why)
{
	const size_t kept_from = offsetof(struct event_symbol, name_bytes);
	struct event_symbol *event = (struct event_symbol *)(void *)telling->symbol;
	size_t name_bytes = strnlen(name, TELLING_TEXT_MAX);
	size_t module_bytes = strnlen(module, TELLING_TEXT_MAX);
	size_t bytes = sizeof(*event) + name_bytes + module_bytes;
	int r;

	*event = (struct event_symbol){
		.head = { .kind = EVENT_SYMBOL,
			  .bytes = telling_round_up(bytes),
			  .time_ns = time_ns },
		.name_bytes = (uint16_t)name_bytes,
		.module_bytes = (uint16_t)module_bytes,
	};
	memcpy(event->text, name, name_bytes);
	memcpy(event->text + name_bytes, module, module_bytes);
	memset(telling->symbol + bytes, 0, event->head.bytes - bytes);

	*ret = 0;
	r = interned_put(&telling->symbols, telling->symbol + kept_from, bytes - kept_from,
			 &event->id);
	if (r == -ENOSPC)
		return 0;
	if (r < 0)
		return telling_no_memory(why);
	*ret = event->id;
	return r == 0 ? 0 : event_sink_take(&telling->next, &event->head, why);
}

/* Compilers write many names for what is one to its author: a constructor has three. */
static int send_mangled(struct telling *telling, uint64_t time_ns, const char *name,
			const char *module, uint32_t *ret, struct diag *why)
{
	size_t name_bytes = strnlen(name, TELLING_TEXT_MAX);
	size_t module_bytes = strnlen(module, TELLING_TEXT_MAX);
	uint32_t id = 0, *place;
	int r;

	memcpy(telling->symbol, name, name_bytes);
	telling->symbol[name_bytes] = '\0';
	memcpy(telling->symbol + name_bytes + 1, module, module_bytes);
	r = interned_put(&telling->mangled, telling->symbol, name_bytes + 1 + module_bytes, &id);
	if (r == -ENOSPC) {
		*ret = 0;
		return 0;
	}
	if (r < 0)
		return telling_no_memory(why);
	if (r == 0) {
		*ret = telling->mangled_names.items[id - 1];
		return 0;
	}
	place = array_push(&telling->mangled_names);
	if (!place)
		return telling_no_memory(why);
	if (demangle(name, telling->text, sizeof(telling->text)))
		name = telling->text;
	r = send_symbol(telling, time_ns, name, module, place, why);
	*ret = telling->mangled_names.items[id - 1];
	return r;
}

void telling_begin(struct telling *telling, const struct event_sink *next)
{
	telling->next = *next;
	telling->symbols.limit = SYMBOLS_MAX;
	telling->mangled.limit = SYMBOLS_MAX;
}

void telling_clear(struct telling *telling)
{
	interned_clear(&telling->symbols);
	interned_clear(&telling->mangled);
	array_free(&telling->mangled_names);
}

int telling_no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory for the names of functions");
}

int telling_symbol(struct telling *telling, uint64_t time_ns, const char *name, const char *module,
		   uint32_t *ret, struct diag *why)
{
	return demangle_can(name) ? send_mangled(telling, time_ns, name, module, ret, why)
				  : send_symbol(telling, time_ns, name, module, ret, why);
}

int telling_fact(struct telling *telling, uint64_t time_ns, const char *key, const char *value,
		 struct diag *why)
{
	struct event_fact *fact = (struct event_fact *)(void *)telling->fact;
	size_t key_bytes = strnlen(key, TELLING_TEXT_MAX);
	size_t value_bytes = strnlen(value, TELLING_TEXT_MAX);
	size_t bytes = sizeof(*fact) + key_bytes + value_bytes;

	*fact = (struct event_fact){
		.head = { .kind = EVENT_FACT,
			  .bytes = telling_round_up(bytes),
			  .time_ns = time_ns },
		.key_bytes = (uint16_t)key_bytes,
		.value_bytes = (uint16_t)value_bytes,
	};
	memcpy(fact->text, key, key_bytes);
	memcpy(fact->text + key_bytes, value, value_bytes);
	memset(telling->fact + bytes, 0, fact->head.bytes - bytes);
	return event_sink_take(&telling->next, &fact->head, why);
}

int telling_place(struct telling *telling, uint64_t time_ns, uint32_t symbol, const char *path,
		  uint32_t line, struct diag *why)
{
	struct event_place *place = (struct event_place *)(void *)telling->fact;
	size_t file_bytes = strnlen(path, TELLING_TEXT_MAX);
	size_t bytes = sizeof(*place) + file_bytes;

	*place = (struct event_place){
		.head = { .kind = EVENT_PLACE,
			  .bytes = telling_round_up(bytes),
			  .time_ns = time_ns },
		.symbol = symbol,
		.line = line,
		.file_bytes = (uint16_t)file_bytes,
	};
	memcpy(place->file, path, file_bytes);
	memset(telling->fact + bytes, 0, place->head.bytes - bytes);
	return event_sink_take(&telling->next, &place->head, why);
}
