#!/usr/bin/env python3
# What is stuck, and why? Programs that do not get on, each for one known reason, looked at live and from recordings.
import contextlib
import ctypes
import json
import os
import pathlib
import resource
import select
import shlex
import signal
import socket
import subprocess
import threading
import time

from harness import Skip, busy, check, check_one_line, end_process, forked, main, promise, report_of, state_of, wait_for

PTRACE_ATTACH = 16  # <sys/ptrace.h>


@contextlib.contextmanager
def stander(slowpath, way, *arguments):
    """A program that stands so; yields its process, and the number of its child when it told one."""
    process = subprocess.Popen(slowpath.helper('standers', way, *arguments), stdout=subprocess.PIPE, text=True,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    child = None
    try:
        for line in process.stdout:
            if line.strip() == 'ready':
                break
            child = int(line)
        yield process, child
    finally:
        if child:
            end_process(child)
        process.kill()
        process.wait()
        process.stdout.close()


def stuck_of(done):
    report = report_of(done, 'slowpath.stuck/1')
    check(report['exit_status'] == done.returncode, 'the exit status is that of the report', done)
    return report


def told(report, pid):
    """What the report tells of this process."""
    for process in report['processes']:
        if process['pid'] == pid:
            return process
    check(False, f'{pid} should be told', report)


def look(slowpath, pid, *arguments):
    """The report on one process, and what it tells of it."""
    done = slowpath.run('stuck', '--json', '-p', pid, *arguments)
    report = stuck_of(done)
    return report, told(report, pid), done


@promise
def two_threads_that_took_their_locks_in_turn_are_a_deadlock(slowpath, folder):
    with stander(slowpath, 'deadlock') as (process, _):
        report, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'user_lockup.deadlock' and one['cause'] == 'lock.deadlock', 'it is told', one)
        check([link['what'] for link in one['chain']] == ['futex', 'futex', 'circle'], 'with its chain', one)
        check(len(report['deadlocks']) == 1, 'the deadlock stands by itself', report)
        members = report['deadlocks'][0]['members']
        threads = {int(tid) for tid in os.listdir(f'/proc/{process.pid}/task')}
        check({member['tid'] for member in members} == threads, 'with both members', members)
        check(all('futex' in ' '.join(member['stack']) for member in members), 'and their stacks', members)
        check(done.returncode == 12, 'the exit status is that of its class', done)
        text = slowpath.run('stuck', '-p', process.pid)
        check(b'Deadlock:' in text.stdout and text.returncode == 12, 'the text tells it', text)


@promise
def a_waker_that_has_ended_leaves_nobody(slowpath, folder):
    with stander(slowpath, 'no-waker') as (process, _):
        _, one, done = look(slowpath, process.pid)
        check(one['class'] == 'user_lockup' and one['chain'][-1]['what'] in ('nobody', 'gone', 'futex'), 'it is told', one)
        check(done.returncode == 12, 'the exit status is that of its class', done)


@promise
def a_pipe_that_nobody_writes_is_told(slowpath, folder):
    with stander(slowpath, 'empty-pipe') as (process, _):
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'user_lockup.nobody', 'it is told', one)
        check([link['what'] for link in one['chain']] == ['pipe', 'nobody'], 'with its chain', one)
        check(done.returncode == 12, 'the exit status is that of its class', done)
        report = stuck_of(slowpath.run('stuck', '--json'))
        check(told(report, process.pid)['row_id'] == 'user_lockup.nobody', 'and among all of the machine', report)


@promise
def a_spinner_is_told(slowpath, folder):
    with stander(slowpath, 'spin') as (process, _):
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'spinning.user' and one['cause'] == 'cpu.user', 'it is told', one)
        check(done.returncode == 14, 'the exit status is that of its class', done)


@promise
def a_stopped_process_is_told_and_stays_stopped(slowpath, folder):
    with stander(slowpath, 'idle') as (process, _):
        os.kill(process.pid, signal.SIGSTOP)
        wait_for(lambda: 'T (stopped)' in pathlib.Path(f'/proc/{process.pid}/status').read_text(), 10, 'the stop')
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'stopped.signal', 'it is told', one)
        check(done.returncode == 15, 'the exit status is that of its class', done)
        check('T (stopped)' in pathlib.Path(f'/proc/{process.pid}/status').read_text(), 'it is as it was')


def hold_as_tracer(tracee):
    """Attach to a process of the test's own, which stops it, and stay."""
    if ctypes.CDLL(None, use_errno=True).ptrace(PTRACE_ATTACH, tracee, None, None) == 0:
        signal.pause()


def find_freezer():
    """Where cgroups can be made, the file that freezes one, and what is written to it to do and to undo that."""
    rows = [line.split() for line in pathlib.Path('/proc/mounts').read_text().splitlines()]
    for _, point, kind, options, *_ in rows:
        if kind == 'cgroup' and 'freezer' in options.split(','):
            return pathlib.Path(point), 'freezer.state', 'FROZEN', 'THAWED'
    for _, point, kind, *_ in rows:
        if kind == 'cgroup2':
            return pathlib.Path(point), 'cgroup.freeze', '1', '0'
    raise Skip('no cgroups are mounted that could be frozen')


@contextlib.contextmanager
def frozen(pid):
    """In a cgroup of its own, which is frozen."""
    point, file, on, off = find_freezer()
    group = point / f'slowpath-test-{os.getpid()}'
    group.mkdir()
    try:
        (group / 'cgroup.procs').write_text(str(pid))
        (group / file).write_text(on)
        yield
    finally:
        (group / file).write_text(off)
        (point / 'cgroup.procs').write_text(str(pid))
        group.rmdir()


def ran_ns(pid, seconds):
    """How long it ran in that time."""
    def ran():
        return int(pathlib.Path(f'/proc/{pid}/schedstat').read_text().split()[0])

    before = ran()
    time.sleep(seconds)
    return ran() - before


@contextlib.contextmanager
def parent_of(slowpath, way):
    """A shell that waits for a program which stands so; yields the numbers of both."""
    command = shlex.join(str(word) for word in slowpath.helper('standers', way))
    shell = subprocess.Popen(['sh', '-c', f'{command}; :'], stdout=subprocess.PIPE, text=True)
    children = pathlib.Path(f'/proc/{shell.pid}/task/{shell.pid}/children')
    try:
        check(shell.stdout.readline() == 'ready\n', 'it stands')
        yield shell.pid, int(children.read_text())
    finally:
        for child in children.read_text().split():
            end_process(int(child))
        shell.kill()
        shell.wait()
        shell.stdout.close()


@promise
def who_is_held_by_a_tracer_is_told_with_it(slowpath, folder):
    with stander(slowpath, 'idle') as (process, _), forked(lambda: hold_as_tracer(process.pid)) as tracer:
        wait_for(lambda: state_of(process.pid) == 't', 10, 'the tracer to hold it')
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'stopped.tracer' and done.returncode == 15, 'it is told', one)
        check(one['chain'][-1]['tid'] == tracer, 'its tracer is the leaf', one)
        check(state_of(process.pid) == 't', 'it is as it was')


@promise
def a_frozen_process_is_told(slowpath, folder):
    with stander(slowpath, 'idle') as (process, _), frozen(process.pid):
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'stopped.frozen' and done.returncode == 15, 'it is told', one)


@promise
def who_gets_no_cpu_is_told(slowpath, folder):
    """Two that only run, on one CPU: of the one that is idle's class nothing is left for the other's."""
    with stander(slowpath, 'spin') as (process, _), stander(slowpath, 'spin') as (other, _):
        for pid in (process.pid, other.pid):
            os.sched_setaffinity(pid, {max(os.sched_getaffinity(0))})
        os.setpriority(os.PRIO_PROCESS, other.pid, -20)
        os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
        wait_for(lambda: ran_ns(process.pid, 1.5) == 0, 30, 'the other to take all')
        _, one, done = look(slowpath, process.pid)
        check(one['row_id'] == 'slow.starved' and one['cause'] == 'cpu.runqueue' and done.returncode == 0, 'it is told', one)


@promise
def who_waits_for_a_child_that_is_stuck_is_told_when_named(slowpath, folder):
    for way, stop, leaf in (('deadlock', False, 'user_lockup.deadlock'), ('idle', True, 'stopped.signal')):
        with parent_of(slowpath, way) as (parent, child):
            if stop:
                os.kill(child, signal.SIGSTOP)
            _, one, done = look(slowpath, parent)
            check(one['row_id'] == 'user_lockup.child' and one['cause'] == 'wait.process' and done.returncode == 12, 'it is told', one)
            check(one['chain'][0]['what'] == 'child' and one['chain'][1]['tid'] == child, 'with its child', one)
            all_told = stuck_of(slowpath.run('stuck', '--json'))['processes']
            rows = [process['row_id'] for process in all_told if process['pid'] in (parent, child)]
            check(rows == [leaf], 'where none is named, the child alone is told', rows)


@promise
def who_waits_for_one_that_gets_on_is_behind_it(slowpath, folder):
    there, back = os.pipe()

    def work():
        os.close(there)
        while True:
            time.sleep(0.001)

    with forked(work), forked(lambda: (os.close(back), os.read(there, 1))) as reader:
        os.close(there)
        os.close(back)
        wait_until_asleep(reader)
        _, one, done = look(slowpath, reader)
        check(one['row_id'] == 'slow.behind' and done.returncode == 0, 'its writer gets on', one)


@promise
def who_ends_between_the_looks_is_told_as_ended(slowpath, folder):
    with subprocess.Popen(['sleep', '3']) as gone, subprocess.Popen(['sleep', '3']) as unreaped:
        threading.Thread(target=gone.wait).start()
        report, one, done = look(slowpath, gone.pid, '-p', unreaped.pid, '-d', '5')
        check(one['row_id'] == 'ended.gone' and done.returncode == 0, 'one is no more', one)
        check(told(report, unreaped.pid)['row_id'] == 'ended.reaped', 'nobody has waited for the other yet', report)


@promise
def a_crash_that_only_the_log_knows_is_told(slowpath, folder):
    if pathlib.Path('/proc/sys/debug/exception-trace').read_text().strip() != '1':
        raise Skip('the kernel does not log crashes (debug.exception-trace)')
    name = f'crash-{os.getpid() % 10**9}'
    script = 'import ctypes,resource,sys\nresource.setrlimit(resource.RLIMIT_CORE,(0,0))\n' \
             'open("/proc/self/comm","w").write(sys.argv[1])\nctypes.string_at(0)'
    with subprocess.Popen(['python3', '-c', script, name]) as process:
        pass
    check(process.returncode == -signal.SIGSEGV, 'it crashed', process.returncode)
    report = stuck_of(slowpath.run('stuck', '--json'))
    one = told(report, process.pid)
    check(one['row_id'] == 'user_crash.log' and one['cause'] == 'crash.signal' and one['name'] == name, 'it is told', one)


@promise
def a_child_that_died_of_a_fault_is_a_crash(slowpath, folder):
    with stander(slowpath, 'dead-child') as (process, child):
        report = stuck_of(slowpath.run('stuck', '--json'))
        one = told(report, child)
        check(one['row_id'] == 'user_crash.zombie' and one['cause'] == 'crash.signal', 'it is told', one)
        check(one['subject']['name'] == 'SIGABRT (6)', 'with its signal', one)
        check(any(str(process.pid) in line for line in one['evidence']), 'and its parent', one)


@promise
def a_lock_of_a_file_leads_to_its_holder(slowpath, folder):
    with stander(slowpath, 'file-lock', folder / 'x') as (process, child):
        report = stuck_of(slowpath.run('stuck', '--json'))
        one = told(report, child)
        check(one['row_id'] == 'user_lockup.held' and one['cause'] == 'lock.file', 'it is told', one)
        check([link['what'] for link in one['chain']] == ['file_lock', 'sleeps'], 'with its chain', one)
        check(one['chain'][-1]['tid'] == process.pid, 'the holder is the leaf', one)


def wait_until_asleep(pid):
    wait_for(lambda: state_of(pid) == 'S', 10, f'{pid} to sleep')


def pause_holding(keep, *close):
    """A process that holds one end and not the other."""
    for end in close:
        end.close()
    signal.pause()
    keep.close()


@promise
def who_waits_on_a_connection_within_the_machine_waits_for_its_other_end(slowpath, folder):
    with socket.create_server(('127.0.0.1', 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    with near, far, forked(lambda: pause_holding(far, near)) as server:
        with forked(lambda: (far.close(), near.recv(1))) as client:
            far.close()
            near.close()
            wait_until_asleep(client)
            os.kill(server, signal.SIGSTOP)
            _, one, done = look(slowpath, client)
            check(one['row_id'] == 'user_lockup.behind' and done.returncode == 12, 'it is behind the one that is stopped', one)
            check([link['what'] for link in one['chain']] == ['socket', 'stopped'], 'with its chain', one)
            check(one['chain'][1]['tid'] == server, 'which leads to the other end', one)


@promise
def who_polls_one_descriptor_waits_for_who_holds_its_other_end(slowpath, folder):
    reads, writes = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), 'rw'))
    with reads, writes, forked(lambda: pause_holding(writes, reads)) as writer:
        for wait in (lambda: select.poll(), lambda: select.epoll()):
            def poll(wait=wait):
                writes.close()
                waiting = wait()
                waiting.register(reads, select.POLLIN)
                waiting.poll()

            with forked(poll) as poller:
                writes.close()
                wait_until_asleep(poller)
                _, one, _ = look(slowpath, poller)
                check(one['class'] == 'idle' and one['chain'][1]['tid'] == writer, 'one that sleeps may have nothing to say', one)
                os.kill(writer, signal.SIGSTOP)
                _, one, _ = look(slowpath, poller)
                check(one['row_id'] == 'user_lockup.behind', 'one that is stopped has something', one)
                os.kill(writer, signal.SIGCONT)


@promise
def who_polls_several_is_told_whoever_may_answer(slowpath, folder):
    near, far = socket.socketpair()
    own = os.pipe()
    with near, far, forked(lambda: pause_holding(far, near)) as peer:
        with forked(lambda: (far.close(), select.select([near, own[0]], [], []))) as selector:
            wait_until_asleep(selector)
            _, one, done = look(slowpath, selector)
            check(one['row_id'] == 'idle.asleep' and done.returncode == 0, 'what else may come is not known', one)
            lines = [line for line in one['evidence'] if line.startswith('one of 2 that it polls: socket:[')]
            check(any(f'({peer})' in line for line in lines), 'who has the other end of one is told', one)
    for end in own:
        os.close(end)


@promise
def an_idle_process_is_told_only_when_it_is_named(slowpath, folder):
    with stander(slowpath, 'idle') as (process, _):
        _, one, done = look(slowpath, process.pid)
        check(one['class'] == 'idle' and done.returncode == 0, 'it is idle', one)
        report = stuck_of(slowpath.run('stuck', '--json'))
        check(process.pid not in [other['pid'] for other in report['processes']], 'and not told else', report)


@promise
def a_process_that_works_gets_on_in_numbers(slowpath, folder):
    with subprocess.Popen(busy(20)) as process:
        try:
            _, one, done = look(slowpath, process.pid)
            check(one['class'] == 'slow' and done.returncode == 0, 'it gets on', one)
            check(any('of CPU time' in line for line in one['evidence']), 'with numbers', one)
        finally:
            process.kill()


@promise
def a_replayed_report_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    with stander(slowpath, 'deadlock') as (process, _):
        for form in (['--json'], [], ['--json', '--all'], ['--all']):
            for whose in (['-p', process.pid], []):
                live = slowpath.run('stuck', *form, '-o', path, *whose)
                again = slowpath.run('stuck', *form, '-i', path)
                check(again.returncode == live.returncode and again.stderr == b'', 'the recording reads', again)
                check(again.stdout == live.stdout and live.stdout, 'replay and live differ', live, again)


@promise
def without_bpf_less_is_seen_and_said(slowpath, folder):
    with stander(slowpath, 'idle') as (process, _):
        os.kill(process.pid, signal.SIGSTOP)
        report, one, done = look(slowpath, process.pid, '--without', 'iter_task')
        check(one['row_id'] == 'stopped.signal' and done.returncode == 15, 'it is told', one)
        check(report['not_seen'] and any('proc' in way for way in report['how']), 'and what was not seen', report)
    with stander(slowpath, 'empty-pipe') as (process, _):
        _, one, _ = look(slowpath, process.pid, '--without', 'iter_task')
        check(one['chain'][0]['what'] in ('pipe', 'sleeps'), 'what it waits for is told', one)


@promise
def every_thread_of_the_machine_stands_on_a_stack(slowpath, folder):
    report = stuck_of(slowpath.run('stuck', '--json', '--all'))
    threads = sum(group['threads'] for group in report['stacks'])
    check(report['idle_kernel_threads'] == 0 and report['hidden_stacks'] == 0, 'nothing is left out', report)
    check(0.9 * report['threads'] <= threads <= report['threads'], f'{threads} threads have stacks', report['threads'])
    check(sum(report['counts'].values()) > 0, 'each process has a class', report['counts'])


@promise
def a_recording_without_looks_is_refused_with_the_remedy(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, busy(0.2))
    check_one_line(slowpath.run('stuck', '-i', path), 'slowpath stuck -o')


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    check_one_line(slowpath.run('stuck', '-p', '0'), '0')
    check_one_line(slowpath.run('stuck', '-p', '4194303'), '4194303')
    check_one_line(slowpath.run('stuck', '--', 'true'), '--')
    check_one_line(slowpath.run('--all'), '--all')


@promise
def the_schema_is_that_of_stuck(slowpath, folder):
    done = slowpath.run('stuck', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.stuck/1', 'it prints', done)
    check(b'12 user_lockup' in b' '.join(slowpath.run('stuck', '--help').stdout.split()), 'the help tells the statuses')


if __name__ == '__main__':
    main()
