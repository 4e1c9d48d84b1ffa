#!/usr/bin/env python3
# Is what was slowed down told, and nothing where nothing was?
import json
import os

from harness import Skip, check, check_one_line, main, promise, verdict_of

RUN_S = '0.35'  # half of it on a CPU, half asleep


def record(slowpath, path, *after):
    """A run of the load; what follows it slows it down."""
    load = ' '.join(slowpath.helper('burners', 'naps', RUN_S))
    slowpath.record(path, ['sh', '-c', '; '.join([load, *after])])
    return path


def compare(slowpath, *paths):
    done = slowpath.run('compare', '--json', *paths)
    check(done.returncode == 0 and done.stderr == b'', 'it compares without a word', done)
    return verdict_of(done)


def certain(comparison):
    return [change for change in comparison['changes'] if change['is_certain'] and change['kind'] in ('time', 'cause')]


@promise
def two_like_runs_do_not_differ_twenty_times(slowpath, folder):
    if 'SLOWPATH_TEST_SANITIZED' in os.environ:
        raise Skip('a recorder with sanitizers takes so much CPU time that its load is not twice the same')
    paths = [record(slowpath, folder / f'{i}') for i in range(21)]
    for before, after in zip(paths, paths[1:]):
        comparison = compare(slowpath, before, after)
        check(certain(comparison) == [], 'nothing is certain', certain(comparison))


@promise
def what_slows_one_run_is_told_first(slowpath, folder):
    before = record(slowpath, folder / 'before')
    after = record(slowpath, folder / 'after', 'sleep 0.4')
    comparison = compare(slowpath, before, after)
    time, cause = [next(change for change in comparison['changes'] if change['kind'] == kind) for kind in ('time', 'cause')]
    check(time['is_certain'] and time['share'] > 0.5, 'it is slower', time)
    check(cause['name'] == 'wait.sleep' and cause['is_certain'], 'and that is why', comparison['changes'][:5])
    check(0.35 < cause['difference_s'] < 0.8, 'by as much', cause)
    faster = compare(slowpath, after, before)
    check(faster['changes'][0]['share'] < -0.2, 'the other way round it is faster', faster['changes'][:3])


@promise
def several_runs_tell_more_than_one(slowpath, folder):
    before = [record(slowpath, folder / f'a{i}') for i in range(4)]
    after = [record(slowpath, folder / f'b{i}', 'sleep 0.2') for i in range(4)]
    comparison = compare(slowpath, *before, '--', *after)
    check([len(comparison[side]) for side in ('before', 'after')] == [4, 4], 'all are there', comparison)
    check([change['name'] for change in certain(comparison)][1:2] == ['wait.sleep'], 'the cause is told', certain(comparison))
    text = slowpath.run('compare', *before, '--', *after)
    check(b'Slower: ' in text.stdout and b'wait.sleep' in text.stdout, 'the text says so', text)


@promise
def wrong_words_and_files_are_refused_in_one_line(slowpath, folder):
    one = record(slowpath, folder / 'one')
    nothing = folder / 'nothing'
    nothing.write_bytes(b'')
    check_one_line(slowpath.run('compare', one), 'BEFORE')
    check_one_line(slowpath.run('compare', one, one, one), 'BEFORE')
    check_one_line(slowpath.run('compare', one, '--'), '--')
    check_one_line(slowpath.run('compare', one, nothing), 'nothing')
    check_one_line(slowpath.run('compare', one, folder / 'gone'), 'gone')


@promise
def the_schema_is_that_of_comparisons(slowpath, folder):
    done = slowpath.run('compare', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.compare/1', 'it prints', done)


if __name__ == '__main__':
    main()
