#!/usr/bin/env python3
# What does it cost to read a trace.dat of two million events? Beside trace-cmd report, one after the other; nothing asserted.
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FIXTURE = HERE.parent / 'fixtures/trace-migrations.dat.zst'
ROUNDS = 5


def measure(command):
    """Wall time, processor time and the largest memory of one run."""
    begin = time.monotonic()
    with open(os.devnull, 'wb') as nowhere:
        child = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f'{command} failed')
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    """usage: trace_dat.py SLOWPATH"""
    if len(sys.argv) != 2:
        sys.exit(main.__doc__)
    with tempfile.TemporaryDirectory(prefix='slowpath-bench-', dir='/var/tmp') as folder:
        small, large = pathlib.Path(folder) / 'small.dat', pathlib.Path(folder) / 'large.dat'
        subprocess.run(['zstd', '-q', '-d', FIXTURE, '-o', small], check=True)
        subprocess.run([sys.executable, HERE / 'grow_trace.py', small, large, '16'], check=True)
        commands = {'trace-cmd report': ['trace-cmd', 'report', '-i', large], 'slowpath calls': [sys.argv[1], 'calls', '-i', large]}
        runs = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                runs[name].append(measure(command))
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in runs.items()}
    for name, (wall_s, cpu_s, memory) in middle.items():
        print(f'{name:18} {wall_s:6.2f} s wall {cpu_s:6.2f} s CPU {memory:6.0f} MiB')
    theirs, ours = middle['trace-cmd report'], middle['slowpath calls']
    print('slowpath is faster  ' + ', '.join(f'x{one / other:.1f} {what}' for one, other, what in zip(theirs, ours, ('wall', 'CPU', 'less memory'))))


if __name__ == '__main__':
    main()
