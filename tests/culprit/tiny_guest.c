/*
 * A virtual machine of one CPU that leaves its guest so often as it is told, for reasons that are
 * known. The guest is some fifty bytes in real mode. Its CPU is a thread named as QEMU names them.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	MEMORY_BYTES = 64 << 10,
	CODE_AT = 0x1000,
	SPIN_AT = 0x500,
	STACK_AT = 0x8000,
	TIMER_VECTOR = 0x20,
	PORT_OF_PROGRAM = 0x10, /* nothing of the kernel's is there */
	PORT_OF_END = 0x11,
	PORT_OF_TIMER = 0x12, /* the guest wants an interrupt in a while */
	HALT_NS = 10000000,
	/* Outputs to the interrupt controller, which is the kernel's: when it is set up, and after
	 * each interrupt. */
	SET_UP_OUTPUTS = 5,
};

/* si: outputs to the program, di: CPUID instructions, bp: halts; at SPIN_AT: how often it counts to
 * 65536. */
__asm__(".pushsection .rodata\n"
	".code16\n"
	"GUEST_BEGIN:\n"
	"	cli\n"
	"	mov $0x11, %al\n"
	"	out %al, $0x20\n"
	"	mov $0x20, %al\n"
	"	out %al, $0x21\n"
	"	mov $0x04, %al\n"
	"	out %al, $0x21\n"
	"	mov $0x01, %al\n"
	"	out %al, $0x21\n"
	"	mov $0xfe, %al\n"
	"	out %al, $0x21\n"
	"	jmp 2f\n"
	"1:	out %al, $0x10\n"
	"	dec %esi\n"
	"2:	test %esi, %esi\n"
	"	jnz 1b\n"
	"	jmp 4f\n"
	"3:	xor %eax, %eax\n"
	"	cpuid\n"
	"	dec %edi\n"
	"4:	test %edi, %edi\n"
	"	jnz 3b\n"
	"	jmp 6f\n"
	/* No interrupt is taken between these two. */
	"5:	out %al, $0x12\n"
	"	sti\n"
	"	hlt\n"
	"	cli\n"
	"	dec %ebp\n"
	"6:	test %ebp, %ebp\n"
	"	jnz 5b\n"
	"	mov 0x500, %ecx\n"
	"	jmp 8f\n"
	"7:	mov $0x10000, %edx\n"
	"9:	dec %edx\n"
	"	jnz 9b\n"
	"	dec %ecx\n"
	"8:	test %ecx, %ecx\n"
	"	jnz 7b\n"
	"	out %al, $0x11\n"
	"	hlt\n"
	"GUEST_INTERRUPT:\n"
	"	push %ax\n"
	"	mov $0x20, %al\n"
	"	out %al, $0x20\n"
	"	pop %ax\n"
	"	iret\n"
	"GUEST_END:\n"
	".code64\n"
	".popsection\n");
extern const uint8_t GUEST_BEGIN[], GUEST_INTERRUPT[], GUEST_END[];

struct machine {
	int vm, vcpu;
	struct kvm_run *run;
	sem_t wanted; /* an interrupt */
	uint64_t outputs;
	uint64_t run_ns; /* from first to last */
};

static int call(int fd, unsigned long request, unsigned long argument, const char *what)
{
	int r = ioctl(fd, request, argument);

	if (r < 0)
		err(77, "%s", what);
	return r;
}

#define CALL(fd, request, argument) call(fd, request, (unsigned long)(argument), #request)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint8_t *make_memory(uint32_t spins)
{
	uint8_t *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint16_t handler = (uint16_t)(CODE_AT + (GUEST_INTERRUPT - GUEST_BEGIN));

	if (memory == MAP_FAILED)
		err(1, "mmap");
	memcpy(memory + CODE_AT, GUEST_BEGIN, (size_t)(GUEST_END - GUEST_BEGIN));
	memcpy(memory + SPIN_AT, &spins, sizeof(spins));
	memcpy(memory + (size_t)TIMER_VECTOR * 4, &handler, sizeof(handler));
	return memory;
}

static void make_machine(struct machine *machine, const uint8_t *memory)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_BYTES,
						      .userspace_addr = (uintptr_t)memory };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int bytes;

	if (kvm < 0)
		err(77, "/dev/kvm");
	machine->vm = CALL(kvm, KVM_CREATE_VM, 0);
	CALL(machine->vm, KVM_CREATE_IRQCHIP, 0);
	CALL(machine->vm, KVM_SET_USER_MEMORY_REGION, &region);
	machine->vcpu = CALL(machine->vm, KVM_CREATE_VCPU, 0);
	bytes = CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	machine->run =
		mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
	if (machine->run == MAP_FAILED)
		err(1, "mmap");
}

static void set_registers(const struct machine *machine, uint32_t outputs, uint32_t cpuids,
			  uint32_t halts)
{
	struct kvm_regs regs = { .rip = CODE_AT,
				 .rsp = STACK_AT,
				 .rflags = 2,
				 .rsi = outputs,
				 .rdi = cpuids,
				 .rbp = halts };
	struct kvm_sregs sregs;

	CALL(machine->vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = sregs.ds.base = sregs.ss.base = 0;
	sregs.cs.selector = sregs.ds.selector = sregs.ss.selector = 0;
	CALL(machine->vcpu, KVM_SET_SREGS, &sregs);
	CALL(machine->vcpu, KVM_SET_REGS, &regs);
}

static void *run_timer(void *context)
{
	const struct timespec delay = { .tv_nsec = HALT_NS };
	const struct kvm_irq_level up = { .irq = 0, .level = 1 }, down = { .irq = 0 };
	struct machine *machine = context;

	pthread_setname_np(pthread_self(), "timer");
	while (sem_wait(&machine->wanted) == 0) {
		nanosleep(&delay, NULL);
		CALL(machine->vm, KVM_IRQ_LINE, &up);
		CALL(machine->vm, KVM_IRQ_LINE, &down);
	}
	return NULL;
}

/* False: the guest is at its end. */
static int handle_exit(struct machine *machine)
{
	if (machine->run->exit_reason != KVM_EXIT_IO)
		errx(1, "an exit for reason %u", machine->run->exit_reason);
	machine->outputs++;
	if (machine->run->io.port == PORT_OF_TIMER)
		sem_post(&machine->wanted);
	return machine->run->io.port != PORT_OF_END;
}

static void *run_vcpu(void *context)
{
	struct machine *machine = context;
	uint64_t begin_ns = now_ns();

	pthread_setname_np(pthread_self(), "CPU 0/KVM");
	do
		CALL(machine->vcpu, KVM_RUN, 0);
	while (handle_exit(machine));
	machine->run_ns = now_ns() - begin_ns;
	return NULL;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct machine machine = {};
	pthread_t vcpu, timer;
	uint32_t halts;

	if (argc != 5)
		errx(2, "usage: tiny_guest OUTPUTS CPUIDS HALTS SPINS");
	halts = number(argv[3]);
	make_machine(&machine, make_memory(number(argv[4])));
	set_registers(&machine, number(argv[1]), number(argv[2]), halts);
	sem_init(&machine.wanted, 0, 0);
	if (pthread_create(&timer, NULL, run_timer, &machine) != 0 ||
	    pthread_create(&vcpu, NULL, run_vcpu, &machine) != 0)
		errx(1, "no threads");
	pthread_join(vcpu, NULL);
	printf("{\"io\": %llu, \"to_program\": %llu, \"cpuid\": %u, \"hlt\": %u, \"run_ns\": %llu, \"halt_ns\": %u}\n",
	       (unsigned long long)machine.outputs + SET_UP_OUTPUTS + halts,
	       (unsigned long long)machine.outputs, number(argv[2]), halts,
	       (unsigned long long)machine.run_ns, HALT_NS);
	return 0;
}
