#!/usr/bin/env python3
# What is a hung file system? This process serves one at a folder: a file whose reads are never answered, and no
# folder in it is ever made.
import ctypes
import errno
import os
import struct
import sys

LOOKUP, FORGET, GETATTR, MKDIR, OPEN, READ, RELEASE, FLUSH, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 9, 14, 15, 18, 25, 26, 36, 42
UNANSWERED = {FORGET, MKDIR, READ, INTERRUPT, BATCH_FORGET}
FILE_NODE, FILE_BYTES, VALID_S = 2, 65536, 3600


def attributes(node):
    mode, size = (0o100644, FILE_BYTES) if node == FILE_NODE else (0o40755, 0)
    return struct.pack('<6Q10I', node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node, body):
    """The bytes behind the answer's head; or an error."""
    if opcode == INIT:
        return struct.pack('<4I2H2I2HI7I', 7, 31, 0, 0, 12, 9, 4096, 1, 1, 0, 0, *[0] * 7)
    if opcode == LOOKUP:
        return struct.pack('<4Q2I', FILE_NODE, 0, VALID_S, VALID_S, 0, 0) + attributes(FILE_NODE) if body == b'file\0' else -errno.ENOENT
    if opcode == GETATTR:
        return struct.pack('<Q2I', VALID_S, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack('<Q2I', 1, 0, 0)
    return b'' if opcode in (RELEASE, FLUSH) else -errno.ENOSYS


def serve(device):
    while True:
        request = os.read(device, 1 << 17)
        _, opcode, unique, node = struct.unpack_from('<2I2Q', request)
        if opcode in UNANSWERED:
            continue
        reply = answer(opcode, node, request[40:])
        error, reply = (reply, b'') if isinstance(reply, int) else (0, reply)
        os.write(device, struct.pack('<IiQ', 16 + len(reply), error, unique) + reply)


def main():
    """usage: hung_fuse.py FOLDER"""
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open('/dev/fuse', os.O_RDWR | os.O_CLOEXEC)
    options = f'fd={device},rootmode=40000,user_id=0,group_id=0'
    if libc.mount(b'hung', sys.argv[1].encode(), b'fuse.hung', 0, options.encode()) < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    print('ready', flush=True)
    serve(device)


main()
