#!/usr/bin/env python3
# Does each way to see a function's calls find the same callee, and the same share for it? In the virtual machine.
import dataclasses
import itertools
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))
from drill_cases import CASES, fill, forget, see, shares, tool  # noqa: E402
from harness import Skip, check, main, promise, verdict_of  # noqa: E402
from slow_disk import slow_disk  # noqa: E402

PROBES = ('kprobe_multi', 'fentry', 'kprobe')
POINTS = 0.05  # as the shares may differ
TRIES = 3


def rungs_of(slowpath):
    works = {row['id']: row['works'] for row in verdict_of(slowpath.run('doctor', '--json'))['facilities']}
    probes = [name for name in PROBES if works[name] == 'yes']
    if not probes:
        raise Skip('this kernel has no probes at functions')
    return ['stacks', *probes]


def is_agreed(seen):
    by_stacks = seen['stacks']
    return all(one.callee == by_stacks.callee and abs(one.share - by_stacks.share) < POINTS for one in seen.values())


def agree(slowpath, folder, name):
    case = CASES[name]
    with slow_disk(folder, case.system, case.options) as point:
        fill(case, point)
        numbers = itertools.count()
        # The same job takes its turns otherwise each time, and more so where the host is busy.
        for _ in range(TRIES):
            seen = {rung: see(slowpath, case, point, next(numbers), rung) for rung in rungs_of(slowpath)}
            if is_agreed(seen):
                break
    check(is_agreed(seen), 'the shares agree', seen)
    for rung, of_rung in seen.items():
        if rung == 'stacks':
            check(of_rung.timed is None, 'no program is at a callee of what is seen in stacks', of_rung)
        elif of_rung.callee in case.timed:
            print(f'   {rung}: {of_rung.callee} timed by programs: {of_rung.timed}')
            check(of_rung.timed and of_rung.timed['unsure_calls'] == 0, 'the callee is timed, too', of_rung)
            # Of other calls, the later ones.
            check(abs(of_rung.timed['share'] - of_rung.share) < 2 * POINTS, 'and that agrees', of_rung)


@promise
def of_an_fsync_they_say_the_same(slowpath, folder):
    agree(slowpath, folder, 'fsync')


@promise
def of_a_read_with_cold_checksums_they_say_the_same(slowpath, folder):
    agree(slowpath, folder, 'cold checksums')


@promise
def of_a_storm_of_creates_they_say_the_same(slowpath, folder):
    agree(slowpath, folder, 'create storm')


@promise
def of_a_read_through_the_page_cache_they_say_the_same(slowpath, folder):
    agree(slowpath, folder, 'page cache')


def share_by_tracer(slowpath, folder, case, point):
    """The callee's share in the calls that function_graph recorded: of the callee that has most."""
    path = folder / 'trace.dat'
    if case.data_mib:
        forget(point)
    done = slowpath.run('calls', case.function, '--over', case.over, '--json', '--rung', 'graph', '-o', path, '--', *case.job(point, 'traced'))
    path.unlink(missing_ok=True)
    check(done.returncode == 0, 'it is traced', done)
    report = verdict_of(done)
    totals = {}
    for node in report['tree']:
        totals[node.get('name')] = totals.get(node.get('name'), 0) + node['total']
    callee = max((name for name in case.callees if name in totals), key=totals.get, default=None)
    check(callee, 'the callee was traced', report['tree'][:20])
    print(f'   {case.function} by the tracer: {callee} {totals[callee] / totals[case.function]:.3f}, lost {report["losses"]["records"]}')
    return callee, totals[callee] / totals[case.function]


@promise
def the_tracer_of_every_call_says_the_same(slowpath, folder):
    for name in ('fsync', 'cold checksums'):
        case = CASES[name]
        with slow_disk(folder, case.system, case.options) as point:
            fill(case, point)
            # All that is called is traced, which takes time, and more so where the host is busy.
            for number in range(TRIES):
                traced, of_tracer = share_by_tracer(slowpath, folder, case, point)
                seen = see(slowpath, case, point, number, 'stacks')
                if traced == seen.callee and abs(of_tracer - seen.share) < POINTS:
                    break
            check(traced == seen.callee and abs(of_tracer - seen.share) < POINTS, 'the shares agree', of_tracer, seen)


@promise
def of_a_pattern_they_say_the_same_or_that_they_are_not_for_it(slowpath, folder):
    case = CASES['fsync']
    of_pattern = dataclasses.replace(case, function='e?t4_sync_f*')  # ext4_sync_fs as well
    ways = {'stacks': (case, 'stacks'), 'pattern': (of_pattern, 'stacks')}
    if 'kprobe_multi' in rungs_of(slowpath):
        ways['pattern by probes'] = of_pattern, 'kprobe_multi'
        ways['many functions'] = dataclasses.replace(case, function='ext4_*'), 'kprobe_multi'
    with slow_disk(folder) as point:
        for number in range(TRIES):
            seen = {way: see(slowpath, one, point, f'{number}-{way.replace(" ", "-")}', rung) for way, (one, rung) in ways.items()}
            if is_agreed(seen):
                break
    check(is_agreed(seen), 'the shares agree', seen)
    many = seen.pop('many functions', None)
    check(all(one.root == 'ext4_sync_file' for one in seen.values()), 'the function is named that the pattern stood for', seen)
    # The write with O_SYNC calls it: of all the outermost one.
    check(not many or many.root in ('ext4_file_write_iter', 'ext4_buffered_write_iter'), 'or the outermost of them', many)
    for rung in PROBES:
        if rung == 'kprobe_multi':
            continue
        done = slowpath.run('calls', of_pattern.function, '--rung', rung, '--', 'true')
        refused = f'slowpath: --rung {rung} is not for functions such as {of_pattern.function}\n'
        check((done.returncode, done.stderr.decode()) == (125, refused), 'it is refused in one line', done)


@promise
def of_a_programs_function_the_read_in_it_is_found(slowpath, folder):
    program = slowpath.helper('nested')[0]
    done = slowpath.run('calls', f'{program}:load_page', '--json', '--', program, 'load')
    check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
    report = verdict_of(done)
    waits = shares(report)
    print(f'   {report["calls"]} calls, pipe_read {waits.get("pipe_read", 0):.3f}')
    check('uprobe' in report['how'] and report['calls'] == 20, 'each call is told', report)
    # Each answer comes 5 ms after its question.
    check(waits.get('pipe_read', 0) * report['total_ns'] > 50e6, 'the tree leads from it into the kernel', report['tree'])


@promise
def of_a_system_call_what_is_on_its_path_is_timed_too(slowpath, folder):
    if not rungs_of(slowpath)[1:]:
        raise Skip('this kernel has no probes at functions')
    with slow_disk(folder) as point:
        done = slowpath.run('calls', 'write', '--over', '20ms', '--json', '-q', '-o', folder / 'x', '--', *CASES['fsync'].job(point, 0))
    check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
    again = slowpath.run('calls', 'write', '--over', '20ms', '--json', '-i', folder / 'x')
    check(again.stdout == done.stdout, 'a replay says the same', again, done)
    report = verdict_of(done)
    timed = [(step['name'], step['share'], step['timed']) for step in report['path'] if step['timed']]
    print('\n'.join(f'   {name} {share:.3f}, timed {of["share"]:.3f} in {of["calls"]} calls' for name, share, of in timed))
    check(report['by'] == 'syscall' and len(timed) > 2, 'several steps are timed', report['path'])
    for (outer, _, above), (inner, _, below) in zip(timed, timed[1:]):
        check(below['total_ns'] <= above['total_ns'], f'{inner} has no more than {outer}, which calls it', above, below)
    check(all(abs(share - of['share']) < 2 * POINTS for _, share, of in timed), 'what is measured agrees with the stacks', timed)


@promise
def the_kernel_warns_of_nothing(slowpath, folder):
    said = re.findall(r'.*(?:WARNING|BUG):.*\n(?:.*\n){0,60}', tool('dmesg'))
    check(not said, 'nothing that was done here made it complain', *said)


if __name__ == '__main__':
    main()
