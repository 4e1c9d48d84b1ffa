/* How does a test make KVM's tracepoints? The kernel's formats of them, and records by these. */
#ifndef TESTS_UNIT_IMPORT_GUEST_FORMATS_H
#define TESTS_UNIT_IMPORT_GUEST_FORMATS_H

#include "unit/import/formats.h"

enum {
	GUEST_ID_EXIT = 401,
	GUEST_ID_ENTRY,
	GUEST_ID_USER,
	GUEST_ID_HALTED,
};

static const char GUEST_EXIT_FORMAT[] =
	"name: kvm_exit\nID: 401\n" COMMON
	"\tfield:unsigned int exit_reason;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long guest_rip;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 isa;\toffset:24;\tsize:4;\tsigned:0;\n"
	"\tfield:u64 info1;\toffset:32;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 info2;\toffset:40;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 intr_info;\toffset:48;\tsize:4;\tsigned:0;\n"
	"\tfield:u32 error_code;\toffset:52;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned int vcpu_id;\toffset:56;\tsize:4;\tsigned:0;\n";

static const char GUEST_ENTRY_FORMAT[] =
	"name: kvm_entry\nID: 402\n" COMMON
	"\tfield:unsigned int vcpu_id;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long rip;\toffset:16;\tsize:8;\tsigned:0;\n";

static const char GUEST_USER_FORMAT[] = "name: kvm_userspace_exit\nID: 403\n" COMMON
					"\tfield:__u32 reason;\toffset:8;\tsize:4;\tsigned:0;\n"
					"\tfield:int errno;\toffset:12;\tsize:4;\tsigned:1;\n";

static const char GUEST_HALTED_FORMAT[] = "name: kvm_vcpu_wakeup\nID: 404\n" COMMON
					  "\tfield:__u64 ns;\toffset:8;\tsize:8;\tsigned:0;\n"
					  "\tfield:bool waited;\toffset:16;\tsize:1;\tsigned:0;\n"
					  "\tfield:bool valid;\toffset:17;\tsize:1;\tsigned:0;\n";

/* The system "kvm" in a list of systems. */
static inline void add_guest_formats(struct bytes *bytes)
{
	add(bytes, "kvm", 4);
	add_u32(bytes, 4);
	add_format(bytes, GUEST_EXIT_FORMAT);
	add_format(bytes, GUEST_ENTRY_FORMAT);
	add_format(bytes, GUEST_USER_FORMAT);
	add_format(bytes, GUEST_HALTED_FORMAT);
}

static inline void add_guest_head(struct bytes *raw, uint16_t id, uint32_t tid)
{
	add_u16(raw, id);
	add_u16(raw, 0);
	add_u32(raw, tid);
}

static inline void add_guest_exit(struct bytes *raw, uint32_t tid, uint32_t reason, uint32_t isa,
				  uint32_t vcpu)
{
	add_guest_head(raw, GUEST_ID_EXIT, tid);
	add_u32(raw, reason);
	add_u32(raw, 0);
	add_u64(raw, 0x1000);
	add_u32(raw, isa);
	add_u32(raw, 0);
	for (int i = 0; i < 3; i++)
		add_u64(raw, 0);
	add_u32(raw, vcpu);
	add_u32(raw, 0);
}

static inline void add_guest_entry(struct bytes *raw, uint32_t tid, uint32_t vcpu)
{
	add_guest_head(raw, GUEST_ID_ENTRY, tid);
	add_u32(raw, vcpu);
	add_u32(raw, 0);
	add_u64(raw, 0x1000);
}

static inline void add_guest_user(struct bytes *raw, uint32_t tid, uint32_t reason, int32_t error)
{
	add_guest_head(raw, GUEST_ID_USER, tid);
	add_u32(raw, reason);
	add_u32(raw, (uint32_t)error);
}

static inline void add_guest_halted(struct bytes *raw, uint32_t tid, uint64_t ns)
{
	add_guest_head(raw, GUEST_ID_HALTED, tid);
	add_u64(raw, ns);
	add_u64(raw, 0x0101);
}

#endif
