#!/usr/bin/env python3
# Are functions that the compiler put into others told where that is asked for? Live, recorded, and of perf's own recordings.
import shutil
import subprocess

from harness import Skip, check, check_one_line, main, promise, report_of

INSIDE = ('burn_middle', 'burn_inner')
SECONDS = 0.7


def profile_of(done):
    check(done.returncode == 0 and done.stderr == b'', 'it is profiled', done)
    profile, = report_of(done, 'slowpath.profile/1')['profiles']
    check(sum(node['self'] for node in profile['tree']) == profile['amount'], 'the tree sums to the whole', profile['tree'])
    return profile


def path_samples(profile, wanted):
    """The samples of the nodes that such a path leads to."""
    path, found = [], 0
    for node in profile['tree'][1:]:
        path[node['depth'] - 1:] = [node['name']]
        found += node['samples'] if tuple(path[-len(wanted):]) == wanted and wanted[0] in path else 0
    return found


def check_inside(profile, words):
    rows = {row['symbol']: row for row in profile['rows']}
    check('burn_inner' in rows, f'{words}: the innermost is told', profile['rows'])
    check(rows['burn_inner']['self'] > 0.8 * profile['amount'], f'{words}: its time is its own', profile['rows'])
    check(rows['work']['self'] < 0.1 * profile['amount'], f'{words}: and not that of whom it was put into', profile['rows'])
    check(path_samples(profile, ('main', 'work', *INSIDE)) > 0.8 * profile['samples'], f'{words}: they call each other', profile['tree'])


def check_outside(profile, words):
    told = {row['symbol'] for row in profile['rows']}
    check(not told & set(INSIDE), f'{words}: nobody asked for them', told)
    check('work' in told, f'{words}: it is all of the one that they were put into', told)


def watch(slowpath, *options):
    return slowpath.run(*options, '-F', '999', '--', *slowpath.helper('framed', 'inlined', SECONDS))


@promise
def a_watch_tells_them_when_they_are_asked_for(slowpath, folder):
    check_inside(profile_of(watch(slowpath, 'cpu', '--json', '--inlined')), 'asked for')
    check_outside(profile_of(watch(slowpath, 'cpu', '--json')), 'not asked for')


@promise
def a_recording_shows_what_it_was_made_with(slowpath, folder):
    path, recorded, plain = folder / 'x', folder / 'recorded', folder / 'plain'
    live = watch(slowpath, 'cpu', '--json', '--inlined', '-o', path)
    again = slowpath.run('cpu', '--json', '-i', path)
    check(again.stdout == live.stdout and again.stderr == b'', 'replay and live differ', live, again)
    watch(slowpath, 'record', '-q', '--inlined', '-o', recorded)
    check_inside(profile_of(slowpath.run('cpu', '--json', '-i', recorded)), 'recorded with them')
    watch(slowpath, 'record', '-q', '-o', plain)
    check_outside(profile_of(slowpath.run('cpu', '--json', '-i', plain)), 'recorded without')


@promise
def what_a_recording_has_not_is_not_promised(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, ['true'])
    done = slowpath.run('cpu', '-i', path, '--inlined')
    check_one_line(done, path, '--inlined')
    check(done.returncode == 1 and done.stdout == b'', 'there is no answer', done)


@promise
def files_that_cannot_tell_are_counted(slowpath, folder):
    if not shutil.which('strip'):
        raise Skip('strip is not installed')
    program = folder / 'stripped'
    subprocess.run(['strip', '-g', '-o', program, slowpath.helper('framed')[0]], check=True)
    done = slowpath.run('cpu', '--json', '--inlined', '-F', '999', '--', program, 'inlined', SECONDS)
    profile = profile_of(done)
    check_outside(profile, 'without debug information')
    check(any('functions inlined in' in note for note in profile['notes']), 'that they cannot be told is told', profile['notes'])
    check(not any('functions inlined in' in note for note in profile_of(watch(slowpath, 'cpu', '--json'))['notes']),
          'where nobody asked, nothing is missing')


@promise
def perfs_own_recordings_tell_them_too(slowpath, folder):
    if not shutil.which('perf'):
        raise Skip('perf is not installed (package linux-perf)')
    path = folder / 'perf.data'
    done = subprocess.run(['perf', 'record', '-q', '-o', path, '-e', 'cpu-clock', '-F', '999', '-g', '--',
                           *slowpath.helper('framed', 'inlined', SECONDS)], capture_output=True, check=False)
    if done.returncode != 0:
        raise Skip(f'perf cannot record: {done.stderr.decode(errors="replace").strip()[-200:]}')
    check_inside(profile_of(slowpath.run('cpu', '-q', '--json', '--inlined', '-i', path)), 'asked for')
    check_outside(profile_of(slowpath.run('cpu', '-q', '--json', '-i', path)), 'not asked for')


if __name__ == '__main__':
    main()
