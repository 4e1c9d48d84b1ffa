#!/usr/bin/env python3
# Does slowpath do on the stock kernel of Debian 12 what it does here? One boot of a virtual machine for all tests, a line for each.
import argparse
import io
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'system'))
from harness import Skip, Slowpath, check, lines, verdict_of  # noqa: E402
from machine import CACHE, DIED, TIMED_OUT, Machine, is_new_qemu, run_command  # noqa: E402
from modules import build_modules  # noqa: E402
from names import CHAIN, NAME, check_named  # noqa: E402
from parts import BACKPORTS, SUITE, Missing, get_parts  # noqa: E402
from zfs_parts import get_zfs  # noqa: E402

SKIPPED = 77  # what meson takes for a skip
TIMEOUT_S = 1200  # of which an idle machine needs a tenth
# All is slower there: a program starts forty times as slowly.
SETTINGS = {'SLOWPATH_TEST_LIMIT_S': '150', 'SLOWPATH_TEST_KILLS': '3', 'SLOWPATH_TEST_LATEST_KILL_S': '16', 'PYTHONDONTWRITEBYTECODE': '1'}
DISK = '/dev/vda'
SCRATCH = '/mnt'
# What is run inside: the file, and which of its promises; none: all.
EXITS = ['exits_of_a_running_guest_are_those_that_it_made', 'time_inside_and_outside_is_the_time_of_the_virtual_cpu',
         'a_guest_that_works_is_not_said_to_leave', 'a_guest_that_ran_before_is_watched_by_its_process']
SYSTEM_TESTS = {
    'rungs.py': ['a_replay_of_each_rung_is_the_live_verdict', 'without_any_rung_one_line_says_so_and_the_command_does_not_run'],
    'disk.py': ['a_mapped_device_and_the_one_below_are_both_counted', 'latencies_agree_with_blktrace'],
    'leaves_nothing.py': ['doctor_leaves_nothing',
                          'sigkill_at_any_moment_leaves_no_program_no_setting_and_a_recording_that_reads'],
}
# Not cpu_kernel: an emulator takes its interrupts at the ends of blocks and within repeated moves, so that its samples pile up in the
# copies of the kernel, and name these in place of what really takes the time.
CULPRITS = ['cpu_user', 'cpu_kernel_syscalls', 'cpu_quota', 'fsync_ext4', 'crash']


def inner_commands(options):
    """The programs that run in the machine, one after the other."""
    slowpath = str(options.slowpath)
    if options.zfs:
        return [[sys.executable, str(HERE / 'zfs.py'), slowpath]]
    if options.kvm:
        return [[sys.executable, str(HERE / 'kvm.py'), slowpath]]
    only = [word for name in CULPRITS for word in ('--only', name)]
    commands = [[HERE.parent / 'culprit/run.py', '--slowpath', slowpath, '--build', options.culprits, '--scratch', SCRATCH, *only]]
    commands += [[HERE / name, slowpath] for name in ('kernel.py', 'drill.py', 'names.py')]
    commands.append([HERE / 'kvm.py', slowpath, *EXITS])
    commands += [[HERE.parent / 'system' / name, slowpath, *promises] for name, promises in SYSTEM_TESTS.items()]
    return [[sys.executable, *map(str, command)] for command in commands if not options.only or command[0].name in options.only]


def run_inside(options):
    """In the machine: run them all. The exit status is that of the worst."""
    for module in ('virtio_blk', 'loop'):
        subprocess.run(['modprobe', module], check=True)
    # Else its tables are written while others are watched.
    subprocess.run(['mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', DISK], check=True)
    subprocess.run(['mount', DISK, SCRATCH], check=True)
    worst = 0
    for command in inner_commands(options):
        began = time.monotonic()
        status = subprocess.run(command, check=False).returncode
        print(f'   {pathlib.Path(command[1]).name}: exit status {status}, {time.monotonic() - began:.0f} s', flush=True)
        worst = worst if status in (0, SKIPPED) else status
    return worst


def check_on_host(slowpath, share):
    """A perf.data of another kernel: named by that kernel's names, and by no others."""
    data, kallsyms = share / 'perf.data', share / 'kallsyms'
    if not kallsyms.exists():
        raise Skip('nothing was recorded')
    check_named(slowpath.run('cpu', '--json', '-i', data, '--kallsyms', kallsyms), 'perf.data on the host')
    done = slowpath.run('cpu', '--json', '-i', data)
    check(done.returncode == 0, 'it reads without the names, too', done)
    profile, = verdict_of(done)['profiles']
    guessed = [row for row in profile['rows'] if NAME in row['dso'] and row['symbol']]
    check(not guessed, 'without the names of its kernel there are none', guessed)
    check(not any(node['name'] in CHAIN for node in profile['tree'][1:]), 'nor in the tree', profile['tree'])
    refused = lines(slowpath.run('cpu', '-i', data).stderr)
    check(refused, 'that names are missing is told')


def check_status(parts):
    said = {'out': io.BytesIO(), 'err': io.BytesIO()}
    status = run_command(Machine(parts), ['sh', '-c', 'echo one; echo two >&2; exit 3'], TIMEOUT_S, **said)
    check((status, said['out'].getvalue(), said['err'].getvalue()) == (3, b'one\n', b'two\n'), 'all of it comes back', status, said)


def check_limits(parts):
    """A panic, and a command without end: the machine may not even be up by then, and that is out of time, too."""
    for command, timeout_s, expected in (('echo c >/proc/sysrq-trigger', TIMEOUT_S, DIED), ('sleep 1000', 10, TIMED_OUT)):
        said = io.BytesIO()
        status = run_command(Machine(parts), ['sh', '-c', command], timeout_s, err=said)
        check(status == expected and b'machine: ' in said.getvalue(), f'{command}: {expected}', status, said.getvalue())


def test_one(name, function, *arguments):
    """The exit status of one test on this side."""
    try:
        function(*arguments)
    except Skip as reason:
        print(f'skip {name}: {reason}')
    except (AssertionError, OSError, ValueError, KeyError, subprocess.SubprocessError) as reason:
        print(f'FAIL {name}: {reason}')
        return 1
    else:
        print(f'ok {name}')
    return 0


def test_on_host(options, parts, share):
    """What is to be seen from outside the machine."""
    slowpath = Slowpath(options.slowpath)
    return max(test_one('what_perf_recorded_there_is_named_here', check_on_host, slowpath, share),
               test_one('status_and_words_of_a_command_come_back', check_status, parts),
               test_one('a_dead_machine_and_one_that_is_too_slow_are_told', check_limits, parts))


def try_modules(parts, folder, settings):
    """Where the modules are, for the tests of names; why not, when they cannot be built."""
    try:
        build_modules(parts, folder)
        settings['SLOWPATH_VM_MODULES'] = str(folder)
    except Missing as reason:
        settings['SLOWPATH_VM_WHY'] = f'the module cannot be built: {reason}'


def settings_of(options, parts):
    """What the tests are to know."""
    settings = {**SETTINGS, 'SLOWPATH_VM_CULPRITS': str(options.culprits), 'SLOWPATH_VM_CACHE': str(options.cache.resolve())}
    if options.zfs:
        zfs = get_zfs(parts, options.cache)
        settings |= {'SLOWPATH_VM_ZFS': str(zfs.modules), **zfs.environment()}
    else:
        try_modules(parts, options.cache.resolve() / 'modules', settings)
    return settings


def run_outside(options):
    parts = get_parts(options.cache, BACKPORTS if options.backports else SUITE)
    settings = settings_of(options, parts)
    with tempfile.TemporaryDirectory(prefix='slowpath-vm-share-') as name:
        share = pathlib.Path(name)
        more_disks = ['virtio:1G'] if options.zfs else ['nvme:64M'] if is_new_qemu(parts) else []
        machine = Machine(parts, memory_mib=2048 if options.zfs else 1024, disks=['virtio:1G', *more_disks], share=name)
        command = ['env', *(f'{key}={value}' for key, value in settings.items()), sys.executable, __file__, '--inside', *sys.argv[1:]]
        began = time.monotonic()
        status = run_command(machine, command, TIMEOUT_S)
        print(f'   Linux {parts.release}: {time.monotonic() - began:.0f} s', flush=True)
        if status in (TIMED_OUT, DIED):
            print(f'FAIL machine: {"out of time" if status == TIMED_OUT else "it died"}')
        return max(status, test_on_host(options, parts, share) if not (options.only or options.zfs or options.kvm) else 0)


def parse_options():
    parser = argparse.ArgumentParser(description='Tests of slowpath in a virtual machine.')
    parser.add_argument('--slowpath', required=True, type=pathlib.Path, help='the slowpath to test')
    parser.add_argument('--culprits', required=True, type=pathlib.Path, help='the folder with the built culprits')
    parser.add_argument('--cache', type=pathlib.Path, help='where the pieces of the machine are kept')
    parser.add_argument('--backports', action='store_true', help='on the newest kernel that is built for Debian 12')
    parser.add_argument('--only', action='append', metavar='FILE', help='only this test program (may be repeated)')
    parser.add_argument('--zfs', action='store_true', help='only the tests of ZFS; its modules are built once, which takes minutes')
    parser.add_argument('--kvm', action='store_true', help='only the tests of guests of KVM, among them one of QEMU within the machine')
    parser.add_argument('--inside', action='store_true', help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.slowpath, options.culprits = options.slowpath.resolve(), options.culprits.resolve()
    options.cache = options.cache or (CACHE.with_name('vm-backports') if options.backports else CACHE)
    return options


def main():
    options = parse_options()
    if options.inside:
        return run_inside(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the machine is ended
    sys.stdout.reconfigure(line_buffering=True)
    if not shutil.which('dpkg-deb'):
        print('the virtual machine is made of Debian packages, and there is no dpkg here')
        return SKIPPED
    try:
        return run_outside(options)
    except Missing as reason:
        print(f'there is no virtual machine: {reason}')
        return SKIPPED


if __name__ == '__main__':
    sys.exit(main())
