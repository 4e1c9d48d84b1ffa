/* Which function of the kernel lies at an address? As kallsyms says, read again when that may help.
 */
#include "symbol/kernel_names.h"

#include <errno.h>

#define KERNEL_WAIT_NS 1000000000ULL

static int tell_none(struct kernel_names *kernel, uint64_t time_ns, const struct diag *reason,
		     struct diag *why)
{
	if (kernel->is_told)
		return 0;
	kernel->is_told = true;
	return telling_fact(kernel->telling, time_ns, "symbol.kernel", reason->text, why);
}

/* Read the kernel's symbols anew; when that fails the old ones stay. */
static int load(struct kernel_names *kernel, uint64_t time_ns, struct diag *why)
{
	const struct symbol_source *source = kernel->source;
	struct kallsyms *table = NULL;
	struct diag reason = {};
	size_t bytes = 0;
	char *text = NULL;
	int r;

	if (source->kallsyms)
		r = source->kallsyms(source->self, &text, &bytes, &reason);
	else
		r = diag_set(&reason, -ENOENT, "the names of the recorded kernel were not given");
	if (r == 0)
		r = kallsyms_parse(text, bytes, &table, &reason);
	if (r < 0)
		return kernel->table ? 0 : tell_none(kernel, time_ns, &reason, why);

	kallsyms_free(&kernel->table);
	kernel->table = table;
	kernel->generation++;
	return 0;
}

int kernel_names_find(struct kernel_names *kernel, uint64_t address, uint64_t time_ns,
		      struct symbol_name *ret, struct diag *why)
{
	int found = -ENOENT;
	int r;

	if (address < KERNEL_ADDRESS_MIN)
		return -ENOENT;
	if (kernel->table)
		found = kallsyms_find(kernel->table, address, ret);
	if (found == 0 || !retry_is_due(&kernel->retry, time_ns))
		return found;

	r = load(kernel, time_ns, why);
	if (r < 0)
		return r;
	if (kernel->table)
		found = kallsyms_find(kernel->table, address, ret);
	retry_note(&kernel->retry, time_ns, KERNEL_WAIT_NS, found == 0);
	return found;
}

void kernel_names_clear(struct kernel_names *kernel)
{
	kallsyms_free(&kernel->table);
}
