#!/usr/bin/env python3
# Is a crash told with its reason, its place and its sender, through each rung, live and again?
import os
import resource
import signal
import subprocess
import sys

from harness import CLASSIC, RUNGS, Skip, check, end_process, has_tracefs, main, promise, verdict_of, wait_for, without

PYTHON = sys.executable
TOUCH = [PYTHON, '-c', 'import ctypes; ctypes.string_at(16)']


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def crash_of(verdict):
    found = [finding for finding in verdict['findings'] if finding['cause'] == 'crash.signal']
    check(len(found) == 1, 'there is one crash', verdict['findings'])
    return found[0]


def check_told(finding, words):
    check(any(words in told for told in finding['evidence']), f'{words!r} is told', finding)


@promise
def a_crash_tells_its_reason_through_each_rung(slowpath, folder):
    for names, rung in set(RUNGS) - {CLASSIC}:
        done = slowpath.run('--json', *without(names), '--', *TOUCH, preexec_fn=no_core)
        crash = crash_of(verdict_of(done))
        check(done.returncode == 128 + signal.SIGSEGV, 'the exit status is handed on', done)
        check(crash['subject']['name'].startswith('SIGSEGV') and crash['subject']['name'].endswith('address 0x10'),
              f'the address is told through {rung}', crash)
        check_told(crash, 'it touched address 0x10: nothing is mapped there (SEGV_MAPERR)')
        check_told(crash, 'no core was written: ')


@promise
def classic_tracepoints_tell_what_they_know(slowpath, folder):
    if not has_tracefs():
        raise Skip('tracefs is not mounted: classic tracepoints cannot be used')
    names, _ = CLASSIC
    verdict = verdict_of(slowpath.run('--json', *without(names), '--', *TOUCH))
    check_told(crash_of(verdict), 'nothing is mapped there (SEGV_MAPERR)')
    check(any('which address a program touched' in words for words in verdict['not_seen']), 'what is not seen is told', verdict['not_seen'])


@promise
def the_replay_of_a_crash_is_the_live_verdict(slowpath, folder):
    path = folder / 'x'
    for form in (['--json'], []):
        live = slowpath.run(*form, '-o', path, '--', *TOUCH)
        again = slowpath.run(*form, '-i', path)
        check(live.stdout and again.stdout == live.stdout, 'replay and live differ', live, again)


@promise
def a_core_is_told_when_there_is_one(slowpath, folder):
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard != resource.RLIM_INFINITY or open('/proc/sys/kernel/core_pattern', encoding='utf-8').read().strip() != 'core':
        raise Skip('cores do not go into the folder that a program runs in')
    verdict = verdict_of(slowpath.run('--json', '--', 'sh', '-c', 'ulimit -c unlimited; kill -SEGV $$', cwd=folder))
    check((folder / 'core').exists(), 'there is a core', verdict)
    check_told(crash_of(verdict), 'a core was written into the folder that it ran in')


@promise
def who_ends_a_command_is_told(slowpath, folder):
    itself = crash_of(verdict_of(slowpath.run('--json', '--', 'sh', '-c', 'kill -TERM $$; sleep 9')))
    check_told(itself, 'it sent the signal to itself')
    other = crash_of(verdict_of(slowpath.run('--json', '--', 'setsid', 'sh', '-c', 'echo $$ >pid; exec sleep 9', cwd=folder,
                                             preexec_fn=lambda: killer(folder / 'pid'))))
    check_told(other, 'the signal was sent by ')


def killer(path):
    """A process beside the command: it ends whoever writes its number there."""
    if os.fork() != 0:
        return
    for stream in (0, 1, 2):
        os.close(stream)
    os.execv(PYTHON, [PYTHON, '-c', f'''
import os, signal, time
for _ in range(1000):
    time.sleep(0.01)
    try:
        pid = int(open({str(path)!r}).read())
        break
    except (OSError, ValueError):
        continue
time.sleep(0.2)
os.kill(pid, signal.SIGUSR1)
'''])


@promise
def a_process_that_dies_while_it_is_watched_is_a_crash(slowpath, folder):
    child = subprocess.Popen([PYTHON, '-c', 'import ctypes, sys, time; sys.stdin.read(1); time.sleep(2); ctypes.string_at(16)'], stdin=subprocess.PIPE)
    try:
        watch = slowpath.start('--json', '-d', '20', '-p', child.pid)
        wait_for(lambda: has_programs(watch.pid), 20, 'the watch to begin')
        child.stdin.write(b'\n')
        child.stdin.close()
        child.wait(10)
        output, _ = watch.communicate(timeout=30)
    finally:
        end_process(child.pid)
        child.wait()
    done = subprocess.CompletedProcess(watch.args, watch.returncode, output, b'')
    check_told(crash_of(verdict_of(done)), 'it touched address 0x10')


def has_programs(pid):
    """Does it hold its BPF programs? Then the watch begins in a moment."""
    try:
        names = [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
    except OSError:
        return False
    return sum('bpf_link' in name or 'bpf-prog' in name for name in names) > 20


@promise
def a_signal_that_is_handled_is_no_crash(slowpath, folder):
    handles = 'import os, signal; signal.signal(signal.SIGSEGV, lambda *_: None); os.kill(os.getpid(), signal.SIGSEGV)'
    done = slowpath.run('--json', '--', PYTHON, '-c', handles)
    check(done.returncode == 0, 'it goes on', done)
    check(all(finding['cause'] != 'crash.signal' for finding in verdict_of(done)['findings']), 'there was no crash', done)


if __name__ == '__main__':
    main()
