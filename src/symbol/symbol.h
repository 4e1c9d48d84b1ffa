/* What is this address called? Names for kernel and user addresses, out of bytes that others read.
 */
#ifndef SYMBOL_SYMBOL_H
#define SYMBOL_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/* A found name; the strings belong to the table and live as long as it does. */
struct symbol_name {
	const char *name;
	const char *module; /* kernel module, or "" for the kernel itself and for ELF files */
	uint64_t start;     /* address of the function; in an ELF file: its offset in the file */
	uint64_t address;   /* in an ELF file: the function's address in the file's own terms */
};

/* The kernel's symbols. */
struct kallsyms;

/*
 * Parse the text of /proc/kallsyms (kept by the table: the caller gives it away with its length).
 * Functions and variables are kept. -ENODATA: no usable line, or all addresses are zero
 * (kptr_restrict). The text is gone in any case.
 */
must_check int kallsyms_parse(char *text, size_t bytes, struct kallsyms **ret, struct diag *why);
/* The function that holds address, or -ENOENT. */
must_check int kallsyms_find(const struct kallsyms *table, uint64_t address,
			     struct symbol_name *ret);
/* The variable that holds address, or -ENOENT: kernels without CONFIG_KALLSYMS_ALL list none. */
must_check int kallsyms_find_variable(const struct kallsyms *table, uint64_t address,
				      struct symbol_name *ret);
void kallsyms_free(struct kallsyms **table);

/* The function symbols of one ELF file (.symtab, else .dynsym). */
struct elf_symbols;

/* Read them from fd (stays the caller's). -ENODATA: no symbols. -EBADMSG: not an ELF file, or a
 * broken one. */
must_check int elf_symbols_read(int fd, struct elf_symbols **ret, struct diag *why);
/* The function at this offset of the file, or -ENOENT. */
must_check int elf_symbols_find(const struct elf_symbols *table, uint64_t file_offset,
				struct symbol_name *ret);
/* How much memory it holds. */
size_t elf_symbols_bytes(const struct elf_symbols *table);
void elf_symbols_free(struct elf_symbols **table);

/*
 * Where the namer gets its bytes; each returns 0 or -errno, and any may be NULL: there is no such
 * source. Where maps is NULL no living process is asked: mappings come from the stream alone.
 */
struct symbol_source {
	/* The whole of /proc/kallsyms, malloc'ed, the callee's to give. */
	int (*kallsyms)(void *self, char **ret_text, size_t *ret_bytes, struct diag *why);
	/* The whole of /proc/TGID/maps, malloc'ed. -ESRCH: gone. */
	int (*maps)(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes);
	/*
	 * A descriptor to read a file, the callee's to give; or -errno. path is absolute, and what
	 * tgid sees there (through /proc/TGID/root); or "[vdso]": the code that the kernel maps
	 * into each 64-bit process; or, for tgid 0, "[zfs]": a kernel module's file, compressed or
	 * not, and "[kernel]": the kernel's with its debug information. Files of debug information
	 * are looked for by the same way.
	 */
	int (*open)(void *self, uint32_t tgid, const char *path);
	/* May a file that the stream told without a build-id be believed by its path alone? NULL:
	 * yes. Asked when such a file is to be opened. */
	bool (*trusts_paths)(void *self);
	/* A descriptor to read the debug file of this build-id, wherever it has to be fetched from:
	 * it may take long. Only asked for files without symbols of their own. */
	int (*fetch_debug)(void *self, const uint8_t *build_id, size_t bytes);
	/* A descriptor to read what tgid's compiler at run time told of its code
	 * (/tmp/perf-TGID.map), written by somebody who may be trusted with tgid's names. */
	int (*perf_map)(void *self, uint32_t tgid);
	/* Debug information is read for places, at the end of the watch, from files that have no
	 * more of it than this; 0: places are not looked for. */
	size_t debug_bytes_max;
	/* Functions that the compiler put into others are frames of their own, where such debug
	 * information tells: it takes long, and makes stacks longer than they were seen. */
	bool wants_inlined;
	/* Where perf's own cache lies (HOME/.debug); NULL: it is not looked into. */
	const char *home;
	void *self;
};

/*
 * The namer stands between those who see and those who keep and think: it takes events and passes
 * them on to `next`; for each STACK it first sends the SYMBOLs it needs, then the stack with its
 * frames' symbol ids and offsets filled. It also names event_request.work_address and
 * event_call.address: the SYMBOL first, then the event with that id filled in.
 *
 * A LOCK, and a WAIT for a kernel lock, is told after a LOCK_NAME of that lock, where it is a
 * variable that the kernel's symbols name.
 *
 * A caller's frame holds the address after its call, and is named by the byte before. Where only
 * the file of a user frame is known, its SYMBOL has an empty name and the file as module, and the
 * frame's offset is that in the file, cut to 32 bits; where nothing is known, frames keep symbol 0.
 * When the kernel's symbols cannot be had at all, a FACT "symbol.kernel" with the reason is sent
 * once. Names of C++ and Rust are sent as their authors wrote them, without parameters.
 *
 * Before a WATCH_END come the PLACEs of functions whose files have debug information: those of
 * processes, and, where the stream told the build-ids (MAPPINGs of tgid 0), the kernel's.
 *
 * With wants_inlined a user stack has frames more: before that of a function those which were put
 * into it at its address, with that address and offset 0, innermost first. Files of which that
 * cannot be told are counted in a FACT "missing.inlined" before the WATCH_END.
 *
 * A user stack that one address fills ends with the first of them, and such stacks are counted in a
 * FACT "missing.still_stacks" before the WATCH_END: see still.h.
 *
 * MAPPINGs are kept, not passed on. From its time on a mapping holds, and takes the place of the
 * older ones that it overlaps; a new process (a TASK of a leader with birth_ns) begins with its
 * parent's. The offsets of mappings with tgid 0, "[MODULE]", are those from where the module's code
 * was loaded; they name what kallsyms does not. A file that is not of the told build-id is not
 * believed: its frames have the file only, and a FACT "symbol.refused.N" says so, once for a file.
 */
struct namer;
must_check int namer_new(const struct symbol_source *source, const struct event_sink *next,
			 struct namer **ret);
must_check int namer_take(void *namer, const struct event *event, struct diag *why);
void namer_free(struct namer **namer);

#endif
