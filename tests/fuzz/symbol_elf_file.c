/* Can any note, link or file inside of a file lead the reader of an ELF file's pieces astray? */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/elf.h"
#include "symbol/elf_file.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char NAMES[] = "\0.note.gnu.build-id\0.gnu_debuglink\0.gnu_debugdata";

/* What stands before the bytes in a whole file. */
struct front {
	Elf64_Ehdr header;
	Elf64_Shdr sections[3]; /* none, the one with the bytes, the names of sections */
	char names[64];
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A file with sound headers around these bytes, as a section of this name. */
static void *wrap(const uint8_t *data, size_t size, uint32_t name, uint32_t type)
{
	struct front front = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_DYN,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_shoff = offsetof(struct front, sections),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = 3,
			.e_shstrndx = 2,
		},
		.sections[1] = { .sh_name = name, .sh_type = type, .sh_offset = sizeof(front),
				 .sh_size = size, .sh_addralign = 4 },
		.sections[2] = { .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct front, names),
				 .sh_size = sizeof(front.names) },
	};
	char *bytes = malloc(sizeof(front) + size);

	check(bytes != NULL);
	memcpy(front.names, NAMES, sizeof(NAMES));
	memcpy(bytes, &front, sizeof(front));
	memcpy(bytes + sizeof(front), data, size);
	return bytes;
}

static void look_at(const struct elf_file *file)
{
	struct elf_file *inner = NULL;
	struct elf_symbols *symbols = NULL;
	struct build_id id = elf_file_build_id(file);
	uint32_t crc = 0;
	const char *link = elf_file_debuglink(file, &crc);
	int r;

	check(id.bytes <= sizeof(id.data));
	if (link)
		check(strlen(link) > 0 && !strchr(link, '/'));
	r = elf_file_open_debugdata(file, &inner);
	check((r == 0) == (inner != NULL));
	check(r == 0 || r == -ENODATA || r == -EBADMSG);
	r = elf_symbols_make(file, inner, &symbols);
	check(r == 0 || r == -ENODATA || r == -EBADMSG);
	elf_symbols_free(&symbols);
	elf_file_free(&inner);
}

/* As it stands, through a descriptor: it may be compressed. */
static void open_plain(const uint8_t *data, size_t size)
{
	struct elf_file *file = NULL;
	int fd = memfd_create("elf", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (elf_file_open(fd, &file) == 0)
		look_at(file);
	check(close(fd) == 0);
	elf_file_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		uint32_t name;
		uint32_t type;
	} WRAPS[] = { { 1, SHT_NOTE }, { 20, SHT_PROGBITS }, { 35, SHT_PROGBITS } };
	struct elf_file *file = NULL;
	size_t kind = size ? data[0] % 4 : 3;

	if (kind == 3) {
		open_plain(data + (size > 0), size - (size > 0));
		return 0;
	}
	check(elf_file_from_memory(wrap(data + 1, size - 1, WRAPS[kind].name, WRAPS[kind].type),
				   sizeof(struct front) + size - 1, &file) == 0);
	look_at(file);
	elf_file_free(&file);
	return 0;
}
