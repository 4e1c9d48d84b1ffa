#!/usr/bin/env python3
# Where inside of a function's slow calls does the time go? Jobs whose calls are known, watched live and read again.
import contextlib
import subprocess

from harness import Skip, check, check_one_line, lines, main, promise, report_of

ROUNDS, DEPTH = 20, 5
PARTS = ('on_cpu_ns', 'blocked_ns', 'runnable_ns', 'unknown_ns')


def calls_of(done):
    """The report that --json printed; what must hold for every one is checked."""
    check(done.returncode == 0, 'it is reported', done)
    report = report_of(done, 'slowpath.slow_calls/1', max(done.stdout.find(b'{'), 0))
    tree, path = report['tree'], report['path']
    check(sum(report[part] for part in PARTS) == report['total_ns'], 'the parts sum to the whole', report)
    check(sum(node['self'] for node in tree) == report['total_ns'], 'so does the tree', report)
    check(sum(cause['ns'] for cause in report['causes']) == report['blocked_ns'], 'so do the causes', report)
    for call in report['each'] + report['slowest']:
        check(sum(call[part] for part in PARTS) == call['duration_ns'], 'a call is the sum of its parts', call)
    for outer, inner in zip(path, path[1:]):
        check(inner['total_ns'] <= outer['total_ns'] and inner['calls'] <= outer['calls'], 'no step has more than the one before', path)
    for parent, depth in ((place, node['depth']) for place, node in enumerate(tree)):
        below = 0
        for node in tree[parent + 1:]:
            if node['depth'] <= depth:
                break
            below += node['total'] if node['depth'] == depth + 1 else 0
        check(below + tree[parent]['self'] == tree[parent]['total'], 'what a node calls has no more than it', tree[parent])
    return report


def names_of(report):
    return [step['name'] for step in report['path']]


@contextlib.contextmanager
def journal(folder):
    """A mounted ext4 on a file."""
    image, point = folder / 'image', folder / 'mnt'
    point.mkdir()
    with contextlib.ExitStack() as stack:
        for command in (['truncate', '-s', '64M', image], ['mkfs.ext4', '-q', '-F', image], ['mount', '-o', 'loop', image, point]):
            try:
                done = subprocess.run(command, capture_output=True, check=False)
            except FileNotFoundError as reason:
                raise Skip(str(reason)) from None
            if done.returncode != 0:
                raise Skip(f'{command[0]}: {done.stderr.decode(errors="replace").strip()}')
        stack.callback(subprocess.run, ['umount', point], check=True)
        yield point


@promise
def a_system_call_is_known_exactly_and_a_replay_says_the_same(slowpath, folder):
    recording = folder / 'recording'
    with journal(folder) as point:
        job = ['dd', 'if=/dev/zero', f'of={point}/file', 'bs=4k', f'count={ROUNDS}', 'oflag=dsync', 'status=none']
        live = slowpath.run('calls', 'write', '--each', '-q', '--json', '-o', recording, '--', *job)
    report = calls_of(live)
    check(live.stderr == b'', 'without a word', live)
    check((report['by'], report['target']['kind']) == ('syscall', 'command'), 'by system call', report)
    check(report['calls'] + report['short_calls'] >= ROUNDS and len(report['each']) == report['calls'], 'each call is told', report)
    check('ext4_sync_file' in names_of(report), 'the path leads to the file system', report['path'])
    check(any(cause['cause'] in ('fs.journal', 'fs.sync') for cause in report['causes']), 'what for is told', report['causes'])
    again = slowpath.run('calls', 'write', '--each', '--json', '-i', recording)
    check(again.stdout == live.stdout, 'the replay says the same', again, live)

    by_stacks = calls_of(slowpath.run('calls', 'ext4_sync_file', '--json', '-i', recording))
    check(by_stacks['by'] == 'stacks' and 0 < by_stacks['calls'], 'a function is seen in the stacks', by_stacks)
    exact, = {step['name']: step for step in report['path'] if step['name'] == 'ext4_sync_file'}.values()
    check(by_stacks['total_ns'] <= report['total_ns'], 'no longer than the calls that it is in', by_stacks, report)
    # Both are made of the same waits: only what was on a CPU, and the ends, may differ.
    check(by_stacks['blocked_ns'] >= 0.5 * exact['total_ns'] * report['blocked_ns'] / report['total_ns'], 'with the same waits', by_stacks, exact)
    check(names_of(by_stacks)[0] == 'ext4_sync_file', 'it is the root', by_stacks)
    pattern = calls_of(slowpath.run('calls', 'ext4_sync_fil*', '--json', '-i', recording))
    check(pattern['total_ns'] == by_stacks['total_ns'], 'a pattern finds it, too', pattern)
    folded = lines(slowpath.run('calls', 'ext4_sync_file', '--folded', '-i', recording).stdout)
    check(folded and sum(int(line.rpartition(' ')[2]) for line in folded) == by_stacks['total_ns'], 'folded stacks sum up', folded)
    check(all(line.startswith('ext4_sync_file') for line in folded), 'below the function', folded)
    text = slowpath.run('calls', 'ext4_sync_file', '-i', recording).stdout.decode(errors='replace')
    check('an estimate' in ' '.join(text.split()), 'that it is an estimate is said', text)
    check_one_line(slowpath.run('calls', '/bin/dd:main', '-i', recording), 'were not recorded')


@promise
def probes_tell_each_call_of_a_programs_function(slowpath, folder):
    program, recording = slowpath.helper('nested')[0], folder / 'recording'
    live = slowpath.run('calls', f'{program}:load_page', '-F', '999', '--each', '-q', '--json', '-o', recording, '--', program, 'load')
    report = calls_of(live)
    check(report['by'] == 'probes' and 'uprobe' in report['how'], 'by probes', report)
    check(report['calls'] == ROUNDS == len(report['each']), 'each call is told', report)
    check(not any(call['is_open'] or call['has_begun_before'] for call in report['each']), 'from begin to end', report['each'])
    waits = [cause for cause in report['causes'] if cause['cause'] == 'wait.process']
    check(waits and waits[0]['waker'] == 'nested', 'who ended the waits is told', report['causes'])
    again = slowpath.run('calls', f'{program}:load_page', '--each', '--json', '-i', recording)
    check(again.stdout == live.stdout, 'the replay says the same', again, live)
    # The system call inside of them is known exactly, too.
    inner = calls_of(slowpath.run('calls', 'read', '--json', '-i', recording))
    check(inner['blocked_ns'] >= waits[0]['ns'], 'they wait no longer than their reads', inner, report)


@promise
def a_call_inside_of_another_one_is_in_that_ones_time(slowpath, folder):
    program = slowpath.helper('nested')[0]
    report = calls_of(slowpath.run('calls', f'{program}:recurse', '-q', '--json', '--', program, 'recurse'))
    check((report['calls'], report['nested_calls']) == (ROUNDS, ROUNDS * DEPTH), 'the outermost count', report)
    check(report['latency']['min_ns'] >= 5_000_000, 'with what the innermost waited', report['latency'])


@promise
def a_call_that_is_left_without_a_return_is_a_loss_and_mixes_up_nothing(slowpath, folder):
    program = slowpath.helper('nested')[0]
    report = calls_of(slowpath.run('calls', f'{program}:leave', '-q', '--json', '--', program, 'leave'))
    check(report['calls'] + report['short_calls'] <= ROUNDS, 'no call is told twice', report)
    check(ROUNDS // 2 <= report['calls'] <= ROUNDS // 2 + 1, 'those that returned are told, and the last that did not', report)
    check(report['nested_calls'] == 0, 'none is inside of one that is over', report)


@promise
def what_cannot_be_watched_is_one_line(slowpath, folder):
    for words in (['calls', '--', 'true'], ['calls', f'{folder}/none:main', '-q', '--', 'true'],
                  ['calls', 'fsync', '--rung', 'uprobe', '--', 'true'], ['calls', 'fsync', '--rung', 'magic', '--', 'true'],
                  ['calls', '/bin/true:', '--', 'true']):
        check_one_line(slowpath.run(*words))
    for function, word in (('vfs_fsnyc', 'did you mean vfs_fsync?'), ('no_such_*', '/proc/kallsyms')):
        check_one_line(slowpath.run('calls', function, '--', 'true'), function, word)


if __name__ == '__main__':
    main()
