# A file system on a disk whose every request is slow: a loop device on a file of FUSE that takes its time.
import contextlib
import os
import subprocess

from drill_cases import MAKE, fill, read_little_ahead, tool
from harness import Skip, wait_for

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
def slow_file(slowpath, backing, point, broken=None):
    """A file whose every read, write and flush takes that long; from the byte broken on it cannot be read."""
    program = slowpath.helper('slow_file', backing, MILLISECONDS if broken is None else f'{MILLISECONDS}:{broken}', '-f', point)
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
    """The mount point of the case's file system, with the file that it needs."""
    image, slow, point = folder / 'image', folder / 'slow', folder / 'mnt'
    slow.mkdir()
    point.mkdir()
    tool('truncate', '-s', '256M', image)
    with attached(image) as device:
        tool(*MAKE[case.system], device)
        with mounted(case, device, point):
            fill(case, point)
    with slow_file(slowpath, image, slow) as file, attached(file) as device:
        read_little_ahead(device)
        with mounted(case, device, point):
            yield point
