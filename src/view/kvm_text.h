/* How do we say on a terminal how virtual machines do? */
#ifndef VIEW_KVM_TEXT_H
#define VIEW_KVM_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/kvm.h"
#include "finding/stack_map.h"
#include "view/text.h"

/* What lies below the disks of the guests. */
struct kvm_maps {
	ARRAY(struct stack_map *) items; /* owned by the caller */
};

/* Print the report; flushes out. 0, or -errno when out took no more. */
must_check int view_kvm_text(const struct kvm_report *report, const struct kvm_maps *maps,
			     const struct view_style *style, FILE *out);

#endif
