#!/usr/bin/env python3
# Does a light watch account for all CPU time, whoever is born and dies meanwhile?
import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

from harness import LIMIT_S, Skip, check, lines, main, promise

LIGHT_WATCH = os.environ.get('LIGHT_WATCH', '')
LOADS = os.environ.get('BENCH_LOADS', '')
KERNEL, TARGET = 1, 2  # enum task_flags
RUNGS = ['', 'tp_btf', 'tp_btf,raw_tp']

# Threads and processes that come and go; most live for less than a tick of the clock. It says how much it ran in all.
COME_AND_GO = [sys.executable, '-c', '''
import os, resource, sys, threading, time
def work(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
for _ in range(40):
    threads = [threading.Thread(target=work, args=[0.0005]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
for _ in range(50):
    child = os.fork()
    if child == 0:
        work(0.002)
        os._exit(3)
    os.waitpid(child, 0)
work(0.1)
own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
print("used", sum(x.ru_utime + x.ru_stime for x in (own, children)), file=sys.stderr, flush=True)
os._exit(0)
''']
THREADS, CHILDREN = 200, 50


class Told:
    """The lines that light_watch printed."""

    def __init__(self, output, used_s):
        self.used_s = used_s
        self.lines = [line.split(' ') for line in output.decode(errors='replace').splitlines()]
        self.kinds = {line[1]: int(line[2]) for line in self.lines if line[0] == 'kind'}
        self.facts = dict(' '.join(line[1:]).split('=', 1) for line in self.lines if line[0] == 'fact')

    def of(self, word):
        return [[int(cell) for cell in line[1:]] for line in self.lines if line[0] == word]

    def targets(self):
        return {tid for tid, _, flags, _ in self.of('task') if flags & TARGET}

    def run_s(self):
        targets = self.targets()
        return sum(run_ns for tid, run_ns, _, _ in self.of('usage') if tid in targets) / 1e9


def has_tracefs():
    return 'tracefs' in pathlib.Path('/proc/mounts').read_text(encoding='utf-8')


def rungs():
    return RUNGS if has_tracefs() else RUNGS[:-1]


def watch(*arguments):
    if not LIGHT_WATCH:
        raise Skip('LIGHT_WATCH does not name the program that runs a light watch')
    done = subprocess.run([LIGHT_WATCH, *map(str, arguments)], capture_output=True, timeout=LIMIT_S, check=False)
    said = [line.split() for line in lines(done.stderr)]
    check(done.returncode == 0 and all(words[0] == 'used' for words in said), 'it is watched without a word', done)
    return Told(done.stdout, sum(float(seconds) for _, seconds in said))


def without(names):
    return ['--without', names] if names else []


def check_sum(told, names):
    run_s = told.run_s()
    check(abs(run_s - told.used_s) <= max(0.01, 0.02 * told.used_s),
          f'{run_s:.4f} s were told, {told.used_s:.4f} s were used (without {names or "nothing"})', told.lines[-10:])


@promise
def what_threads_used_that_came_and_went_is_what_getrusage_says(slowpath, folder):
    for names in rungs():
        check_sum(watch(*without(names), '--', *COME_AND_GO), names)


@promise
def each_thread_is_born_dies_and_has_its_usage_told_once(slowpath, folder):
    for names in rungs():
        told = watch(*without(names), '--', *COME_AND_GO)
        targets = told.targets()
        used = Counter(tid for tid, *_ in told.of('usage') if tid in targets)
        ended = Counter(tid for tid, in told.of('end') if tid in targets)
        check(len(used) >= THREADS + CHILDREN, 'a thread\'s usage is missing', len(used), names)
        check(set(used.values()) == {1} and ended == used, 'usage and end are told once for each', used - ended, ended - used, names)


@promise
def a_usage_is_told_before_its_threads_end(slowpath, folder):
    told, seen = watch('--', *COME_AND_GO), set()
    for line in told.lines:
        if line[0] == 'usage':
            seen.add(line[1])
        check(line[0] != 'end' or line[1] in seen, 'a thread ended before its usage was told', line)


@promise
def nothing_but_samples_tasks_and_usage_is_told(slowpath, folder):
    told = watch('-F', 999, '--', *COME_AND_GO)
    check(told.kinds.get('sample', 0) > 50 and told.kinds.get('stack', 0) > 0, 'it was sampled', told.kinds)
    check(not set(told.kinds) & {'run', 'wait', 'queue', 'syscall', 'syscall_sum', 'request', 'lock'}, 'nothing else was watched', told.kinds)
    check('missing.waits' in told.facts, 'that waits are not told is told', told.facts)
    check('loss' not in told.kinds, 'nothing was lost', told.lines[-20:])


@promise
def how_mappings_come_is_told(slowpath, folder):
    check('facility.mappings' in watch('--', 'true').facts, 'perf tells of mappings')
    facts = watch('--without', 'perf_mmap', '--', 'true').facts
    check('missing.perf_mmap' in facts and 'facility.mappings' not in facts, 'that it does without is told', facts)


@promise
def a_process_that_lives_on_is_charged_with_the_watch_alone(slowpath, folder):
    spinner = 'import time\nend = time.monotonic() + 30\nwhile time.monotonic() < end: pass'
    with subprocess.Popen([sys.executable, '-c', spinner]) as process:
        try:
            before = ran_s(process.pid)
            told = watch('-p', process.pid, '-d', '500ms')
            after = ran_s(process.pid)
        finally:
            process.kill()
    check([tid for tid, *_ in told.of('usage') if tid in told.targets()] == [process.pid], 'it has one thread', told.lines)
    check(0 < told.run_s() <= after - before + 0.01, 'it is charged with more than it ran meanwhile', told.run_s(), after - before)
    check(not told.of('end'), 'it lives on', told.of('end'))


def ran_s(pid):
    return int(pathlib.Path(f'/proc/{pid}/schedstat').read_text(encoding='utf-8').split()[0]) / 1e9


@promise
def a_child_that_nobody_waited_for_is_told_as_well(slowpath, folder):
    told = watch('--', sys.executable, '-c', '''
import os, time
if os.fork() == 0:
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    os._exit(0)
time.sleep(0.4)
os._exit(0)
''')
    targets = told.targets()
    runs = sorted(run_ns for tid, run_ns, *_ in told.of('usage') if tid in targets)
    check(len(runs) == 2 and runs[-1] >= 49e6, 'parent and child have run', runs)


@promise
def stacks_that_were_cut_are_told(slowpath, folder):
    if not LOADS:
        raise Skip('BENCH_LOADS does not name the loads')
    told = watch('-F', 999, '--', LOADS, 'deeper', '0.5')
    check('127' in told.facts.get('missing.deep_stacks', ''), 'that 200 frames were too many is told', told.facts)
    told = watch('-F', 999, '--', LOADS, 'deep', '0.5')
    # A frame pointer that points to itself, as before main() has begun, fills a stack with one address: that is told apart.
    deep, still = (re.search(r'there were (\d+)', told.facts.get(f'missing.{kind}_stacks', '')) for kind in ('deep', 'still'))
    check(not deep or (still and int(deep[1]) <= int(still[1])), '100 frames are not too many', told.facts)


@promise
def without_a_look_at_all_threads_it_says_so(slowpath, folder):
    told = watch('--without', 'iter_task', '--', *COME_AND_GO)
    check('missing.iter_task' in told.facts, 'that the living are not told is told', told.facts)
    check_sum(told, 'iter_task')


if __name__ == '__main__':
    main()
