#!/usr/bin/env python3
# Is anything left in the kernel when slowpath dies? Killed at random moments: no program, no setting, no tracer; and a
# recording that reads.
import os
import pathlib
import random
import subprocess
import time

from harness import busy, check, check_one_line, end_process, lines, main, promise, verdict_of, wait_for
from kernel_objects import all_objects, check_nothing_left, held, objects

KILLS = int(os.environ.get('SLOWPATH_TEST_KILLS', '50'))
SEED = int(os.environ.get('SLOWPATH_TEST_SEED', '1'))
LATEST_KILL_S = float(os.environ.get('SLOWPATH_TEST_LATEST_KILL_S', '1.5'))  # later where all is slower

# What changes by itself: a process was born, the kernel thought again.
RESTLESS = ('/proc/sys/kernel/ns_last_pid', '/proc/sys/kernel/random/', '/proc/sys/kernel/perf_event_max_sample_rate',
            '/proc/sys/fs/binfmt_misc/')
TRACEFS = ('current_tracer', 'events/enable', 'kprobe_events', 'uprobe_events', 'set_event', 'set_event_pid',
           'set_ftrace_filter', 'set_ftrace_pid', 'tracing_on', 'trace_clock', 'buffer_size_kb', 'synthetic_events',
           'dynamic_events')


def read_or_reason(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as reason:
        return str(reason)


def settings():
    """{path: content} of what can be set in the kernel: sysctls, and what tracers are told in tracefs."""
    seen = {}
    for folder in ('kernel', 'vm', 'fs', 'net/core'):
        for path in pathlib.Path('/proc/sys', folder).rglob('*'):
            if path.is_file() and path.stat().st_mode & 0o222 and path.stat().st_mode & 0o444 and not str(path).startswith(RESTLESS):
                seen[str(path)] = read_or_reason(path)
    for root in ('/sys/kernel/tracing', '/sys/kernel/debug/tracing'):
        seen.update({f'{root}/{name}': read_or_reason(f'{root}/{name}') for name in TRACEFS if os.path.exists(f'{root}/{name}')})
        if os.path.isdir(f'{root}/instances'):
            seen[f'{root}/instances'] = sorted(os.listdir(f'{root}/instances'))
    return seen


def check_settings(before, words):
    now = settings()
    changed = {path: (before.get(path), now.get(path)) for path in set(before) | set(now) if before.get(path) != now.get(path)}
    check(not changed, f'{words}: settings of the kernel were changed', changed)


def complaints():
    """What the kernel's log says of slowpath."""
    done = subprocess.run(['dmesg'], capture_output=True, timeout=30, check=False)
    return {line for line in lines(done.stdout) if 'slowpath' in line}


def check_no_complaints(before, words):
    new = sorted(complaints() - before)
    check(not new, f'{words}: the kernel complains', new)


@promise
def a_watch_has_programs_in_the_kernel_that_this_test_can_see(slowpath, folder):
    known, seen = objects('prog'), set()
    with slowpath.start('record', '-o', folder / 'x', '-d', '3') as process:
        while not seen and process.poll() is None:
            seen = held('prog', process.pid) & (set(objects('prog')) - set(known))
            time.sleep(0.05)
        stderr = process.communicate(timeout=30)[1]
    check(seen, 'no program of the watch was seen', stderr)


@promise
def a_normal_end_leaves_nothing(slowpath, folder):
    before, set_before = all_objects(), settings()
    check(len(set_before) > 100, 'there are settings to look at', sorted(set_before))
    slowpath.record(folder / 'x', busy(0.5))
    check_nothing_left(before, 'a normal end')
    check_settings(set_before, 'a normal end')


@promise
def doctor_leaves_nothing(slowpath, folder):
    before, set_before = all_objects(), settings()
    check(slowpath.run('doctor').stdout, 'it has something to tell')
    check_nothing_left(before, 'doctor')
    check_settings(set_before, 'doctor')


@promise
def sigkill_of_doctor_at_any_moment_leaves_nothing(slowpath, folder):
    chance, before, set_before, said = random.Random(SEED), all_objects(), settings(), complaints()
    for _ in range(KILLS):
        with slowpath.start('doctor') as process:
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
            process.communicate(timeout=30)
    check_nothing_left(before, f'seed {SEED}, {KILLS} kills of doctor')
    check_settings(set_before, f'seed {SEED}, {KILLS} kills of doctor')
    check_no_complaints(said, f'seed {SEED}, {KILLS} kills of doctor')


@promise
def no_setting_is_changed_even_while_it_watches(slowpath, folder):
    before = settings()
    with slowpath.start('record', '-o', folder / 'x', '-d', '2') as process:
        time.sleep(1)
        during = process.poll() is None
        check_settings(before, 'during a watch')
        process.communicate(timeout=30)
    check(during, 'the watch had ended too early to look')


def kill_after(slowpath, path, delay_s):
    """Start a recording of a command, kill the recorder with SIGKILL after the delay, and end the orphaned command."""
    pid_file = path.with_suffix('.pid')
    command = ['sh', '-c', 'echo $$ >"$0"; exec "$@"', pid_file, *busy(LATEST_KILL_S + 1)]
    with slowpath.start('record', '-o', path, '--', *command) as process:
        time.sleep(delay_s)
        process.kill()
        process.wait()
        if pid_file.exists() and (pid := pid_file.read_text().strip()):
            end_process(int(pid))
    pid_file.unlink(missing_ok=True)


def read_killed(slowpath, path):
    """A killed recorder's file reads up to its last whole chunk and says that it is cut, or one line refuses it."""
    done = slowpath.run('--json', '-i', path)
    if done.returncode == 0:
        verdict_of(done)
        check(len(lines(done.stderr)) == 1, 'that it is cut is told in one line', done)
        return True
    check_one_line(done, path)
    return False


@promise
def sigkill_at_any_moment_leaves_no_program_no_setting_and_a_recording_that_reads(slowpath, folder):
    chance, before, set_before, said = random.Random(SEED), all_objects(), settings(), complaints()
    readable, path = 0, folder / 'x'
    for number in range(KILLS):
        delay_s = chance.uniform(0, LATEST_KILL_S)
        kill_after(slowpath, path, delay_s)
        words = f'seed {SEED}, kill {number + 1} of {KILLS}, after {delay_s:.3f} s'
        check_nothing_left(before, words)
        if path.exists():
            readable += read_killed(slowpath, path)
            path.unlink()
    check_settings(set_before, f'seed {SEED}, {KILLS} kills')
    check_no_complaints(said, f'seed {SEED}, {KILLS} kills')
    print(f'   {readable} of {KILLS} recordings read')
    check(readable > 0, 'no recording was readable: none was ever flushed')


@promise
def the_command_goes_on_when_its_watcher_is_killed(slowpath, folder):
    begun, ended = folder / 'begun', folder / 'ended'
    script = 'touch "$0"; sleep 1; touch "$1"'
    with slowpath.start('record', '-o', folder / 'x', '--', 'sh', '-c', script, begun, ended) as process:
        wait_for(begun.exists, 20, 'the command to begin')
        process.kill()
        process.wait()
    check(not ended.exists(), 'the watcher was killed too late to tell')
    wait_for(ended.exists, 20, 'the command to come to its end')


@promise
def a_command_that_was_not_yet_let_go_never_runs(slowpath, folder):
    mark = folder / 'ran'
    with slowpath.start('record', '-o', folder / 'x', '--', 'touch', mark) as process:
        process.kill()
        process.wait()
    time.sleep(1)
    check(not mark.exists(), 'the command ran although its watcher was gone before it began')


if __name__ == '__main__':
    main()
