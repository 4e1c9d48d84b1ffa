# Functions that are slow for a known reason on a slow disk: what to do there, and which callee has to be found.
import dataclasses
import os
import pathlib
import subprocess
import typing

from harness import Skip, check, verdict_of


def tool(*command):
    """A tool of the system, which must go well."""
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    except FileNotFoundError as reason:
        raise Skip(str(reason)) from None
    if done.returncode != 0:
        raise Skip(f'{" ".join(map(str, command))}: {done.stderr.strip() or done.returncode}')
    return done.stdout


MAKE = {
    'ext4': ['mkfs.ext4', '-q', '-F', '-E', 'nodiscard'],
    'btrfs': ['mkfs.btrfs', '-q', '-K', '-m', 'single', '-n', '4096'],
}
# Sums of 4 MiB of data fill a leaf of 4 KiB.
LEAVES = 12
CREATORS, CREATED = 4, 6


@dataclasses.dataclass
class Case:
    """A function that is slow, and what in it is to be found."""
    function: str
    callees: list  # one of them holds the most; what it is called differs by kernel
    share: float  # it has this much at least
    calls: int  # of the function that are slow, at least
    job: typing.Callable  # of the mount point and of a number of its own: the command
    system: str = 'ext4'
    options: str = 'defaults'
    over: str = '20ms'
    timed: tuple = ()  # callees that programs can be at, and that are on the path
    data_mib: int = 0  # of a file that is there, and in no memory


def shell(words):
    return ['sh', '-c', words]


def write_durably(point, number):
    return ['dd', 'if=/dev/zero', f'of={point}/{number}', 'bs=4k', 'count=20', 'oflag=dsync', 'status=none']


def read_one_of_each_leaf(point, number):
    one = f'dd if={point}/file of=/dev/null bs=4k count=1 skip=$((leaf * 1024 - 512)) status=none'
    return shell(f'for leaf in $(seq {LEAVES}); do {one}; done')


def create_together(point, number):
    each = f'for i in $(seq {CREATED}); do : > {point}/{number}-$creator-$i; done'
    return shell(f'for creator in $(seq {CREATORS}); do ({each}) & done; wait')


def read_through_the_cache(point, number):
    return ['dd', f'if={point}/file', 'of=/dev/null', 'bs=64k', 'status=none']


CASES = {
    'fsync': Case('ext4_sync_file', ['jbd2_log_wait_commit', 'blkdev_issue_flush'], 0.5, 18, write_durably,
                  timed=('jbd2_log_wait_commit', 'blkdev_issue_flush')),
    'cold checksums': Case('filemap_read', ['btrfs_lookup_csum', 'btrfs_lookup_bio_sums'], 0.3, LEAVES, read_one_of_each_leaf, system='btrfs',
                           data_mib=4 * LEAVES),
    'create storm': Case('path_openat', ["a directory's i_rwsem"], 0.5, CREATORS * CREATED * 3 // 4, create_together, options='dirsync', over='50ms'),
    'page cache': Case('filemap_read', ['filemap_get_pages', 'filemap_update_page'], 0.5, 6, read_through_the_cache, data_mib=2),
}


def fill(case, point):
    if case.data_mib:
        tool('dd', 'if=/dev/zero', f'of={point}/file', 'bs=1M', f'count={case.data_mib}', 'status=none')


def read_little_ahead(device):
    """So that a small file needs many requests."""
    pathlib.Path('/sys/block', os.path.basename(device), 'bdi/read_ahead_kb').write_text('16')


def forget(point):
    """Nothing of it is in memory any more."""
    with open('/proc/self/mounts', encoding='utf-8') as mounts:
        device, system, options = next((words[0], *words[2:4]) for words in map(str.split, mounts) if words[1] == str(point))
    tool('umount', point)
    tool('mount', '-t', system, '-o', options, device, point)


def shares(report):
    """Of each function of the kernel and of what is waited for, in all places where it stands in the tree."""
    total, found = report['total_ns'], {}
    for node in report['tree']:
        if node.get('kind') in ('kernel', 'blocked'):
            found[node['name']] = found.get(node['name'], 0) + node['total'] / total
    return found


class Seen(typing.NamedTuple):
    """What a rung says of the callee."""
    callee: str
    share: float
    timed: dict  # what programs at it measured; None: nothing
    root: str  # the function at the top of the path


def see(slowpath, case, point, number, rung):
    if case.data_mib:
        forget(point)
    done = slowpath.run('calls', case.function, '--over', case.over, '--rung', rung, '--json', '--', *case.job(point, number))
    check(done.returncode == 0 and done.stderr == b'', f'{rung}: it is watched without a word', done)
    report = verdict_of(done)
    found = shares(report)
    callee = max((name for name in found if name in case.callees), key=found.get, default=None)
    print(f'   {case.function} by {rung}: {report["calls"]} calls, {report["total_ns"] / 1e6:.0f} ms, {callee} {found.get(callee, 0):.3f}; '
          + ' > '.join(step['name'] for step in report['path']))
    check(callee, f'{rung}: one of {case.callees} is found', report['tree'])
    check(found[callee] >= case.share, f'{rung}: it takes its share', callee, found)
    check(report['by'] == ('stacks' if rung == 'stacks' else 'probes'), 'by what it was told to', report['how'])
    check(report['calls'] >= case.calls, f'{rung}: the slow calls are told', report['calls'], report['short_calls'])
    timed = next((step['timed'] for step in report['path'] if step['name'] == callee), None)
    return Seen(callee, found[callee], timed, report['path'][0]['name'])
