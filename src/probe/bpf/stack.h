/* How is a call stack told once? Its frames are hashed in the kernel; only an unseen hash is sent.
 */
#ifndef PROBE_BPF_STACK_H
#define PROBE_BPF_STACK_H

#include "probe/bpf/state.h"

/* Programs that can interrupt each other need buffers of their own. */
enum scratch_slot {
	SCRATCH_OPEN,   /* interrupts are on: system call exit */
	SCRATCH_CLOSED, /* interrupts are off: switch, wake-up, timer sample */
	SCRATCH_NMI,
	SCRATCH_SEED, /* threads are looked at while the others run */
};

enum stack_size {
	STACK_BYTES = 8 * WIRE_FRAMES,
	BH_ENABLE_DEPTH = 64, /* of the innermost frames; kernel stacks are rarely deeper */
};

static __always_inline __u64 mix_address(__u64 hash, __u64 address)
{
	hash = (hash ^ address) * 0x9e3779b97f4a7c15ULL;
	return hash ^ (hash >> 29);
}

/* Only as much of the scratch as is filled. */
static __always_inline bool send_stack(struct scratch *scratch, __u64 id, __u32 frames, __u32 tgid)
{
	fill_head(&scratch->head, WIRE_STACK, bpf_ktime_get_ns(), tgid);
	scratch->id = id;
	return ring_send(scratch, WIRE_STACK_BYTES(frames & WIRE_FRAMES), WIRE_LOST_STACK);
}

/* Four chains of multiplications run side by side, in rounds of four frames: behind the last frame
 * there are zeros up to a whole round. */
static __always_inline __u64 hash_frames(struct scratch *scratch, __u32 frames, __u32 tgid)
{
	__u64 a = 0x736c6f7770617468ULL ^ tgid, b = 1, c = 2, d = 3;

	for (__u32 i = 0; i < 3; i++)
		scratch->address[(frames & WIRE_FRAMES) + i] = 0;
	for (__u32 i = 0; i < WIRE_FRAMES && i < frames; i += 4) {
		a = mix_address(a, scratch->address[i]);
		b = mix_address(b, scratch->address[i + 1]);
		c = mix_address(c, scratch->address[i + 2]);
		d = mix_address(d, scratch->address[i + 3]);
	}
	return mix_address(mix_address(mix_address(a, b), c), d) | 1;
}

/* The stack's id, after it was told if need be; 0 when there is none. bytes: what the helper
 * returned for scratch. */
static __always_inline __u64 stack_intern(struct scratch *scratch, long bytes, __u32 tgid)
{
	__u32 frames = bytes > 0 ? (__u64)bytes / 8 & WIRE_FRAMES : 0;
	__u8 one = 1;
	__u64 id;

	scratch->frames = frames;
	if (!frames)
		return 0;
	if (frames >= frames_max)
		__sync_fetch_and_add(&cut_stacks, 1);
	id = hash_frames(scratch, frames, tgid);
	if (bpf_map_lookup_elem(&stacks_seen, &id))
		return id;
	if (send_stack(scratch, id, frames, tgid))
		bpf_map_update_elem(&stacks_seen, &id, &one,
				    BPF_ANY); /* a full map only means telling it again */
	return id;
}

/* Does the stack run through __local_bh_enable_ip: a soft interrupt that the thread itself caused?
 */
static __always_inline bool passes_bh_enable(const struct scratch *scratch)
{
	__u64 first = bh_enable_address, bytes = bh_enable_bytes;

	for (__u32 i = 0; i < BH_ENABLE_DEPTH && i < scratch->frames; i++) {
		if (scratch->address[i] - first < bytes)
			return true;
	}
	return false;
}

/* The kernel stack on which a blocked thread sleeps. */
static __always_inline __u64 stack_of_task(struct task_struct *task, __u32 slot)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);
	long bytes;

	if (!scratch)
		return 0;
	bytes = bpf_get_task_stack(task, scratch->address, STACK_BYTES, 0);
	if (bytes <= 0)
		lose(WIRE_LOST_STACK);
	return stack_intern(scratch, bytes, 0);
}

/* The stack of whoever runs now; flags as bpf_get_stack(). An empty user stack is no loss: it may
 * have none. */
static __always_inline __u64 stack_of_current(void *ctx, __u32 slot, __u64 flags, __u32 tgid)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);
	long bytes;

	if (!scratch)
		return 0;
	bytes = bpf_get_stack(ctx, scratch->address, STACK_BYTES, flags);
	return stack_intern(scratch, bytes, tgid);
}

#endif
