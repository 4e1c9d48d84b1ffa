/* What does a line of KVM's tracepoints say? One line, cut into what is of use. */
#ifndef IMPORT_KVM_LINE_H
#define IMPORT_KVM_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "import/guest_exits.h"

enum kvm_line_kind {
	KVM_LINE_NONE, /* of no use here: blank, a heading, another event */
	KVM_LINE_BAD,  /* it names one of the tracepoints, but cannot be read */
	KVM_LINE_EXIT,
	KVM_LINE_ENTRY,
	KVM_LINE_USER,
	KVM_LINE_HALTED,
	KVM_LINE_LOST,
};

struct kvm_line {
	enum kvm_line_kind kind;
	struct guest_moment moment; /* isa: GUEST_ISA_UNKNOWN where the reason is a bare number */
	char comm[16];              /* NUL-padded; any bytes */
	uint64_t halted_ns;
	uint64_t lost; /* records; 0: it is not told how many */
};

/* Cut a line without its newline. */
void kvm_line_cut(const char *text, size_t bytes, struct kvm_line *ret);

#endif
