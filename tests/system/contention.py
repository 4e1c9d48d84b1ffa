#!/usr/bin/env python3
# Is the lock named that an I/O scheduler makes many jobs wait for, with both ways to it?
import contextlib
import os
import pathlib
import tempfile

from drill_cases import tool
from harness import Skip, check, main, promise, report_of

JOBS = ['fio', '--name=load', '--rw=randread', '--bs=4k', '--direct=1', '--size=64M', '--ioengine=io_uring', '--iodepth=8', '--numjobs=8',
        '--group_reporting', '--time_based', '--runtime=3', '--output=/dev/null']


@contextlib.contextmanager
def scheduled_by(scheduler):
    """A loop device on memory with this scheduler."""
    if (os.cpu_count() or 1) < 2:
        raise Skip('on one CPU nobody waits for a spin lock')
    with tempfile.NamedTemporaryFile(dir='/dev/shm') as file:
        file.truncate(64 << 20)
        device = tool('losetup', '-f', '--show', file.name).strip()
        try:
            choice = pathlib.Path('/sys/block', os.path.basename(device), 'queue/scheduler')
            if scheduler not in choice.read_text():
                raise Skip(f'this kernel has no {scheduler}')
            choice.write_text(scheduler)
            yield device
        finally:
            tool('losetup', '-d', device)


def locks_of(slowpath, scheduler):
    """The kernel's locks that were waited for, the worst first."""
    with scheduled_by(scheduler) as device:
        done = slowpath.run('locks', '-q', '--json', '--', *JOBS, f'--filename={device}')
    check(done.returncode == 0, 'it is watched', done)
    locks = [lock for lock in report_of(done, 'slowpath.locks/1')['watch']['locks'] if lock['kind'] == 'kernel']
    locks.sort(key=lambda lock: lock['wait_s'], reverse=True)
    for lock in locks[:3]:
        ways = [' < '.join(way['frames'][:4]) for way in lock['waiting'][:3]]
        print(f'   {scheduler}: {lock["name"]} ({lock["type"]}), {lock["contentions"]} waits, {lock["wait_s"]:.3f} s: {"; ".join(ways)}')
    return locks


def is_of(lock, prefix):
    return any(frame.startswith(prefix) for way in lock['waiting'] for frame in way['frames'])


def ways_into(locks, prefix):
    """The scheduler's functions that wait for the worst of its locks."""
    return {frame for lock in locks[:1] for way in lock['waiting'] for frame in way['frames'] if frame.startswith(prefix)}


def has_both(ways):
    """Where requests are put in, and where they are taken out."""
    return any('insert' in frame or 'merge' in frame for frame in ways) and any('dispatch' in frame for frame in ways)


def check_named(slowpath, scheduler, prefix):
    # Who happens to wait is chance: with two CPUs only some dozens do.
    for _ in range(4):
        found = [lock for lock in locks_of(slowpath, scheduler) if is_of(lock, prefix)]
        ways = ways_into(found, prefix)
        if has_both(ways):
            break
    check(found, f'the lock of {scheduler} is among them')
    check(prefix in found[0]['name'] and found[0]['type'] == 'spin lock', 'it is named after who takes it', found[0]['name'])
    check(has_both(ways), 'it is waited for where requests are put in and where they are taken out', ways)


@promise
def the_lock_of_mq_deadline_is_named_with_both_ways_to_it(slowpath, folder):
    check_named(slowpath, 'mq-deadline', 'dd_')


@promise
def the_lock_of_bfq_is_named_with_both_ways_to_it(slowpath, folder):
    check_named(slowpath, 'bfq', 'bfq')


@promise
def without_a_scheduler_there_is_no_such_lock(slowpath, folder):
    locks = locks_of(slowpath, 'none')
    check(not any(is_of(lock, prefix) for lock in locks for prefix in ('dd_', 'bfq')), 'nobody waits for a scheduler', locks[:3])


if __name__ == '__main__':
    main()
