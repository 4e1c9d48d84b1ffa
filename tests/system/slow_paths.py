#!/usr/bin/env python3
# Is the callee that a slow function's time went to found where no probe can be put at a function? On a disk that is slow.
import contextlib
import os
import subprocess

from drill_cases import CASES, MAKE, fill, see, tool
from harness import Skip, main, promise, wait_for

MILLISECONDS = 30


@contextlib.contextmanager
def attached(file):
    """A loop device on it."""
    device = tool('losetup', '-f', '--show', file).strip()
    try:
        yield device
    finally:
        tool('losetup', '-d', device)


@contextlib.contextmanager
def mounted(case, device, point):
    tool('mount', '-t', case.system, '-o', case.options, device, point)
    try:
        yield
    finally:
        tool('umount', point)


@contextlib.contextmanager
def slow_file(slowpath, backing, point):
    """A file whose every read, write and flush takes that long."""
    program = slowpath.helper('slow_file', backing, MILLISECONDS, '-f', point)
    if not os.path.exists('/dev/fuse') or not os.path.exists(program[0]):
        raise Skip('there is no FUSE here')
    daemon = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        wait_for((point / 'disk').exists, 10, 'the slow file')
        yield point / 'disk'
    finally:
        subprocess.run(['umount', point], check=True)
        daemon.wait(timeout=10)


@contextlib.contextmanager
def slow_disk(slowpath, folder, case):
    """The mount point of a file system on a slow disk, with what the case needs."""
    image, slow, point = folder / 'image', folder / 'slow', folder / 'mnt'
    slow.mkdir()
    point.mkdir()
    tool('truncate', '-s', '256M', image)
    with attached(image) as device:
        tool(*MAKE[case.system], device)
        with mounted(case, device, point):
            fill(case, point)
    with slow_file(slowpath, image, slow) as file, attached(file) as device, mounted(case, device, point):
        yield point


def find(slowpath, folder, name):
    case = CASES[name]
    with slow_disk(slowpath, folder, case) as point:
        see(slowpath, case, point, 0, 'stacks')


@promise
def of_an_fsync_it_is_found(slowpath, folder):
    find(slowpath, folder, 'fsync')


@promise
def of_a_read_with_cold_checksums_it_is_found(slowpath, folder):
    find(slowpath, folder, 'cold checksums')


@promise
def of_a_storm_of_creates_it_is_found(slowpath, folder):
    find(slowpath, folder, 'create storm')


@promise
def of_a_read_through_the_page_cache_it_is_found(slowpath, folder):
    find(slowpath, folder, 'page cache')


if __name__ == '__main__':
    main()
