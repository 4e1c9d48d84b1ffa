#!/usr/bin/env python3
# Which system calls are made? A job whose calls are known, counted by slowpath and by strace, which stops it at each.
import contextlib
import os
import re
import shutil
import subprocess
import time

from harness import RUNGS, Skip, check, check_one_line, end_process, lines, main, promise, report_of, wait_for, without

THREADS, ROUNDS, CHILDREN = 5, 400, 6
WRITTEN_BYTES, READ_BYTES = 1000, 512  # of one round, as the job has it
WAIT_NS = 60_000_000


def calls_of(done):
    """The report that --json printed; what must hold for every one is checked."""
    check(done.returncode == 0, 'it is reported', done)
    report = report_of(done, 'slowpath.syscalls/1', max(done.stdout.find(b'{"'), 0))
    rows = report['rows']
    for key in ('count', 'errors', 'total_ns', 'begun_before', 'unreturned'):
        check(sum(row[key] for row in rows) == report[key], f'the rows sum up ({key})', report)
    for row in rows:
        check(sum(error['count'] for error in row['by_errno']) == row['errors'], 'each error has its number', row)
        if row['p50_ns'] is not None and row['count']:
            order = [row[key] for key in ('min_ns', 'p50_ns', 'p90_ns', 'p99_ns', 'p999_ns', 'max_ns') if row[key] is not None]
            check(order == sorted(order), 'quantiles rise', row)
    for call in report['slow']:
        check(sum(wait['ns'] for wait in call['waits']) + call['rest_ns'] == call['ns'], 'a long call is the sum of its parts', call)
    return report


def counts_of(report):
    """{call: (count, errors)} of those that returned."""
    return {row['syscall']: (row['count'], row['errors']) for row in report['rows'] if row['count']}


def row_of(report, syscall):
    rows = [row for row in report['rows'] if row.get('syscall') == syscall]
    check(len(rows) == 1, f'there is one row of {syscall}', report['rows'])
    return rows[0]


def job(slowpath):
    return slowpath.helper('callers', 'count', THREADS, ROUNDS, CHILDREN)


def strace(folder, *arguments):
    """What strace writes of the command."""
    if not shutil.which('strace'):
        raise Skip('strace is not installed')
    path = folder / 'strace'
    done = subprocess.run(['strace', '-f', '-o', path, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False, timeout=120)
    check(done.returncode == 0, 'strace runs the job', done)
    return path.read_text(encoding='utf-8', errors='replace')


def counted_by_strace(folder, command):
    """{call: (count, errors)}"""
    row = re.compile(r'^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:(\d+)\s+)?(\w+)$', re.M)
    text = strace(folder, '-c', *command)
    return {name: (int(count), int(errors or 0)) for count, errors, name in row.findall(text) if name != 'total'}


def bytes_by_strace(folder, command, names):
    """{call: the sum of its results}"""
    text = strace(folder, '-e', 'trace=' + ','.join(names), *command)
    sums = dict.fromkeys(names, 0)
    for name, result in re.findall(r'^\d+ +(?:<\.\.\. )?(\w+)(?: resumed>|\().*= (\d+)$', text, re.M):
        sums[name] += int(result)
    return sums


@promise
def every_count_of_every_call_is_that_of_strace_on_each_rung(slowpath, folder):
    wanted = counted_by_strace(folder, job(slowpath))
    check(wanted['getppid'][0] == (THREADS + 1) * ROUNDS + CHILDREN, 'the job is what it should be', wanted)
    for names, rung in RUNGS:
        told = counts_of(calls_of(slowpath.run('syscalls', '--json', *without(names), '--', *job(slowpath))))
        check(told == wanted, f'{rung}: counts differ', {name: (told.get(name), wanted.get(name)) for name in {*told, *wanted}
                                                        if told.get(name) != wanted.get(name)})


@promise
def bytes_are_those_that_strace_sees_return(slowpath, folder):
    names = ['read', 'write', 'pread64', 'getdents64']
    wanted = bytes_by_strace(folder, job(slowpath), names)
    report = calls_of(slowpath.run('syscalls', '--json', '--', *job(slowpath)))
    told = {row['syscall']: row['bytes'] for row in report['rows'] if row['bytes']}
    check(told == {name: count for name, count in wanted.items() if count}, 'bytes differ', told, wanted)
    check(told['pread64'] > (THREADS + 1) * ROUNDS * READ_BYTES, 'they were read', told)


@promise
def failed_calls_are_told_by_errno(slowpath, folder):
    report = calls_of(slowpath.run('syscalls', '--json', '--', *job(slowpath)))
    rounds = (THREADS + 1) * ROUNDS
    close = {error['name']: error['count'] for error in row_of(report, 'close')['by_errno']}
    check(close == {'EBADF': rounds}, 'all of them are of one kind', close)
    opened = {error['name']: error['count'] for error in row_of(report, 'openat')['by_errno']}
    check(opened['ENOENT'] >= rounds, 'the file is not there', opened)


@promise
def calls_that_never_return_are_told_beside(slowpath, folder):
    report = calls_of(slowpath.run('syscalls', '--json', '--', *job(slowpath)))
    check(row_of(report, 'exit')['unreturned'] == THREADS, 'a thread that ends does not return', report['rows'])
    # Every other child runs another program, and each ends once, as the job itself does.
    check(row_of(report, 'exit_group')['unreturned'] == CHILDREN + 1, 'nor does a process', report['rows'])
    check(report['begun_before'] == 0, "what comes before the command's exec is ours", report)


@promise
def threads_that_come_and_go_keep_their_calls(slowpath, folder):
    report = calls_of(slowpath.run('syscalls', '--json', '--by', 'thread,syscall', '--', *job(slowpath)))
    own = [row for row in report['rows'] if row['syscall'] == 'getppid']
    check(sorted(row['count'] for row in own) == [1] * CHILDREN + [ROUNDS] * (THREADS + 1), 'each thread has a row of its own', own)
    check(len({row['tid'] for row in own}) == CHILDREN + THREADS + 1, 'no number comes twice', own)
    check(len({row['pid'] for row in own}) == CHILDREN + 1, 'processes are told apart', own)
    processes = calls_of(slowpath.run('syscalls', '--json', '--by', 'process', '--', *job(slowpath)))
    check(len(processes['rows']) == CHILDREN + 1 and processes['count'] == report['count'], 'by process it is the same', processes)
    names = [row['name'] for row in processes['rows']]
    check(sorted(names) == ['callers'] * (1 + CHILDREN // 2) + ['true'] * (CHILDREN // 2), 'a process has the name that it had last', names)


@contextlib.contextmanager
def stranger(slowpath):
    """A process that waits until it is written to, and works then; a thread of it waits for good."""
    with subprocess.Popen(slowpath.helper('callers', 'wait', ROUNDS), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            check(process.stdout.readline() == b'ready\n', 'the job is ready')
            time.sleep(0.1)
            yield process
        finally:
            end_process(process.pid)


def begun(path):
    """The recording is made when all is ready; a moment later the watch begins."""
    wait_for(path.exists, 30, 'the watch to begin')
    time.sleep(0.5)


def work(process):
    process.stdin.write(b'.')
    process.stdin.flush()


@promise
def a_process_is_watched_with_the_calls_that_it_was_in(slowpath, folder):
    path = folder / 'x'
    for names, rung in RUNGS:
        with stranger(slowpath) as process, slowpath.start('syscalls', '--json', '--idle', '-d', '2.5', '-o', path, *without(names),
                                                           '-p', process.pid) as watch:
            begun(path)
            work(process)
            out, err = watch.communicate(timeout=60)
        report = calls_of(subprocess.CompletedProcess('syscalls -p', watch.returncode, out, err))
        rounds = {row['syscall']: row['count'] for row in report['rows'] if row['count']}
        wanted = {'getppid': ROUNDS, 'write': ROUNDS, 'pread64': ROUNDS, 'close': ROUNDS, 'openat': ROUNDS}
        check(rounds == wanted, f'{rung}: what it did in the watch is counted', rounds)
        check(row_of(report, 'write')['bytes'] == ROUNDS * WRITTEN_BYTES, 'and so are its bytes', report['rows'])
        read = row_of(report, 'read')
        check((read['begun_before'], read['unreturned']) == (1, 2), f'{rung}: one read ended, one began, one lasted all the time', read)
        reads = [call for call in report['slow'] if call['syscall'] == 'read']
        check(len(reads) == 3 and report['slow'][0] == reads[0], 'they are long calls', report['slow'])
        check(sum(call['is_open'] for call in reads) == 2, 'two of them are open', reads)
        path.rename(folder / 'kept')
        check(slowpath.run('syscalls', '--json', '--idle', '-i', folder / 'kept').stdout == out, f'{rung}: replay and live differ')


@promise
def a_thread_that_runs_is_in_a_call_or_in_none(slowpath, folder):
    reader = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M']  # nearly always in a read
    spinner = ['sh', '-c', 'while :; do :; done']  # in none
    for names, rung in RUNGS:
        for command, unreturned in ((reader, 1), (spinner, 0)):
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                try:
                    time.sleep(0.2)
                    report = calls_of(slowpath.run('syscalls', '--json', '-d', '0.5', *without(names), '-p', process.pid))
                finally:
                    end_process(process.pid)
            check(report['unreturned'] == unreturned, f'{rung}: what it is in when the watch ends', command, report['rows'])


@promise
def on_the_machine_a_process_that_comes_and_goes_is_counted_whole(slowpath, folder):
    path = folder / 'x'
    with slowpath.start('syscalls', '--json', '--by', 'comm,syscall', '-d', '4', '-o', path) as watch:
        begun(path)
        subprocess.run(job(slowpath), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=30)
        out, err = watch.communicate(timeout=60)
    report = calls_of(subprocess.CompletedProcess('syscalls', watch.returncode, out, err))
    own = sum(row['count'] for row in report['rows'] if row.get('syscall') == 'pread64' and row['name'] == 'callers')
    check(own >= (THREADS + 1) * ROUNDS, 'its calls are there', own)
    getppid = [row['count'] for row in report['rows'] if row.get('syscall') == 'getppid' and row['name'] in ('callers', 'true')]
    check(sum(getppid) == (THREADS + 1) * ROUNDS + CHILDREN, 'each of them once', getppid)
    check(report['lost'] == 0, 'nothing is lost', report['notes'])


@promise
def a_long_call_says_what_it_waited_for_and_who_ended_it(slowpath, folder):
    for names, rung in RUNGS:
        report = calls_of(slowpath.run('syscalls', '--json', '--over', '20ms', *without(names), '--',
                                       *slowpath.helper('callers', 'slow', folder / 'file')))
        calls = {call['syscall']: call for call in report['slow'] if call['syscall'] != 'nanosleep'}
        check(set(calls) == {'read', 'flock'}, f'{rung}: those that waited for somebody', calls)
        late = [call for call in report['slow'] if call['syscall'] == 'nanosleep']
        check(report['idle']['count'] + len(late) == 3, 'sleeps are no long calls', report)
        for call in late:  # unless there was no CPU for so long
            check(sum(wait['ns'] for wait in call['waits'] if wait['kind'] == 'queue') >= call['ns'] / 2 - 1, 'a sleep that is one', call)
        for call in calls.values():
            first = call['waits'][0]
            check(call['ns'] > 0.8 * WAIT_NS and first['ns'] > 0.8 * WAIT_NS, 'it waited for most of the time', call)
            check(first['waker'].get('name') == 'holder', f'{rung}: who ended it is told', call)
        check(calls['flock']['waits'][0]['cause'] == 'lock.file' and calls['flock']['file'] == 'file', 'what it waited for', calls)
        check('wait_for_lock' in calls['flock']['frames'] and 'wait_for_byte' in calls['read']['frames'], 'where it was called', calls)
    report = calls_of(slowpath.run('syscalls', '--json', '--over', '20ms', '--idle', '--',
                                   *slowpath.helper('callers', 'slow', folder / 'file')))
    check('nanosleep' in {call['syscall'] for call in report['slow']}, 'unless they are asked for', report['slow'])


@promise
def calls_of_another_table_have_no_wrong_name(slowpath, folder):
    command = slowpath.helper('callers', 'compat')
    if subprocess.run(command, check=False).returncode != 0:
        raise Skip('this machine runs no 32-bit calls')
    for names, rung in RUNGS:
        report = calls_of(slowpath.run('syscalls', '--json', *without(names), '--', *command))
        check(row_of(report, 'i386:20')['count'] == 7, f'{rung}: they are told by number', report['rows'])
        check('writev' not in counts_of(report), 'and not by the name of another call', report['rows'])


@promise
def calls_that_a_filter_refuses_are_counted_and_said_to_have_no_time(slowpath, folder):
    command = slowpath.helper('callers', 'refused', 9)
    if subprocess.run(command, check=False).returncode != 0:
        raise Skip('this kernel has no seccomp filters')
    wanted = counted_by_strace(folder, command)
    check(wanted['getppid'] == (9, 9), 'strace counts them', wanted)
    for names, rung in RUNGS:
        report = calls_of(slowpath.run('syscalls', '--json', *without(names), '--', *command))
        check(counts_of(report) == wanted, f'{rung}: counts differ', counts_of(report), wanted)
        check(row_of(report, 'getppid')['max_ns'] == 0, 'they have no time', row_of(report, 'getppid'))
        check(any('9 calls were answered by a filter' in note for note in report['notes']), 'that is said', report['notes'])


@promise
def what_finds_no_room_is_lost_and_counted(slowpath, folder):
    numbers = 60000
    base = calls_of(slowpath.run('syscalls', '--json', '--', *slowpath.helper('callers', 'many', 0)))
    done = slowpath.run('syscalls', '--json', '--by', 'comm', '--', *slowpath.helper('callers', 'many', numbers))
    report = calls_of(done)
    check(report['lost'] > 0, 'there is no room for so many rows', report)
    check(report['count'] + report['lost'] == base['count'] + numbers, 'what is lost is all that is missing', report, base['count'])
    check(any('rows of tallies' in note for note in report['notes']), 'that is said', report['notes'])
    errors = report['rows'][0]['by_errno']
    check({error.get('name') for error in errors} <= {'ENOSYS', 'ENOENT', None}, 'no error is made up', errors)


@promise
def a_replay_is_the_live_answer_in_every_form(slowpath, folder):
    path = folder / 'x'
    for form in (['--json'], [], ['--by', 'thread,syscall', '--sort', 'errors'], ['--by', 'comm', '--sort', 'name', '--json']):
        live = slowpath.run('syscalls', *form, '-o', path, '--', *job(slowpath))
        again = slowpath.run('syscalls', *form, '-i', path)
        check(live.returncode == 0 and again.stdout == live.stdout, f'{form}: replay and live differ', live, again)


@promise
def a_full_recording_has_the_same_counts_and_says_what_it_does_not_know(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, job(slowpath))
    report = calls_of(slowpath.run('syscalls', '--json', '-i', path))
    rounds = (THREADS + 1) * ROUNDS
    for name, count, errors in (('getppid', rounds + CHILDREN, 0), ('write', rounds + THREADS, 0), ('pread64', None, 0),
                                ('close', None, rounds)):
        row = row_of(report, name)
        check((count is None or row['count'] == count) and row['errors'] == errors, f'the counts of {name} are exact', row)
    getppid = row_of(report, 'getppid')
    check(getppid['p50_ns'] is None and getppid['min_ns'] is None, 'a quantile among the short ones is unknown', getppid)
    check(row_of(report, 'write')['bytes'] is None, 'so are bytes', row_of(report, 'write'))
    check(not report['is_counted'] and any('unknown' in note for note in report['notes']), 'that is said', report['notes'])


@promise
def a_recording_of_something_else_says_so(slowpath, folder):
    path = folder / 'x'
    check(slowpath.run('cpu', '-o', path, '--', 'true').returncode == 0, 'a profile is recorded')
    done = slowpath.run('syscalls', '-i', path)
    check(done.returncode == 0 and b'No system calls.' in done.stdout, 'there are none', done)
    check(b'tell nothing of system calls' in done.stdout, 'and why is said', done)


@promise
def a_command_s_exit_status_is_its_own(slowpath, folder):
    check(slowpath.run('syscalls', '--', 'sh', '-c', 'exit 7').returncode == 7, 'it is handed on')
    missing = slowpath.run('syscalls', '--', '/not/there')
    check(missing.returncode == 127, 'one that is not there is said to be so', missing)


@promise
def wrong_words_get_one_line(slowpath, folder):
    check_one_line(slowpath.run('syscalls', '--by', 'cause'), 'cause', 'syscall')
    check_one_line(slowpath.run('syscalls', '--sort', 'size'), 'size', 'total')
    check_one_line(slowpath.run('syscalls', '--wakers'), '--wakers')


@promise
def what_is_printed_can_be_cut_short(slowpath, folder):
    path = folder / 'x'
    check(slowpath.run('syscalls', '-o', path, '--', 'true').returncode == 0, 'it is recorded')
    with open(path, 'r+b') as file:
        file.truncate(os.path.getsize(path) * 2 // 3)
    done = slowpath.run('syscalls', '-i', path)
    check(len(lines(done.stderr)) == 1, 'a cut recording gets one line', done)


if __name__ == '__main__':
    main()
