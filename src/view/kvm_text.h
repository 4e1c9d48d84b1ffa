/* How do we say on a terminal how virtual machines do? */
#ifndef VIEW_KVM_TEXT_H
#define VIEW_KVM_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/kvm.h"
#include "finding/stack_map.h"
#include "view/text.h"

/* What lies below a disk of a guest. */
struct kvm_map {
	struct stack_map *stack; /* owned by the caller */
};

struct kvm_maps {
	ARRAY(struct kvm_map) items;
};

/* Print the report; flushes out. 0, or -errno when out took no more. */
must_check int view_kvm_text(const struct kvm_report *report, const struct kvm_maps *maps,
			     const struct view_style *style, FILE *out);

#endif
