/*
 * How was a QEMU process set up? What its command line says of the parts that decide how fast a
 * guest's I/O is: accelerator, virtual CPUs, disks, caches, AIO, iothreads, queues.
 */
#ifndef HOST_QEMU_CONFIG_H
#define HOST_QEMU_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

#define QEMU_DISKS_MAX     256u
#define QEMU_IOTHREADS_MAX 256u

struct qemu_name {
	char text[64]; /* any bytes */
};

/* Texts are cut to fit; "" where the command line does not say it. */
struct qemu_disk {
	char device[48];   /* "virtio-blk-pci", "scsi-hd"; "if=ide" of a -drive without a -device */
	char id[64];       /* of the device, or of the drive */
	char format[32];   /* "qcow2" */
	char backend[32];  /* "file", "host_device", "nbd", "rbd", … */
	char file[256];    /* a path; or what else it is, without names and passwords of users */
	char aio[16];      /* "threads", "native", "io_uring" */
	char iothread[64]; /* of its own or of its controller; several with '+' between them */
	uint32_t queues;   /* 0: as QEMU chooses */
	bool is_direct;    /* cache.direct: O_DIRECT, past the host's page cache */
	bool is_writethrough; /* each write of the guest is followed by a flush */
	bool has_no_flush;    /* flushes of the guest are left out */
	bool is_readonly;
	bool is_cdrom;
};

struct qemu_config {
	char name[64];
	char machine[64];
	char accel[64]; /* those tried, in their order: "kvm:tcg"; "": as the program has it */
	uint32_t cpus;  /* 0: not said, or not understood */
	uint64_t memory_bytes; /* the same */
	bool debug_threads;    /* threads are named after what they do */
	bool has_file;         /* more stands in a file that was not read (-readconfig) */
	uint64_t left_out;     /* disks and iothreads for which there was no room */
	ARRAY(struct qemu_name) iothreads;
	ARRAY(struct qemu_disk) disks;
};

/*
 * Read a command line as /proc has it: words with a NUL behind each, the program first. What is not
 * known here is skipped. 0 or -ENOMEM; end with qemu_config_free().
 */
must_check int qemu_config_read(const char *words, size_t bytes, struct qemu_config *ret);

/* Is a program of this name QEMU? By the last part of its path: "qemu-system-x86_64", "qemu-kvm",
 * "kvm". */
bool qemu_is_program(const char *path);

/* The cache mode as -drive calls it: "none", "writeback", "writethrough", "directsync", "unsafe";
 * "mixed": a combination that has no name. */
const char *qemu_cache_name(const struct qemu_disk *disk);

void qemu_config_free(struct qemu_config *config);

#endif
