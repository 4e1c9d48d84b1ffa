/* Where did an interrupt come in between? What is further out in a stack than one of these
 * functions has nothing to do with it. */
#ifndef ANALYSE_INTERRUPTED_H
#define ANALYSE_INTERRUPTED_H

/* Patterns of patterns.h, with '|' between them: arch/x86/entry, arch/arm64/kernel/entry.S. */
#define INTERRUPT_ENTRIES                                                                \
	"asm_sysvec_*|asm_common_interrupt|asm_exc_nmi|asm_exc_xen_hypervisor_callback|" \
	"xen_hypervisor_callback|apic_timer_interrupt|call_function_interrupt|"          \
	"ret_from_intr|el0_irq|el1_irq|el1h_64_irq|el0t_64_irq"

/* Soft interrupts also run where a thread lets them: kernel/softirq.c. */
#define SOFTIRQ_ENTRIES "do_softirq|__do_softirq|handle_softirqs"

#endif
