/* Where is the debug information of a mapped file? */
#include "symbol/opened.h"

#include <errno.h>

static int open_either(const struct opened_wanted *wanted, const struct elf_file *file,
		       struct dwarf **ret)
{
	return wanted->by_names ? dwarf_open_named(file, wanted->limit, ret)
				: dwarf_open(file, wanted->limit, ret);
}

int opened_open(struct file_table *files, const struct opened_wanted *wanted, struct opened *ret)
{
	int r;

	*ret = (struct opened){ .main = file_table_open(files, wanted->tgid, wanted->file) };
	if (!ret->main)
		return -ENOENT;
	r = open_either(wanted, ret->main, &ret->dwarf);
	if (r != -ENODATA)
		return r;
	ret->debug = file_table_open_debug(files, wanted->tgid, wanted->file, ret->main);
	return ret->debug ? open_either(wanted, ret->debug, &ret->dwarf) : -ENOENT;
}

void opened_close(struct opened *opened)
{
	dwarf_free(&opened->dwarf);
	elf_file_free(&opened->debug);
	elf_file_free(&opened->main);
}
