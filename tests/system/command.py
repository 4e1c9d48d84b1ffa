#!/usr/bin/env python3
# Is a watched command left as it was? Its exit status, its streams, its signals; and is all of it seen?
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import time

from harness import check, check_one_line, main, promise, verdict_of, wait_for

SEED = int(os.environ.get('SLOWPATH_TEST_SEED', '1'))
INTERRUPTS = 20


@promise
def the_exit_status_is_the_commands(slowpath, folder):
    for status in (0, 3, 125, 255):
        for how in ([], ['record', '-o', folder / 'x']):
            done = slowpath.run(*how, '--', 'sh', '-c', f'exit {status}')
            check(done.returncode == status, f'the command exits {status}', done)


@promise
def a_command_that_cannot_be_executed_is_126(slowpath, folder):
    plain = folder / 'plain'
    plain.write_text('not a program')
    done = slowpath.run('--', plain)
    check(done.returncode == 126, 'not executable is 126', done)
    check_one_line(done, plain)


@promise
def a_command_that_is_not_there_is_127(slowpath, folder):
    done = slowpath.run('--', folder / 'nothing-here')
    check(done.returncode == 127, 'not found is 127', done)
    check_one_line(done, 'nothing-here')
    done = slowpath.run('--', 'no-such-command-in-any-path')
    check(done.returncode == 127, 'not found is 127', done)
    check_one_line(done, 'no-such-command-in-any-path')


@promise
def a_command_killed_by_a_signal_is_128_and_its_number(slowpath, folder):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
        done = slowpath.run('--', 'sh', '-c', f'ulimit -c 0; kill -{int(number)} $$')
        check(done.returncode == 128 + number, f'killed by {number.name}', done)


@promise
def a_failure_of_slowpath_itself_is_125_and_the_command_does_not_run(slowpath, folder):
    mark = folder / 'ran'
    done = slowpath.run('record', '-o', '/nonexistent-folder/x', '--', 'touch', mark)
    check(done.returncode == 125, 'own failure is 125', done)
    check_one_line(done, '/nonexistent-folder/x')
    check(not mark.exists(), 'the command ran although it could not be watched', done)


@promise
def the_commands_streams_are_its_own(slowpath, folder):
    data = os.urandom(1 << 20) + b'\0\x1b[31m\n'
    done = slowpath.run('record', '-o', folder / 'x', '--', 'cat', stdin=data)
    check(done.returncode == 0, 'cat succeeds', done)
    check(done.stdout == data, f'stdout is {len(done.stdout)} bytes, and should be the {len(data)} of stdin unchanged')
    done = slowpath.run('record', '-o', folder / 'y', '--', 'sh', '-c', 'echo to-stderr >&2')
    check(done.stdout == b'', 'record has nothing to say on stdout', done)
    check(b'to-stderr\n' in done.stderr, 'stderr goes through', done)


@promise
def the_verdict_comes_after_the_commands_output(slowpath, folder):
    done = slowpath.run('--', 'printf', 'hello')
    check(done.stdout.startswith(b'hello') and len(done.stdout) > len(b'hello'), 'first the output, then the verdict', done)


@promise
def environment_folder_and_arguments_reach_the_command_unchanged(slowpath, folder):
    script = 'import os, sys; print(os.getcwd(), os.environ["MARK"], sys.argv[1:])'
    arguments = ['--json', '-o', '', 'a b', '--', '\t']
    done = slowpath.run('record', '-o', folder / 'x', '--', sys.executable, '-c', script, *arguments, cwd=folder,
                        env={**os.environ, 'MARK': 'kept'})
    check(done.stdout.decode() == f'{folder.resolve()} kept {arguments}\n', 'all as given', done)


# All that a process inherits and can look at.
SURROUNDINGS = ['sh', '-c', 'grep Sig /proc/self/status; cat /proc/self/limits /proc/self/oom_score_adj /proc/self/cgroup; '
                'ls /proc/self/fd; umask; ulimit -n; nice']


def make_odd():
    """Surroundings that are not the usual ones."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGINT})
    for number in (signal.SIGCHLD, signal.SIGXFSZ, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.nice(3)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))


@promise
def signals_limits_and_descriptors_reach_the_command_unchanged(slowpath, folder):
    for prepare in (None, make_odd):
        bare = subprocess.run(SURROUNDINGS, stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=prepare, check=True)
        with slowpath.start('record', '-q', '-o', folder / 'x', '--', *SURROUNDINGS, preexec_fn=prepare) as process:
            stdout, stderr = process.communicate(timeout=30)
        check(process.returncode == 0 and stderr == b'', 'it is watched without a word', (process.returncode, stderr))
        check(re.sub(rb'SigQ:.*', b'', stdout) == re.sub(rb'SigQ:.*', b'', bare.stdout), 'something is not as it was', stdout, bare.stdout)


@promise
def the_exit_status_is_known_although_the_ends_of_children_are_ignored(slowpath, folder):
    with slowpath.start('--', 'sh', '-c', 'exit 6', preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)) as process:
        stdout, stderr = process.communicate(timeout=30)
    check(process.returncode == 6, 'the command exits 6', (process.returncode, stderr))


@promise
def nothing_is_lost_between_exec_and_the_first_instruction(slowpath, folder):
    program = pathlib.Path(slowpath.path).parent / 'tests/system/first_instructions'
    for _ in range(5):
        verdict = verdict_of(slowpath.run('--json', '--', program))
        words = '\n'.join(line for finding in verdict['findings'] for line in finding['evidence'])
        check('called getppid 10,000 times' in words, 'all its calls are counted, the first included', verdict)
        nap = verdict['findings'][0]
        check(nap['cause'] == 'wait.sleep' and nap['seconds'] >= 0.2, 'its nap of 200 ms is seen', verdict)
        accounting = verdict['accounting']
        # Before its exec it waits for the watch, for a tenth of a millisecond or so.
        check(accounting['threads'] == 1 and accounting['unknown_share'] < 0.01, 'its whole life is known', verdict)


def start_and_signal(slowpath, folder, script, number):
    """Start a shell script under slowpath, signal slowpath once the script is ready, and give what came of it."""
    ready = folder / 'ready'
    with slowpath.start('--json', '--', 'sh', '-c', script, env={**os.environ, 'READY': str(ready)},
                        start_new_session=True) as process:
        wait_for(ready.exists, 20, 'the command to start')
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    ready.unlink()
    return process.returncode, stdout, stderr


LOOP = 'touch "$READY"; n=0; while [ $n -lt 200 ]; do sleep 0.1; n=$((n + 1)); done; exit 9'


@promise
def signals_are_forwarded_to_the_command(slowpath, folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        mark = folder / number.name
        script = f'trap "touch {mark}; exit 7" {number.name[3:]}; {LOOP}'
        status, stdout, stderr = start_and_signal(slowpath, folder, script, number)
        check(mark.exists(), f'{number.name} did not reach the command', (status, stderr))
        check(status == 7, f'the command exits 7 on {number.name}', (status, stderr))


@promise
def a_verdict_is_printed_although_a_signal_ended_the_watch(slowpath, folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        status, stdout, stderr = start_and_signal(slowpath, folder, LOOP, number)
        check(status == 128 + number, f'the command died of {number.name}', (status, stderr))
        check(b'"slowpath.verdict/1"' in stdout, f'no verdict after {number.name}', (stdout, stderr))


@promise
def signals_are_forwarded_after_the_watch_is_over(slowpath, folder):
    ready, mark = folder / 'ready', folder / 'mark'
    script = f'trap "touch {mark}; exit 7" TERM; {LOOP}'
    with slowpath.start('--json', '-d', '0.1', '--', 'sh', '-c', script, env={**os.environ, 'READY': str(ready)}) as process:
        wait_for(ready.exists, 20, 'the command to start')
        time.sleep(1)
        process.terminate()
        stdout, stderr = process.communicate(timeout=30)
    check(process.returncode == 7 and mark.exists(), 'the command exits 7 on SIGTERM', (process.returncode, stderr))
    check(b'"slowpath.verdict/1"' in stdout, 'no verdict', (stdout, stderr))


@promise
def an_interrupt_at_any_moment_ends_both_without_a_mess(slowpath, folder):
    chance = random.Random(SEED)
    for _ in range(INTERRUPTS):
        delay_s = chance.uniform(0, 0.6)
        with slowpath.start('--json', '--', 'sleep', '20', start_new_session=True) as process:
            time.sleep(delay_s)
            os.killpg(process.pid, signal.SIGINT)
            stdout, stderr = process.communicate(timeout=20)
        words = f'seed {SEED}, after {delay_s:.3f} s'
        # Before slowpath has taken its signals it dies of one like any other program.
        check(process.returncode in (128 + signal.SIGINT, -signal.SIGINT), f'{words}: both end by SIGINT', (process.returncode, stderr))
        check(stderr == b'', f'{words}: nothing to complain of', stderr)


@promise
def interrupting_a_watch_without_a_command_prints_the_verdict(slowpath, folder):
    with slowpath.start('--json', '-p', os.getpid(), '-d', '60', '-o', folder / 'x') as process:
        wait_for((folder / 'x').exists, 20, 'the recording to begin')
        wait_for(lambda: (folder / 'x').stat().st_size > 0, 20, 'the recording to begin')
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    check(process.returncode == 0, 'ending the watch early is no failure', (process.returncode, stderr))
    check(b'"slowpath.verdict/1"' in stdout, 'no verdict', (stdout, stderr))


@promise
def a_process_goes_on_after_it_was_watched(slowpath, folder):
    with slowpath.start('--json', '-p', os.getpid(), '-d', '1') as process:
        stdout, stderr = process.communicate(timeout=30)
    check(process.returncode == 0, 'watching this very test works', (process.returncode, stderr))
    with open('/proc/self/status', encoding='utf-8') as status:
        check('TracerPid:\t0\n' in status.read(), 'nobody traces it')


@promise
def the_target_is_the_command_by_name_pid_and_exit_status(slowpath, folder):
    done = slowpath.run('--json', '--', 'sh', '-c', 'exec >&2; echo $$; exit 4')
    target = verdict_of(done)['target']
    check(target['kind'] == 'command' and target['name'] == 'sh', 'kind and name', target)
    check(str(target['pid']) in done.stderr.decode().split(), 'pid', target, done)
    check(target['exit_status'] == 4, 'exit status', target)


if __name__ == '__main__':
    main()
