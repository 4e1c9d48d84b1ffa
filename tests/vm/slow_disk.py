# A disk of the virtual machine that is slow for one known reason, with a file system on it.
import contextlib

from drill_cases import MAKE, read_little_ahead, tool

DEVICE = '/dev/nullb0'
# Each request takes 40 ms, by a timer: more than all else takes, even where the host is busy. There is a cache to be flushed.
SLOW_DISK = ['null_blk', 'nr_devices=1', 'gb=1', 'memory_backed=1', 'cache_size=1', 'irqmode=2', 'completion_nsec=40000000',
             'hw_queue_depth=16']
SIZES = {'ext4': ['64M'], 'btrfs': []}


@contextlib.contextmanager
def slow_disk(folder, system='ext4', options='defaults'):
    """The mount point of a new file system."""
    point = folder / 'mnt'
    point.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        tool('modprobe', *SLOW_DISK)
        stack.callback(tool, 'modprobe', '-r', SLOW_DISK[0])
        read_little_ahead(DEVICE)
        tool(*MAKE[system], DEVICE, *SIZES[system])
        tool('modprobe', system)
        tool('mount', '-t', system, '-o', options, DEVICE, point)
        stack.callback(tool, 'umount', point)
        yield point
