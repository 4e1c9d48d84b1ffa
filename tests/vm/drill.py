#!/usr/bin/env python3
# Does each way to see a function's calls find the same callee, and the same share for it? In the virtual machine.
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))
from drill_cases import CASES, fill, see  # noqa: E402
from harness import Skip, check, main, promise, verdict_of  # noqa: E402
from slow_disk import slow_disk  # noqa: E402

PROBES = ('kprobe_multi', 'fentry', 'kprobe')
POINTS = 0.05  # as the shares may differ


def rungs_of(slowpath):
    works = {row['id']: row['works'] for row in verdict_of(slowpath.run('doctor', '--json'))['facilities']}
    probes = [name for name in PROBES if works[name] == 'yes']
    if not probes:
        raise Skip('this kernel has no probes at functions')
    return ['stacks', *probes]


def agree(slowpath, folder, name):
    case = CASES[name]
    with slow_disk(folder, case.system, case.options) as point:
        fill(case, point)
        seen = {rung: see(slowpath, case, point, number, rung) for number, rung in enumerate(rungs_of(slowpath))}
    callee, share = seen['stacks']
    for rung, (found, its_share) in seen.items():
        check(found == callee and abs(its_share - share) < POINTS, f'{rung}: the shares agree', seen)


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


@promise
def of_a_programs_function_the_read_in_it_is_found(slowpath, folder):
    program = slowpath.helper('nested')[0]
    done = slowpath.run('calls', f'{program}:load_page', '--json', '--', program, 'load')
    check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
    report = verdict_of(done)
    names = [step['name'] for step in report['path']]
    print('   ' + ' > '.join(names))
    check('uprobe' in report['how'] and 'pipe_read' in names, 'the path leads from it into the kernel', report)


if __name__ == '__main__':
    main()
