#!/usr/bin/env python3
# How is a trace.dat of millions of events had? A small one of version 6, little-endian, is repeated: each time later than the time before.
import re
import struct
import sys

PAGE = 4096
HEAD = 16


def take_text(data, at):
    end = data.index(b'\0', at)
    return data[at:end].decode(), end + 1


def number(data, at, form):
    return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)


def skip(data, at, form):
    count, at = number(data, at, form)
    return at + count


def find_places(data):
    """The formats' text of funcgraph_exit, and where the table of the CPUs' data stands."""
    assert data[:12] == b'\x17\x08\x44tracing6' [:12] or data.startswith(b'\x17\x08\x44tracing6\0'), 'version 6 only'
    at = 12 + 2 + 4
    for _ in range(2):
        _, at = take_text(data, at)
        at = skip(data, at, '<Q')
    formats, at = number(data, at, '<I')
    exit_format = None
    for _ in range(formats):
        begin = at + 8
        at = skip(data, at, '<Q')
        text = data[begin:at].decode()
        if text.startswith('name: funcgraph_exit\n'):
            exit_format = text
    systems, at = number(data, at, '<I')
    for _ in range(systems):
        _, at = take_text(data, at)
        events, at = number(data, at, '<I')
        for _ in range(events):
            at = skip(data, at, '<Q')
    at = skip(data, at, '<I')
    at = skip(data, at, '<I')
    at = skip(data, at, '<Q')
    cpus, at = number(data, at, '<I')
    kind, at = take_text(data, at)
    if kind == 'options  ':
        while True:
            option, at = number(data, at, '<H')
            if not option:
                break
            at = skip(data, at, '<I')
        kind, at = take_text(data, at)
    assert kind == 'flyrecord', kind
    return exit_format, at, cpus


def field(text, name):
    return int(re.search(rf'\b{name};\s*offset:(\d+);', text)[1])


def stamps(page, exit_id, fields):
    """Where in the page the times of exits stand."""
    bytes_used = struct.unpack_from('<Q', page, 8)[0] & 0x7ffffff
    at, end, found = HEAD, HEAD + bytes_used, []
    while at < end:
        head = struct.unpack_from('<I', page, at)[0]
        kind, delta = head & 31, head >> 5
        if kind == 29 and not delta:
            break
        if kind in (0, 29):
            length = struct.unpack_from('<I', page, at + 4)[0]
            begin, at = at + 8, at + 4 + ((length + 3) & ~3)
        elif kind >= 30:
            at += 8
            continue
        else:
            begin, at = at + 4, at + 4 + 4 * kind
        if kind != 29 and struct.unpack_from('<H', page, begin)[0] == exit_id:
            found += [begin + offset for offset in fields]
    return found


def main():
    source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(source, 'rb') as file:
        data = file.read()
    exit_format, table, cpus = find_places(data)
    exit_id = int(re.search(r'ID: (\d+)', exit_format)[1])
    fields = [field(exit_format, 'calltime'), field(exit_format, 'rettime')]
    places = [struct.unpack_from('<QQ', data, table + 16 * cpu) for cpu in range(cpus)]
    pages = [[data[at:at + PAGE] for at in range(offset, offset + size, PAGE)] for offset, size in places]
    first = min(struct.unpack_from('<Q', cpu[0])[0] for cpu in pages if cpu)
    last = max(struct.unpack_from('<Q', cpu[-1])[0] for cpu in pages if cpu)
    step = (last - first) + 1_000_000_000
    head = bytearray(data[:min(offset for offset, size in places if size)])
    at = (len(head) + PAGE - 1) // PAGE * PAGE
    for cpu in range(cpus):
        struct.pack_into('<QQ', head, table + 16 * cpu, at, len(pages[cpu]) * PAGE * times)
        at += len(pages[cpu]) * PAGE * times
    with open(target, 'wb') as file:
        file.write(head.ljust((len(head) + PAGE - 1) // PAGE * PAGE, b'\0'))
        for cpu in pages:
            marks = [stamps(page, exit_id, fields) for page in cpu]
            for n in range(times):
                for page, places_in in zip(cpu, marks):
                    changed = bytearray(page)
                    for place in (0, *places_in):
                        struct.pack_into('<Q', changed, place, struct.unpack_from('<Q', changed, place)[0] + n * step)
                    file.write(changed)


if __name__ == '__main__':
    main()
