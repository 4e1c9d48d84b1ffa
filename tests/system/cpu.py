#!/usr/bin/env python3
# Where is the CPU time? Programs whose parts are known, profiled live and from recordings.
import json
from xml.etree import ElementTree

from harness import Skip, busy, check, check_one_line, lines, main, promise, report_of, verdict_of


def profile_of(done):
    """The only profile that --json printed; what must hold for every one is checked."""
    check(done.returncode == 0, 'it is profiled', done)
    answer = report_of(done, 'slowpath.profile/1')
    check(len(answer['profiles']) == 1, 'one profile', answer)
    profile = answer['profiles'][0]
    self = sum(node['self'] for node in profile['tree'])
    check(self == profile['amount'], f'the tree sums to {self}, not to {profile["amount"]}', profile['tree'])
    return profile


def paths(profile):
    """Every node of the tree with the names from the threads to it."""
    path = []
    for node in profile['tree'][1:]:
        path[node['depth'] - 1:] = [node['name']]
        yield tuple(path), node


@promise
def the_shares_and_the_callers_are_the_programs_own(slowpath, folder):
    told = folder / 'told'
    done = slowpath.run('cpu', '-F', '999', '--json', '--', *slowpath.helper('burners', 'shares', 3, told))
    profile = profile_of(done)
    check(profile['samples'] > 500, 'enough samples', profile['samples'])
    burnt = {row['symbol']: row for row in profile['rows'] if row['symbol'].startswith('burn_')}
    parts = sum(row['self'] for row in burnt.values())
    took_ns = {name: int(ns) for name, ns in map(str.split, told.read_text().splitlines())}
    for name in ('burn_most', 'burn_some', 'burn_few'):
        wanted = took_ns[name] / sum(took_ns.values())
        share = burnt[name]['self'] / parts if name in burnt else 0
        check(abs(share - wanted) < 0.05, f'{name} has {share:.3f}, not {wanted:.3f}', profile['rows'])
        called = sum(node['total'] for path, node in paths(profile) if path[-2:] == ('work', name) and 'main' in path)
        check(called >= 0.9 * burnt[name]['total'], f'{name} is called by work, that by main', profile['tree'])
    check(parts > 0.8 * profile['amount'], 'most of it is there', profile['rows'])


@promise
def a_replayed_profile_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    for form in (['--json'], [], ['--folded'], ['--json', '--by', 'pool,symbol', '--min', '0'], ['--json', '--wall'], ['--wall']):
        live = slowpath.run('cpu', *form, '-F', '999', '-o', path, '--', *slowpath.helper('burners', 'naps', 0.5))
        check(live.returncode == 0 and live.stdout, 'it is profiled', live)
        for _ in range(2):
            again = slowpath.run('cpu', *form, '-i', path)
            check(again.returncode == 0 and again.stderr == b'', 'the recording reads', again)
            check(again.stdout == live.stdout, 'replay and live differ', live, again)


@promise
def any_recording_can_be_profiled(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, busy(0.5))
    profile = profile_of(slowpath.run('cpu', '--json', '-i', path))
    check(profile['target']['kind'] == 'command', 'the target is told', profile['target'])
    check(profile['pools_are_exact'] and profile['pools'], 'the scheduler was seen', profile)


@promise
def folded_stacks_are_all_samples(slowpath, folder):
    path = folder / 'x'
    json_form = slowpath.run('cpu', '--json', '-F', '999', '-o', path, '--', *slowpath.helper('burners', 'shares', 1))
    folded = slowpath.run('cpu', '--folded', '-i', path)
    check(folded.returncode == 0, 'it folds', folded)
    counts = [line.rsplit(' ', 1) for line in lines(folded.stdout)]
    check(all(count.isdigit() and int(count) > 0 for _, count in counts), 'each line ends with a count', folded)
    check(len({stack for stack, _ in counts}) == len(counts), 'each path has one line', folded)
    check(sum(int(count) for _, count in counts) == profile_of(json_form)['samples'], 'no sample is missing', folded)
    check(any(';main;work;burn_most' in stack for stack, _ in counts), 'callers come first', folded)


@promise
def a_flame_graph_is_drawn_of_the_same_samples(slowpath, folder):
    path, live, again = folder / 'x', folder / 'live.svg', folder / 'again.svg'
    done = slowpath.run('cpu', '-F', '999', '-o', path, '--flame', live, '--', *slowpath.helper('burners', 'shares', 1))
    check(done.returncode == 0 and b'burn_most' in done.stdout, 'the profile is told as well', done)
    check(ElementTree.parse(live).getroot().tag.endswith('}svg'), 'it is an SVG picture', live.read_bytes()[:500])
    check('burn_most' in live.read_text(encoding='utf-8'), 'the functions are in it')
    done = slowpath.run('cpu', '-i', path, '--flame', again)
    check(done.returncode == 0 and again.read_bytes() == live.read_bytes(), 'a recording gives the same picture', done)


@promise
def nobodys_file_is_overwritten_by_a_picture(slowpath, folder):
    notes = folder / 'notes'
    notes.write_text('do not lose this\n')
    done = slowpath.run('cpu', '--flame', notes, '--', 'touch', folder / 'ran')
    check_one_line(done, notes)
    check(done.returncode == 125 and not (folder / 'ran').exists(), 'nothing was run', done)
    check(notes.read_text() == 'do not lose this\n', 'the file is as it was')


@promise
def a_picture_tells_what_grew_since_an_earlier_recording(slowpath, folder):
    before, after, svg, plain = (folder / name for name in ('before', 'after', 'difference.svg', 'plain.svg'))
    for path, way in ((before, 'naps'), (after, 'shares')):
        done = slowpath.run('record', '-F', '999', '-o', path, '--', *slowpath.helper('burners', way, 0.7))
        check(done.returncode == 0, 'it is recorded', done)
    for options in (['--flame', svg, '--before', before], ['--flame', plain]):
        done = slowpath.run('cpu', '-i', after, *options)
        check(done.returncode == 0 and done.stderr == b'', 'it is drawn', done)
    check(ElementTree.parse(svg).getroot().tag.endswith('}svg'), 'it is an SVG picture')
    text = svg.read_text(encoding='utf-8')
    check('\u25b2' in text and '\u25b2' not in plain.read_text(encoding='utf-8'), 'what grew is marked, and only there')
    done = slowpath.run('cpu', '-i', after, '--before', before)
    check_one_line(done)
    check(done.returncode == 2, 'without a picture there is nothing to show it in', done)
    done = slowpath.run('cpu', '-i', after, '--before', folder / 'none', '--flame', folder / 'none.svg')
    check_one_line(done, folder / 'none')
    check(done.returncode == 1, 'an earlier recording that is not there is told', done)


@promise
def a_stack_whose_frame_pointer_stands_still_ends_there(slowpath, folder):
    done = slowpath.run('cpu', '-F', '999', '--json', '--', *slowpath.helper('framed', 'still', 0.5))
    if done.returncode == 77:
        raise Skip('there is no such code for this machine')
    profile = profile_of(done)
    found = [(path, node) for path, node in paths(profile) if path[-1] == 'stand_still']
    check(sum(node['total'] for _, node in found) > 0.5 * profile['amount'], 'the function is told', profile['tree'])
    check(all(path[-2] == 'caller' and path.count('caller') == 1 for path, _ in found), 'with one caller, once', found)
    check(any('point to themselves' in note for note in profile['notes']), 'that callers are missing is told, and why', profile['notes'])


@promise
def the_time_of_threads_that_were_born_and_died_is_kept(slowpath, folder):
    told = folder / 'told'
    profile = profile_of(slowpath.run('cpu', '--json', '--', *slowpath.helper('burners', 'pools', 1.5, told)))
    threads, ran_ns = map(int, told.read_text().split())
    pool = next((pool for pool in profile['pools'] if pool['name'] == 'burner-*'), None)
    check(pool, 'there is such a pool', profile['pools'])
    check(pool['threads'] == pool['born'] == pool['died'] == threads, f'all {threads} are counted', pool)
    check(abs(pool['run_s'] - ran_ns / 1e9) < 0.05 * ran_ns / 1e9, f'they ran {ran_ns / 1e9:.3f} s', pool)
    check(profile['pools_are_exact'], 'the scheduler was seen', profile['pools'])


@promise
def wall_time_is_what_ran_and_what_waited(slowpath, folder):
    profile = profile_of(slowpath.run('cpu', '--wall', '-F', '999', '--json', '--', *slowpath.helper('burners', 'naps', 2)))
    check(abs(profile['amount'] / 1e9 - profile['window_s']) < 0.05 * profile['window_s'], 'one thread lived all the while', profile)
    waited = sum(node['self'] for path, node in paths(profile) if node['kind'] == 'blocked' and 'nap' in path)
    worked = sum(node['total'] for path, node in paths(profile) if path[-1] == 'work')
    ready = sum(node['self'] for path, node in paths(profile) if node['kind'] == 'runnable')
    # On a machine that is busy with other things it is ready for much of the time.
    check(waited > 0.2 * profile['amount'], f'much of it was slept in nap, not {waited / profile["amount"]:.3f}', profile['tree'])
    check(worked > 0.2 * (profile['amount'] - ready), f'much of it was work, not {worked / profile["amount"]:.3f}', profile['tree'])
    check(waited + worked + ready > 0.9 * profile['amount'], 'there is little else', profile['tree'])
    slept = [node for path, node in paths(profile) if node['kind'] == 'blocked' and 'nap' in path]
    check(any(node.get('module') == 'wait.sleep' for node in slept), 'the cause is told', slept)


@promise
def wall_time_is_that_of_the_verdict(slowpath, folder):
    path = folder / 'x'
    for command in (busy(1), ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.02 & true; done; wait']):
        slowpath.record(path, command)
        profile = profile_of(slowpath.run('cpu', '--wall', '--json', '-i', path))
        verdict = verdict_of(slowpath.run('--json', '-i', path))
        wall_s = verdict['accounting']['wall_s']
        check(abs(profile['amount'] / 1e9 - wall_s) < 0.01 * wall_s, f'{profile["amount"] / 1e9} s is not {wall_s} s', profile['tree'])


@promise
def the_exit_status_is_the_commands(slowpath, folder):
    for command, status in ((['sh', '-c', 'exit 3'], 3), (['true'], 0), (['/nonexistent'], 127)):
        done = slowpath.run('cpu', '--', *command)
        check(done.returncode == status, f'{command} ends with {status}', done)


@promise
def the_text_names_functions_and_pools(slowpath, folder):
    done = slowpath.run('cpu', '-F', '999', '--', *slowpath.helper('burners', 'shares', 1))
    for word in (b'burn_most', b'Called from:', b'CPU time by pool of threads:', b'burners'):
        check(word in done.stdout, f'{word} is told', done)


@promise
def the_schema_is_that_of_profiles(slowpath, folder):
    done = slowpath.run('cpu', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.profile/1', 'it prints', done)


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    for arguments, word in ((['--by', 'name'], 'name'), (['--min', '101'], '101'), (['--json', '--folded'], '--folded')):
        check_one_line(slowpath.run('cpu', *arguments), word)
    check_one_line(slowpath.run('--folded'), '--folded')


if __name__ == '__main__':
    main()
