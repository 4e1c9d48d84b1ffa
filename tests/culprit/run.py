#!/usr/bin/env python3
"""Does slowpath name the culprit? Runs each culprit under it and compares the verdict with what the source promises.

Each culprit begins with a line for each of its cases:
    /* EXPECT: [case=NAME] cause=ID subject=REGEX share>=MINIMUM [evidence=REGEX] [exit=STATUS|exit=signal:NUMBER] */
This file has what a case needs around it (CASES): file systems, cgroups, and processes outside the command.
"""
import argparse
import contextlib
import glob
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time

from room import Room, Skip, Wrong, insist, read_text, run_tool, write_text

SCHEMA = 'slowpath.verdict/1'
SECONDS = '3'
TIMEOUT_S = 30
MAX_UNKNOWN = 0.02
MAX_SUM_ERROR = 0.001
MAX_STRANGERS = 0.05  # of the time, ready while processes ran that have nothing to do with the case
MAX_KERNEL = 0.3  # of a CPU, that kernel threads may take for the case's own sake
MAX_TRIES = 3  # of a case that strangers disturbed
SKIPPED = 77  # what meson takes for a skip


class Disturbed(Exception):
    """The verdict is not the promised one, but strangers took the CPUs meanwhile, or only the share falls short."""


class Short(Wrong):
    """The right culprit is named, with less of the time than promised: how much it takes, the machine's mood decides too."""


# ---- what is promised

class Expectation:
    def __init__(self, binary, line):
        words = dict(re.findall(r'(\w+)>?=(\S+)', line))
        self.name = words.pop('case', binary)
        self.binary = binary
        self.exit = words.pop('exit', '0')
        self.cause = words.pop('cause')
        self.subject = words.pop('subject')
        self.share = float(words.pop('share'))
        self.evidence = words.pop('evidence', '')  # a sentence of the finding's; no blanks: write . for them
        if words:
            raise ValueError(f'{binary}.c: EXPECT has unknown words: {" ".join(words)}')

    def statuses(self):
        """The exit statuses that hand on the culprit's own."""
        kind, _, number = self.exit.rpartition(':')
        return {int(number)} if kind != 'signal' else {-int(number), 128 + int(number)}


def read_expectations(word, make):
    """What the lines beginning with this word promise, by case."""
    here, found = os.path.dirname(os.path.abspath(__file__)), {}
    for path in sorted([*glob.glob(here + '/*.c'), *glob.glob(here + '/stuck/*.c')]):
        for line in re.findall(rf'^/\* {word}: (.*?) \*/$', read_text(path), re.M | re.S):
            expectation = make(os.path.basename(path)[:-2], line.replace('\n *', ' '))
            found[expectation.name] = expectation
    return found


# ---- what a case needs around it; each function undoes what it did through the stack

def plain(room):
    return []


def beside_hogs(room):
    for _ in range(2):
        room.outside('hog')
    return []


def under_quota(room):
    return [room.cgroup('cpu', {'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '20000'},
                        {'cpu.max': '20000 100000'})]


def on_ext4(room):
    return [room.loop_mount('ext4')[0] + '/file']


def on_xfs(room):
    return [room.loop_mount('xfs')[0] + '/file']


def on_btrfs(room):
    return [room.loop_mount('btrfs')[0] + '/file']


def on_overlay(room):
    """What is written there lies on ext4."""
    base, point = room.loop_mount('ext4')[0], room.path('overlay')
    for folder in (base + '/lower', base + '/upper', base + '/work', point):
        os.mkdir(folder)
    run_tool('mount', '-t', 'overlay', '-o', f'lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work', 'overlay', point)
    room.stack.callback(insist, run_tool, 'umount', point)
    return [point + '/file']


def on_short_queue(room):
    """A loop device that takes four requests at a time."""
    device = room.loop(direct=True)
    room.setting(f'/sys/block/{os.path.basename(device)}/queue/nr_requests', '4')
    return [device]


def on_disk(room):
    room.disks()
    return [room.file('data', 256), str(256 << 10)]


def under_io_limit(room):
    number, _ = room.disks()
    folder = room.cgroup('blkio', {'blkio.throttle.read_bps_device': f'{number} {4 << 20}'},
                         {'io.max': f'{number} rbps={4 << 20}'})
    return [room.file('data', 64), str(256 << 10), folder]


def with_few_dirty_pages(room):
    point, loop = room.loop_mount('ext4')
    bdi = f'/sys/block/{loop}/bdi'
    room.setting(bdi + '/max_ratio_fine', '1000')
    room.setting(bdi + '/strict_limit', '1')
    return [point + '/file']


def mapped(room):
    room.disks()
    return [room.file('data', 256)]


def mapped_under_limit(room):
    room.disks()
    return [room.file('data', 128),
            room.cgroup('memory', {'memory.limit_in_bytes': str(24 << 20)}, {'memory.max': str(24 << 20)})]


def under_memory_limit(room):
    return [room.cgroup('memory', {'memory.limit_in_bytes': str(24 << 20), 'memory.swappiness': '0'},
                        {'memory.max': str(24 << 20), 'memory.swap.max': '0'})]


def in_full_folder(room):
    room.disks()
    os.mkdir(room.path('folder'))
    for number in range(10000):
        write_text(room.path(f'folder/file-{number}'), '')
    return [room.path('folder')]


def beside_writer(room):
    room.disks()
    os.mkfifo(room.path('fifo'))
    room.outside('fsync_writer', room.path('fifo'), room.path('records'))
    return ['-', room.path('fifo')]


def with_records(room):
    room.disks()
    return [room.path('records')]


def on_slow_fuse(room, **environment):
    if not os.path.exists('/dev/fuse'):
        raise Skip('/dev/fuse is missing')
    point = room.path('mnt')
    os.mkdir(point)
    room.outside('slow_fuse', '-f', '-s', point, **environment)
    room.stack.callback(insist, run_tool, 'umount', point)
    for _ in range(50):
        if os.path.exists(point + '/file'):
            return [point + '/file']
        time.sleep(0.1)
    raise Skip('the file system did not come up')


def with_huge_pages(room):
    if '[never]' in read_text('/sys/kernel/mm/transparent_hugepage/enabled'):
        raise Skip('there are no huge pages: /sys/kernel/mm/transparent_hugepage/enabled')
    return ['huge']


def beside_tcp_server(room):
    return [room.outside('late_server', ready=True)]


def beside_unix_server(room):
    room.outside('late_server', room.path('socket'), ready=True)
    return [room.path('socket')]


def beside_flock_holder(room):
    room.outside('flock_holder', room.path('locked_file'), ready=True)
    return [room.path('locked_file')]


def on_frozen_xfs(room):
    """Frozen from 1 s on, for 2 s."""
    point, _ = room.loop_mount('xfs')
    timers = []

    def freeze():
        timers.append(threading.Timer(2, room.freeze(point)))
        timers[-1].start()

    timers.append(threading.Timer(1, freeze))
    timers[-1].start()
    room.stack.callback(lambda: [timer.join() for timer in timers])
    return [point + '/file']


def leaving_core(room):
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        raise Skip('no core may be written here (ulimit -H -c)')
    return ['core']


def by_abort(room):
    return ['abort']


def in_child(room):
    return ['child']


def with_locked_file(room):
    return [room.path('locked_file')]


def in_durable_folder(room, batching='max_batch_time=0'):
    """What is made there is on the disk before the folder's lock is let go; no sync of ext4's waits for others to join."""
    folder = room.loop_mount('ext4', options=batching)[0] + '/folder'
    os.mkdir(folder)
    run_tool('chattr', '+D', folder)
    return [folder]


def in_folder_of_joined_syncs(room):
    """Each sync waits 20 ms for others that could join the commit, which takes far less here."""
    return in_durable_folder(room, 'min_batch_time=20000,max_batch_time=20000')


CASES = {
    'cpu_user': plain,
    'cpu_kernel': plain,
    'cpu_kernel_syscalls': plain,
    'cached_read': plain,
    'first_touch': plain,
    'first_touch_huge': with_huge_pages,
    'futex_bucket': plain,
    'runqueue': beside_hogs,
    'cpu_quota': under_quota,
    'fsync_ext4': on_ext4,
    'fsync_xfs': on_xfs,
    'fsync_btrfs': on_btrfs,
    'fsync_overlay': on_overlay,
    'direct_read': on_disk,
    'disk_queue': on_short_queue,
    'io_throttle': under_io_limit,
    'dirty_throttle': with_few_dirty_pages,
    'memcg_limit': mapped_under_limit,
    'mmap_fault': mapped,
    'dir_lock': in_full_folder,
    'futex_cpu': plain,
    'futex_disk': on_disk,
    'pipe_fsync': with_records,
    'pipe_fsync_outside': beside_writer,
    'fuse_slow': on_slow_fuse,
    'net_late': beside_tcp_server,
    'unix_late': beside_unix_server,
    'sleeper': plain,
    'slow_child': plain,
    'flock': beside_flock_holder,
    'crash': plain,
    'crash_core': leaving_core,
    'crash_abort': by_abort,
    'crash_child': in_child,
    'oom': under_memory_limit,
    'abba': plain,
    'frozen': on_frozen_xfs,
    'file_lock': with_locked_file,
    'mutex_fsync': on_ext4,
    'mmap_lock': plain,
    'creators': in_durable_folder,
    'creators_joined': in_folder_of_joined_syncs,
    'idle': plain,
}


OPTIONS = {
    'abba': ['-d', '2'],  # a deadlock is one as long as it lasts
}


# ---- one run, and the comparison

def run_slowpath(slowpath, options, command, folder):
    """Its exit status, stdout and stderr. In a session of its own, so that nothing of it outlives the time limit."""
    process = subprocess.Popen([slowpath, '--json', *options, '--', *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True, cwd=folder)
    try:
        output, errors = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f'not done after {TIMEOUT_S} s') from late
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, output, errors


def parse_verdict(output, errors):
    try:
        verdict = json.loads(output)
    except ValueError as error:
        raise Wrong(f'stdout is not JSON ({error}); stderr: {errors.strip()[-2000:]}') from error
    if verdict.get('schema') != SCHEMA:
        raise Wrong(f'schema is {verdict.get("schema")}')
    return verdict


def describe(verdict):
    if not verdict['findings']:
        return 'no finding'
    first = verdict['findings'][0]
    return f'{first["cause"]} {first["subject"]["name"]} {first["share"]:.2f}'


def check_finding(expectation, words, verdict):
    subject = re.sub(r'\{(\w+)\}', lambda match: words[match[1]], expectation.subject)
    first = verdict['findings'][0] if verdict['findings'] else None
    if (not first or first['cause'] != expectation.cause or not re.search(subject, first['subject']['name'])
            or first['share'] < expectation.share):
        others = ', '.join(f'{finding["cause"]} {finding["subject"]["name"]} {finding["share"]:.2f}'
                           for finding in verdict['findings'][1:4])
        words = (f'expected {expectation.cause} {subject} >={expectation.share:.2f}, got {describe(verdict)}'
                 + (f' (then {others})' if others else ''))
        is_named = first and first['cause'] == expectation.cause and re.search(subject, first['subject']['name'])
        raise (Short if is_named else Wrong)(words)


def check_evidence(expectation, verdict):
    told = verdict['findings'][0]['evidence']
    if expectation.evidence and not any(re.search(expectation.evidence, words) for words in told):
        raise Wrong(f'no evidence like {expectation.evidence} beside {describe(verdict)}, but: {"; ".join(told)}')


def unknown_share(verdict):
    """The larger of what is said to be unknown and what the shares leave over."""
    accounting = verdict['accounting']
    said = accounting['unknown_s'] / accounting['wall_s'] if accounting['wall_s'] else 0
    left = 1 - sum(finding['share'] for finding in verdict['findings'])
    return max(said, left)


def check_sums(verdict):
    if unknown_share(verdict) > MAX_UNKNOWN:
        raise Wrong(f'unknown is {unknown_share(verdict):.1%} beside {describe(verdict)}')
    total = sum(finding['share'] for finding in verdict['findings'])
    if total > 1 + MAX_SUM_ERROR:
        raise Wrong(f'the shares sum to {total:.3f}')
    for row in verdict['accounting']['threads_detail']:
        parts = (row['user_s'] + row['kernel_s'] + row['irq_s'] + row['queue_s'] + sum(row['blocked_s'].values())
                 + row['unknown_s'])
        if abs(parts - row['wall_s']) > MAX_SUM_ERROR * row['wall_s'] + 1e-6:
            raise Wrong(f'thread {row["tid"]}: {parts:.6f} s accounted of {row["wall_s"]:.6f} s')


def check_cpu(verdict, errors):
    """The kernel counts a process's CPU time with or without interrupts, as configured: between the two is right."""
    told = re.search(r'^culprit: cpu_ns=(\d+)$', errors, re.M)
    if not told:
        raise Wrong(f'the culprit did not tell its CPU time; stderr: {errors.strip()[-500:]}')
    rows = [row for row in verdict['accounting']['threads_detail'] if row['tgid'] == verdict['target']['pid']]
    own_s = int(told[1]) / 1e9
    low_s = sum(row['user_s'] + row['kernel_s'] for row in rows)
    high_s = low_s + sum(row['irq_s'] for row in rows)
    slack_s = max(0.02 * own_s, 0.01)
    if not low_s - slack_s <= own_s <= high_s + slack_s:
        raise Wrong(f'on CPU for {low_s:.3f} to {high_s:.3f} s, by its own count {own_s:.3f} s')


def check_once(options, expectation):
    """The verdict in words; raises Wrong or Skip."""
    with contextlib.ExitStack() as stack:
        room = Room(stack, options.build, options.scratch)
        if options.keep:
            print(f'note: {expectation.name} runs in {room.folder}', file=sys.stderr)
        arguments = CASES[expectation.name](room)
        command = [os.path.join(options.build, expectation.binary), SECONDS, *arguments]
        before = cpu_seconds()
        status, output, errors = run_slowpath(options.slowpath, OPTIONS.get(expectation.name, []), command, room.folder)
        strangers_s = cpu_seconds() - before
        if options.keep:
            save_run(options.build, expectation.name, output, errors)
        verdict = parse_verdict(output, errors)
        try:
            check_finding(expectation, room.words, verdict)
            check_evidence(expectation, verdict)
            check_sums(verdict)
            check_cpu(verdict, errors)
        except Wrong as reason:
            strangers = max(strangers_share(expectation, verdict), strangers_s / verdict['window_s'] - MAX_KERNEL)
            if strangers > MAX_STRANGERS:
                raise Disturbed(f'{reason}; strangers ran {strangers:.0%} of the time') from reason
            if isinstance(reason, Short):
                raise Disturbed(str(reason)) from reason
            raise
        if status not in expectation.statuses():
            raise Wrong(f'exit status {status} instead of {expectation.exit} beside {describe(verdict)}')
        return f'{describe(verdict)} unknown {100 * unknown_share(verdict):.1f} %'


def cpu_seconds():
    """CPU time of all that is neither this runner nor was waited for by it: strangers, and the kernel's own threads."""
    user, nice, system, _, _, irq, softirq = (int(word) for word in read_text('/proc/stat').split()[1:8])
    total_s = (user + nice + system + irq + softirq) / os.sysconf('SC_CLK_TCK')
    ours = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return total_s - sum(usage.ru_utime + usage.ru_stime for usage in ours)


def strangers_share(expectation, verdict):
    """How long the culprit was ready while others ran than itself, slowpath, kernel threads and what the case started."""
    ours = re.compile(rf'({expectation.binary[:15]}|slowpath|hog|kworker|jbd2|rcu|ksoftirqd|nobody|late_server|slow_fuse|fsync_writer)')
    return sum(finding['share'] for finding in verdict['findings']
               if finding['cause'] == 'cpu.runqueue' and not ours.match(finding['subject']['name']))


def save_run(build, name, output, errors):
    write_text(os.path.join(build, name + '.json'), output)
    write_text(os.path.join(build, name + '.stderr'), errors)


def check_undisturbed(options, expectation):
    for _ in range(MAX_TRIES - 1):
        try:
            return check_once(options, expectation)
        except Disturbed as reason:
            print(f'note: {expectation.name} is tried again: {reason}', file=sys.stderr)
    try:
        return check_once(options, expectation)
    except Disturbed as reason:
        raise Wrong(str(reason)) from reason


def check_case(options, expectation, check):
    """'ok', 'FAIL' or 'skip', and the line to print."""
    agreed, wrong, good = 0, [], ''
    for _ in range(options.repeat):
        try:
            good = check(options, expectation)
            agreed += 1
        except Skip as reason:
            return 'skip', f'skip {expectation.name}: {reason}'
        except Wrong as reason:
            wrong.append(str(reason))
        except (KeyError, TypeError) as gap:
            wrong.append(f'the answer has not the promised form: {type(gap).__name__} {gap}')
    count = f' {agreed}/{options.repeat}' if options.repeat > 1 else ''
    if not wrong:
        return 'ok', f'ok {expectation.name}{count}: {good}'
    return 'FAIL', f'FAIL {expectation.name}{count}: ' + '; '.join(dict.fromkeys(wrong))


def parse_options():
    parser = argparse.ArgumentParser(description='Does slowpath name the culprit?')
    parser.add_argument('--slowpath', required=True, help='the slowpath to test')
    parser.add_argument('--build', required=True, help='the folder with the built culprits')
    parser.add_argument('--repeat', type=int, default=1, metavar='N', help='run each N times')
    parser.add_argument('--only', action='append', metavar='NAME', help='only this case (may be repeated)')
    parser.add_argument('--keep', action='store_true', help='keep each verdict and stderr in the build folder')
    parser.add_argument('--scratch', default='/var/tmp', metavar='DIR', help='a folder on a real disk')
    options = parser.parse_args()
    options.slowpath = os.path.abspath(options.slowpath)
    options.build = os.path.abspath(options.build)
    return options


def select_cases(options, expectations, cases):
    if set(expectations) != set(cases):
        sys.exit(f'these are not both promised and set up: {" ".join(sorted(set(expectations) ^ set(cases)))}')
    unknown = set(options.only or []) - set(cases)
    if unknown:
        sys.exit(f'no such case: {" ".join(sorted(unknown))}')
    return options.only or list(cases)


def check_all(options, expectations, cases, check):
    """A line for each case, and the exit status."""
    names = select_cases(options, expectations, cases)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was set up is undone
    counts = {'ok': 0, 'FAIL': 0, 'skip': 0}
    for name in names:
        if os.geteuid() != 0:
            outcome, line = 'skip', f'skip {name}: needs root'
        else:
            outcome, line = check_case(options, expectations[name], check)
        counts[outcome] += 1
        print(line, flush=True)
    print(f'{counts["ok"]} passed, {counts["FAIL"]} failed, {counts["skip"]} skipped')
    if counts['FAIL']:
        return 1
    return 0 if counts['ok'] else SKIPPED


def main():
    return check_all(parse_options(), read_expectations('EXPECT', Expectation), CASES, check_undisturbed)


if __name__ == '__main__':
    sys.exit(main())
