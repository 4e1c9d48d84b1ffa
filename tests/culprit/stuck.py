#!/usr/bin/env python3
"""Does slowpath stuck say who is stuck, and why? Starts each culprit, looks at it, and compares the answer with its promise.

Each culprit has a line for each of its cases:
    /* STUCK: [case=NAME] class=ID [row=ID] [cause=ID] [subject=REGEX] [chain=REGEX] [evidence=REGEX] [exit=STATUS] [verdict=ID] */
A class, row (without its class) or cause may be several, with '|' between them; verdict is the cause that the verdict on it must name as well. A chain is matched as "WHO WHAT DETAIL > WHO WHAT DETAIL …".
This file has what a case needs around it (CASES): what is set up before it starts, what is done when it says it is ready, and what when it
stands.
"""
import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time

from room import Room, Skip, Wrong
from run import (check_all, in_durable_folder, leaving_core, on_ext4, on_slow_fuse, parse_options, plain, read_expectations, save_run,
                 with_locked_file)

SCHEMA = 'slowpath.stuck/1'
SECONDS = '60'  # a culprit that nobody ends
READY_S = 20  # until it must have said that it is ready
SETTLED_S = 1.5  # until it has got to where it will stay; with the look's second a device had its two (docs/stuck.md)
TIMEOUT_S = 30
NEXT_TO_NOTHING = '1'  # byte a second


class Promise:
    def __init__(self, binary, line):
        words = dict(re.findall(r'(\w+)=(\S+)', line))
        self.name = words.pop('case', binary)
        self.binary = binary
        self.classes = words.pop('class').split('|')
        self.rows = words.pop('row').split('|') if 'row' in words else None
        self.causes = words.pop('cause').split('|') if 'cause' in words else None
        self.subject = words.pop('subject', '')
        self.chain = words.pop('chain', '')
        self.evidence = words.pop('evidence', '')  # no blanks: write . for them
        self.stacks = words.pop('stacks', '')  # of one group of threads: its states, and its functions from the inside out
        self.verdict = words.pop('verdict', None)
        self.exit = int(words.pop('exit')) if 'exit' in words else None
        if words:
            raise ValueError(f'{binary}.c: STUCK has unknown words: {" ".join(words)}')


# ---- what a case needs: its arguments, and what is done when it is ready

def nothing(room):
    pass


def words(*arguments):
    return lambda room: list(arguments)


def on_xfs(room):
    return [room.loop_mount('xfs')[0] + '/file']


def freeze(room):
    room.freeze(room.path('mnt'))


def on_hung_fuse(room):
    return on_slow_fuse(room, SLOW_FUSE_S='1000')


def kill_daemon_at_end(room):
    """Before the culprit is waited for: it cannot end while the daemon lives."""
    room.stack.callback(room.started[-1].kill)


def in_cgroup_on_device(room):
    return [room.loop(mib=16), '4096', room.cgroup('blkio', {}, {})]


def in_cgroup_on_ext4(room):
    return [*on_ext4(room), room.cgroup('blkio', {}, {})]


def limit_reads(room):
    room.throttle('read', NEXT_TO_NOTHING)


def limit_writes(room):
    room.throttle('write', NEXT_TO_NOTHING)


def kill(pid):
    os.kill(pid, signal.SIGKILL)


CASES = {
    'abba': (plain, nothing),
    'lost_wakeup': (words('signal'), nothing),
    'dead_holder': (words('holder'), nothing),
    'spin': (plain, nothing),
    'crashed_core': (leaving_core, nothing),
    'crashed_no_core': (words('no_core'), nothing),
    'pipe_sleeper': (words('sleeper'), nothing),
    'pipe_own': (words('own'), nothing),
    'frozen': (on_xfs, freeze),
    'frozen_killed': (on_xfs, freeze, kill),
    'fuse_hung': (on_hung_fuse, kill_daemon_at_end),
    'file_lock': (with_locked_file, nothing),
    'mutex_slow_fsync': (in_cgroup_on_ext4, limit_writes),
    'mmap_lock': (plain, nothing),
    'mmap_lock_held': (on_xfs, freeze),
    'creators': (in_durable_folder, nothing),
    'zombie_parent': (plain, nothing),
    'stopped': (plain, nothing),
    'throttled_read': (in_cgroup_on_device, limit_reads),
}


# ---- the culprit's life

def end_process(process):
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    for stream in (process.stdin, process.stderr):
        stream.close()
    if process.poll() is None:
        print(f'note: {process.args[0]} ({process.pid}) does not end', file=sys.stderr)


def start_culprit(room, command):
    """The process, and the descriptor by which it tells that it is ready."""
    told, tells = os.pipe()
    room.stack.callback(os.close, told)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[tells],
                               env={**os.environ, 'CULPRIT_READY': str(tells)}, cwd=room.folder, start_new_session=True)
    room.stack.callback(end_process, process)
    os.close(tells)
    return process, told


def await_ready(process, told):
    """The process to look at."""
    line = os.read(told, 32).decode() if select.select([told], [], [], READY_S)[0] else ''
    if not line.strip().isdigit():
        process.kill()
        raise Wrong(f'{process.args[0]} did not get ready: {process.stderr.read().decode().strip() or "no word from it"}')
    return int(line)


def send_on(process):
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(b'\n')
        process.stdin.flush()


# ---- the look, and the comparison

def check_verdict(promise, slowpath, pid):
    """Where one is promised: a watch of what already waits, and goes on to."""
    if not promise.verdict:
        return
    done = subprocess.run([slowpath, '--json', '-p', str(pid), '-d', '1'], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    findings = json.loads(done.stdout)['findings'] if done.returncode == 0 else []
    if not findings or findings[0]['cause'] != promise.verdict:
        raise Wrong(f'expected the verdict {promise.verdict}; got {findings or done.stderr}')


def has_command(slowpath):
    return subprocess.run([slowpath, 'stuck', '--help'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def look_at(slowpath, pid):
    """The exit status and the report."""
    try:
        done = subprocess.run([slowpath, 'stuck', '-p', str(pid), '-d', '1', '--json'], capture_output=True, text=True,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise Wrong(f'not done after {TIMEOUT_S} s') from late
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise Wrong(f'stdout is not JSON ({error}); stderr: {done.stderr.strip()[-2000:]}') from error
    if report.get('schema') != SCHEMA:
        raise Wrong(f'schema is {report.get("schema")}')
    return done, report


def chain_words(process):
    return ' > '.join(f'{link["who"]} {link["what"]} {link.get("detail") or ""}'.strip() for link in process['chain'])


def subject_words(process):
    subject = process.get('subject') or {}
    return f'{subject.get("kind", "")} {subject.get("name", "")}'.strip()


def has_group(report, wanted):
    return any(re.search(wanted, ' '.join([group['states'], *group['kernel']])) for group in report['stacks'])


def describe(process):
    return f'{process["row_id"]} {process["cause"]} ({subject_words(process)}) {chain_words(process)}'


def check_report(promise, room, done, report, pid):
    found = [process for process in report['processes'] if process['pid'] == pid]
    if not found:
        raise Wrong(f'process {pid} is not told')
    process = found[0]
    subject = re.sub(r'\{(\w+)\}', lambda match: room.words[match[1]], promise.subject)
    told = ' '.join([process['row'], *process['evidence'], *process['log']])
    checks = [
        (process['class'] in promise.classes, f'class {"|".join(promise.classes)}'),
        (promise.rows is None or process['row_id'].partition('.')[2] in promise.rows, f'row {"|".join(promise.rows or [])}'),
        (promise.causes is None or process['cause'] in promise.causes, f'cause {"|".join(promise.causes or [])}'),
        (re.search(subject, subject_words(process)), f'subject {subject}'),
        (re.search(promise.chain, chain_words(process)), f'chain {promise.chain}'),
        (re.search(promise.evidence, told), f'evidence {promise.evidence}'),
        (not promise.stacks or has_group(report, promise.stacks), f'stacks {promise.stacks}'),
        (done.returncode == report['exit_status'], f'exit status {report["exit_status"]}, as it says itself'),
        (promise.exit is None or done.returncode == promise.exit, f'exit status {promise.exit}'),
    ]
    missed = [text for is_met, text in checks if not is_met]
    if missed:
        raise Wrong(f'expected {", ".join(missed)}; got {describe(process)}, exit status {done.returncode}; {told}')
    return describe(process)


def check_once(options, promise):
    """The answer in words; raises Wrong or Skip."""
    set_up, when_ready, *when_standing = CASES[promise.name]
    if not has_command(options.slowpath):
        raise Skip('this slowpath has no command stuck')
    with contextlib.ExitStack() as stack:
        room = Room(stack, options.build, options.scratch)
        process, told = start_culprit(room, [os.path.join(options.build, promise.binary), SECONDS, *set_up(room)])
        pid = await_ready(process, told)
        when_ready(room)
        send_on(process)
        time.sleep(SETTLED_S)
        for act in when_standing:
            act(pid)
        done, report = look_at(options.slowpath, pid)
        if options.keep:
            save_run(options.build, 'stuck-' + promise.name, done.stdout, done.stderr)
        words = check_report(promise, room, done, report, pid)
        check_verdict(promise, options.slowpath, pid)
        return words


if __name__ == '__main__':
    sys.exit(check_all(parse_options(), read_expectations('STUCK', Promise), CASES, check_once))
