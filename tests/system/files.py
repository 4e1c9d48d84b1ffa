#!/usr/bin/env python3
# Which operations on files took how long? Jobs whose operations fio itself has counted and timed.
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from drill_cases import CASES
from harness import RUNGS, Skip, check, dump, judged, lines, main, promise, report_of, wait_for, without
from slow_device import slow_disk

COUNT, BLOCK = 1500, 4096
FILE_BYTES = 8 << 20


def insist(*command):
    """A mount is busy for a moment after its last process ended."""
    for _ in range(50):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)


@contextlib.contextmanager
def mounted(folder, kind):
    """A fresh file system of this kind: its folder."""
    point, image = folder / f'mounted-{kind}', folder / f'image-{kind}'
    needed = ['mount', *([] if kind == 'tmpfs' else ['losetup', f'mkfs.{kind}'])]
    for tool in needed:
        if not shutil.which(tool, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
            raise Skip(f'{tool} is not installed')
    point.mkdir()
    with contextlib.ExitStack() as stack:
        if kind == 'tmpfs':
            made = subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', point], capture_output=True, check=False)
        else:
            with open(image, 'wb') as file:
                file.truncate(320 << 20)
            subprocess.run([f'mkfs.{kind}', '-q', image], check=True, capture_output=True)
            made = subprocess.run(['mount', '-o', 'loop', image, point], capture_output=True, check=False)
        if made.returncode != 0:
            raise Skip(f'{kind} cannot be mounted: {made.stderr.decode().strip()}')
        stack.callback(insist, 'umount', point)
        yield point


def fio_job(path, out, engine, *more):
    """The command of a job of COUNT operations."""
    if not shutil.which('fio'):
        raise Skip('fio is not installed')
    return ['fio', '--name=job', f'--filename={path}', f'--size={FILE_BYTES}', f'--bs={BLOCK}', f'--number_ios={COUNT}',
            f'--ioengine={engine}', '--output-format=json', f'--output={out}', *more]


def lay_out(path):
    """The job's file, on the disk and not in memory."""
    with open(path, 'wb') as file:
        file.write(os.urandom(FILE_BYTES))
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def watch(slowpath, folder, path, engine, *more, options=()):
    """(slowpath's report, fio's own of the job) of one run."""
    out = folder / 'fio.json'
    done = slowpath.run('files', '--json', *options, '--', *fio_job(path, out, engine, *more), cwd=folder)
    check(done.returncode == 0, 'the job is watched', done)
    report = report_of(done, 'slowpath.files/1')
    check_sums(report)
    return report, json.loads(out.read_text(encoding='utf-8'))['jobs'][0]


def check_sums(report):
    """What holds for every report."""
    check(sum(row['latency']['count'] for row in report['rows']) + report['hidden_count'] == report['all']['count'],
          'the rows sum to all', report['all'])
    for thing in [*report['rows'], *report['slow']]:
        split = thing['split']
        parts = sum(split[part] for part in ('before_ns', 'queued_ns', 'device_ns', 'between_ns', 'after_ns'))
        check(parts == split['total_ns'], 'the parts of the time sum to it', thing)
    times = [slow['ns'] for slow in report['slow']]
    check(times == sorted(times, reverse=True), 'the slowest come first', times)
    requests = report['requests']
    check(requests['of_operations'] + requests['of_files'] <= requests['all'], 'requests are counted once', requests)


def row_of(report, path, operation, engine):
    rows = [row for row in report['rows'] if row['file'] == str(path) and row['op'] == operation and row['engine'] == engine]
    check(len(rows) == 1, f'there is one row for {operation} of {path} by {engine}', [(row['file'], row['op']) for row in report['rows']])
    return rows[0]


NAMES = {'psync': 'system call', 'pvsync2': 'system call', 'mmap': 'page fault', 'libaio': 'libaio', 'io_uring': 'io_uring'}


def check_counts(report, job, path, engine, direction):
    row, fio = row_of(report, path, direction, NAMES[engine]), job[direction]
    count = row['latency']['count']
    # Of mapped files those are seen that had to wait: a page that is there already is none of them.
    least = COUNT * 99 // 100 if engine == 'mmap' else COUNT
    check(fio['total_ios'] == COUNT and least <= count <= COUNT, f'{engine}: as many {direction}s as fio counts', row['latency'], fio['total_ios'])
    check(row['latency']['bytes'] == fio['io_bytes'] - (COUNT - count) * BLOCK, f'{engine}: as many bytes as fio counts', row['latency'],
          fio['io_bytes'])
    check(row['latency']['errors'] == 0 and report['lost'] == 0, 'none failed, none was lost', row, report['lost'])
    return row


JOBS = [('psync', 'randread', ('--direct=1',)), ('psync', 'randwrite', ('--direct=1', '--fsync=50')), ('psync', 'randwrite', ()),
        ('pvsync2', 'randread', ()), ('mmap', 'randread', ()), ('libaio', 'randread', ('--direct=1', '--iodepth=8')),
        ('libaio', 'randwrite', ('--direct=1', '--iodepth=8', '--iodepth_batch=4')), ('io_uring', 'randread', ('--direct=1', '--iodepth=8')),
        ('io_uring', 'randwrite', ('--direct=1', '--iodepth=8', '--fixedbufs', '--registerfiles')),
        ('io_uring', 'randread', ('--iodepth=4',)), ('io_uring', 'randwrite', ('--iodepth=4',))]


def count_jobs(slowpath, folder, kind, jobs):
    with mounted(folder, kind) as point:
        for engine, pattern, more in jobs:
            path = point / 'file'
            lay_out(path)
            report, job = watch(slowpath, folder, path, engine, f'--rw={pattern}', *more)
            row = check_counts(report, job, path, engine, pattern[4:])
            if '--direct=1' in more:
                # Those that were told one by one; writes may share a request with others.
                check(row['served_from']['memory'] == row['served_from']['waited'] == 0, 'direct operations are not served from memory', row)
            for option in more:
                if option.startswith('--fsync='):
                    synced = row_of(report, path, 'fsync', 'system call')['latency']['count']
                    check(synced == job['sync']['total_ios'], 'as many fsyncs as fio counts', synced, job['sync']['total_ios'])


@promise
def operations_on_ext4_are_counted_as_fio_counts_them(slowpath, folder):
    count_jobs(slowpath, folder, 'ext4', JOBS)


@promise
def operations_on_xfs_are_counted_as_fio_counts_them(slowpath, folder):
    count_jobs(slowpath, folder, 'xfs', JOBS)


@promise
def operations_on_btrfs_are_counted_as_fio_counts_them(slowpath, folder):
    count_jobs(slowpath, folder, 'btrfs', JOBS)


@promise
def operations_on_tmpfs_are_served_from_memory(slowpath, folder):
    with mounted(folder, 'tmpfs') as point:
        path = point / 'file'
        lay_out(path)
        report, job = watch(slowpath, folder, path, 'psync', '--rw=randread')
        row = check_counts(report, job, path, 'psync', 'read')
        told = row['served_from']
        check(told['memory'] > 0 and told['device'] == 0, 'memory serves them', told)


@promise
def operations_on_an_overlay_are_told_with_its_own_path(slowpath, folder):
    with mounted(folder, 'tmpfs') as point:
        parts = [point / name for name in ('lower', 'upper', 'work', 'merged')]
        for part in parts:
            part.mkdir()
        lower, upper, work, merged = parts
        made = subprocess.run(['mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir={lower},upperdir={upper},workdir={work}', merged],
                              capture_output=True, check=False)
        if made.returncode != 0:
            raise Skip('overlay cannot be mounted')
        try:
            path = merged / 'file'
            lay_out(path)
            report, job = watch(slowpath, folder, path, 'psync', '--rw=randread')
            check_counts(report, job, path, 'psync', 'read')
        finally:
            insist('umount', merged)


def is_near(ours, theirs):
    """What is promised: within 5 % or 5 us."""
    return abs(ours - theirs) <= max(0.05 * theirs, 5000)


# Both look at the clock for themselves, and a thread may lose its CPU between: where few operations lie, ranks a little apart may lie
# far apart in time; and a stall hits all that are under way, which is half a percent of them. So ours must lie between fio's next
# ranks, or as near to them as is promised.
RANKS = {'p50_ns': ('48.500000', '51.500000'), 'p99_ns': ('98.300000', '99.700000')}


def is_between(ours, low, high):
    return low <= ours <= high or is_near(ours, low) or is_near(ours, high)


TIMED = [('psync', ()), ('libaio', ('--iodepth=1',)), ('libaio', ('--iodepth=8',)), ('io_uring', ('--iodepth=1',)),
         ('io_uring', ('--iodepth=8',))]


# Of io_uring at full speed only some operations are told one by one here; where each is told, workload.py has fio judge their times.
COMPLETED = [row for row in TIMED if row[0] != 'io_uring']


@judged
def completion_times_are_those_that_fio_measures(slowpath, folder):
    with mounted(folder, 'ext4') as point:
        for engine, more in COMPLETED:
            path = point / 'file'
            lay_out(path)
            report, job = watch(slowpath, folder, path, engine, '--rw=randread', '--direct=1',
                                '--percentile_list=48.5:50:51.5:98.3:99:99.7', *more)
            row = check_counts(report, job, path, engine, 'read')
            ours, theirs = row.get('completion', row['latency']), job['read']['clat_ns']['percentile']
            check(ours['count'] >= COUNT / 2, f'{engine}: enough of them are timed', ours)
            for name, (low, high) in RANKS.items():
                check(is_between(ours[name], theirs[low], theirs[high]), f'{engine} {more}: {name} is what fio measured', ours, theirs)


def log_of(path):
    """{offset: ns} of fio's log of latencies."""
    rows = [line.split(',') for line in pathlib.Path(path).read_text(encoding='ascii').splitlines()]
    return {int(row[4]): int(row[1]) for row in rows}


@judged
def the_slowest_operation_is_the_slowest_in_fios_log(slowpath, folder):
    with mounted(folder, 'ext4') as point:
        for engine, more in TIMED:
            path, log = point / 'file', folder / f'lat-{engine}{len(more) and more[0][-1]}'
            lay_out(path)
            report, _ = watch(slowpath, folder, path, engine, '--rw=randread', '--direct=1', f'--write_lat_log={log}', '--log_offset=1',
                              *more, options=['--over', '1us'])
            slowest = [slow for slow in report['slow'] if slow['file'] == str(path) and slow['op'] == 'read'][0]
            theirs = log_of(f'{log}_lat.1.log')
            most = max(theirs.values())
            check(is_near(slowest['ns'], most), f'{engine} {more}: the slowest took as long as in the log', slowest, most)
            check(is_near(theirs[slowest['offset']], most), f'{engine}: it is the same one, or as slow', slowest, theirs[slowest['offset']])
            check(slowest['wanted'] == slowest['result'] == BLOCK, 'its size is told', slowest)
            check(slowest['engine'] == NAMES[engine] and 'direct' in slowest['flags'], 'how it was done is told', slowest)


def most_under_way(spans):
    """At any one moment."""
    moments = sorted(moment for begin, end in spans for moment in ((begin, 1), (end, -1)))
    return max(itertools.accumulate(step for _, step in moments))


@judged
def requests_are_linked_to_the_operations_that_cause_them(slowpath, folder):
    recording = folder / 'x'
    for kind in ('ext4', 'xfs'):
        with mounted(folder, kind) as point:
            for engine in ('psync', 'libaio', 'io_uring'):
                path = point / 'file'
                lay_out(path)
                report, job = watch(slowpath, folder, path, engine, '--rw=randread', '--direct=1', '--iodepth=4', '--rate_iops=2000',
                                    options=['-o', recording])
                check_counts(report, job, path, engine, 'read')
                inode = path.stat().st_ino
                operations = {io['id']: io for io in dump(slowpath, recording, 'io') if io['inode'] == inode and io['operation'] == 1}
                requests = [request for request in dump(slowpath, recording, 'request') if request['io'] in operations]
                check(len(operations) == COUNT, f'{kind} {engine}: each was told', len(operations))
                # The kernel leaves out a program that would interrupt itself; that is counted.
                bios, lost = sum(request['bios'] for request in requests), report['requests']['lost']
                check(sum(io['requests'] for io in operations.values()) == COUNT and COUNT - lost <= bios <= COUNT,
                      f'{kind} {engine}: each has its request, or shares one', bios, lost)
                for request in requests:
                    io = operations[request['io']]
                    check(io['submit'] <= request['start'] <= request['issue'] <= request['end'] <= max(io['end'], io['reaped']),
                          'a request lies within its operation', request, io)
                    check(request['inode'] == inode, 'it is told with its file', request)
                depths = [io['depth'] for io in operations.values()]
                # How fast the disk is decides how deep it gets; under way they are until they end, or until fio reaps them.
                least = most_under_way((io['submit'], io['end']) for io in operations.values())
                most = most_under_way((io['submit'], max(io['end'], io['reaped'])) for io in operations.values())
                check(least <= max(depths) <= most <= (1 if engine == 'psync' else 4), f'{engine}: how many are under way is told', least, max(depths), most)
            recording.unlink()
        for left in folder.glob(f'*-{kind}'):
            if left.is_file():
                left.unlink()


# Reads blocks through libaio, and takes each completion out of the ring that is mapped into its own memory.
MAPPED_REAPER = '''
import ctypes, mmap, os, random, sys
DEPTH, BLOCK = 8, 4096
calls = ctypes.CDLL(None, use_errno=True).syscall
class Iocb(ctypes.Structure):
    _fields_ = [("data", ctypes.c_uint64), ("key", ctypes.c_uint32), ("rw_flags", ctypes.c_uint32), ("operation", ctypes.c_uint16),
                ("priority", ctypes.c_int16), ("fd", ctypes.c_uint32), ("buffer", ctypes.c_uint64), ("bytes", ctypes.c_uint64),
                ("offset", ctypes.c_int64), ("reserved", ctypes.c_uint64), ("flags", ctypes.c_uint32), ("resfd", ctypes.c_uint32)]
class Event(ctypes.Structure):
    _fields_ = [("data", ctypes.c_uint64), ("iocb", ctypes.c_uint64), ("result", ctypes.c_int64), ("result2", ctypes.c_int64)]
class Ring(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("id", "nr", "head", "tail", "magic", "compatible", "incompatible", "header")]
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
blocks = list(range(int(sys.argv[2])))
random.shuffle(blocks)
context = ctypes.c_uint64(0)
assert calls(206, DEPTH, ctypes.byref(context)) == 0
ring = Ring.from_address(context.value)
assert ring.magic == 0xa10a10a1
memory = mmap.mmap(-1, DEPTH * BLOCK)
base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
iocbs = [Iocb(data=i, fd=fd, buffer=base + i * BLOCK, bytes=BLOCK) for i in range(DEPTH)]
free, done, total = list(range(DEPTH)), 0, len(blocks)
while done < total:
    while free and blocks:
        iocb = iocbs[free.pop()]
        iocb.offset = blocks.pop() * BLOCK
        one = ctypes.c_uint64(ctypes.addressof(iocb))
        assert calls(209, context, ctypes.c_long(1), ctypes.byref(one)) == 1
    while ring.head != ring.tail:
        event = Event.from_address(context.value + ring.header + ring.head * 32)
        assert event.result == BLOCK
        free.append(event.data)
        ring.head = (ring.head + 1) % ring.nr
        done += 1
'''


@promise
def what_is_reaped_from_the_mapped_ring_is_recognised(slowpath, folder):
    path, recording = folder / 'file', folder / 'x'
    lay_out(path)
    done = slowpath.run('files', '--json', '-o', recording, '--', sys.executable, '-c', MAPPED_REAPER, path, str(COUNT), cwd=folder)
    check(done.returncode == 0, 'it is watched', done)
    report = report_of(done, 'slowpath.files/1')
    check_sums(report)
    row = row_of(report, path, 'read', 'libaio')
    check((row['latency']['count'], row['latency']['bytes']) == (COUNT, COUNT * BLOCK), 'all are counted', row, report['notes'])
    told = [io for io in dump(slowpath, recording, 'io') if io['engine'] == 2]
    check(COUNT // 10 <= len(told) <= COUNT and all(io['flags'] & 4096 for io in told), 'none was reaped by a call', len(told))
    check(report['reap_unseen'] == len(told), 'as many are said to be', report['reap_unseen'], len(told))
    check(report['untimed'] <= report['requests']['lost'], 'each has its time, but for lost requests', report['untimed'], report['requests'])
    check(any('mapped ring' in note for note in report['notes']), 'that is said', report['notes'])


@promise
def work_that_io_uring_hands_to_others_is_linked_and_told(slowpath, folder):
    recording = folder / 'x'
    with mounted(folder, 'xfs') as point:
        path = point / 'file'
        lay_out(path)
        for more, flag in ((('--force_async=1',), 128), (('--sqthread_poll',), 1024)):
            report, job = watch(slowpath, folder, path, 'io_uring', '--rw=randread', '--direct=1', '--iodepth=2', *more,
                                options=['-o', recording])
            check_counts(report, job, path, 'io_uring', 'read')
            told = [io for io in dump(slowpath, recording, 'io') if io['engine'] == 3]
            check(told and all(io['flags'] & flag for io in told), f'{more}: that is told', told[:1])
            check(all(io['requests'] == 1 for io in told), f'{more}: each has its request', [io for io in told if io['requests'] != 1][:1])
            recording.unlink()


CHANGES = '''
import os, sys
os.chdir(sys.argv[1])
for i in range(10):
    os.mkdir(f"d{i}")
    os.close(os.open(f"d{i}/f", os.O_CREAT | os.O_WRONLY))
    os.rename(f"d{i}/f", f"d{i}/g")
    os.stat(f"d{i}/g")
    os.listdir(f"d{i}")
    os.truncate(f"d{i}/g", 100)
    os.chmod(f"d{i}/g", 0o600)
    try:
        os.stat("/nonexistent/path")
    except OSError:
        pass
for i in range(10):
    os.unlink(f"d{i}/g")
    os.rmdir(f"d{i}")
'''


@promise
def operations_on_names_are_told_by_their_path(slowpath, folder):
    done = slowpath.run('files', '--json', '--by', 'file,op', '--', sys.executable, '-c', CHANGES, folder)
    check(done.returncode == 0, 'it is watched', done)
    report = report_of(done, 'slowpath.files/1')
    check_sums(report)
    rows = {(row['file'], row['op']): row['latency'] for row in report['rows']}
    for i in range(10):
        for name, operation in ((f'd{i}', 'create'), (f'd{i}/f', 'rename'), (f'd{i}/g', 'stat'), (f'd{i}/g', 'truncate'),
                                (f'd{i}/g', 'attribute'), (f'd{i}/g', 'remove'), (f'd{i}', 'remove')):
            check(rows.get((name, operation), {}).get('count') == 1, f'{operation} of {name} is told', sorted(rows))
        check(rows[str(folder / f'd{i}' / 'f'), 'open']['count'] == 1, 'what was opened is told by its whole path', sorted(rows))
        check(rows[str(folder / f'd{i}'), 'readdir']['count'] == 2, 'so is what was listed', sorted(rows))
    failed = rows['/nonexistent/path', 'stat']
    check(failed['count'] == failed['errors'] == 10, 'what failed is told as failed', failed)


COPIES = '''
import os, sys
os.chdir(sys.argv[1])
source, target = os.open("source", os.O_RDONLY), os.open("target", os.O_CREAT | os.O_WRONLY)
end, begin = os.pipe()
for i in range(7):
    os.copy_file_range(source, target, 8192, i * 8192, i * 8192)
for i in range(5):
    os.sendfile(target, source, i * 4096, 4096)
for i in range(3):
    os.sendfile(begin, source, i * 4096, 4096)
    os.splice(end, target, 4096, offset_dst=i * 4096)
for i in range(2):
    os.posix_fadvise(source, i * 4096, 4096, os.POSIX_FADV_WILLNEED)
os.sync()
'''


@promise
def what_is_copied_inside_the_kernel_is_told_by_file_and_bytes(slowpath, folder):
    (folder / 'source').write_bytes(os.urandom(256 << 10))
    for names, rung in RUNGS:
        done = slowpath.run('files', '--json', *without(names), '--by', 'file,op', '--', sys.executable, '-c', COPIES, folder)
        check(done.returncode == 0, f'{rung}: it is watched', done)
        report = report_of(done, 'slowpath.files/1')
        check_sums(report)
        rows = {(row['file'], row['op']): row['latency'] for row in report['rows']}
        for name, operation, count, moved in (('target', 'copy', 12, 7 * 8192 + 5 * 4096), ('target', 'write', 3, 3 * 4096),
                                              ('source', 'read', 3, 3 * 4096), ('source', 'advise', 2, 0)):
            told = rows.get((str(folder / name), operation), {'count': 0, 'bytes': 0})
            check((told['count'], told['bytes']) == (count, moved), f'{rung}: {operation} of {name}', told, sorted(rows))
        synced = [row['latency']['count'] for row in report['rows'] if row['op'] == 'sync']
        check(synced == [1], f'{rung}: so is a sync of all', report['rows'])


@promise
def what_has_not_ended_is_told_at_the_end(slowpath, folder):
    if not shutil.which('fsfreeze', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
        raise Skip('fsfreeze is not installed')
    with mounted(folder, 'ext4') as point:
        path, recording = point / 'file', folder / 'x'
        script = f'import os, sys; fd = os.open({str(path)!r}, os.O_CREAT | os.O_WRONLY); sys.stdin.read(1); os.write(fd, b"x")'
        writer = subprocess.Popen([sys.executable, '-c', script], stdin=subprocess.PIPE)
        try:
            wait_for(path.exists, 10, 'the writer')
            subprocess.run(['fsfreeze', '-f', point], check=True)
            watcher = slowpath.start('files', '--json', '-d', '4', '-o', recording, '-p', writer.pid)
            wait_for(lambda: recording.exists() and recording.stat().st_size > 1000, 30, 'the watch')
            writer.stdin.write(b'.')
            writer.stdin.flush()
            out, errors = watcher.communicate(timeout=60)
        finally:
            subprocess.run(['fsfreeze', '-u', point], check=False, capture_output=True)
            writer.wait(timeout=20)
        report = report_of(subprocess.CompletedProcess('files', watcher.returncode, out, errors), 'slowpath.files/1')
        first = report['slow'][0]
        check(first['is_open'] and first['op'] == 'write' and first['file'] == str(path), 'it is the slowest', report['slow'])
        check(not [row for row in report['rows'] if row['op'] == 'write'], 'but is not counted as one that ended', report['rows'])


@promise
def written_pages_are_told_by_file_and_writer(slowpath, folder):
    with mounted(folder, 'ext4') as point:
        path = point / 'file'
        script = f'import os; f = open({str(path)!r}, "wb"); f.write(b"x" * (4 << 20)); f.flush(); os.sync()'
        done = slowpath.run('files', '--json', '--', sys.executable, '-c', script)
        report = report_of(done, 'slowpath.files/1')
        told = [back for back in report['background'] if back['file'] == str(path)]
        check(sum(back['latency']['bytes'] for back in told) >= 4 << 20, 'its pages were written back', report['background'])
        check(all(back['written_by'].startswith('python') for back in told), 'who filled them is told', told)


@promise
def where_a_slow_call_slept_is_told(slowpath, folder):
    with slow_disk(slowpath, folder, CASES['fsync']) as point:
        path = point / 'file'
        script = f'import os; f = os.open({str(path)!r}, os.O_CREAT | os.O_WRONLY)\nfor i in range(10): os.write(f, b"x" * 65536); os.fsync(f)'
        done = slowpath.run('files', '--json', '--over', '1us', '--', sys.executable, '-c', script)
        report = report_of(done, 'slowpath.files/1')
        check_sums(report)
        slept = [slow for slow in report['slow'] if slow['op'] == 'fsync' and slow['slept_ns']]
        check(len(slept) >= 8, 'on a slow disk they sleep', report['slow'])
        for slow in slept:
            check(slow['slept_ns'] <= slow['ns'], 'it slept within its operation', slow)
            check(any('sync' in frame for frame in slow['stack']), 'the stack leads to its call', slow)


@promise
def each_rung_counts_the_same(slowpath, folder):
    path = folder / 'file'
    for names, rung in RUNGS:
        for engine in ('psync', 'libaio', 'io_uring'):
            lay_out(path)
            report, job = watch(slowpath, folder, path, engine, '--rw=randread', '--direct=1', '--iodepth=4', options=without(names))
            row, fio = row_of(report, path, 'read', NAMES[engine]), job['read']
            check(row['latency']['count'] + report['lost'] >= fio['total_ios'] == COUNT, f'{rung}: {engine}', row['latency'])
            check(row['latency']['count'] <= COUNT, f'{rung}: {engine}: none counts twice', row['latency'])


@promise
def a_replay_is_the_live_report(slowpath, folder):
    path, recording = folder / 'file', folder / 'x'
    lay_out(path)
    command = fio_job(path, folder / 'fio.json', 'io_uring', '--rw=randread', '--direct=1', '--iodepth=4')
    live = slowpath.run('files', '--json', '-o', recording, '--', *command)
    check(live.returncode == 0, 'it is watched', live)
    for options in ([], ['--by', 'dir,thread,comm']):
        again = slowpath.run('files', '--json', '-i', recording, *options)
        check(again.returncode == 0, 'it is read', again)
        check_sums(report_of(again, 'slowpath.files/1'))
        if not options:
            check(again.stdout == live.stdout, 'the replay says what the live watch said', live, again)
    text = slowpath.run('files', '-i', recording)
    check(text.returncode == 0 and str(path).encode() in text.stdout, 'words say it as well', text)


if __name__ == '__main__':
    main()
