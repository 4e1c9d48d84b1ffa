#!/usr/bin/env python3
# Is a perf.data file read as perf itself reads it? Recorded here with different options, counted by perf and by slowpath.
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

from harness import Skip, check, check_one_line, lines, main, promise, side_by_side, verdict_of

# Runs, sleeps, switches and starts a process: something of everything.
JOB = [sys.executable, '-c', '''
import os, subprocess, time
def inner(n):
    return sum(i * i for i in range(n))
def outer(n):
    return inner(n) + inner(n)
end = time.monotonic() + 0.7
while time.monotonic() < end:
    outer(5000)
    time.sleep(0.001)
subprocess.run(["true"], check=True)
''']


def perf(*arguments, **settings):
    if not shutil.which('perf'):
        raise Skip('perf is not installed (package linux-perf)')
    # perf 6.1 dies now and then, of what is not known (in util/build-id.c, by an assertion): it is asked again.
    for _ in range(4):
        done = subprocess.run(['perf', *map(str, arguments)], capture_output=True, timeout=60, check=False, **settings)
        if done.returncode >= 0:
            return done
    raise Skip(f'perf {arguments[0]} died itself: {lines(done.stderr)[-1] if done.stderr else done.returncode}')


def record(folder, *options):
    """A perf.data file of the job, recorded with these options."""
    path = folder / 'perf.data'
    done = perf('record', '-o', path, *options, '--', *JOB)
    if done.returncode != 0:
        last = lines(done.stderr)[-1] if done.stderr else '?'
        raise Skip(f'perf cannot record with {" ".join(options)}: {last}')
    return path


def samples_by_event(path):
    """How many samples perf sees of each event."""
    done = perf('script', '-i', path, '-F', 'event')
    check(done.returncode == 0, 'perf cannot read its own file', done)
    counts = collections.Counter(line.strip().rstrip(':') for line in lines(done.stdout))
    counts.pop('', None)
    return counts


def profile_of(slowpath, path, event, *options):
    """What slowpath cpu says of one of the file's events; needs that command."""
    done = slowpath.run('cpu', '--json', '-q', '--min', '0', '-i', path, *options)
    if b"no command 'cpu'" in done.stderr:
        raise Skip('there is no slowpath cpu in this build')
    check(done.returncode == 0, 'the file is read', done)
    profiles = {profile['sampler']: profile for profile in json.loads(done.stdout)['profiles']}
    check(event in profiles, f'{event} is known', repr(list(profiles)))
    return profiles[event]


def check_answers(slowpath, path, *options):
    """The file gives a verdict without a word of damage."""
    done = slowpath.run('--json', '-q', '-i', path, *options)
    check(done.returncode == 0, 'the file is read', done)
    check(done.stderr == b'', 'nothing is missing in it', done)
    return verdict_of(done)


def counts_of(path):
    """How many samples the importer tells of each event, and how many it calls lost."""
    program = os.environ.get('PERF_COUNTS')
    if not program:
        raise Skip('PERF_COUNTS does not name the program that counts what the importer tells')
    done = subprocess.run([program, path], capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, 'the importer reads it', done)
    rows = [line.split(' ', 2) for line in lines(done.stdout)]
    return {row[2]: int(row[0]) for row in rows if len(row) == 3}


def check_counts(slowpath, path):
    """Each event has as many samples as perf counts."""
    expected = samples_by_event(path)
    check(expected, 'perf saw no samples at all')
    check_answers(slowpath, path)
    counts = counts_of(path)
    check(counts == dict(expected), 'each event has as many samples as perf counts', repr(expected), repr(counts))


@promise
def samples_with_callchains_are_counted_as_perf_counts_them(slowpath, folder):
    check_counts(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999', '-g'))


@promise
def samples_without_callchains_are_counted_as_perf_counts_them(slowpath, folder):
    check_counts(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999'))


@promise
def samples_with_copies_of_stacks_are_counted_and_the_copies_ignored(slowpath, folder):
    path = record(folder, '-e', 'cpu-clock', '-F', '499', '--call-graph', 'dwarf')
    verdict = check_answers(slowpath, path)
    check('dwarf' in json.dumps(verdict), 'it is said that the copies of the stacks are ignored', json.dumps(verdict)[:2000])
    check_counts(slowpath, path)


@promise
def samples_of_all_cpus_are_counted_as_perf_counts_them(slowpath, folder):
    check_counts(slowpath, record(folder, '-e', 'cpu-clock', '-F', '999', '-a', '-g'))


@promise
def packed_samples_are_counted_as_perf_counts_them(slowpath, folder):
    check_counts(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999', '-g', '-z'))


@promise
def several_events_are_told_apart(slowpath, folder):
    check_counts(slowpath, record(folder, '-e', 'cpu-clock', '-e', 'page-faults', '-F', '999', '-g'))


@promise
def tracepoints_give_a_verdict(slowpath, folder):
    events = ('sched:sched_switch', 'sched:sched_waking', 'raw_syscalls:sys_enter', 'raw_syscalls:sys_exit')
    path = record(folder, '-a', '-g', *(word for event in events for word in ('-e', event)))
    verdict = check_answers(slowpath, path)
    check(verdict['findings'], 'something was slow, and for a reason', json.dumps(verdict)[:2000])
    check_counts(slowpath, path)


@promise
def what_perf_writes_into_a_pipe_is_read_from_it(slowpath, folder):
    if not shutil.which('perf'):
        raise Skip('perf is not installed (package linux-perf)')
    path = folder / 'piped'
    with open(path, 'wb') as output:
        done = subprocess.run(['perf', 'record', '-o', '-', '-e', 'cpu-clock', '-F', '999', '-g', '--', *JOB], stdout=output,
                              stderr=subprocess.PIPE, timeout=60, check=False)
    if done.returncode != 0:
        raise Skip(f'perf cannot record into a pipe: {lines(done.stderr)[-1]}')
    from_file = slowpath.run('--json', '-q', '-i', path)
    check(from_file.returncode == 0, 'a pipe that was kept in a file is read', from_file)
    for name in ('-', '/dev/stdin'):
        with subprocess.Popen(['cat', path], stdout=subprocess.PIPE) as cat:
            piped = subprocess.run([slowpath.path, '--json', '-q', '-i', name], stdin=cat.stdout, capture_output=True, timeout=60,
                                   check=False)
        check(piped.returncode == 0 and piped.stdout == from_file.stdout, 'the pipe gives the same answer', piped)


@promise
def a_file_cut_anywhere_is_read_to_its_last_whole_record_or_gets_one_line(slowpath, folder):
    data = record(folder, '-e', 'cpu-clock', '-F', '999', '-g').read_bytes()

    def check_cut(part):
        bad = folder / f'bad{part}'
        bad.write_bytes(data[:len(data) * part // 40])
        done = slowpath.run('--json', '-q', '-i', bad)
        check(done.returncode in (0, 1), f'{part}/40: died', done)
        if done.returncode == 0:
            verdict_of(done)
            check(len(lines(done.stderr)) <= 1, f'{part}/40: one line tells the damage', done)
        else:
            check_one_line(done, bad)

    list(side_by_side(check_cut, range(1, 40)))


@promise
def names_of_another_kernel_are_refused(slowpath, folder):
    path = record(folder, '-e', 'cpu-clock', '-F', '999', '-g')
    wrong = folder / 'kallsyms'
    wrong.write_text('ffffffff80000000 T _text\nffffffff80000000 T _stext\nffffffff80001000 T do_one_initcall\n')
    done = slowpath.run('-i', path, '--kallsyms', wrong)
    check_one_line(done, wrong)
    check(done.returncode == 1 and done.stdout == b'', 'there is no answer with wrong names', done)
    done = slowpath.run('--kallsyms', wrong)
    check_one_line(done)
    check(done.returncode == 2, 'without a file to read it is wrong usage', done)


def perf_rows(path, children):
    """perf's own table of the only event, {(file, function): …}: own samples, or with children the shares in percent, of which
    there are several where files or overloaded functions have the same name."""
    done = perf('report', '-i', path, '--stdio', '-n', '-g', 'none', '-s', 'dso,sym', '-t', '|', '--percent-limit', '0',
                '--children' if children else '--no-children')
    check(done.returncode == 0, 'perf cannot report', done)
    rows = collections.defaultdict(list if children else int)
    for line in lines(done.stdout):
        cells = [cell.strip() for cell in line.split('|')]
        if line.startswith('#') or len(cells) < 4:
            continue
        name = cells[-1].split('] ', 1)[-1]
        # Where perf has no name there is nothing to compare.
        if not name.startswith('0x') and cells[-2] != '[unknown]':
            rows[cells[-2], name] += [float(cells[0].rstrip('%'))] if children else int(cells[-3])
    return rows


def samples_at_borders(path):
    """
    In how many samples a caller's address is a function's first: its call, the last thing that the function before does,
    never returns. perf gives that frame to the function behind, slowpath to the one that called.
    """
    done = perf('script', '-i', path, '-F', 'ip,sym,symoff')
    stacks = [stack.splitlines() for stack in done.stdout.decode(errors='replace').split('\n\n')]
    return sum(any(frame.endswith('+0x0') for frame in stack[1:]) for stack in stacks)


def our_rows(profile):
    """The same of slowpath's rows, under the names that perf has for files: {(file, function): (samples, percent)}."""
    rows = collections.defaultdict(lambda: (0, 0.0))
    for row in profile['rows']:
        file = os.path.basename(row['dso'].strip('[]'))
        if row['kind'] == 'kernel':
            file = f'[{file or "kernel.kallsyms"}]'
        samples, percent = rows[file, row['symbol']]
        rows[file, row['symbol']] = samples + row['self_samples'], percent + row['total_share'] * 100
    return rows


def check_rows(slowpath, path, children):
    """What both name has the same samples to the last one; and little has two names."""
    # perf 6.1 forgets the build-ids of packed files: then only what is named by hand is believed.
    profile = profile_of(slowpath, path, 'cpu-clock', '--by', 'dso,symbol', '--kallsyms', '/proc/kallsyms')
    ours, own = our_rows(profile), perf_rows(path, False)
    wrong = {key: (count, ours[key][0]) for key, count in own.items() if key in ours and ours[key][0] != count}
    check(not wrong, 'own samples are the same (perf, slowpath)', repr(wrong))
    both = sum(count for key, count in own.items() if key in ours)
    check(both >= 0.9 * sum(own.values()), 'most of what perf names is named here', repr({k: v for k, v in own.items() if k not in ours}))
    if not children:
        return
    # perf tells shares to a hundredth of a percent: with fewer than 10,000 samples that is each single one.
    leeway = 0.00501 + 100 * samples_at_borders(path) / profile['samples']
    wrong = {key: (shares, ours[key][1]) for key, shares in perf_rows(path, True).items()
             if key in ours and len(shares) == 1 and abs(ours[key][1] - shares[0]) > leeway}
    check(not wrong, 'samples with all that was called are the same (perf, slowpath)', repr(wrong))


@promise
def samples_per_function_are_the_same_as_perfs(slowpath, folder):
    check_rows(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999', '-g'), True)


@promise
def samples_per_function_of_all_cpus_are_the_same_as_perfs(slowpath, folder):
    check_rows(slowpath, record(folder, '-e', 'cpu-clock', '-F', '999', '-a', '-g'), True)


@promise
def samples_per_function_of_a_packed_file_are_the_same_as_perfs(slowpath, folder):
    check_rows(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999', '-g', '-z'), True)


@promise
def without_callchains_samples_per_function_are_the_same_as_perfs(slowpath, folder):
    check_rows(slowpath, record(folder, '-e', 'cpu-clock', '-F', '1999'), False)


@promise
def with_copies_of_stacks_own_samples_per_function_are_the_same_as_perfs(slowpath, folder):
    check_rows(slowpath, record(folder, '-e', 'cpu-clock', '-F', '499', '--call-graph', 'dwarf'), False)


FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures'


def unpack(name, path):
    if not shutil.which('zstd'):
        raise Skip('zstd is not installed')
    subprocess.run(['zstd', '-dq', FIXTURES / f'{name}.zst', '-o', path], check=True)
    return path


@promise
def the_zfs_recording_has_its_culprit_in_icp(slowpath, folder):
    path = unpack('perf-zfs-aes-ccm.data', folder / 'perf.data')
    kallsyms = unpack('kallsyms-zfs', folder / 'kallsyms')
    check_answers(slowpath, path, '--kallsyms', kallsyms)
    rows = profile_of(slowpath, path, 'cpu-clock', '--kallsyms', kallsyms)['rows']
    shares = [row['self_share'] for row in rows if row['symbol'] == 'kfpu_end' and row['dso'].strip('[]') == 'icp']
    check(abs(sum(shares) - 0.4571) < 0.0001, 'kfpu_end of icp has 45.71 %', repr(shares))
    told = slowpath.run('cpu', '-q', '-i', path, '--kallsyms', kallsyms)
    words = ' '.join(told.stdout.decode().split())
    check('AES-CCM' in words and 'Use AES-GCM' in words and 'OpenZFS PR 9749' in words, 'what it means is told', told)


if __name__ == '__main__':
    main()
