/* What can be named by this file? Its section headers say; of the sections only symbols, notes and
 * links are read. */
#include "symbol/inspect.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Far above the largest modules and programs: a file may be made to look endless. */
#define PACKED_BYTES_MAX   (256ULL << 20)
#define UNPACKED_BYTES_MAX (1ULL << 30)
#define SYMBOLS_BYTES_MAX  (96ULL << 20)
#define NOTES_BYTES_MAX    (1ULL << 20)
#define LINK_BYTES_MAX     4096

static void end_elf(Elf **elf)
{
	elf_end(*elf);
	*elf = NULL;
}

/* libelf makes room for all sections at once: their number must be the header's, not one behind it.
 */
static bool has_endless_sections(const void *bytes, size_t count)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr small;
		Elf64_Ehdr large;
	} header = {};

	memcpy(&header, bytes, count < sizeof(header) ? count : sizeof(header));
	if (header.ident[EI_CLASS] == ELFCLASS32)
		return header.small.e_shoff && !header.small.e_shnum;
	return header.large.e_shoff && !header.large.e_shnum;
}

/* How many functions does this table define? */
static int count_functions(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, uint64_t *ret)
{
	size_t symbol_bytes = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	uint64_t functions = 0;
	Elf_Data *data;

	if (header->sh_flags & SHF_COMPRESSED || header->sh_size > SYMBOLS_BYTES_MAX)
		return -EBADMSG;
	data = elf_getdata(section, NULL);
	if (!data || !symbol_bytes)
		return -EBADMSG;
	for (size_t i = 0; data->d_buf && i < data->d_size / symbol_bytes; i++) {
		GElf_Sym symbol;
		unsigned int type;

		if (!gelf_getsym(data, (int)i, &symbol))
			return -EBADMSG;
		type = GELF_ST_TYPE(symbol.st_info);
		functions +=
			(type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF;
	}
	*ret = functions;
	return 0;
}

/* Data of a small section, or NULL. */
static Elf_Data *small_data(Elf_Scn *section, const GElf_Shdr *header, uint64_t most)
{
	Elf_Data *data;

	if (header->sh_type == SHT_NOBITS || header->sh_flags & SHF_COMPRESSED ||
	    header->sh_size > most)
		return NULL;
	data = elf_getdata(section, NULL);
	return data && data->d_buf ? data : NULL;
}

static void read_build_id(Elf_Scn *section, const GElf_Shdr *header, struct inspect_id *id)
{
	Elf_Data *data = small_data(section, header, NOTES_BYTES_MAX);
	size_t offset = 0, next, name = 0, text = 0;
	GElf_Nhdr note;

	while (data && id->count == 0 &&
	       (next = gelf_getnote(data, offset, &note, &name, &text)) > 0) {
		const char *bytes = data->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(bytes + name, "GNU", sizeof("GNU")) == 0) {
			id->count = note.n_descsz < INSPECT_ID_BYTES ? (uint8_t)note.n_descsz
								     : INSPECT_ID_BYTES;
			memcpy(id->bytes, bytes + text, id->count);
		}
		offset = next;
	}
}

/* The name, a NUL, padding to four bytes, and the checksum. */
static void read_debuglink(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
			   struct inspection *found)
{
	Elf_Data *data = small_data(section, header, LINK_BYTES_MAX);
	const char *ident = elf_getident(elf, NULL);
	const unsigned char *crc;
	size_t bytes, place;

	if (!data || !ident)
		return;
	bytes = strnlen(data->d_buf, data->d_size);
	place = (bytes + 4) & ~(size_t)3;
	/* A name, not a path: it must not lead anywhere else. */
	if (bytes == 0 || bytes >= sizeof(found->debuglink) || place + 4 > data->d_size ||
	    memchr(data->d_buf, '/', bytes))
		return;
	memcpy(found->debuglink, data->d_buf, bytes);
	found->debuglink[bytes] = '\0';
	crc = (const unsigned char *)data->d_buf + place;
	found->debuglink_crc = ident[EI_DATA] == ELFDATA2MSB
				       ? (uint32_t)crc[0] << 24 | (uint32_t)crc[1] << 16 |
						 (uint32_t)crc[2] << 8 | crc[3]
				       : (uint32_t)crc[3] << 24 | (uint32_t)crc[2] << 16 |
						 (uint32_t)crc[1] << 8 | crc[0];
}

static void read_named_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
			       const char *name, struct inspection *found)
{
	bool has_bytes = header->sh_type != SHT_NOBITS && header->sh_size > 0;

	if (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0)
		found->has_debug_info |= has_bytes;
	else if (strcmp(name, ".debug_line") == 0 || strcmp(name, ".zdebug_line") == 0)
		found->has_lines |= has_bytes;
	else if (strcmp(name, ".gnu_debugdata") == 0)
		found->has_mini |= has_bytes;
	else if (strcmp(name, ".gnu_debuglink") == 0)
		read_debuglink(elf, section, header, found);
}

static int read_section(Elf *elf, Elf_Scn *section, size_t names, struct inspection *found)
{
	GElf_Shdr header;
	const char *name;

	if (!gelf_getshdr(section, &header))
		return -EBADMSG;
	if (header.sh_type == SHT_SYMTAB)
		return count_functions(elf, section, &header, &found->functions);
	if (header.sh_type == SHT_DYNSYM)
		return count_functions(elf, section, &header, &found->exported);
	if (header.sh_type == SHT_NOTE) {
		read_build_id(section, &header, &found->build_id);
		return 0;
	}
	name = elf_strptr(elf, names, header.sh_name);
	if (name)
		read_named_section(elf, section, &header, name, found);
	return 0;
}

static int read_elf(Elf *elf, struct inspection *found)
{
	size_t sections = 0, names = 0;
	Elf_Scn *section = NULL;
	GElf_Ehdr header;

	/* A file cut short loses its section headers, which stand at its end. */
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    elf_getshdrnum(elf, &sections) < 0 || (header.e_shoff && sections == 0) ||
	    (sections && elf_getshdrstrndx(elf, &names) < 0))
		return -EBADMSG;
	while ((section = elf_nextscn(elf, section))) {
		int r = read_section(elf, section, names, found);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Of bytes that are not packed. */
static int inspect_plain(void *bytes, size_t count, struct inspection *found)
{
	owns(end_elf) Elf *elf = NULL;

	if (elf_version(EV_CURRENT) == EV_NONE || has_endless_sections(bytes, count))
		return -EBADMSG;
	elf = elf_memory(bytes, count);
	return elf ? read_elf(elf, found) : -EBADMSG;
}

static int explain(int r, struct diag *why)
{
	return diag_set(why, r, "%s",
			r == -ENOMEM  ? "no memory for an ELF file"
			: r == -EFBIG ? "too large a file"
				      : "not an ELF file, or a broken one");
}

int inspect_bytes(const void *bytes, size_t count, struct inspection *ret, struct diag *why)
{
	struct inspection found = { .packing = packing_of(bytes, count) };
	/* libelf may turn the bytes of its block around: it gets one of its own. */
	owns(own_free) char *plain = NULL;
	size_t plain_bytes = count;
	int r = 0;

	if (found.packing != PACKING_NONE) {
		r = packing_undo(bytes, count, UNPACKED_BYTES_MAX, &plain, &plain_bytes, why);
		if (r < 0)
			return r;
	} else {
		plain = malloc(count ? count : 1);
		if (!plain)
			return explain(-ENOMEM, why);
		memcpy(plain, bytes, count);
	}
	r = inspect_plain(plain, plain_bytes, &found);
	if (r < 0)
		return explain(r, why);
	*ret = found;
	return 0;
}

static int read_whole(int fd, char **ret, size_t *ret_bytes)
{
	owns(own_free) char *bytes = NULL;
	struct stat status;
	size_t used = 0, count;

	if (fstat(fd, &status) < 0)
		return -EIO;
	if (status.st_size < 0 || (uint64_t)status.st_size > PACKED_BYTES_MAX)
		return -EFBIG;
	count = (size_t)status.st_size;
	bytes = malloc(count ? count : 1);
	if (!bytes)
		return -ENOMEM;
	while (used < count) {
		ssize_t got = pread(fd, bytes + used, count - used, (off_t)used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	*ret = give(bytes);
	*ret_bytes = used;
	return 0;
}

static int inspect_packed(int fd, struct inspection *ret, struct diag *why)
{
	owns(own_free) char *bytes = NULL;
	size_t count = 0;
	int r = read_whole(fd, &bytes, &count);

	return r < 0 ? explain(r, why) : inspect_bytes(bytes, count, ret, why);
}

int inspect_file(int fd, struct inspection *ret, struct diag *why)
{
	owns(end_elf) Elf *elf = NULL;
	struct inspection found = {};
	char front[sizeof(Elf64_Ehdr)] = {};
	ssize_t got = pread(fd, front, sizeof(front), 0);
	int r = -EBADMSG;

	if (got < 0)
		return diag_set(why, -errno, "%s", strerror(errno));
	if (packing_of(front, (size_t)got) != PACKING_NONE)
		return inspect_packed(fd, ret, why);

	/* Not by mmap: a file that is cut while it is read would kill the reader. */
	if (elf_version(EV_CURRENT) != EV_NONE && !has_endless_sections(front, (size_t)got))
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		r = read_elf(elf, &found);
	if (r < 0)
		return explain(r, why);
	*ret = found;
	return 0;
}

bool inspect_id_is_same(const struct inspect_id *a, const struct inspect_id *b)
{
	return a->count == b->count && memcmp(a->bytes, b->bytes, a->count) == 0;
}

void inspect_id_format(const struct inspect_id *id, char ret[static INSPECT_ID_TEXT_BYTES])
{
	static const char DIGITS[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < id->count && i < INSPECT_ID_BYTES; i++) {
		ret[used++] = DIGITS[id->bytes[i] >> 4];
		ret[used++] = DIGITS[id->bytes[i] & 15];
	}
	ret[used] = '\0';
}

/* The length of path without the suffix of its packing. */
static int unpacked_length(const char *path)
{
	static const char *const SUFFIXES[] = { ".gz", ".xz", ".zst" };
	size_t bytes = strlen(path);

	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		size_t suffix = strlen(SUFFIXES[i]);

		if (bytes > suffix && strcmp(path + bytes - suffix, SUFFIXES[i]) == 0)
			return (int)(bytes - suffix);
	}
	return (int)bytes;
}

bool inspect_debug_path(const struct inspection *inspection, const char *path, unsigned int number,
			char *ret, size_t ret_bytes)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) : 0;
	const char *link = inspection->debuglink;
	/* Debug files are kept by the name that a file had before /bin and /lib became /usr's. */
	const char *merged = strncmp(path, "/usr/", 5) == 0 ? path + 4 : path;
	bool needs_link = number >= 1 && number <= 3;
	char id[INSPECT_ID_TEXT_BYTES];
	int used = -1;

	if ((needs_link && !*link) || (number == 0 && inspection->build_id.count < 2) ||
	    (number >= 6 && merged == path))
		return false;
	inspect_id_format(&inspection->build_id, id);
	switch (number) {
	case 0:
		used = snprintf(ret, ret_bytes, "/usr/lib/debug/.build-id/%.2s/%s.debug", id,
				id + 2);
		break;
	case 1:
		used = snprintf(ret, ret_bytes, "/usr/lib/debug%.*s/%s", folder, path, link);
		break;
	case 2:
		used = snprintf(ret, ret_bytes, "%.*s/%s", folder, path, link);
		break;
	case 3:
		used = snprintf(ret, ret_bytes, "%.*s/.debug/%s", folder, path, link);
		break;
	case 4:
	case 6:
		path = number == 4 ? path : merged;
		used = snprintf(ret, ret_bytes, "/usr/lib/debug%.*s", unpacked_length(path), path);
		break;
	case 5:
	case 7:
		path = number == 5 ? path : merged;
		used = snprintf(ret, ret_bytes, "/usr/lib/debug%.*s.debug", unpacked_length(path),
				path);
		break;
	default:
		break;
	}
	return used > 0 && (size_t)used < ret_bytes;
}

static bool has_checksum(int fd, uint32_t wanted)
{
	unsigned char block[65536];
	uLong crc = crc32(0, NULL, 0);
	off_t place = 0;

	for (;;) {
		ssize_t got = pread(fd, block, sizeof(block), place);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			return (uint32_t)crc == wanted;
		crc = crc32(crc, block, (uInt)got);
		place += got;
	}
}

bool inspect_belongs(const struct inspection *inspection, const struct inspection *debug,
		     int debug_fd)
{
	if (inspection->build_id.count)
		return inspect_id_is_same(&inspection->build_id, &debug->build_id);
	return inspection->debuglink[0] && has_checksum(debug_fd, inspection->debuglink_crc);
}
