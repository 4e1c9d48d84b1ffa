#!/usr/bin/env python3
# Is what function_graph recorded told as it was? Recordings of threads that were moved between CPUs and interrupted.
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree
from collections import Counter, defaultdict

from harness import Skip, check, check_one_line, lines, main, promise, report_of, unpacked

DAT = 'trace-migrations.dat'
TEXTS = ['ftrace-migrations.txt', 'ftrace-migrations-times.txt']
FIELDS = 'id parent tid cpu depth flags time start duration self unknown irq off'.split()
AT_LEAST, ENTRY_UNSEEN, INTERRUPT = 16, 4, 64 | 128 | 256


def trace_cmd(*arguments):
    if not shutil.which('trace-cmd'):
        raise Skip('there is no trace-cmd')
    done = subprocess.run(['trace-cmd', *map(str, arguments)], capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, 'trace-cmd works', done)
    return done.stdout


def calls_of(path):
    """Each call that the importer tells, by a program that prints nothing else."""
    done = subprocess.run([os.environ['CALL_DUMP'], path], capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, 'the recording is read', done)
    calls = []
    for line in lines(done.stdout):
        words = line.split()
        if words[0] == 'call':
            calls.append({**dict(zip(FIELDS, map(int, words[1:14]))), 'name': words[14]})
    return calls


def report(slowpath, *arguments):
    done = slowpath.run('calls', '--json', *arguments)
    check(done.returncode == 0, 'calls are told', done)
    return report_of(done, 'slowpath.calls/1')


@promise
def the_children_of_each_call_sum_to_no_more_than_it(slowpath, folder):
    for name in [DAT, *TEXTS]:
        calls = calls_of(unpacked(name, folder))
        by_id = {call['id']: call for call in calls}
        children = Counter()
        for call in calls:
            if call['parent']:
                children[call['parent']] += call['duration']
        wrong = [by_id[place] for place, sum_ns in children.items() if sum_ns > by_id[place]['duration']]
        check(len(calls) > 15000 and not wrong, f'{name}: no call is longer than its caller', len(calls), wrong[:3])


@promise
def all_time_of_an_outermost_call_is_somebodys(slowpath, folder):
    for name in [DAT, *TEXTS]:
        calls = calls_of(unpacked(name, folder))
        sums, roots, moved, hit = Counter(), 0, 0, 0
        cpus = defaultdict(set)
        for call in calls:  # each is told after those that it made
            sums[call['id']] += call['self'] + call['unknown']
            cpus[call['id']].add(call['cpu'])
            if call['parent']:
                sums[call['parent']] += sums[call['id']]
                cpus[call['parent']] |= cpus[call['id']]
                continue
            roots += 1
            moved += len(cpus[call['id']]) > 1
            hit += call['irq'] > 0
            check(sums[call['id']] + call['irq'] == call['duration'], f'{name}: the parts sum to the whole', call, sums[call['id']])
        check(roots > 300 and moved > 10 and hit > 10, f'{name}: there are those that moved and were interrupted', roots, moved, hit)


@promise
def nothing_was_lost_and_so_nothing_is_unknown(slowpath, folder):
    for name in [DAT, *TEXTS]:
        calls = calls_of(unpacked(name, folder))
        odd = [call for call in calls if call['flags'] & ~(INTERRUPT | AT_LEAST | 2 | 8)]
        check(not odd, f'{name}: each entry has its exit', odd[:3])


@promise
def trace_cmds_own_report_tells_the_same_calls(slowpath, folder):
    path, text = unpacked(DAT, folder), folder / 'report.txt'
    text.write_bytes(trace_cmd('report', '-i', path))
    both = [report(slowpath, '--min', '0', '-i', file) for file in (path, text)]
    counts = [{row['name']: row['calls'] for row in one['functions']} for one in both]
    check(counts[0] == counts[1] and both[0]['calls'] == both[1]['calls'], 'the calls of each function',
          [(name, counts[0].get(name), counts[1].get(name)) for name in counts[0] if counts[0].get(name) != counts[1].get(name)][:5])
    longest = [{row['name']: row['max_ns'] for row in one['functions']} for one in both]
    differ = [name for name in longest[0] if abs(longest[0][name] - longest[1][name]) > longest[0][name] * 0.2 + 1000]
    check(len(differ) < len(longest[0]) / 20, 'and the longest of them', differ[:9])


@promise
def a_packed_file_of_version_seven_tells_the_same(slowpath, folder):
    path = unpacked(DAT, folder)
    wanted = slowpath.run('calls', '--json', '-i', path).stdout
    for packing in ('zstd', 'none'):
        other = folder / f'seventh-{packing}.dat'
        trace_cmd('convert', '-i', path, '-o', other, '--file-version', '7', '--compression', packing)
        check(slowpath.run('calls', '--json', '-i', other).stdout == wanted, f'packed by {packing}: byte for byte')


@promise
def the_callers_are_right_where_trace_cmd_hist_errs(slowpath, folder):
    """A leaf calls nobody: trace-cmd hist has it call others, since it takes depths as callers, CPU after CPU."""
    path = unpacked(DAT, folder)
    leaf = 'blk_status_to_errno'  # it looks into a table
    # Below a function stand its callers, the percentage before those who share it.
    called = re.findall(rf'--%[\d.]+-- {leaf}\b.*|^[ |]+ {leaf}$', trace_cmd('hist', '-i', path).decode(), re.MULTILINE)
    check(called, 'trace-cmd hist has it call somebody (else this test is of no use)')
    nodes = report(slowpath, '--min', '0', '-i', path)['tree']
    found = 0
    for place, node in enumerate(nodes):
        if node.get('name') == leaf:
            found += 1
            check(place + 1 == len(nodes) or nodes[place + 1]['depth'] <= node['depth'], 'it calls nobody', nodes[place:place + 2])
    check(found, 'it was called')


@promise
def one_function_is_told_with_its_slowest_calls(slowpath, folder):
    path = unpacked(DAT, folder)
    one = report(slowpath, 'vfs_fsync_range', '--slowest', '5', '--each', '-i', path)
    row = one['functions'][0]
    check(len(one['functions']) == 1 and row['name'] == 'vfs_fsync_range' and row['calls'] == 64, 'all its calls', row)
    durations = [call['duration_ns'] for call in one['slowest']]
    check(len(durations) == 5 and durations == sorted(durations, reverse=True) and durations[0] == row['max_ns'], 'the slowest first', durations)
    check(len(one['each']) == 64 and max(call['duration_ns'] for call in one['each']) == row['max_ns'], 'each of them', len(one['each']))
    for call in one['slowest']:
        steps = call['steps']
        check(steps[0]['depth'] == 0 and steps[0]['duration_ns'] == call['duration_ns'], 'it stands first', steps[0])
        check(sum(step['duration_ns'] for step in steps if step['depth'] == 1) <= call['duration_ns'], 'what it called is no longer', call)
    over = report(slowpath, 'vfs_fsync_range', '--over', '15ms', '-i', path)
    slow = sum(duration >= 15_000_000 for duration in (call['duration_ns'] for call in one['each']))
    check(over['functions'][0]['calls'] == slow and over['left_out_calls'] == 64 - slow, 'only those that took long', over['functions'][0], slow)


@promise
def folded_stacks_and_the_flame_graph_are_of_the_same_time(slowpath, folder):
    path = unpacked(DAT, folder)
    total = report(slowpath, '-i', path)['total_ns']
    done = slowpath.run('calls', '--folded', '-i', path)
    check(done.returncode == 0, 'they are folded', done)
    check(sum(int(line.rsplit(' ', 1)[1]) for line in lines(done.stdout)) == total, 'all of the time is in them')
    done = slowpath.run('calls', '--flame', folder / 'x.svg', '-i', path)
    check(done.returncode == 0, 'it is drawn', done)
    xml.etree.ElementTree.parse(folder / 'x.svg')


@promise
def bad_input_gets_one_line(slowpath, folder):
    path = unpacked(DAT, folder)
    cut, none, empty = folder / 'cut.dat', folder / 'words.txt', folder / 'empty'
    cut.write_bytes(path.read_bytes()[:100000])
    none.write_text('these are words\n')
    empty.write_bytes(b'')
    for file, status, words in ((cut, 1, 'breaks off'), (none, 1, 'has no calls'), (empty, 1, 'empty'), (folder / 'not-there', 1, 'not-there')):
        done = slowpath.run('calls', '-i', file)
        check_one_line(done, words)
        check(done.returncode == status, 'it failed', done)
    done = slowpath.run('calls')
    check_one_line(done, '-i')
    check(done.returncode == 2, 'the usage is wrong', done)
    done = slowpath.run('calls', '--slowest', '2', '-i', path)
    check_one_line(done, 'name it')
    check(done.returncode == 2, 'the usage is wrong', done)
    done = slowpath.run('calls', 'no_such_function', '-i', path)
    check_one_line(done, 'no_such_function')
    check(done.returncode == 1, 'there is none', done)
    half = folder / 'half.dat'
    half.write_bytes(path.read_bytes()[:path.stat().st_size - 200000])
    done = slowpath.run('calls', '-i', half)
    check_one_line_of_success(done)


def check_one_line_of_success(done):
    told = lines(done.stderr)
    check(done.returncode == 0 and len(told) == 1 and 'cut' in told[0], 'what can be read is told, and that it is not all', done)


if __name__ == '__main__':
    main()
