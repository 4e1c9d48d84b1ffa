#!/usr/bin/env python3
# Does slowpath still answer where the kernel shows less? Each way of seeing is taken away; the verdict must say so.
from harness import CLASSIC, RUNGS, Skip, check, check_one_line, has_tracefs, main, promise, verdict_of, without

SLOW = ['sh', '-c', 'sleep 0.4']


def check_verdict(verdict, rung):
    check(f'scheduler: {rung}' in verdict['how'], f'the verdict says that it was seen through {rung}', verdict)
    first = verdict['findings'][0]
    check(first['cause'] == 'wait.sleep' and first['share'] > 0.8, f'a sleeping child is found through {rung}', verdict)
    check([link['who'] for link in first['chain']] == ['sh', 'sleep'], f'the chain is followed through {rung}', first)
    check(verdict['accounting']['unknown_share'] < 0.1, f'the time is accounted for through {rung}', verdict)


@promise
def each_rung_gives_a_verdict_that_names_it(slowpath, folder):
    for names, rung in RUNGS:
        done = slowpath.run('--json', *without(names), '--', *SLOW)
        check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
        check_verdict(verdict_of(done), rung)


@promise
def classic_tracepoints_are_watched_where_tracefs_is_mounted(slowpath, folder):
    if not has_tracefs():
        raise Skip('tracefs is not mounted: classic tracepoints cannot be used')
    names, rung = CLASSIC
    check_verdict(verdict_of(slowpath.run('--json', *without(names), '--', *SLOW)), rung)


@promise
def what_a_lower_rung_cannot_see_is_told(slowpath, folder):
    best, *lower = [verdict_of(slowpath.run('--json', *without(names), '--', *SLOW)) for names, _ in RUNGS]
    for verdict in lower:
        check(set(verdict['not_seen']) - set(best['not_seen']), 'nothing is said to be missing', verdict, best)


@promise
def a_replay_of_each_rung_is_the_live_verdict(slowpath, folder):
    path = folder / 'x'
    for names, rung in RUNGS:
        live = slowpath.run('--json', '-o', path, *without(names), '--', *SLOW)
        again = slowpath.run('--json', '-i', path)
        check(live.returncode == 0 and again.stdout == live.stdout, f'{rung}: replay and live differ', live, again)


@promise
def without_samples_or_a_look_at_all_threads_it_says_so(slowpath, folder):
    verdict = verdict_of(slowpath.run('--json', '--without', 'cpu_clock,pmu_cycles,iter_task', '--', *SLOW))
    check('samples: none' in verdict['how'], 'that there are no samples is told', verdict)
    check(any('did not run during the watch' in words for words in verdict['not_seen']), 'what it could not look at is told', verdict)
    check_verdict(verdict, 'tp_btf')


@promise
def without_any_rung_one_line_says_so_and_the_command_does_not_run(slowpath, folder):
    mark = folder / 'ran'
    for names in ('tp_btf,raw_tp,tp_classic', 'bpf', 'btf'):
        done = slowpath.run('--without', names, '--', 'touch', mark)
        check_one_line(done, 'doctor' if names != 'btf' else 'BTF')
        check(done.returncode == 125, 'own failure is 125', done)
        check(not mark.exists(), 'the command ran unwatched', done)


@promise
def doctor_says_what_is_taken_away(slowpath, folder):
    full, less = slowpath.run('doctor', '--json'), slowpath.run('doctor', '--json', '--without', 'tp_btf')
    states = [{row['id']: row['works'] for row in verdict_of(done)['facilities']} for done in (full, less)]
    check(states[0]['tp_btf'] == 'yes' and states[1]['tp_btf'] == 'no', 'tp_btf is there, and then it is not', states)


if __name__ == '__main__':
    main()
