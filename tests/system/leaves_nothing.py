#!/usr/bin/env python3
# Is anything left in the kernel when slowpath dies? Killed at random moments: no program, and a recording that reads.
import glob
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import time

from harness import Skip, busy, check, check_one_line, end_process, lines, main, promise, verdict_of

KILLS = int(os.environ.get('SLOWPATH_TEST_KILLS', '50'))
SEED = int(os.environ.get('SLOWPATH_TEST_SEED', '1'))
LATEST_KILL_S = 1.5
GRACE_S = 8  # programs are freed after an RCU grace period, later on a busy machine
KINDS = ('prog', 'map', 'link')
BPFTOOL = shutil.which('bpftool') or '/usr/sbin/bpftool'


def objects(kind):
    """{id: name} of all programs, maps or links in the kernel."""
    if not os.access(BPFTOOL, os.X_OK):
        raise Skip('bpftool is not installed')
    done = subprocess.run([BPFTOOL, kind, 'list', '-j'], capture_output=True, timeout=30, check=True)
    return {row['id']: row.get('name', '?') for row in json.loads(done.stdout or '[]')}


def held(kind, pids='[0-9]*'):
    """The ids that living processes hold open."""
    ids = set()
    for info in glob.glob(f'/proc/{pids}/fdinfo/*'):
        try:
            text = pathlib.Path(info).read_text(encoding='utf-8', errors='replace')
        except OSError:
            continue
        ids.update(int(number) for number in re.findall(rf'^{kind}_id:\s*(\d+)$', text, re.M))
    return ids


def all_objects():
    return {kind: objects(kind) for kind in KINDS}


def left_behind(kind, before):
    """What is there now, was not before, and is held by no living process: other people's work is not ours to count."""
    new = {number: name for number, name in objects(kind).items() if number not in before}
    return {number: name for number, name in new.items() if number not in held(kind)} if new else {}


def check_nothing_left(before, words):
    end = time.monotonic() + GRACE_S
    while any((left := {kind: left_behind(kind, before[kind]) for kind in KINDS}).values()):
        check(time.monotonic() < end, f'{words}: left in the kernel after {GRACE_S} s', left)
        time.sleep(0.1)


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
    before = all_objects()
    slowpath.record(folder / 'x', busy(0.5))
    check_nothing_left(before, 'a normal end')


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
def sigkill_at_any_moment_leaves_no_program_and_a_recording_that_reads(slowpath, folder):
    chance, before, readable, path = random.Random(SEED), all_objects(), 0, folder / 'x'
    for number in range(KILLS):
        delay_s = chance.uniform(0, LATEST_KILL_S)
        kill_after(slowpath, path, delay_s)
        words = f'seed {SEED}, kill {number + 1} of {KILLS}, after {delay_s:.3f} s'
        check_nothing_left(before, words)
        if path.exists():
            readable += read_killed(slowpath, path)
            path.unlink()
    print(f'   {readable} of {KILLS} recordings read')
    check(readable > 0, 'no recording was readable: none was ever flushed')


@promise
def the_command_goes_on_when_its_watcher_is_killed(slowpath, folder):
    mark, path = folder / 'ended', folder / 'x'
    with slowpath.start('record', '-o', path, '--', 'sh', '-c', 'sleep 1; touch "$0"', mark) as process:
        time.sleep(0.5)
        process.kill()
        process.wait()
    end = time.monotonic() + 10
    while not mark.exists():
        check(time.monotonic() < end, 'the command did not come to its end')
        time.sleep(0.05)


if __name__ == '__main__':
    main()
