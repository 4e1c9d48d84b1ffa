/* What do the tests read? ELF files made to measure, in memory. */
#ifndef TESTS_UNIT_SYMBOL_IMAGE_H
#define TESTS_UNIT_SYMBOL_IMAGE_H

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

/* The segment of code: what the file has at IMAGE_OFFSET is loaded to IMAGE_ADDRESS. */
#define IMAGE_OFFSET  0x1000
#define IMAGE_ADDRESS 0x401000
#define IMAGE_BYTES   0x10000

struct image_section {
	const char *name;
	const void *data;
	size_t bytes;
	uint64_t flags;
	uint64_t align;
	uint64_t address;
	uint32_t type;
	uint32_t link; /* sections are numbered from 1 on */
};

/* The caller frees it. Sections of no data are code without bytes in the file. */
static inline char *image_make(uint16_t type, const struct image_section *sections, size_t count,
			       size_t *ret_bytes)
{
	size_t at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), capacity = at + 4096;
	Elf64_Shdr headers[16] = {};
	char names[512] = "";
	size_t names_used = 1;
	Elf64_Phdr segment = { .p_type = PT_LOAD,
			       .p_flags = PF_R | PF_X,
			       .p_offset = IMAGE_OFFSET,
			       .p_vaddr = IMAGE_ADDRESS,
			       .p_filesz = IMAGE_BYTES };
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = type,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = type == ET_REL ? 0 : sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(segment),
		.e_phnum = type == ET_REL ? 0 : 1,
		.e_shentsize = sizeof(headers[0]),
		.e_shnum = (uint16_t)(count + 2),
		.e_shstrndx = (uint16_t)(count + 1),
	};
	char *image;

	assert_true(count + 2 <= 16);
	for (size_t i = 0; i < count; i++)
		capacity += sections[i].bytes + 64;
	image = calloc(1, capacity);
	assert_non_null(image);

	for (size_t i = 0; i < count; i++) {
		const struct image_section *section = &sections[i];

		at = (at + 15) / 16 * 16;
		headers[i + 1] = (Elf64_Shdr){
			.sh_name = (uint32_t)names_used,
			.sh_type = section->type,
			.sh_flags = section->flags,
			.sh_addr = section->address,
			.sh_offset = at,
			.sh_size = section->bytes,
			.sh_link = section->link,
			.sh_addralign = section->align,
		};
		if (section->type == SHT_SYMTAB || section->type == SHT_DYNSYM)
			headers[i + 1].sh_entsize = sizeof(Elf64_Sym);
		if (section->type == SHT_RELA)
			headers[i + 1].sh_entsize = sizeof(Elf64_Rela);
		strcpy(names + names_used, section->name);
		names_used += strlen(section->name) + 1;
		if (section->data) {
			memcpy(image + at, section->data, section->bytes);
			at += section->bytes;
		}
	}
	headers[count + 1] =
		(Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = at, .sh_size = names_used };
	memcpy(image + at, names, names_used);
	at = (at + names_used + 7) / 8 * 8;
	header.e_shoff = at;
	memcpy(image + at, headers, (count + 2) * sizeof(headers[0]));
	memcpy(image, &header, sizeof(header));
	memcpy(image + sizeof(header), &segment, sizeof(segment));
	*ret_bytes = at + (count + 2) * sizeof(headers[0]);
	assert_true(*ret_bytes <= capacity);
	return image;
}

/* A section of symbols and the one of their names, which must stand right behind it. */
#define IMAGE_SYMBOLS(section_type, symbols_array, names_text, number)                            \
	{ .name = (section_type) == SHT_SYMTAB ? ".symtab" : ".dynsym",                           \
	  .type = (section_type),                                                                 \
	  .data = (symbols_array),                                                                \
	  .bytes = sizeof(symbols_array),                                                         \
	  .link = (number) + 1 },                                                                 \
	{                                                                                         \
		.name = (section_type) == SHT_SYMTAB ? ".strtab" : ".dynstr", .type = SHT_STRTAB, \
		.data = (names_text), .bytes = sizeof(names_text)                                 \
	}

/* A note with a build-id of 20 equal bytes. */
struct image_note {
	Elf64_Nhdr header;
	char name[4];
	uint8_t id[20];
};

static inline struct image_note image_note(uint8_t byte)
{
	struct image_note note = {
		.header = { .n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID },
		.name = "GNU",
	};

	memset(note.id, byte, sizeof(note.id));
	return note;
}

#define IMAGE_NOTE(note)                                                         \
	{                                                                        \
		.name = ".note.gnu.build-id", .type = SHT_NOTE, .data = &(note), \
		.bytes = sizeof(note), .align = 4                                \
	}

/* A function of the segment, by its place in the code. */
#define IMAGE_FUNCTION(name_at, place, size, bind)                                            \
	{                                                                                     \
		.st_name = (name_at), .st_value = IMAGE_ADDRESS + (place), .st_size = (size), \
		.st_shndx = 1, .st_info = ELF64_ST_INFO(bind, STT_FUNC)                       \
	}

#endif
