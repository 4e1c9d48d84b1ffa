/* What does this ELF file consist of? Its pieces are looked at before libelf may trust them. */
#include "symbol/elf_file.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "symbol/packing.h"

/* Bounds of memory and time: a file may be made to look endless. */
#define PACKED_BYTES_MAX    (64UL << 20)
#define UNPACKED_BYTES_MAX  (256UL << 20)
#define DEBUGDATA_BYTES_MAX (64UL << 20)
#define NOTE_BYTES_MAX      (1UL << 20)
#define DEBUGLINK_BYTES_MAX 4096UL
#define CRC_BYTES_MAX       (512LL << 20)
#define NOTES_MAX           1024

struct elf_file {
	Elf *elf;
	char *image; /* NULL: it is read from fd */
	size_t image_bytes;
	int fd; /* -1: it is in memory */
};

union head {
	unsigned char ident[EI_NIDENT];
	Elf32_Ehdr small;
	Elf64_Ehdr large;
};

bool build_id_is_same(const struct build_id *a, const struct build_id *b)
{
	const struct build_id *longer = a->bytes > b->bytes ? a : b;
	uint8_t common = a->bytes < b->bytes ? a->bytes : b->bytes;

	if (common == 0 || memcmp(a->data, b->data, common) != 0)
		return false;
	for (size_t i = common; i < longer->bytes; i++) {
		if (longer->data[i])
			return false;
	}
	return true;
}

static bool read_head(const struct elf_file *file, union head *ret)
{
	union head head = {};

	if (file->image)
		memcpy(&head, file->image,
		       file->image_bytes < sizeof(head) ? file->image_bytes : sizeof(head));
	else if (pread(file->fd, &head, sizeof(head), 0) < 0)
		return false;
	*ret = head;
	return true;
}

/*
 * libelf makes room for all sections at once: their number must be the header's, not one behind it.
 * Programs with more sections than their header can count are not made by any linker.
 */
static bool has_endless_sections(const struct elf_file *file)
{
	union head head;

	if (!read_head(file, &head))
		return true;
	if (head.ident[EI_CLASS] == ELFCLASS32)
		return head.small.e_shoff && !head.small.e_shnum;
	return head.large.e_shoff && !head.large.e_shnum;
}

/* A file cut short loses its section headers, which stand at its end: libelf shows no sections. */
static bool has_lost_sections(Elf *elf)
{
	size_t sections = 0;
	GElf_Ehdr header;

	return !gelf_getehdr(elf, &header) || elf_getshdrnum(elf, &sections) < 0 ||
	       (header.e_shoff && sections == 0);
}

static int begin(struct elf_file *file)
{
	if (elf_version(EV_CURRENT) == EV_NONE || has_endless_sections(file))
		return -EBADMSG;
	/* A descriptor not by mmap: a file that is cut while it is read would kill the reader. */
	file->elf = file->image ? elf_memory(file->image, file->image_bytes)
				: elf_begin(file->fd, ELF_C_READ, NULL);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF || has_lost_sections(file->elf))
		return -EBADMSG;
	return 0;
}

/* All bytes of a file that is no larger than limit. */
static int read_whole(int fd, size_t limit, void **ret, size_t *ret_bytes)
{
	owns(own_free) char *bytes = NULL;
	size_t used = 0, size;
	struct stat status;

	if (fstat(fd, &status) < 0 || status.st_size <= 0 || (uint64_t)status.st_size > limit)
		return -EBADMSG;
	size = (size_t)status.st_size;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	while (used < size) {
		ssize_t got = pread(fd, bytes + used, size - used, (off_t)used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EBADMSG;
		used += (size_t)got;
	}
	*ret_bytes = used;
	*ret = give(bytes);
	return 0;
}

static int unpack_file(int fd, struct elf_file *file)
{
	owns(own_free) void *packed = NULL;
	size_t bytes = 0;
	int r = read_whole(fd, PACKED_BYTES_MAX, &packed, &bytes);

	if (r < 0)
		return r;
	r = packing_undo(packed, bytes, UNPACKED_BYTES_MAX, &file->image, &file->image_bytes, NULL);
	return r == -EFBIG ? -EBADMSG : r;
}

int elf_file_open(int fd, struct elf_file **ret)
{
	owns(elf_file_free) struct elf_file *file = calloc(1, sizeof(*file));
	unsigned char magic[PACKING_BYTES];
	ssize_t got;
	int r = 0;

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	got = pread(fd, magic, sizeof(magic), 0);
	if (got > 0 && packing_of(magic, (size_t)got) != PACKING_NONE) {
		r = unpack_file(fd, file);
	} else {
		file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (file->fd < 0)
			return -EBADMSG;
	}
	if (r == 0)
		r = begin(file);
	if (r < 0)
		return r;
	*ret = give(file);
	return 0;
}

int elf_file_from_memory(void *bytes, size_t count, struct elf_file **ret)
{
	owns(own_free) void *image = bytes;
	owns(elf_file_free) struct elf_file *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->image = give(image);
	file->image_bytes = count;
	r = begin(file);
	if (r < 0)
		return r;
	*ret = give(file);
	return 0;
}

void elf_file_free(struct elf_file **file)
{
	if (!*file)
		return;
	elf_end((*file)->elf);
	free((*file)->image);
	own_close(&(*file)->fd);
	free(*file);
	*file = NULL;
}

Elf *elf_file_elf(const struct elf_file *file)
{
	return file->elf;
}

int elf_file_where(const struct elf_file *file, const void **ret_image, size_t *ret_bytes)
{
	*ret_image = file->image;
	*ret_bytes = file->image_bytes;
	return file->fd;
}

/* The bytes of the section with this name, unless they are more than limit. */
static const Elf_Data *find_section(const struct elf_file *file, const char *wanted, size_t limit)
{
	Elf_Scn *section = NULL;
	size_t names = 0;
	GElf_Shdr header;

	if (elf_getshdrstrndx(file->elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(file->elf, section))) {
		const char *name;
		const Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(file->elf, names, header.sh_name);
		if (!name || strcmp(name, wanted) != 0)
			continue;
		if (header.sh_flags & SHF_COMPRESSED || header.sh_size > limit)
			return NULL;
		data = elf_rawdata(section, NULL);
		return data && data->d_buf && data->d_size ? data : NULL;
	}
	return NULL;
}

int elf_file_open_debugdata(const struct elf_file *file, struct elf_file **ret)
{
	const Elf_Data *data = find_section(file, ".gnu_debugdata", DEBUGDATA_BYTES_MAX);
	char *image = NULL;
	size_t bytes = 0;
	int r;

	if (!data)
		return -ENODATA;
	if (packing_of(data->d_buf, data->d_size) == PACKING_NONE)
		return -EBADMSG;
	r = packing_undo(data->d_buf, data->d_size, DEBUGDATA_BYTES_MAX, &image, &bytes, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	return elf_file_from_memory(image, bytes, ret);
}

/* The build-id among these notes. */
static bool find_build_id(Elf_Data *notes, struct build_id *ret)
{
	size_t offset = 0;

	for (unsigned int i = 0; i < NOTES_MAX; i++) {
		const char *bytes = notes->d_buf;
		size_t name = 0, text = 0;
		GElf_Nhdr header;

		offset = gelf_getnote(notes, offset, &header, &name, &text);
		if (offset == 0)
			return false;
		if (header.n_type != NT_GNU_BUILD_ID || header.n_namesz != sizeof(ELF_NOTE_GNU) ||
		    memcmp(bytes + name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0 ||
		    header.n_descsz == 0)
			continue;
		*ret = (struct build_id){};
		ret->bytes = (uint8_t)(header.n_descsz < sizeof(ret->data) ? header.n_descsz
									   : sizeof(ret->data));
		memcpy(ret->data, bytes + text, ret->bytes);
		return true;
	}
	return false;
}

static bool find_build_id_by_section(Elf *elf, struct build_id *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *notes;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE ||
		    header.sh_flags & SHF_COMPRESSED || header.sh_size > NOTE_BYTES_MAX)
			continue;
		notes = elf_getdata(section, NULL);
		if (notes && notes->d_buf && find_build_id(notes, ret))
			return true;
	}
	return false;
}

/* A file without section headers has it all the same: the loader's view shows it. */
static bool find_build_id_by_segment(Elf *elf, struct build_id *ret)
{
	size_t count = 0;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count && i < NOTES_MAX; i++) {
		GElf_Phdr header;
		Elf_Data *notes;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_NOTE ||
		    header.p_filesz > NOTE_BYTES_MAX || header.p_offset > INT64_MAX)
			continue;
		notes = elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz,
					     header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
		if (notes && notes->d_buf && find_build_id(notes, ret))
			return true;
	}
	return false;
}

struct build_id elf_file_build_id(const struct elf_file *file)
{
	struct build_id id = {};

	if (!find_build_id_by_section(file->elf, &id))
		(void)find_build_id_by_segment(file->elf, &id);
	return id;
}

bool elf_file_has_symtab(const struct elf_file *file)
{
	size_t symbol_bytes = gelf_fsize(file->elf, ELF_T_SYM, 1, EV_CURRENT);
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(file->elf, section))) {
		/* The first symbol is none. */
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB &&
		    header.sh_size > symbol_bytes)
			return true;
	}
	return false;
}

const char *elf_file_debuglink(const struct elf_file *file, uint32_t *ret_crc)
{
	const Elf_Data *data = find_section(file, ".gnu_debuglink", DEBUGLINK_BYTES_MAX);
	const char *name = data ? data->d_buf : NULL;
	size_t name_bytes = data ? strnlen(name, data->d_size) : 0;
	size_t crc_at = (name_bytes + 1 + 3) / 4 * 4;
	const char *ident;
	uint32_t crc;

	if (!data || name_bytes == 0 || memchr(name, '/', name_bytes) ||
	    crc_at + sizeof(crc) > data->d_size)
		return NULL;
	memcpy(&crc, name + crc_at, sizeof(crc));
	ident = elf_getident(file->elf, NULL);
	*ret_crc = ident && ident[EI_DATA] == ELFDATA2MSB ? be32toh(crc) : le32toh(crc);
	return name;
}

int elf_file_crc(int fd, uint32_t *ret)
{
	unsigned char block[1 << 14];
	unsigned long crc = crc32(0, NULL, 0);
	off_t at = 0;

	for (;;) {
		ssize_t got = pread(fd, block, sizeof(block), at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -EBADMSG;
		if (got == 0)
			break;
		at += got;
		if (at > CRC_BYTES_MAX)
			return -EFBIG;
		crc = crc32(crc, block, (unsigned int)got);
	}
	*ret = (uint32_t)crc;
	return 0;
}
