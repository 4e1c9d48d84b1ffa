/* Which system calls, operations of libaio and entries of io_uring are operations on files? */
#ifndef PROBE_IO_CALLS_H
#define PROBE_IO_CALLS_H

#include <linux/types.h>
#include <stdint.h>

#include "probe/watch.wire.h"

/* WIRE_IO_CALL()s by number; room for WIRE_SYSCALLS. */
void io_calls_fill(uint32_t *calls);

/* By iocb.aio_lio_opcode; room for WIRE_AIO_OPERATIONS. */
void aio_operations_fill(uint32_t *operations);

/* By io_uring_sqe.opcode; room for WIRE_OPCODES. */
void io_opcodes_fill(uint32_t *opcodes);

/* enum io_flags: those of the record, and those that the flags of its open file and of its own say.
 */
uint32_t io_flags_of(const struct wire_io *wire);

#endif
