#!/usr/bin/env python3
# Is a perf.data file with more different stacks than are kept at once profiled to the sample? Written here, counted here.
import collections
import json
import random
import struct
import subprocess

from harness import check, main, promise

FILES = 40  # each is one function as far as anybody can tell: they do not exist
FILE_BYTES = 1 << 20
SAMPLES = 72_000  # more stacks than are told before they are told anew, twice
DEPTH = 18  # so that these are more frames than are kept
DEPTH_OF_FLAMES = 125  # for a picture more of them are
PERIOD = 1000


def record(kind, misc, body):
    body += bytes(-len(body) % 8)
    return struct.pack('<IHH', kind, misc, 8 + len(body)) + body


def perf_data(stacks):
    """The bytes of a perf.data file with a sample for each of the stacks, which are lists of files, innermost first."""
    pid_tid = struct.pack('<II', 7, 7)
    parts = [record(3, 0, pid_tid + b'wander\0')]
    for number in range(FILES):
        mapping = struct.pack('<QQQ', (number + 1) * FILE_BYTES, FILE_BYTES, 0)
        parts.append(record(1, 2, pid_tid + mapping + f'/nowhere/f{number}\0'.encode()))
    for time, stack in enumerate(stacks, 1):
        chain = [(number + 1) * FILE_BYTES + 1 + number for number in stack]
        head = struct.pack('<QIIQQQ', chain[0], 7, 7, time * PERIOD, PERIOD, len(chain) + 1)
        parts.append(record(9, 2, head + struct.pack(f'<{len(chain) + 1}Q', (1 << 64) - 512, *chain)))
    records = b''.join(parts)
    attr = struct.pack('<IIQQQQQIIQ', 1, 64, 0, PERIOD, 0x1 | 0x2 | 0x4 | 0x20 | 0x100, 0, 0, 0, 0, 0)
    at = 104 + len(attr) + 16
    head = struct.pack('<8sQQQQQQQQ32x', b'PERFILE2', 104, len(attr) + 16, 104, len(attr) + 16, at, len(records), 0, 0)
    return head + attr + struct.pack('<QQ', 0, 0) + records


def wandering(samples, seed=2, depth=DEPTH):
    """Stacks that hardly repeat, below a caller of all of them."""
    dice = random.Random(seed)
    for _ in range(samples):
        yield [*dice.choices(range(FILES), k=depth - 1), 0]


def answers_of(slowpath, path, *options):
    """What is said of the file, and of the same bytes in a pipe, which cannot be read twice: byte for byte the same."""
    answers = []
    for source in (str(path), '-'):
        with open(path, 'rb') as data, subprocess.Popen(['cat'], stdin=data, stdout=subprocess.PIPE) as cat:
            done = subprocess.run([slowpath.path, 'cpu', '-q', '-i', source, *options], stdin=cat.stdout, capture_output=True, timeout=120,
                                  check=False)
        check(done.returncode == 0 and done.stderr == b'', 'it is read without a word', done)
        answers.append(done.stdout)
    check(answers[0] == answers[1], 'the file and the pipe give the same answer', answers[0][:2000], answers[1][:2000])
    return answers[0]


def paths(profile):
    path = []
    for node in profile['tree'][1:]:
        path[node['depth'] - 1:] = [node.get('module') or node['name']]
        yield tuple(path), node['samples']


def check_counts(profile, stacks):
    """All paths from the least share on, and all rows, have the samples that were written."""
    counts, totals = collections.Counter(), collections.Counter()
    for stack in stacks:
        names = [f'/nowhere/f{number}' for number in reversed(stack)]
        counts.update(('wander', *names[:depth]) for depth in range(min(5, len(names)) + 1))
        totals.update(set(names))
    wanted = {path: count for path, count in counts.items() if count >= profile['min_share'] * profile['samples']}
    told = {path: count for path, count in paths(profile) if len(path) <= 6}
    check(told == wanted, 'call paths have the samples that were written', repr(told)[:2000], repr(wanted)[:2000])
    rows = {row['dso']: row['total_samples'] for row in profile['rows']}
    check(rows == dict(totals), 'functions have the samples that were written', repr(rows)[:2000], repr(dict(totals))[:2000])


@promise
def stacks_that_hardly_repeat_are_counted_to_the_sample(slowpath, folder):
    stacks = list(wandering(SAMPLES))
    path = folder / 'perf.data'
    path.write_bytes(perf_data(stacks))
    profile = json.loads(answers_of(slowpath, path, '--json'))['profiles'][0]
    check(profile['samples'] == SAMPLES, 'all samples are there', profile['samples'])
    check_counts(profile, stacks)


@promise
def what_grows_late_is_counted_from_its_first_sample_on(slowpath, folder):
    """Once at first, when it is too small to be told apart, and often after the first stacks were forgotten."""
    late = [3, 2, 1]
    stacks = [late, *wandering(SAMPLES), *[[*stack, 1] for stack in wandering(5000, 3)], *[late] * 30000]
    path = folder / 'perf.data'
    path.write_bytes(perf_data(stacks))
    profile = json.loads(answers_of(slowpath, path, '--json'))['profiles'][0]
    check_counts(profile, stacks)
    samples = dict(paths(profile))
    check(samples['wander', '/nowhere/f1', '/nowhere/f2', '/nowhere/f3'] == 30001, 'the first one is there', samples)


@promise
def a_flame_graph_is_the_same_from_a_file_and_from_a_pipe(slowpath, folder):
    path = folder / 'perf.data'
    path.write_bytes(perf_data([[3, 2, 1], *wandering(SAMPLES, depth=DEPTH_OF_FLAMES), *[[3, 2, 1]] * 3000]))
    pictures = []
    for name in ('file', 'pipe'):
        with open(path, 'rb') as data, subprocess.Popen(['cat'], stdin=data, stdout=subprocess.PIPE) as cat:
            done = subprocess.run([slowpath.path, 'cpu', '-q', '-i', str(path) if name == 'file' else '-', '--flame', folder / name],
                                  stdin=cat.stdout, capture_output=True, timeout=120, check=False)
        check(done.returncode == 0 and done.stderr == b'', 'it is drawn without a word', done)
        pictures.append((folder / name).read_bytes())
    check(pictures[0] == pictures[1], 'both pictures are the same')


if __name__ == '__main__':
    main()
