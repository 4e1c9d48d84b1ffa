/* What does the namer tell in its tests? It is given stacks, threads and mappings, and all that
 * comes out is heard. */
#ifndef TESTS_UNIT_SYMBOL_HEARD_H
#define TESTS_UNIT_SYMBOL_HEARD_H

#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"

#define SECOND_NS  1000000000ULL
#define EVENTS_MAX 64
#define FRAMES_MAX 8

static const char KERNEL_TEXT[] = "ffffffff81000100 T vfs_read\n"
				  "ffffffff81000200 T schedule\n"
				  "ffffffff81000300 T panic\n"
				  "ffffffff81000400 T __pfx_trampoline\n"
				  "ffffffff81000410 T trampoline\n"
				  "ffffffff81000500 T _etext\n"
				  "ffffffffc0000000 t zfs_read\t[zfs]\n";

static const char USER_MAPS[] = "00400000-00500000 r-xp 00001000 fe:00 12 /usr/bin/tool\n";

/* All that came out, in order. */
struct heard {
	_Alignas(8) char events[EVENTS_MAX][512];
	size_t count;
	int answer;
};

struct setup {
	struct fake fake;
	struct heard heard;
	struct namer *namer;
};

static inline int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;

	assert_true(event_is_sound(event, sizeof(heard->events[0])));
	assert_true(heard->count < EVENTS_MAX);
	memcpy(heard->events[heard->count++], event, event->bytes);
	return heard->answer;
}

static inline void start(struct setup *setup)
{
	struct symbol_source source = fake_source(&setup->fake);
	struct event_sink next = { .take = hear, .self = &setup->heard };

	assert_int_equal(namer_new(&source, &next, &setup->namer), 0);
}

static inline void stop(struct setup *setup)
{
	namer_free(&setup->namer);
	assert_null(setup->namer);
}

static inline const void *event_at(const struct setup *setup, size_t i, enum event_kind kind)
{
	const struct event *event = (const void *)setup->heard.events[i];

	assert_true(i < setup->heard.count);
	assert_int_equal(event->kind, kind);
	return event;
}

static inline void assert_symbol(const struct setup *setup, size_t i, uint32_t id, const char *name,
				 const char *module)
{
	const struct event_symbol *symbol = event_at(setup, i, EVENT_SYMBOL);

	assert_int_equal(symbol->id, id);
	assert_int_equal(symbol->name_bytes, strlen(name));
	assert_int_equal(symbol->module_bytes, strlen(module));
	assert_memory_equal(symbol->text, name, strlen(name));
	assert_memory_equal(symbol->text + strlen(name), module, strlen(module));
}

static inline void assert_frame(const struct setup *setup, size_t event, size_t frame,
				uint32_t symbol, uint32_t offset)
{
	const struct event_stack *stack = event_at(setup, event, EVENT_STACK);

	assert_true(frame < stack->frames);
	assert_int_equal(stack->frame[frame].symbol, symbol);
	assert_int_equal(stack->frame[frame].offset, offset);
}

/* A stack of up to FRAMES_MAX addresses, ended by 0; its events replace those heard before. */
static inline void take_stack(struct setup *setup, uint64_t time_ns, uint32_t tgid,
			      const uint64_t *addresses)
{
	_Alignas(8) char
		bytes[sizeof(struct event_stack) + FRAMES_MAX * sizeof(struct event_frame)] = {};
	struct event_stack *stack = (struct event_stack *)(void *)bytes;
	struct diag why = {};

	*stack = (struct event_stack){
		.head = { .kind = EVENT_STACK, .time_ns = time_ns },
		.id = 77,
		.flags = tgid ? STACK_USER : 0,
		.tgid = tgid,
	};
	for (; addresses[stack->frames]; stack->frames++)
		stack->frame[stack->frames].address = addresses[stack->frames];
	stack->head.bytes = (uint32_t)(sizeof(*stack) + stack->frames * sizeof(stack->frame[0]));
	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &stack->head, &why), 0);
}

static inline void take_task(struct setup *setup, uint32_t tid, uint32_t tgid, const char *comm)
{
	struct event_task task = {
		.head = { .bytes = sizeof(task), .kind = EVENT_TASK },
		.tid = tid,
		.tgid = tgid,
	};

	strncpy(task.comm, comm, sizeof(task.comm) - 1);
	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &task.head, NULL), 0);
	assert_memory_equal(event_at(setup, 0, EVENT_TASK), &task, sizeof(task));
}

static inline void take_task_end(struct setup *setup, uint32_t tid)
{
	struct event_task_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_TASK_END },
		.tid = tid,
	};

	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &end.head, NULL), 0);
	assert_memory_equal(event_at(setup, 0, EVENT_TASK_END), &end, sizeof(end));
}

/* Tell of a mapping with a build-id of equal bytes; 0: none. */
static inline void take_mapping_of(struct setup *setup, const struct event_mapping *wanted,
				   const char *path, uint8_t build_id)
{
	_Alignas(8) char bytes[sizeof(struct event_mapping) + 64] = {};
	struct event_mapping *mapping = (void *)bytes;

	*mapping = *wanted;
	mapping->head = (struct event){ .bytes = sizeof(bytes), .kind = EVENT_MAPPING };
	mapping->bytes = 0x10000;
	mapping->path_bytes = (uint16_t)strlen(path);
	mapping->build_id_bytes = build_id ? 20 : 0;
	memset(mapping->build_id, build_id, 20);
	memcpy(mapping->path, path, mapping->path_bytes);
	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &mapping->head, NULL), 0);
	assert_int_equal(setup->heard.count, 0);
}

static inline void take_mapping(struct setup *setup, uint32_t tgid, uint64_t start,
				const char *path, uint8_t build_id)
{
	const struct event_mapping wanted = { .start = start,
					      .tgid = tgid,
					      .file_offset = tgid ? IMAGE_OFFSET : 0 };

	take_mapping_of(setup, &wanted, path, build_id);
}

static inline void take_mapping_at(struct setup *setup, uint32_t tgid, uint64_t start,
				   const char *path, uint64_t file_offset)
{
	const struct event_mapping wanted = { .start = start,
					      .tgid = tgid,
					      .file_offset = file_offset };

	take_mapping_of(setup, &wanted, path, 0);
}

static inline char *make_tool(const char *name, size_t *ret_bytes)
{
	static const Elf64_Sym SYMBOLS[] = { { 0 }, IMAGE_FUNCTION(1, 0x100, 0x40, STB_GLOBAL) };
	struct image_note note = image_note(0xab);
	char names[64] = "";
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, names, 1),
		IMAGE_NOTE(note),
	};

	strcpy(names + 1, name);
	return image_make(ET_DYN, sections, 3, ret_bytes);
}

/* A source that asks no living process. */
static inline void start_recorded(struct setup *setup)
{
	struct symbol_source source = { .open = fake_open, .self = &setup->fake };
	struct event_sink next = { .take = hear, .self = &setup->heard };

	if (setup->fake.kallsyms)
		source.kallsyms = fake_kallsyms;
	assert_int_equal(namer_new(&source, &next, &setup->namer), 0);
}

#endif
