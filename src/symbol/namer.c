/* What are the addresses in these events called? A filter that sends each name once, before its
 * first use. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "symbol/demangle.h"
#include "symbol/interned.h"
#include "symbol/remembered.h"
#include "symbol/retry.h"
#include "symbol/symbol.h"
#include "symbol/user.h"

#define KERNEL_WAIT_NS 1000000000ULL

/* Bounds of memory: later names stay unknown, longer ones are cut. */
#define SYMBOLS_MAX    (1024 * 1024)
#define TEXT_BYTES_MAX 4096UL
#define REFUSED_MAX    64
#define CHAINS_MAX     (256UL * 1024)
#define FRAMES_MAX     4096
#define LOCKS_MAX      (64UL * 1024)

/* On the 64-bit machines that can be watched the kernel has the upper half. */
#define KERNEL_ADDRESS_MIN (UINT64_MAX / 2 + 1)

struct namer {
	struct symbol_source source;
	struct event_sink next;
	struct kallsyms *kernel;
	struct user_table *users;
	struct interned symbols;
	struct interned mangled;       /* names as compilers write them, with their modules */
	ARRAY(uint32_t) mangled_names; /* the symbols that they became, by number - 1 */
	struct hash_map chains;        /* of salt and address → place in chain_symbols */
	ARRAY(uint32_t) chain_symbols; /* a count, then so many symbols, and so on */
	struct retry kernel_retry;
	uint32_t kernel_generation;
	struct hash_map locks; /* addresses that were looked up */
	uint32_t refused;      /* files, so far */
	bool kernel_is_told;   /* that it has no names */
	bool has_modules;      /* the stream told where some of the kernel's modules are */
	struct remembered *remembered;
	char *copy; /* of the event that is being named */
	size_t copy_bytes;
	_Alignas(8) char symbol[sizeof(struct event_symbol) + 2 * TEXT_BYTES_MAX];
	_Alignas(8) char fact[sizeof(struct event_fact) + 2 * TEXT_BYTES_MAX];
	char text[TEXT_BYTES_MAX]; /* a name as its author wrote it */
};

/* One stack on its way: what the frames have in common. */
struct walk {
	struct namer *namer;
	struct user_process *process; /* NULL: a kernel stack */
	uint64_t salt;                /* of the mappings, for what is remembered */
	uint64_t named_at;            /* the address by which the last frame was named */
	uint64_t time_ns;
	struct diag *why;
	bool is_block; /* all of the block of the address that was named last is in its function */
};

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory for the names of functions");
}

static uint32_t round_up(size_t bytes)
{
	return (uint32_t)((bytes + 7) / 8 * 8);
}

/* The id of a name, which is sent when it is new. 0: there are too many names already. */
static int send_symbol(const struct walk *walk, const char *name, const char *module, uint32_t *ret)
{
	const size_t kept_from = offsetof(struct event_symbol, name_bytes);
	struct namer *namer = walk->namer;
	struct event_symbol *event = (struct event_symbol *)(void *)namer->symbol;
	size_t name_bytes = strnlen(name, TEXT_BYTES_MAX);
	size_t module_bytes = strnlen(module, TEXT_BYTES_MAX);
	size_t bytes = sizeof(*event) + name_bytes + module_bytes;
	int r;

	*event = (struct event_symbol){
		.head = { .kind = EVENT_SYMBOL,
			  .bytes = round_up(bytes),
			  .time_ns = walk->time_ns },
		.name_bytes = (uint16_t)name_bytes,
		.module_bytes = (uint16_t)module_bytes,
	};
	memcpy(event->text, name, name_bytes);
	memcpy(event->text + name_bytes, module, module_bytes);
	memset(namer->symbol + bytes, 0, event->head.bytes - bytes);

	*ret = 0;
	r = interned_put(&namer->symbols, namer->symbol + kept_from, bytes - kept_from, &event->id);
	if (r == -ENOSPC)
		return 0;
	if (r < 0)
		return no_memory(walk->why);
	*ret = event->id;
	return r == 0 ? 0 : event_sink_take(&namer->next, &event->head, walk->why);
}

/* Compilers write many names for what is one to its author: a constructor has three. */
static int send_mangled(const struct walk *walk, const char *name, const char *module,
			uint32_t *ret)
{
	struct namer *namer = walk->namer;
	size_t name_bytes = strnlen(name, TEXT_BYTES_MAX);
	size_t module_bytes = strnlen(module, TEXT_BYTES_MAX);
	uint32_t id = 0, *place;
	int r;

	memcpy(namer->symbol, name, name_bytes);
	namer->symbol[name_bytes] = '\0';
	memcpy(namer->symbol + name_bytes + 1, module, module_bytes);
	r = interned_put(&namer->mangled, namer->symbol, name_bytes + 1 + module_bytes, &id);
	if (r == -ENOSPC) {
		*ret = 0;
		return 0;
	}
	if (r < 0)
		return no_memory(walk->why);
	if (r == 0) {
		*ret = namer->mangled_names.items[id - 1];
		return 0;
	}
	place = array_push(&namer->mangled_names);
	if (!place)
		return no_memory(walk->why);
	if (demangle(name, namer->text, sizeof(namer->text)))
		name = namer->text;
	r = send_symbol(walk, name, module, place);
	*ret = namer->mangled_names.items[id - 1];
	return r;
}

static int name_symbol(const struct walk *walk, const char *name, const char *module, uint32_t *ret)
{
	return demangle_can(name) ? send_mangled(walk, name, module, ret)
				  : send_symbol(walk, name, module, ret);
}

static int tell(const struct walk *walk, const char *key, const char *value)
{
	struct namer *namer = walk->namer;
	struct event_fact *fact = (struct event_fact *)(void *)namer->fact;
	size_t key_bytes = strnlen(key, TEXT_BYTES_MAX);
	size_t value_bytes = strnlen(value, TEXT_BYTES_MAX);
	size_t bytes = sizeof(*fact) + key_bytes + value_bytes;

	*fact = (struct event_fact){
		.head = { .kind = EVENT_FACT, .bytes = round_up(bytes), .time_ns = walk->time_ns },
		.key_bytes = (uint16_t)key_bytes,
		.value_bytes = (uint16_t)value_bytes,
	};
	memcpy(fact->text, key, key_bytes);
	memcpy(fact->text + key_bytes, value, value_bytes);
	memset(namer->fact + bytes, 0, fact->head.bytes - bytes);
	return event_sink_take(&namer->next, &fact->head, walk->why);
}

static int tell_no_kernel(const struct walk *walk, const struct diag *reason)
{
	if (walk->namer->kernel_is_told)
		return 0;
	walk->namer->kernel_is_told = true;
	return tell(walk, "symbol.kernel", reason->text);
}

/* Files that are not what ran. */
static int tell_refused(const struct walk *walk)
{
	struct namer *namer = walk->namer;
	const char *path;

	while ((path = user_table_refused(namer->users)) && namer->refused < REFUSED_MAX) {
		char key[32];
		int r;

		(void)snprintf(key, sizeof(key), "symbol.refused.%" PRIu32, ++namer->refused);
		(void)snprintf(namer->text, sizeof(namer->text),
			       "%.*s has another build-id than the one that ran",
			       (int)(sizeof(namer->text) - 64), path);
		r = tell(walk, key, namer->text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Read the kernel's symbols anew; when that fails the old ones stay. */
static int load_kernel(const struct walk *walk)
{
	struct namer *namer = walk->namer;
	struct kallsyms *kernel = NULL;
	struct diag reason = {};
	size_t bytes = 0;
	char *text = NULL;
	int r;

	if (namer->source.kallsyms)
		r = namer->source.kallsyms(namer->source.self, &text, &bytes, &reason);
	else
		r = diag_set(&reason, -ENOENT, "the names of the recorded kernel were not given");
	if (r == 0)
		r = kallsyms_parse(text, bytes, &kernel, &reason);
	if (r < 0)
		return namer->kernel ? 0 : tell_no_kernel(walk, &reason);

	kallsyms_free(&namer->kernel);
	namer->kernel = kernel;
	namer->kernel_generation++;
	return 0;
}

/* The kernel's function at address; a module or BPF program may have been loaded since the last
 * look. */
static int find_kernel(const struct walk *walk, uint64_t address, struct symbol_name *ret)
{
	struct namer *namer = walk->namer;
	int found = -ENOENT;
	int r;

	if (address < KERNEL_ADDRESS_MIN)
		return -ENOENT;
	if (namer->kernel)
		found = kallsyms_find(namer->kernel, address, ret);
	if (found == 0 || !retry_is_due(&namer->kernel_retry, walk->time_ns))
		return found;

	r = load_kernel(walk);
	if (r < 0)
		return r;
	if (namer->kernel)
		found = kallsyms_find(namer->kernel, address, ret);
	retry_note(&namer->kernel_retry, walk->time_ns, KERNEL_WAIT_NS, found == 0);
	return found;
}

/* known: so many symbols there were before this one. */
static int want_kernel_place(const struct walk *walk, size_t known, uint64_t address,
			     const char *name, uint32_t symbol)
{
	struct namer *namer = walk->namer;

	if (!namer->has_modules || namer->symbols.places.count <= known)
		return 0;
	return user_table_want_kernel_place(namer->users, address, name, symbol) < 0
		       ? no_memory(walk->why)
		       : 0;
}

/* The module that the stream told of, and what its file says of this address. */
static int name_module(const struct walk *walk, uint64_t address, struct named *ret)
{
	struct namer *namer = walk->namer;
	size_t known = namer->symbols.places.count;
	struct user_process *modules;
	struct user_place place;
	char module[TEXT_BYTES_MAX];
	int r;

	if (!namer->has_modules)
		return 0;
	modules = user_table_process(namer->users, 0);
	if (!modules)
		return no_memory(walk->why);
	r = user_table_find(namer->users, modules, address, walk->time_ns, &place);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = tell_refused(walk);
	if (r < 0)
		return r;
	/* "[zfs]" */
	(void)snprintf(module, sizeof(module), "%s", place.module + 1);
	module[strcspn(module, "]")] = '\0';
	ret->offset = place.offset;
	r = name_symbol(walk, place.name, module, &ret->symbol);
	if (r < 0 || place.name[0] == '\0')
		return r;
	return want_kernel_place(walk, known, address, place.name, ret->symbol);
}

/* The last address of the block that this one is in, when the function begins before the block:
 * what lies between is of the same function if that is. 0: the function begins inside. */
static uint64_t block_end(uint64_t address, uint32_t offset)
{
	uint64_t in_block = address % REMEMBERED_BLOCK_BYTES;

	return offset >= in_block ? address - in_block + REMEMBERED_BLOCK_BYTES - 1 : 0;
}

static bool is_kernel_block(const struct walk *walk, uint64_t address,
			    const struct symbol_name *found)
{
	uint64_t end = block_end(address, (uint32_t)(address - found->start));
	struct symbol_name last;

	return end && kallsyms_find(walk->namer->kernel, end, &last) == 0 &&
	       last.start == found->start;
}

/* 0 also when nothing is known: then ret's symbol is 0. */
static int name_kernel(struct walk *walk, uint64_t address, struct named *ret)
{
	size_t known = walk->namer->symbols.places.count;
	struct symbol_name found;
	int r;

	*ret = (struct named){};
	r = find_kernel(walk, address, &found);
	if (r == 0) {
		r = name_symbol(walk, found.name, found.module, &ret->symbol);
		ret->offset = (uint32_t)(address - found.start);
		walk->is_block = is_kernel_block(walk, address, &found);
		if (r == 0)
			r = want_kernel_place(walk, known, address, found.name, ret->symbol);
	} else if (r == -ENOENT) {
		r = name_module(walk, address, ret);
	}
	return r;
}

/* Only of a function of a file: between two addresses of none there may be one. */
static bool is_user_block(const struct walk *walk, uint64_t address, const struct user_place *place)
{
	uint64_t end = place->file ? block_end(address, place->offset) : 0;
	struct user_place last;

	return end &&
	       user_table_find(walk->namer->users, walk->process, end, walk->time_ns, &last) == 0 &&
	       last.file == place->file && last.address == place->address &&
	       last.offset - place->offset == end - address;
}

static int name_user(struct walk *walk, uint64_t address, struct named *ret)
{
	struct namer *namer = walk->namer;
	size_t known = namer->symbols.places.count;
	struct user_place place;
	int r;

	*ret = (struct named){};
	r = user_table_find(namer->users, walk->process, address, walk->time_ns, &place);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return no_memory(walk->why);
	r = tell_refused(walk);
	if (r == 0)
		r = name_symbol(walk, place.name, place.module, &ret->symbol);
	if (r < 0)
		return r;
	if (namer->symbols.places.count > known &&
	    user_table_want_place(namer->users, walk->process, &place, ret->symbol) < 0)
		return no_memory(walk->why);

	ret->offset = place.offset;
	walk->is_block = is_user_block(walk, address, &place);
	return 0;
}

/* Mappings of another generation may have other names for the same addresses. */
static void set_salt(struct walk *walk)
{
	walk->salt = walk->process ? hash_pair(1, user_process_generation(walk->process))
				   : hash_pair(2, walk->namer->kernel_generation);
}

static int name_address(struct walk *walk, uint64_t address, struct named *ret)
{
	struct remembered *remembered = walk->namer->remembered;
	int r;

	if (remembered_find(remembered, walk->salt, address, ret))
		return 0;
	walk->is_block = false;
	r = walk->process ? name_user(walk, address, ret) : name_kernel(walk, address, ret);
	/* The search may have read mappings anew. */
	set_salt(walk);
	if (r < 0 || !ret->symbol)
		return r;
	if (walk->is_block)
		remembered_put_block(remembered, walk->salt, address, *ret);
	else
		remembered_put(remembered, walk->salt, address, *ret);
	return 0;
}

/*
 * A caller's frame holds the address after its call. When that call never returns it is the last of
 * its function, and the address is the next function's: the byte before is the one to name.
 */
static int name_frame(struct walk *walk, bool is_caller, const struct event_frame *frame,
		      struct event_frame *ret)
{
	uint64_t address = frame->address;
	uint64_t back = is_caller && address ? 1 : 0;
	struct named named;
	int r = name_address(walk, address - back, &named);

	/* Trampolines are returned to without having called: nothing need be before them. */
	if (r == 0 && back && named.symbol == 0) {
		back = 0;
		r = name_address(walk, address, &named);
	}
	if (r < 0)
		return r;
	walk->named_at = address - back;
	ret->address = address;
	ret->symbol = named.symbol;
	ret->offset = named.symbol ? named.offset + (uint32_t)back : 0;
	return 0;
}

/* --- functions that were put into others --- */

/* Look them up, and keep their symbols as one chain. */
static int make_chain(const struct walk *walk, uint32_t *ret_at)
{
	const char *names[INLINED_DEPTH_MAX];
	struct namer *namer = walk->namer;
	size_t at = namer->chain_symbols.count, count = 0;
	struct user_place place;
	uint32_t *head = array_push(&namer->chain_symbols);

	if (!head)
		return no_memory(walk->why);
	if (user_table_find(namer->users, walk->process, walk->named_at, walk->time_ns, &place) ==
	    0)
		count = user_table_inlined(namer->users, walk->process, &place, names);
	for (size_t i = 0; i < count; i++) {
		uint32_t *symbol = array_push(&namer->chain_symbols);
		int r;

		if (!symbol)
			return no_memory(walk->why);
		r = name_symbol(walk, names[i], place.module, symbol);
		if (r < 0)
			return r;
	}
	namer->chain_symbols.items[at] = (uint32_t)count;
	*ret_at = (uint32_t)at;
	return 0;
}

/* The symbols of those at the address that was named last: *ret[0] is their count. */
static int find_chain(const struct walk *walk, const uint32_t **ret)
{
	static const uint32_t NONE;
	struct namer *namer = walk->namer;
	uint64_t tag = hash_pair(walk->salt, walk->named_at), *place;
	const uint64_t *known = hash_find(&namer->chains, tag);
	uint32_t at = 0;
	int r;

	*ret = &NONE;
	if (known) {
		*ret = &namer->chain_symbols.items[*known];
		return 0;
	}
	if (namer->chains.count >= CHAINS_MAX)
		return 0;
	r = make_chain(walk, &at);
	if (r < 0)
		return r;
	place = hash_put(&namer->chains, tag);
	if (!place)
		return no_memory(walk->why);
	*place = at;
	*ret = &namer->chain_symbols.items[at];
	return 0;
}

/* Room for an own copy of the event, to fill in what it lacks; what was there stays. */
static void *make_copy_room(struct namer *namer, size_t bytes)
{
	if (bytes > namer->copy_bytes) {
		char *grown = realloc(namer->copy, bytes);

		if (!grown)
			return NULL;
		namer->copy = grown;
		namer->copy_bytes = bytes;
	}
	return namer->copy;
}

/* The stack that is being written: so many frames of it are, and so many are still to come. */
struct writing {
	struct event_stack *copy;
	uint32_t written;
	uint32_t to_come;
};

/* Before the frame that was written last, those of the functions that were put into its own. */
static int write_inlined(const struct walk *walk, struct writing *writing)
{
	const uint32_t *chain = NULL;
	struct event_frame last;
	uint32_t count;
	int r = find_chain(walk, &chain);

	if (r < 0)
		return r;
	count = chain[0];
	if (count == 0 || writing->written + writing->to_come + count > FRAMES_MAX)
		return 0;
	writing->copy =
		make_copy_room(walk->namer, sizeof(*writing->copy) + ((size_t)writing->written +
								      writing->to_come + count) *
									     sizeof(last));
	if (!writing->copy)
		return no_memory(walk->why);
	last = writing->copy->frame[--writing->written];
	for (uint32_t i = 0; i < count; i++)
		writing->copy->frame[writing->written++] = (struct event_frame){
			.address = last.address,
			.symbol = chain[1 + i],
		};
	writing->copy->frame[writing->written++] = last;
	return 0;
}

/* The frames that are remembered, from this one on: most are. Returns the first that is not. */
static uint32_t write_remembered(const struct walk *walk, const struct event_stack *stack,
				 uint32_t from, struct event_frame *to)
{
	const struct remembered *remembered = walk->namer->remembered;
	uint32_t i;

	for (i = from; i < stack->frames; i++) {
		uint64_t address = stack->frame[i].address;
		uint64_t back = i > 0 && address;
		struct named named;

		if (!remembered_find(remembered, walk->salt, address - back, &named))
			break;
		to[i] = (struct event_frame){ .address = address,
					      .symbol = named.symbol,
					      .offset = named.offset + (uint32_t)back };
	}
	return i;
}

static int write_frames(struct walk *walk, const struct event_stack *stack, struct writing *writing)
{
	struct event_frame *to = writing->copy->frame;

	while (writing->written < stack->frames) {
		uint32_t next = write_remembered(walk, stack, writing->written, to);
		int r = 0;

		writing->written = next;
		if (next == stack->frames)
			break;
		r = name_frame(walk, next > 0, &stack->frame[next], &to[next]);
		if (r < 0)
			return r;
		writing->written++;
	}
	return 0;
}

static int write_with_inlined(struct walk *walk, const struct event_stack *stack,
			      struct writing *writing)
{
	for (uint32_t i = 0; i < stack->frames; i++) {
		struct event_frame *frame = &writing->copy->frame[writing->written];
		int r = name_frame(walk, i > 0, &stack->frame[i], frame);

		if (r < 0)
			return r;
		writing->written++;
		writing->to_come = stack->frames - i - 1;
		if (frame->symbol)
			r = write_inlined(walk, writing);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_stack(struct namer *namer, const struct event *event, struct diag *why)
{
	struct walk walk = { .namer = namer, .time_ns = event->time_ns, .why = why };
	const struct event_stack *stack = (const struct event_stack *)event;
	struct writing writing = {};
	int r;

	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EBADMSG, "a stack's frames do not fit its size");
	writing.copy = make_copy_room(namer, event->bytes);
	if (!writing.copy)
		return no_memory(why);
	*writing.copy = *stack;
	if (stack->flags & STACK_USER) {
		walk.process = user_table_process(namer->users, stack->tgid);
		if (!walk.process)
			return no_memory(why);
	}
	set_salt(&walk);
	r = walk.process && namer->source.wants_inlined ? write_with_inlined(&walk, stack, &writing)
							: write_frames(&walk, stack, &writing);
	if (r < 0)
		return r;
	/* Without what may stand behind the frames. */
	writing.copy->frames = writing.written;
	writing.copy->head.bytes =
		(uint32_t)(sizeof(*stack) + writing.written * sizeof(stack->frame[0]));
	return event_sink_take(&namer->next, &writing.copy->head, why);
}

static int take_request(struct namer *namer, const struct event *event, struct diag *why)
{
	struct walk walk = { .namer = namer, .time_ns = event->time_ns, .why = why };
	struct event_request *request;
	struct named named;
	int r;

	if (event->bytes < sizeof(*request) || !((const struct event_request *)event)->work_address)
		return event_sink_take(&namer->next, event, why);
	request = make_copy_room(namer, event->bytes);
	if (!request)
		return no_memory(why);
	memcpy(request, event, event->bytes);

	set_salt(&walk);
	r = name_address(&walk, request->work_address, &named);
	if (r < 0)
		return r;
	request->work = named.symbol;
	return event_sink_take(&namer->next, &request->head, why);
}

static int tell_lock(const struct walk *walk, uint64_t lock, const struct symbol_name *variable)
{
	struct namer *namer = walk->namer;
	struct event_lock_name *event = (struct event_lock_name *)(void *)namer->fact;
	char offset[24] = "";
	int name_bytes;

	if (lock > variable->start)
		(void)snprintf(offset, sizeof(offset), "+0x%" PRIx64, lock - variable->start);
	name_bytes = snprintf(namer->text, sizeof(namer->text), "%.512s%s%s%.128s%s",
			      variable->name, offset, variable->module[0] ? " [" : "",
			      variable->module, variable->module[0] ? "]" : "");
	if (name_bytes < 0)
		return -EINVAL;
	*event = (struct event_lock_name){
		.head = { .bytes = round_up(sizeof(*event) + (size_t)name_bytes),
			  .kind = EVENT_LOCK_NAME,
			  .time_ns = walk->time_ns },
		.lock = lock,
		.kind = LOCK_NAME_STATIC,
		.name_bytes = (uint16_t)name_bytes,
	};
	memset(event->name, 0, event->head.bytes - sizeof(*event));
	memcpy(event->name, namer->text, (size_t)name_bytes);
	return event_sink_take(&namer->next, &event->head, walk->why);
}

/* The name of a lock comes before its first use. A kernel whose symbols were not needed so far has
 * told no stacks either. */
static int name_lock(struct namer *namer, uint64_t lock, uint64_t time_ns, struct diag *why)
{
	const struct walk walk = { .namer = namer, .time_ns = time_ns, .why = why };
	struct symbol_name variable;

	if (lock < KERNEL_ADDRESS_MIN || !namer->kernel || namer->locks.count >= LOCKS_MAX ||
	    hash_find(&namer->locks, lock))
		return 0;
	if (!hash_put(&namer->locks, lock))
		return no_memory(why);
	if (kallsyms_find_variable(namer->kernel, lock, &variable) < 0)
		return 0;
	return tell_lock(&walk, lock, &variable);
}

static int take_lock(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_lock *lock = (const struct event_lock *)event;
	int r = 0;

	if (event->bytes >= sizeof(*lock))
		r = name_lock(namer, lock->lock, event->time_ns, why);
	return r < 0 ? r : event_sink_take(&namer->next, event, why);
}

static int take_wait(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_wait *wait = (const struct event_wait *)event;
	int r = 0;

	if (event->bytes >= sizeof(*wait) && wait->lock)
		r = name_lock(namer, wait->lock, event->time_ns, why);
	return r < 0 ? r : event_sink_take(&namer->next, event, why);
}

/* A new leader has what its parent had mapped; one with a new name runs a new program. */
static int take_task(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_task *task = (const struct event_task *)event;
	int r = 0;

	if (event->bytes >= sizeof(*task) && task->tid == task->tgid &&
	    !(task->flags & TASK_KERNEL)) {
		if (task->birth_ns && task->parent_tgid)
			r = user_table_fork(namer->users, task->parent_tgid, task->tgid);
		if (r == 0)
			r = user_table_rename(namer->users, task->tgid, task->comm);
		if (r < 0)
			return no_memory(why);
	}
	return event_sink_take(&namer->next, event, why);
}

static int tell_place(void *self, uint32_t symbol, const char *path, uint32_t line)
{
	const struct walk *walk = self;
	struct namer *namer = walk->namer;
	struct event_place *place = (struct event_place *)(void *)namer->fact;
	size_t file_bytes = strnlen(path, TEXT_BYTES_MAX);
	size_t bytes = sizeof(*place) + file_bytes;

	*place = (struct event_place){
		.head = { .kind = EVENT_PLACE, .bytes = round_up(bytes), .time_ns = walk->time_ns },
		.symbol = symbol,
		.line = line,
		.file_bytes = (uint16_t)file_bytes,
	};
	memcpy(place->file, path, file_bytes);
	memset(namer->fact + bytes, 0, place->head.bytes - bytes);
	return event_sink_take(&namer->next, &place->head, walk->why);
}

/* Places take long to find: now nobody waits for what the probes keep. */
static int take_watch_end(struct namer *namer, const struct event *event, struct diag *why)
{
	struct walk walk = { .namer = namer, .time_ns = event->time_ns, .why = why };
	const struct places_listener listener = { .told = tell_place, .self = &walk };
	int r = user_table_tell_places(namer->users, &listener);

	if (r == -ENOMEM)
		return no_memory(why);
	return r < 0 ? r : event_sink_take(&namer->next, event, why);
}

static int take_mapping(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_mapping *mapping = (const struct event_mapping *)event;

	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EBADMSG, "a mapping's path does not fit its size");
	if (mapping->tgid == 0) {
		namer->has_modules = true;
		/* What was remembered of its addresses may have been another module's. */
		namer->kernel_generation++;
	}
	return user_table_map(namer->users, mapping) < 0 ? no_memory(why) : 0;
}

static int take_task_end(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_task_end *end = (const struct event_task_end *)event;

	if (event->bytes >= sizeof(*end))
		user_table_end(namer->users, end->tid);
	return event_sink_take(&namer->next, event, why);
}

int namer_new(const struct symbol_source *source, const struct event_sink *next, struct namer **ret)
{
	owns(namer_free) struct namer *namer = calloc(1, sizeof(*namer));
	int r;

	if (!namer)
		return -ENOMEM;
	r = remembered_new(&namer->remembered);
	if (r < 0)
		return r;
	namer->source = *source;
	namer->next = *next;
	namer->symbols.limit = SYMBOLS_MAX;
	namer->mangled.limit = SYMBOLS_MAX;
	r = user_table_new(source, &namer->users);
	if (r < 0)
		return r;
	*ret = give(namer);
	return 0;
}

int namer_take(void *namer, const struct event *event, struct diag *why)
{
	struct namer *self = namer;

	switch (event->kind) {
	case EVENT_STACK:
		return take_stack(self, event, why);
	case EVENT_REQUEST:
		return take_request(self, event, why);
	case EVENT_TASK:
		return take_task(self, event, why);
	case EVENT_TASK_END:
		return take_task_end(self, event, why);
	case EVENT_WATCH_END:
		return take_watch_end(self, event, why);
	case EVENT_MAPPING:
		return take_mapping(self, event, why);
	case EVENT_LOCK:
		return take_lock(self, event, why);
	case EVENT_WAIT:
		return take_wait(self, event, why);
	default:
		return event_sink_take(&self->next, event, why);
	}
}

void namer_free(struct namer **namer)
{
	if (!*namer)
		return;
	kallsyms_free(&(*namer)->kernel);
	user_table_free(&(*namer)->users);
	interned_clear(&(*namer)->symbols);
	interned_clear(&(*namer)->mangled);
	hash_free(&(*namer)->chains);
	hash_free(&(*namer)->locks);
	array_free(&(*namer)->chain_symbols);
	array_free(&(*namer)->mangled_names);
	remembered_free(&(*namer)->remembered);
	free((*namer)->copy);
	free(*namer);
	*namer = NULL;
}
