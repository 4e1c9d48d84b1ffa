/*
 * What does a kernel module look like that burns CPU time in functions whose names are known? Write
 * a number of milliseconds to /dev/slowspin.
 */
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#define LONGEST_MS 60000
#define ROUNDS     2000

static u64 slowspin_sum;

/* It is here that the time goes. */
static noinline u64 slowspin_mix(u64 sum)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		sum = (sum ^ i) * 0x9e3779b97f4a7c15ULL;
		barrier();
	}
	return sum;
}

/* A call that is the last thing done would be a jump: hence the sum. */
static noinline u64 slowspin_round(u64 sum)
{
	return slowspin_mix(sum) + slowspin_mix(sum + 1);
}

static noinline int slowspin_burn(unsigned int milliseconds)
{
	const ktime_t end = ktime_add_ms(ktime_get(), milliseconds);

	while (ktime_before(ktime_get(), end)) {
		slowspin_sum += slowspin_round(slowspin_sum);
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static ssize_t slowspin_write(struct file *file, const char __user *text, size_t bytes,
			      loff_t *position)
{
	unsigned int milliseconds;
	int r = kstrtouint_from_user(text, bytes, 0, &milliseconds);

	if (r == 0)
		r = slowspin_burn(min_t(unsigned int, milliseconds, LONGEST_MS));
	return r < 0 ? r : (ssize_t)bytes;
}

static const struct file_operations SLOWSPIN_CALLS = {
	.owner = THIS_MODULE,
	.write = slowspin_write,
};

static struct miscdevice slowspin_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "slowspin",
	.fops = &SLOWSPIN_CALLS,
};

module_misc_device(slowspin_device);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("burns CPU time when it is told to, for the tests of slowpath");
