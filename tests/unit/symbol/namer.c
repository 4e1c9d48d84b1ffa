/* Does every frame get its name, is each name sent once and before its use, and does all else pass
 * untouched? */
#include <errno.h>
#include <link.h>
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"
#include "unit/symbol/module.h"
#include "unit/symbol/spot.h"

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

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;

	assert_true(event_is_sound(event, sizeof(heard->events[0])));
	assert_true(heard->count < EVENTS_MAX);
	memcpy(heard->events[heard->count++], event, event->bytes);
	return heard->answer;
}

static void start(struct setup *setup)
{
	struct symbol_source source = fake_source(&setup->fake);
	struct event_sink next = { .take = hear, .self = &setup->heard };

	assert_int_equal(namer_new(&source, &next, &setup->namer), 0);
}

static void stop(struct setup *setup)
{
	namer_free(&setup->namer);
	assert_null(setup->namer);
}

static const void *event_at(const struct setup *setup, size_t i, enum event_kind kind)
{
	const struct event *event = (const void *)setup->heard.events[i];

	assert_true(i < setup->heard.count);
	assert_int_equal(event->kind, kind);
	return event;
}

static void assert_symbol(const struct setup *setup, size_t i, uint32_t id, const char *name,
			  const char *module)
{
	const struct event_symbol *symbol = event_at(setup, i, EVENT_SYMBOL);

	assert_int_equal(symbol->id, id);
	assert_int_equal(symbol->name_bytes, strlen(name));
	assert_int_equal(symbol->module_bytes, strlen(module));
	assert_memory_equal(symbol->text, name, strlen(name));
	assert_memory_equal(symbol->text + strlen(name), module, strlen(module));
}

static void assert_frame(const struct setup *setup, size_t event, size_t frame, uint32_t symbol,
			 uint32_t offset)
{
	const struct event_stack *stack = event_at(setup, event, EVENT_STACK);

	assert_true(frame < stack->frames);
	assert_int_equal(stack->frame[frame].symbol, symbol);
	assert_int_equal(stack->frame[frame].offset, offset);
}

/* A stack of up to FRAMES_MAX addresses, ended by 0; its events replace those heard before. */
static void take_stack(struct setup *setup, uint64_t time_ns, uint32_t tgid,
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

static void take_task(struct setup *setup, uint32_t tid, uint32_t tgid, const char *comm)
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

static void take_task_end(struct setup *setup, uint32_t tid)
{
	struct event_task_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_TASK_END },
		.tid = tid,
	};

	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &end.head, NULL), 0);
	assert_memory_equal(event_at(setup, 0, EVENT_TASK_END), &end, sizeof(end));
}

static void names_are_dense_and_sent_once_before_their_stack(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t first[] = { 0xffffffff81000210, 0xffffffff81000110, 0xffffffffc0000020, 0 };
	const uint64_t second[] = { 0xffffffff81000220, 0xffffffff81000310, 0xffffffff81000110, 0 };
	const struct event_stack *stack;

	start(&setup);
	take_stack(&setup, 5, 0, first);
	assert_int_equal(setup.heard.count, 4);
	assert_symbol(&setup, 0, 1, "schedule", "");
	assert_symbol(&setup, 1, 2, "vfs_read", "");
	assert_symbol(&setup, 2, 3, "zfs_read", "zfs");
	assert_frame(&setup, 3, 0, 1, 0x10);
	assert_frame(&setup, 3, 1, 2, 0x10);
	assert_frame(&setup, 3, 2, 3, 0x20);
	stack = event_at(&setup, 3, EVENT_STACK);
	assert_int_equal(stack->id, 77);
	assert_int_equal(stack->frames, 3);
	assert_int_equal(stack->head.time_ns, 5);
	assert_int_equal(((const struct event *)event_at(&setup, 0, EVENT_SYMBOL))->time_ns, 5);

	take_stack(&setup, 6, 0, second);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 4, "panic", "");
	assert_frame(&setup, 1, 0, 1, 0x20);
	assert_frame(&setup, 1, 1, 4, 0x10);
	assert_frame(&setup, 1, 2, 2, 0x10);
	assert_int_equal(setup.fake.kallsyms_reads, 1);
	stop(&setup);
}

static void a_call_that_never_returns_is_charged_to_its_caller(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	/* A leaf stands where it is; a caller, behind its call, which may be the last of its
	 * function. */
	const uint64_t addresses[] = { 0xffffffff81000300, 0xffffffff81000300, 0 };

	start(&setup);
	take_stack(&setup, 1, 0, addresses);
	assert_symbol(&setup, 0, 1, "panic", "");
	assert_symbol(&setup, 1, 2, "schedule", "");
	assert_frame(&setup, 2, 0, 1, 0);
	assert_frame(&setup, 2, 1, 2, 0x100);
	stop(&setup);
}

static void a_trampoline_is_named_though_nothing_is_before_it(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t addresses[] = { 0xffffffffc0000000, 0xffffffffc0000000, 0xffffffff81000410,
				       0 };

	start(&setup);
	take_stack(&setup, 1, 0, addresses);
	assert_symbol(&setup, 0, 1, "zfs_read", "zfs");
	assert_symbol(&setup, 1, 2, "trampoline", "");
	assert_frame(&setup, 2, 0, 1, 0);
	assert_frame(&setup, 2, 1, 1, 0);
	stop(&setup);
}

static void the_kernels_symbols_are_not_read_before_a_stack_wants_them(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };

	start(&setup);
	take_task(&setup, 7, 7, "sh");
	take_task_end(&setup, 7);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	assert_int_equal(setup.fake.maps_reads, 0);
	stop(&setup);
}

static void a_module_loaded_later_is_named_but_not_looked_for_too_often(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t known[] = { 0xffffffff81000110, 0 };
	const uint64_t later[] = { 0xffffffffc0800010, 0 };
	const uint64_t never[] = { 0xffffffffcfff0010, 0 };
	const uint64_t user[] = { 0x400010, 0 };

	start(&setup);
	take_stack(&setup, SECOND_NS, 0, known);
	setup.fake.kallsyms = "ffffffff81000100 T vfs_read\n"
			      "ffffffffc0800000 t late_read\t[late]\n";
	take_stack(&setup, SECOND_NS + SECOND_NS / 2, 0, later);
	assert_frame(&setup, 0, 0, 0, 0);
	assert_int_equal(setup.fake.kallsyms_reads, 1);

	take_stack(&setup, 2 * SECOND_NS, 0, later);
	assert_symbol(&setup, 0, 2, "late_read", "late");
	assert_frame(&setup, 1, 0, 2, 0x10);
	assert_int_equal(setup.fake.kallsyms_reads, 2);
	take_stack(&setup, 2 * SECOND_NS, 0, known);
	assert_frame(&setup, 0, 0, 1, 0x10);

	for (uint64_t now_s = 3; now_s < 103; now_s++)
		take_stack(&setup, now_s * SECOND_NS, 0, never);
	assert_in_range(setup.fake.kallsyms_reads, 5, 15);
	setup.fake.kallsyms_reads = 0;
	take_stack(&setup, 1000 * SECOND_NS, 0, user);
	assert_frame(&setup, 0, 0, 0, 0);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	stop(&setup);
}

static void without_kernel_symbols_stacks_pass_and_the_reason_is_told_once(void **state)
{
	struct setup setup = { .fake = { .kallsyms = NULL } };
	const uint64_t addresses[] = { 0xffffffff81000110, 0xffffffff81000110, 0 };
	const struct event_fact *fact;

	start(&setup);
	take_stack(&setup, SECOND_NS, 0, addresses);
	assert_int_equal(setup.heard.count, 2);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_int_equal(fact->key_bytes, strlen("symbol.kernel"));
	assert_memory_equal(fact->text, "symbol.kernelno kallsyms here",
			    fact->key_bytes + fact->value_bytes);
	assert_int_equal(fact->value_bytes, strlen("no kallsyms here"));
	assert_frame(&setup, 1, 0, 0, 0);

	take_stack(&setup, 100 * SECOND_NS, 0, addresses);
	assert_int_equal(setup.heard.count, 1);
	assert_int_equal(setup.fake.kallsyms_reads, 2);

	setup.fake.kallsyms = KERNEL_TEXT;
	take_stack(&setup, 200 * SECOND_NS, 0, addresses);
	assert_symbol(&setup, 0, 1, "vfs_read", "");
	stop(&setup);
}

static void a_user_frame_without_function_names_its_file_and_offset(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0x400020, 0x900000, 0 };

	start(&setup);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 1, "", "/usr/bin/tool");
	assert_frame(&setup, 1, 0, 1, 0x1010);
	assert_frame(&setup, 1, 1, 1, 0x1020);
	assert_frame(&setup, 1, 2, 0, 0);
	assert_int_equal(setup.fake.last_tgid, 7);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	stop(&setup);
}

static void processes_do_not_share_their_mappings(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0 };

	start(&setup);
	take_stack(&setup, 1, 7, addresses);
	setup.fake.maps = "00400000-00500000 r-xp 00000000 fe:00 13 /usr/bin/other\n";
	take_stack(&setup, 1, 8, addresses);
	assert_symbol(&setup, 0, 2, "", "/usr/bin/other");
	take_stack(&setup, 1, 7, addresses);
	assert_frame(&setup, 0, 0, 1, 0x1010);
	assert_int_equal(setup.fake.maps_reads, 2);
	stop(&setup);
}

static void exec_and_exit_drop_the_mappings(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0 };

	start(&setup);
	take_task(&setup, 7, 7, "sh");
	take_stack(&setup, 1, 7, addresses);
	take_task(&setup, 7, 7, "sh");
	take_task(&setup, 9, 7, "worker");
	take_task_end(&setup, 9);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 1);

	take_task(&setup, 7, 7, "cp");
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 2);

	take_task_end(&setup, 7);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 3);
	stop(&setup);
}

static void the_work_of_a_request_is_named(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	struct event_request request = {
		.head = { .bytes = sizeof(request), .kind = EVENT_REQUEST, .time_ns = 3 },
		.id = 5,
		.work_address = 0xffffffff81000300,
	};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), 0);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 1, "panic", "");
	request.work = 1;
	assert_memory_equal(event_at(&setup, 1, EVENT_REQUEST), &request, sizeof(request));

	setup.heard.count = 0;
	request.work = 0;
	request.work_address = 0;
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), 0);
	assert_int_equal(setup.heard.count, 1);
	assert_memory_equal(event_at(&setup, 0, EVENT_REQUEST), &request, sizeof(request));
	stop(&setup);
}

static void take_lock(struct setup *setup, uint64_t lock)
{
	struct event_lock event = {
		.head = { .bytes = sizeof(event), .kind = EVENT_LOCK, .time_ns = 9 },
		.lock = lock,
	};

	setup->heard.count = 0;
	assert_int_equal(namer_take(setup->namer, &event.head, NULL), 0);
	assert_memory_equal(event_at(setup, setup->heard.count - 1, EVENT_LOCK), &event,
			    sizeof(event));
}

static void assert_lock_name(const struct setup *setup, uint64_t lock, const char *name)
{
	const struct event_lock_name *event = event_at(setup, 0, EVENT_LOCK_NAME);

	assert_int_equal(setup->heard.count, 2);
	assert_true(event->lock == lock);
	assert_int_equal(event->kind, LOCK_NAME_STATIC);
	assert_int_equal(event->name_bytes, strlen(name));
	assert_memory_equal(event->name, name, strlen(name));
}

static void locks_that_are_variables_are_named_once_before_their_use(void **state)
{
	struct setup setup = { .fake = { .kallsyms = "ffffffff81000100 T vfs_read\n"
						     "ffffffff82000000 D tasklist_lock\n"
						     "ffffffff82000040 b init_mm\n"
						     "ffffffff82000400 B _end\n"
						     "ffffffffc0001000 d pool\t[zfs]\n"
						     "ffffffffc0001100 d last\t[zfs]\n" } };
	struct event_wait wait = {
		.head = { .bytes = sizeof(wait), .kind = EVENT_WAIT, .time_ns = 9 },
		.lock = 0xffffffff82000060,
	};

	start(&setup);
	take_lock(&setup, 0xffffffff82000000);
	assert_int_equal(setup.heard.count, 1); /* no stack has wanted the symbols so far */
	take_stack(&setup, 1, 0, (const uint64_t[FRAMES_MAX]){ 0xffffffff81000110 });
	take_lock(&setup, 0xffffffff82000000);
	assert_lock_name(&setup, 0xffffffff82000000, "tasklist_lock");
	take_lock(&setup, 0xffffffff82000000);
	assert_int_equal(setup.heard.count, 1);
	take_lock(&setup, 0xffffffffc0001008);
	assert_lock_name(&setup, 0xffffffffc0001008, "pool+0x8 [zfs]");
	take_lock(&setup, 0xffff888100000000); /* in the heap */
	assert_int_equal(setup.heard.count, 1);
	take_lock(&setup, 0xffffffff81000110); /* code */
	assert_int_equal(setup.heard.count, 1);

	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &wait.head, NULL), 0);
	assert_lock_name(&setup, wait.lock, "init_mm+0x20");
	stop(&setup);
}

/* Where code of this program is in its file. */
struct mapped_code {
	uint64_t address;
	uint64_t file_offset;
	uint64_t offset_in_page;
};

static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	struct mapped_code *code = data;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type == PT_LOAD && code->address >= start &&
		    code->address < start + info->dlpi_phdr[i].p_filesz)
			code->file_offset = code->address - start + info->dlpi_phdr[i].p_offset;
	}
	return 1;
}

static struct mapped_code own_code(uint64_t address)
{
	struct mapped_code code = { .address = address };

	assert_int_equal(dl_iterate_phdr(find_segment, &code), 1);
	code.offset_in_page = code.file_offset % 4096;
	return code;
}

/* Tell of a mapping with a build-id of equal bytes; 0: none. */
static void take_mapping_of(struct setup *setup, const struct event_mapping *wanted,
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

static void take_mapping(struct setup *setup, uint32_t tgid, uint64_t start, const char *path,
			 uint8_t build_id)
{
	const struct event_mapping wanted = { .start = start,
					      .tgid = tgid,
					      .file_offset = tgid ? IMAGE_OFFSET : 0 };

	take_mapping_of(setup, &wanted, path, build_id);
}

static void take_mapping_at(struct setup *setup, uint32_t tgid, uint64_t start, const char *path,
			    uint64_t file_offset)
{
	const struct event_mapping wanted = { .start = start,
					      .tgid = tgid,
					      .file_offset = file_offset };

	take_mapping_of(setup, &wanted, path, 0);
}

static char *make_tool(const char *name, size_t *ret_bytes)
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
static void start_recorded(struct setup *setup)
{
	struct symbol_source source = { .open = fake_open, .self = &setup->fake };
	struct event_sink next = { .take = hear, .self = &setup->heard };

	if (setup->fake.kallsyms)
		source.kallsyms = fake_kallsyms;
	assert_int_equal(namer_new(&source, &next, &setup->namer), 0);
}

static void told_mappings_name_what_ran(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0x500200, 0x900000, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 3);
	assert_symbol(&setup, 0, 1, "told", "/usr/bin/tool");
	assert_symbol(&setup, 1, 2, "", "/usr/bin/tool");
	assert_frame(&setup, 2, 0, 1, 0x10);
	assert_frame(&setup, 2, 1, 2, 0x1200);
	assert_frame(&setup, 2, 2, 0, 0);
	stop(&setup);
	free(tool);
}

/* What was found is remembered, and no longer believed when something else is mapped there. */
static void a_name_holds_as_long_as_its_mapping(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0x900000, 0x500121, 0x500130, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	for (size_t told = 0; told < 3; told++) {
		take_stack(&setup, 1, 7, addresses);
		assert_int_equal(setup.heard.count, told ? 1 : 2);
		assert_frame(&setup, told ? 0 : 1, 0, 1, 0x10);
		assert_frame(&setup, told ? 0 : 1, 1, 0, 0);
		/* By the byte before, where a caller's call is. */
		assert_frame(&setup, told ? 0 : 1, 2, 1, 0x21);
		assert_frame(&setup, told ? 0 : 1, 3, 1, 0x30);
	}
	take_mapping(&setup, 7, 0x500000, "/usr/bin/other", 0);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 2, "", "/usr/bin/other");
	assert_frame(&setup, 1, 0, 2, 0x1110);
	assert_frame(&setup, 1, 1, 0, 0);
	assert_frame(&setup, 1, 2, 2, 0x1121);
	/* Another process with the same mapping has names of its own. */
	take_stack(&setup, 1, 8, addresses);
	assert_frame(&setup, 0, 0, 0, 0);
	stop(&setup);
	free(tool);
}

/* Whatever was remembered of the bytes beside it. */
static void a_function_ends_where_it_ends(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t symbol;
		uint32_t offset;
	} cases[] = {
		{ 0x50013f, 1, 0x3f }, { 0x500140, 2, 0x1140 }, { 0x50013e, 1, 0x3e },
		{ 0x500100, 1, 0 },    { 0x5000ff, 2, 0x10ff }, { 0x500143, 2, 0x1143 },
		{ 0x500101, 1, 1 },    { 0x5000fc, 2, 0x10fc }, { 0x500140, 2, 0x1140 },
	};
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		take_stack(&setup, 1, 7, (const uint64_t[]){ cases[i].address, 0 });
		assert_frame(&setup, setup.heard.count - 1, 0, cases[i].symbol, cases[i].offset);
	}
	stop(&setup);
	free(tool);
}

static void a_file_of_another_build_is_refused_and_told_once(void **state)
{
	static const char TOLD[] = "symbol.refused.1"
				   "/usr/bin/tool has another build-id than the one that ran";
	const uint64_t addresses[] = { 0x500110, 0x500200, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);
	const struct event_fact *fact;

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xcd);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 3);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_int_equal(fact->key_bytes, strlen("symbol.refused.1"));
	assert_int_equal(fact->key_bytes + fact->value_bytes, strlen(TOLD));
	assert_memory_equal(fact->text, TOLD, strlen(TOLD));
	assert_symbol(&setup, 1, 1, "", "/usr/bin/tool");
	assert_frame(&setup, 2, 0, 1, 0x1110);

	take_stack(&setup, 2, 8, addresses);
	take_mapping(&setup, 8, 0x500000, "/usr/bin/tool", 0xcd);
	take_stack(&setup, 2, 8, addresses);
	assert_int_equal(setup.heard.count, 1);
	stop(&setup);
	free(tool);
}

static void a_child_begins_with_the_mappings_of_its_parent(void **state)
{
	struct event_task child = {
		.head = { .bytes = sizeof(child), .kind = EVENT_TASK },
		.tid = 8,
		.tgid = 8,
		.parent_tgid = 7,
		.birth_ns = 5,
	};
	const uint64_t addresses[] = { 0x500110, 0 };
	struct setup setup = {};

	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0);
	assert_int_equal(namer_take(setup.namer, &child.head, NULL), 0);
	take_stack(&setup, 6, 8, addresses);
	assert_symbol(&setup, 0, 1, "", "/usr/bin/tool");

	/* Who lived before the recording has told its mappings itself. */
	child.tid = child.tgid = 9;
	child.birth_ns = 0;
	assert_int_equal(namer_take(setup.namer, &child.head, NULL), 0);
	take_stack(&setup, 6, 9, addresses);
	assert_frame(&setup, 0, 0, 0, 0);
	stop(&setup);
}

static void a_told_module_names_what_kallsyms_does_not(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t addresses[] = { 0xffffffffc0000020, 0xffffffffc0a00030, 0xffffffffc0b00030,
				       0 };

	start_recorded(&setup);
	take_mapping(&setup, 0, 0xffffffffc0000000, "[zfs]", 0);
	take_mapping(&setup, 0, 0xffffffffc0a00000, "[spl]", 0);
	take_mapping(&setup, 0, 0xffffffffc0b00000, "[kernel.kallsyms]_text", 0);
	take_stack(&setup, 1, 0, addresses);
	assert_int_equal(setup.heard.count, 3);
	assert_symbol(&setup, 0, 1, "zfs_read", "zfs");
	assert_symbol(&setup, 1, 2, "", "spl");
	assert_frame(&setup, 2, 0, 1, 0x20);
	assert_frame(&setup, 2, 1, 2, 0x30);
	assert_frame(&setup, 2, 2, 0, 0);
	/* Without a build-id its file could be any. */
	assert_int_equal(setup.fake.opens, 0);
	stop(&setup);
}

static void a_module_without_kallsyms_is_named_by_its_file(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		{ .st_name = 1,
		  .st_value = 0x10,
		  .st_size = 0x20,
		  .st_shndx = 3,
		  .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC) },
	};
	struct image_note note = image_note(0xab);
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, "\0zio_done", 1),
		{ .name = ".text",
		  .type = SHT_NOBITS,
		  .bytes = 0x100,
		  .flags = SHF_ALLOC | SHF_EXECINSTR },
		IMAGE_NOTE(note),
	};
	const uint64_t addresses[] = { 0xffffffffc0a00018, 0 };
	struct fake_file files[2] = { { .path = "[zfs]" } };
	struct setup setup = { .fake = { .files = files } };
	char *module = image_make(ET_REL, sections, 4, &files[0].count);
	const struct event_fact *fact;

	files[0].bytes = module;
	start_recorded(&setup);
	take_mapping(&setup, 0, 0xffffffffc0a00000, "[zfs]", 0xab);
	take_stack(&setup, 1, 0, addresses);
	assert_int_equal(setup.heard.count, 3);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_memory_equal(fact->text, "symbol.kernel", fact->key_bytes);
	assert_symbol(&setup, 1, 1, "zio_done", "zfs");
	assert_frame(&setup, 2, 0, 1, 8);
	stop(&setup);
	free(module);
}

static void names_are_sent_as_their_authors_wrote_them(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0 };
	struct fake_file files[3] = { { .path = "/one" }, { .path = "/two" } };
	struct setup setup = { .fake = { .files = files } };
	char *one = make_tool("_ZN3fooC1Ei", &files[0].count);
	char *two = make_tool("_ZN3fooC2Ei", &files[1].count);

	files[0].bytes = one;
	files[1].bytes = two;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/one", 0);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 1, "foo::foo", "/one");
	assert_frame(&setup, 1, 0, 1, 0x10);

	/* The same function under its other name is the same symbol. */
	files[0].bytes = two;
	take_mapping(&setup, 8, 0x500000, "/one", 0xab);
	take_stack(&setup, 1, 8, addresses);
	assert_int_equal(setup.heard.count, 1);
	assert_frame(&setup, 0, 0, 1, 0x10);
	stop(&setup);
	free(one);
	free(two);
}

static void places_come_before_the_end_of_the_watch(void **state)
{
	struct fake fake = { .file = "/proc/self/exe" };
	const struct symbol_source source = { .open = fake_open,
					      .debug_bytes_max = SIZE_MAX,
					      .self = &fake };
	struct setup setup = {};
	const struct event_sink next = { .take = hear, .self = &setup.heard };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END, .time_ns = 9 },
	};
	const struct event_place *place;
	struct mapped_code own = own_code((uintptr_t)places_come_before_the_end_of_the_watch);
	const uint64_t addresses[] = { 0x400000 + own.offset_in_page + 4, 0 };

	assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
	take_mapping_at(&setup, 7, 0x400000, "/exe", own.file_offset - own.offset_in_page);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 1, "places_come_before_the_end_of_the_watch", "/exe");

	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
	assert_int_equal(setup.heard.count, 2);
	place = event_at(&setup, 0, EVENT_PLACE);
	assert_int_equal(place->symbol, 1);
	assert_true(place->line > 0);
	assert_int_equal(place->head.time_ns, 9);
	assert_true(place->file_bytes >= strlen("symbol/namer.c"));
	assert_memory_equal(place->file + place->file_bytes - strlen("symbol/namer.c"),
			    "symbol/namer.c", strlen("symbol/namer.c"));
	assert_memory_equal(event_at(&setup, 1, EVENT_WATCH_END), &end, sizeof(end));
	stop(&setup);
}

static void assert_place(const struct setup *setup, size_t i, uint32_t symbol, uint32_t line)
{
	const struct event_place *place = event_at(setup, i, EVENT_PLACE);

	assert_int_equal(place->symbol, symbol);
	assert_int_equal(place->line, line);
	assert_true(place->file_bytes >= strlen("module.c"));
	assert_memory_equal(place->file + place->file_bytes - strlen("module.c"), "module.c",
			    strlen("module.c"));
}

/* A real module, compressed as distributions do it: with kallsyms and without. */
static void the_functions_of_a_module_have_places_too(void **state)
{
	static const char *const KALLSYMS[] = {
		NULL,
		"ffffffffc0a00000 T module_first\t[zfs]\n"
		"ffffffffc0a00009 T module_second\t[zfs]\n",
	};
	const struct fake_file files[] = { { "[zfs]", MODULE_XZ, sizeof(MODULE_XZ) }, { 0 } };
	const uint64_t addresses[] = { 0xffffffffc0a00004, 0xffffffffc0a0000d, 0 };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END, .time_ns = 9 },
	};

	for (size_t i = 0; i < 2; i++) {
		struct setup setup = { .fake = { .files = files, .kallsyms = KALLSYMS[i] } };
		const struct event_sink next = { .take = hear, .self = &setup.heard };
		const struct symbol_source source = { .kallsyms = fake_kallsyms,
						      .open = fake_open,
						      .debug_bytes_max = SIZE_MAX,
						      .self = &setup.fake };
		size_t facts = i == 0; /* that there is no kallsyms */

		assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
		take_mapping(&setup, 0, 0xffffffffc0a00000, "[zfs]", 0xab);
		take_stack(&setup, 1, 0, addresses);
		assert_int_equal(setup.heard.count, facts + 3);
		assert_symbol(&setup, facts, 1, "module_first", "zfs");
		assert_symbol(&setup, facts + 1, 2, "module_second", "zfs");
		assert_frame(&setup, facts + 2, 0, 1, 4);
		assert_frame(&setup, facts + 2, 1, 2, 4);

		setup.heard.count = 0;
		assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
		assert_int_equal(setup.heard.count, 3);
		assert_place(&setup, 0, 1, 9);
		assert_place(&setup, 1, 2, 14);
		stop(&setup);
	}
}

static void without_its_build_id_a_module_has_no_places(void **state)
{
	const struct fake_file files[] = { { "[zfs]", MODULE_XZ, sizeof(MODULE_XZ) }, { 0 } };
	const uint64_t addresses[] = { 0xffffffffc0000020, 0xffffffff81000210, 0 };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END },
	};
	struct setup setup = { .fake = { .files = files, .kallsyms = KERNEL_TEXT } };
	const struct event_sink next = { .take = hear, .self = &setup.heard };
	const struct symbol_source source = { .kallsyms = fake_kallsyms,
					      .open = fake_open,
					      .debug_bytes_max = SIZE_MAX,
					      .self = &setup.fake };

	assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
	take_mapping(&setup, 0, 0xffffffffc0000000, "[zfs]", 0);
	take_mapping(&setup, 0, 0xffffffff81000000, "[kernel.kallsyms]_text", 0);
	take_stack(&setup, 1, 0, addresses);
	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
	assert_int_equal(setup.heard.count, 1);
	assert_int_equal(setup.fake.opens, 0);
	stop(&setup);
}

static void functions_that_were_put_into_others_are_frames_when_wanted(void **state)
{
	const struct spot spot = spot_here();
	const uint64_t page = spot.file_offset % 4096;
	const uint64_t addresses[] = { 0x900000, 0x400000 + page + 1, 0x400000 + page + 1, 0 };

	for (unsigned int wants = 0; wants < 2; wants++) {
		struct fake fake = { .file = "/proc/self/exe" };
		const struct symbol_source source = { .open = fake_open,
						      .debug_bytes_max = SIZE_MAX,
						      .wants_inlined = wants,
						      .self = &fake };
		struct setup setup = {};
		const struct event_sink next = { .take = hear, .self = &setup.heard };
		const struct event_stack *stack;

		assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
		take_mapping_at(&setup, 7, 0x400000, "/exe", spot.file_offset - page);
		/* The callers' frames hold the address behind. */
		take_stack(&setup, 1, 7, addresses);
		assert_symbol(&setup, 0, 1, "spot_outer", "/exe");
		if (!wants) {
			assert_int_equal(setup.heard.count, 2);
			stop(&setup);
			continue;
		}
		assert_int_equal(setup.heard.count, 4);
		assert_symbol(&setup, 1, 2, "spot_innermost", "/exe");
		assert_symbol(&setup, 2, 3, "spot_middle", "/exe");
		stack = event_at(&setup, 3, EVENT_STACK);
		assert_int_equal(stack->frames, 7);
		assert_int_equal(stack->head.bytes, sizeof(*stack) + 7 * sizeof(stack->frame[0]));
		assert_int_equal(stack->frame[0].symbol, 0);
		for (size_t i = 1; i < 7; i++) {
			static const uint32_t SYMBOLS[] = { 2, 3, 1 };

			assert_int_equal(stack->frame[i].symbol, SYMBOLS[(i - 1) % 3]);
			assert_int_equal(stack->frame[i].address, addresses[1]);
		}
		/* The second time they are known. */
		take_stack(&setup, 2, 7, addresses);
		assert_int_equal(setup.heard.count, 1);
		stack = event_at(&setup, 0, EVENT_STACK);
		assert_int_equal(stack->frames, 7);
		stop(&setup);
	}
}

static void a_mapping_whose_path_does_not_fit_is_refused(void **state)
{
	struct event_mapping mapping = {
		.head = { .bytes = sizeof(mapping), .kind = EVENT_MAPPING },
		.path_bytes = 9,
	};
	struct setup setup = {};
	struct diag why = {};

	start_recorded(&setup);
	assert_int_equal(namer_take(setup.namer, &mapping.head, &why), -EBADMSG);
	assert_int_equal(why.code, -EBADMSG);
	stop(&setup);
}

static void other_events_pass_untouched(void **state)
{
	struct setup setup = { 0 };
	struct event_run run = {
		.head = { .bytes = sizeof(run), .kind = EVENT_RUN, .time_ns = 3 },
		.tid = 7,
	};
	struct event unknown = { .bytes = sizeof(unknown), .kind = 9999 };

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &run.head, NULL), 0);
	assert_int_equal(namer_take(setup.namer, &unknown, NULL), 0);
	assert_memory_equal(event_at(&setup, 0, EVENT_RUN), &run, sizeof(run));
	assert_int_equal(setup.heard.count, 2);
	stop(&setup);
}

static void a_stack_whose_frames_do_not_fit_is_refused(void **state)
{
	struct setup setup = { 0 };
	struct event_stack stack = {
		.head = { .bytes = sizeof(stack), .kind = EVENT_STACK },
		.frames = 1,
	};
	struct diag why = {};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &stack.head, &why), -EBADMSG);
	assert_int_equal(why.code, -EBADMSG);
	assert_int_equal(setup.heard.count, 0);
	stop(&setup);
}

static void what_the_next_one_answers_is_answered(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT },
			       .heard = { .answer = -ENOSPC } };
	struct event_request request = {
		.head = { .bytes = sizeof(request), .kind = EVENT_REQUEST },
		.work_address = 0xffffffff81000110,
	};

	start(&setup);
	assert_int_equal(namer_take(setup.namer, &request.head, NULL), -ENOSPC);
	assert_int_equal(setup.heard.count, 1);
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_dense_and_sent_once_before_their_stack),
		cmocka_unit_test(a_call_that_never_returns_is_charged_to_its_caller),
		cmocka_unit_test(a_trampoline_is_named_though_nothing_is_before_it),
		cmocka_unit_test(the_kernels_symbols_are_not_read_before_a_stack_wants_them),
		cmocka_unit_test(a_module_loaded_later_is_named_but_not_looked_for_too_often),
		cmocka_unit_test(without_kernel_symbols_stacks_pass_and_the_reason_is_told_once),
		cmocka_unit_test(a_user_frame_without_function_names_its_file_and_offset),
		cmocka_unit_test(processes_do_not_share_their_mappings),
		cmocka_unit_test(exec_and_exit_drop_the_mappings),
		cmocka_unit_test(the_work_of_a_request_is_named),
		cmocka_unit_test(locks_that_are_variables_are_named_once_before_their_use),
		cmocka_unit_test(told_mappings_name_what_ran),
		cmocka_unit_test(a_name_holds_as_long_as_its_mapping),
		cmocka_unit_test(a_function_ends_where_it_ends),
		cmocka_unit_test(a_file_of_another_build_is_refused_and_told_once),
		cmocka_unit_test(a_child_begins_with_the_mappings_of_its_parent),
		cmocka_unit_test(a_told_module_names_what_kallsyms_does_not),
		cmocka_unit_test(a_module_without_kallsyms_is_named_by_its_file),
		cmocka_unit_test(names_are_sent_as_their_authors_wrote_them),
		cmocka_unit_test(places_come_before_the_end_of_the_watch),
		cmocka_unit_test(the_functions_of_a_module_have_places_too),
		cmocka_unit_test(without_its_build_id_a_module_has_no_places),
		cmocka_unit_test(functions_that_were_put_into_others_are_frames_when_wanted),
		cmocka_unit_test(a_mapping_whose_path_does_not_fit_is_refused),
		cmocka_unit_test(other_events_pass_untouched),
		cmocka_unit_test(a_stack_whose_frames_do_not_fit_is_refused),
		cmocka_unit_test(what_the_next_one_answers_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
