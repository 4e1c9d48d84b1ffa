/* What is called what at an address? The kernel's symbols, its modules' files and the files of
 * processes know; what they said is remembered. */
#include "symbol/addresses.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define REFUSED_MAX 64

/* Files that are not what ran. */
static int tell_refused(const struct naming *naming)
{
	struct addresses *addresses = naming->addresses;
	const char *path;

	while ((path = user_table_refused(addresses->users)) && addresses->refused < REFUSED_MAX) {
		char key[32], value[TELLING_TEXT_MAX];
		int r;

		(void)snprintf(key, sizeof(key), "symbol.refused.%" PRIu32, ++addresses->refused);
		(void)snprintf(value, sizeof(value),
			       "%.*s has another build-id than the one that ran",
			       (int)(sizeof(value) - 64), path);
		r = telling_fact(addresses->telling, naming->time_ns, key, value, naming->why);
		if (r < 0)
			return r;
	}
	return 0;
}

static int name_symbol(const struct naming *naming, const char *name, const char *module,
		       uint32_t *ret)
{
	return telling_symbol(naming->addresses->telling, naming->time_ns, name, module, ret,
			      naming->why);
}

/* known: so many symbols there were before this one. */
static int want_kernel_place(const struct naming *naming, size_t known, uint64_t address,
			     const char *name, uint32_t symbol)
{
	struct addresses *addresses = naming->addresses;

	if (!addresses->has_modules || telling_count(addresses->telling) <= known)
		return 0;
	return user_table_want_kernel_place(addresses->users, address, name, symbol) < 0
		       ? telling_no_memory(naming->why)
		       : 0;
}

/* The module that the stream told of, and what its file says of this address. */
static int name_module(const struct naming *naming, uint64_t address, struct named *ret)
{
	struct addresses *addresses = naming->addresses;
	size_t known = telling_count(addresses->telling);
	struct user_process *modules;
	struct user_place place;
	char module[TELLING_TEXT_MAX];
	int r;

	if (!addresses->has_modules)
		return 0;
	modules = user_table_process(addresses->users, 0);
	if (!modules)
		return telling_no_memory(naming->why);
	r = user_table_find(addresses->users, modules, address, naming->time_ns, &place);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = tell_refused(naming);
	if (r < 0)
		return r;
	/* "[zfs]" */
	(void)snprintf(module, sizeof(module), "%s", place.module + 1);
	module[strcspn(module, "]")] = '\0';
	ret->offset = place.offset;
	r = name_symbol(naming, place.name, module, &ret->symbol);
	if (r < 0 || place.name[0] == '\0')
		return r;
	return want_kernel_place(naming, known, address, place.name, ret->symbol);
}

/* The last address of the block that this one is in, when the function begins before the block:
 * what lies between is of the same function if that is. 0: the function begins inside. */
static uint64_t block_end(uint64_t address, uint32_t offset)
{
	uint64_t in_block = address % REMEMBERED_BLOCK_BYTES;

	return offset >= in_block ? address - in_block + REMEMBERED_BLOCK_BYTES - 1 : 0;
}

static bool is_kernel_block(const struct naming *naming, uint64_t address,
			    const struct symbol_name *found)
{
	uint64_t end = block_end(address, (uint32_t)(address - found->start));
	struct symbol_name last;

	return end && kallsyms_find(naming->addresses->kernel.table, end, &last) == 0 &&
	       last.start == found->start;
}

/* 0 also when nothing is known: then ret's symbol is 0. */
static int name_kernel(struct naming *naming, uint64_t address, struct named *ret)
{
	struct addresses *addresses = naming->addresses;
	size_t known = telling_count(addresses->telling);
	struct symbol_name found;
	int r;

	*ret = (struct named){};
	r = kernel_names_find(&addresses->kernel, address, naming->time_ns, &found, naming->why);
	if (r == 0) {
		r = name_symbol(naming, found.name, found.module, &ret->symbol);
		ret->offset = (uint32_t)(address - found.start);
		naming->is_block = is_kernel_block(naming, address, &found);
		if (r == 0)
			r = want_kernel_place(naming, known, address, found.name, ret->symbol);
	} else if (r == -ENOENT) {
		r = name_module(naming, address, ret);
	}
	return r;
}

/* Only of a function of a file: between two addresses of none there may be one. */
static bool is_user_block(const struct naming *naming, uint64_t address,
			  const struct user_place *place)
{
	uint64_t end = place->file ? block_end(address, place->offset) : 0;
	struct user_place last;

	return end &&
	       user_table_find(naming->addresses->users, naming->process, end, naming->time_ns,
			       &last) == 0 &&
	       last.file == place->file && last.address == place->address &&
	       last.offset - place->offset == end - address;
}

static int name_user(struct naming *naming, uint64_t address, struct named *ret)
{
	struct addresses *addresses = naming->addresses;
	size_t known = telling_count(addresses->telling);
	struct user_place place;
	int r;

	*ret = (struct named){};
	r = user_table_find(addresses->users, naming->process, address, naming->time_ns, &place);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return telling_no_memory(naming->why);
	r = tell_refused(naming);
	if (r == 0)
		r = name_symbol(naming, place.name, place.module, &ret->symbol);
	if (r < 0)
		return r;
	if (telling_count(addresses->telling) > known &&
	    user_table_want_place(addresses->users, naming->process, &place, ret->symbol) < 0)
		return telling_no_memory(naming->why);

	ret->offset = place.offset;
	naming->is_block = is_user_block(naming, address, &place);
	return 0;
}

/* Mappings of another generation may have other names for the same addresses. */
static void set_salt(struct naming *naming)
{
	naming->salt = naming->process ? hash_pair(1, user_process_generation(naming->process))
				       : hash_pair(2, naming->addresses->kernel.generation);
}

int addresses_begin(struct addresses *addresses, const struct symbol_source *source,
		    struct telling *telling)
{
	int r = remembered_new(&addresses->remembered);

	addresses->telling = telling;
	addresses->kernel.source = source;
	addresses->kernel.telling = telling;
	return r < 0 ? r : user_table_new(source, &addresses->users);
}

void addresses_clear(struct addresses *addresses)
{
	kernel_names_clear(&addresses->kernel);
	user_table_free(&addresses->users);
	remembered_free(&addresses->remembered);
}

int addresses_map(struct addresses *addresses, const struct event_mapping *mapping,
		  struct diag *why)
{
	if (mapping->tgid == 0) {
		addresses->has_modules = true;
		/* What was remembered of its addresses may have been another module's. */
		addresses->kernel.generation++;
	}
	return user_table_map(addresses->users, mapping) < 0 ? telling_no_memory(why) : 0;
}

struct naming naming_of_kernel(struct addresses *addresses, uint64_t time_ns, struct diag *why)
{
	struct naming naming = { .addresses = addresses, .time_ns = time_ns, .why = why };

	set_salt(&naming);
	return naming;
}

int naming_of_process(struct addresses *addresses, uint32_t tgid, uint64_t time_ns,
		      struct naming *ret, struct diag *why)
{
	struct naming naming = { .addresses = addresses, .time_ns = time_ns, .why = why };

	naming.process = user_table_process(addresses->users, tgid);
	if (!naming.process)
		return telling_no_memory(why);
	set_salt(&naming);
	*ret = naming;
	return 0;
}

int naming_find(struct naming *naming, uint64_t address, struct named *ret)
{
	struct remembered *remembered = naming->addresses->remembered;
	int r;

	if (naming_remembers(naming, address, ret))
		return 0;
	naming->is_block = false;
	r = naming->process ? name_user(naming, address, ret) : name_kernel(naming, address, ret);
	/* The search may have read mappings anew. */
	set_salt(naming);
	if (r < 0 || !ret->symbol)
		return r;
	if (naming->is_block)
		remembered_put_block(remembered, naming->salt, address, *ret);
	else
		remembered_put(remembered, naming->salt, address, *ret);
	return 0;
}
