#!/usr/bin/env python3
# What does watching cost here? slowpath beside the tools that people use today, in one interleaved run.
"""
Every measured run has a bare run of the same load right before it, and its ratio is to that one; tables show medians
over the rounds. Nothing here passes or fails: the numbers belong to this machine and this hour.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Callable, List

READY_S = 1.0  # what a watcher gets to begin with its watch
LIMIT_S = 120  # for any one run
LIMIT_MIB = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**20 / 2  # half of the machine: it is ended before it harms it


@dataclass
class Tool:
    """Something that watches. It wraps the load's command, or it is a watcher that runs beside the load."""
    name: str
    program: str
    command: Callable[[str, List[str]], List[str]]  # (file to write, the load) → what to run
    wraps: bool = True
    ready_s: float = READY_S  # of a watcher: what it gets to begin


PERF_TRACE = Tool('perf trace -s', 'perf', lambda out, load: ['perf', 'trace', '-s', '-o', '/dev/null', '--', *load])
STRACE = Tool('strace -f -c', 'strace', lambda out, load: ['strace', '-f', '-c', '-o', '/dev/null', *load])


def tools_for(slowpath, floor, stranger):
    return [
        Tool('floor (only looks at the clock)', floor, lambda out, load: [floor], wraps=False),
        Tool('slowpath record', slowpath, lambda out, load: [slowpath, 'record', '-o', out, '--', *load]),
        Tool('slowpath record -p (another process)', slowpath,
             lambda out, load: [slowpath, 'record', '-o', out, '-p', str(stranger)], wraps=False),
        Tool('perf record -e sched:sched_switch -g', 'perf',
             lambda out, load: ['perf', 'record', '-q', '-e', 'sched:sched_switch', '-g', '-o', out, '--', *load]),
        PERF_TRACE,
        STRACE,
        Tool('offcputime (libbpf-tools)', 'offcputime', lambda out, load: ['offcputime', '120'], wraps=False),
    ]


def profilers_for(slowpath):
    return [
        Tool('slowpath cpu -F 999', slowpath, lambda out, load: [slowpath, 'cpu', '-F', '999', '-o', out, '--', *load]),
        Tool('perf record -F 999 -g', 'perf', lambda out, load: ['perf', 'record', '-q', '-F', '999', '-g', '-o', out, '--', *load]),
    ]


# What offwaketime does, where its own kprobes cannot be had: each wait's length by both stacks.
OFF_WAKE = """
tracepoint:sched:sched_waking { @waker[args->pid] = kstack; }
tracepoint:sched:sched_switch {
    if (args->prev_state) { @out[args->prev_pid] = nsecs; }
    if (@out[args->next_pid]) {
        @blocked[kstack, @waker[args->next_pid]] = sum(nsecs - @out[args->next_pid]);
        delete(@out[args->next_pid]);
    }
}
"""


def waiters_for(slowpath):
    return [
        Tool('slowpath wait', slowpath, lambda out, load: [slowpath, '-q', 'wait', '--', *load]),
        Tool('slowpath record', slowpath, lambda out, load: [slowpath, 'record', '-q', '-o', out, '--', *load]),
        Tool('offcputime (libbpf-tools)', 'offcputime', lambda out, load: ['offcputime', '120'], wraps=False),
        Tool('offcputime-bpfcc', 'offcputime-bpfcc', lambda out, load: ['offcputime-bpfcc', '120'], wraps=False, ready_s=6),
        Tool('offwaketime-bpfcc', 'offwaketime-bpfcc', lambda out, load: ['offwaketime-bpfcc', '120'], wraps=False, ready_s=6),
        Tool('bpftrace (both stacks, summed)', 'bpftrace', lambda out, load: ['bpftrace', '-e', OFF_WAKE], wraps=False, ready_s=4),
    ]


def callers_for(slowpath, stranger):
    return [
        Tool('slowpath syscalls', slowpath, lambda out, load: [slowpath, '-q', 'syscalls', '--', *load]),
        Tool('slowpath syscalls -p (another process)', slowpath,
             lambda out, load: [slowpath, '-q', 'syscalls', '-d', '120', '-p', str(stranger)], wraps=False),
        Tool('syscount -L (libbpf-tools)', 'syscount', lambda out, load: ['syscount', '-L', '-d', '120'], wraps=False),
        Tool('syscount-bpfcc -L', 'syscount-bpfcc', lambda out, load: ['syscount-bpfcc', '-L', '-d', '120'], wraps=False, ready_s=6),
    ]


def disk_watchers_for(slowpath):
    """Those who tell how long block requests take; all of the machine's."""
    return [
        Tool('slowpath disk', slowpath, lambda out, load: [slowpath, '-q', 'disk', '-d', '120'], wraps=False),
        Tool('biolatency -Q -D (libbpf-tools)', 'biolatency', lambda out, load: ['biolatency', '-Q', '-D', '120'], wraps=False),
        Tool('bpftrace biolatency.bt', 'biolatency.bt', lambda out, load: ['biolatency.bt'], wraps=False, ready_s=4),
        Tool('perf record -e block:*', 'perf',
             lambda out, load: ['perf', 'record', '-q', '-B', '-N', '-a', '-e', 'block:*', '-o', out], wraps=False),
    ]


# What biosnoop does: who queued each block request, and how long it took.
BIOSNOOP = """
tracepoint:block:block_io_start { @start[args->dev, args->sector] = nsecs; @who[args->dev, args->sector] = comm; }
tracepoint:block:block_rq_complete /@start[args->dev, args->sector]/ {
    printf("%s %d %d %d\\n", @who[args->dev, args->sector], args->sector, args->nr_sector, nsecs - @start[args->dev, args->sector]);
    delete(@start[args->dev, args->sector]);
    delete(@who[args->dev, args->sector]);
}
"""


def file_watchers_for(slowpath):
    return [
        Tool('slowpath files', slowpath, lambda out, load: [slowpath, '-q', 'files', '--', *load]),
        Tool('slowpath record', slowpath, lambda out, load: [slowpath, 'record', '-q', '-o', out, '--', *load]),
        Tool('biolatency (libbpf-tools)', 'biolatency', lambda out, load: ['biolatency', '-Q', '-D', '120'], wraps=False),
        Tool('bpftrace (as biosnoop)', 'bpftrace', lambda out, load: ['bpftrace', '-e', BIOSNOOP], wraps=False, ready_s=4),
        Tool('perf record -e block:*', 'perf', lambda out, load: ['perf', 'record', '-q', '-a', '-e', 'block:*', '-o', out, '--', *load]),
        STRACE,
    ]


# The same script, as a Debian package has it (libdevel-nytprof-perl), and perf's own script for what goes before it.
PACKAGED_FLAMEGRAPH = '/usr/share/perl5/Devel/NYTProf/flamegraph.pl'


def pipeline_for(data):
    """How flame graphs are made of perf's files: its name, and the command; None where that is not installed."""
    if all(shutil.which(name) for name in ('stackcollapse-perf.pl', 'flamegraph.pl')):
        return ('perf script | stackcollapse-perf.pl | flamegraph.pl',
                ['sh', '-c', f'perf script -i {data} | stackcollapse-perf.pl | flamegraph.pl > /dev/null'])
    if os.path.exists(PACKAGED_FLAMEGRAPH):
        return ("perf script report stackcollapse | flamegraph.pl",
                ['sh', '-c', f'perf script report stackcollapse -i {data} | perl {PACKAGED_FLAMEGRAPH} > /dev/null'])
    return None


class Failed(Exception):
    """The tool did not do its work; the text says why."""


@dataclass
class Run:
    """What one run of a command used."""
    output: str
    seconds: float
    cpu_s: float  # of the command itself, without its children
    peak_mib: float  # of the command and of those that it started, each at its own peak


def read_proc(pid, name):
    """The text; empty when the process is gone."""
    try:
        return pathlib.Path(f'/proc/{pid}/{name}').read_text(encoding='utf-8', errors='replace')
    except (FileNotFoundError, ProcessLookupError):
        return ''


class Usage:
    """What the processes of a group have used so far: kept, for it is gone once they have ended."""

    def __init__(self):
        self.cpu_s = 0.0
        self.peaks = {}

    def read(self, leader):
        for pid in (int(entry.name) for entry in os.scandir('/proc') if entry.name.isdigit()):
            fields = read_proc(pid, 'stat').rpartition(')')[2].split()
            if not fields or int(fields[2]) != leader:
                continue
            peak = re.search(r'^VmHWM:\s*(\d+) kB', read_proc(pid, 'status'), re.M)
            if peak:
                self.peaks[pid] = int(peak[1]) / 1024
            if pid == leader:
                self.cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    @property
    def peak_mib(self):
        return sum(self.peaks.values())


def run(command) -> Run:
    """Run to the end, looking at its use of the machine every now and then."""
    usage = Usage()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True) as process:
            while process.poll() is None:
                usage.read(process.pid)
                if time.monotonic() - start > LIMIT_S or usage.peak_mib > LIMIT_MIB:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    raise Failed(f'stopped after {time.monotonic() - start:.0f} s, with {usage.peak_mib:,.0f} MiB')
                time.sleep(0.02)
        seconds = time.monotonic() - start
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            told = errors.read().decode(errors='replace').strip().splitlines() or ['no word why']
            raise Failed(f'exit status {process.returncode}: {told[-1]}')
        return Run(output.read().decode(errors='replace'), seconds, usage.cpu_s, usage.peak_mib)


def number_in(output, key) -> float:
    found = re.search(rf'\b{key}=([\d.]+)', output)
    if not found:
        raise Failed(f'the load did not tell its {key}')
    return float(found[1])


def ns_per_read(output) -> float:
    """From what fio tells in JSON."""
    reads = json.loads(output[output.index('{'):])['jobs'][0]['read']
    return reads['runtime'] * 1e6 / reads['total_ios']


def run_beside(watcher, load, ready_s=READY_S) -> Run:
    """Run the load while the watcher watches."""
    with subprocess.Popen(watcher, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            time.sleep(ready_s)
            if process.poll() is not None:
                told = process.stderr.read().decode(errors='replace').strip().splitlines() or ['no word why']
                raise Failed(f'exit status {process.returncode}: {told[-1]}')
            return run(load)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


class Bench:
    def __init__(self, build, folder, options):
        self.slowpath, self.loads = str(build / 'slowpath'), str(build / 'tests/bench/bench-loads')
        self.folder, self.out, self.options = folder, str(folder / 'out'), options
        self.tools = [tool for tool in tools_for(self.slowpath, str(build / 'tests/bench/bench-floor'), options.stranger)
                      if self.is_there(tool)]

    @staticmethod
    def is_there(tool):
        path = shutil.which(tool.program, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
        if not path:
            print(f'{tool.name}: {tool.program} is not installed: not compared')
        return bool(path)

    def load(self, kind, seconds=None):
        return [self.loads, kind, *([] if kind == 'stamp' else [str(seconds or self.options.seconds)])]

    def measure(self, tool, load) -> Run:
        pathlib.Path(self.out).unlink(missing_ok=True)
        command = tool.command(self.out, load)
        return run(command) if tool.wraps else run_beside(command, load, tool.ready_s)

    def in_rounds(self, tools, load, value):
        """{tool name: [(bare, watched)]}, or the reason for which a tool dropped out."""
        seen = {}
        for number in range(self.options.rounds):
            for tool in tools:
                if isinstance(seen.get(tool.name), str):
                    continue
                progress(f'{load[1]}, round {number + 1} of {self.options.rounds}: {tool.name}')
                try:
                    bare = value(lambda: run(load))
                    seen.setdefault(tool.name, []).append((bare, value(lambda: self.measure(tool, load))))
                except Failed as reason:
                    seen[tool.name] = str(reason)
        progress('')
        return seen

    def lost_events(self):
        """What the recorder counted as lost in the recording it wrote last."""
        try:
            return json.loads(run([self.slowpath, '--json', '-i', self.out]).output)['accounting']['lost_events']
        except (Failed, ValueError, KeyError) as reason:
            return f'not known ({reason})'

    def cost_of(self, kind, words, tools=None):
        self.cost_of_load(kind, words, self.load(kind), tools or self.tools, lambda go: number_in(go().output, 'ns_op'))

    def cost_of_load(self, kind, words, load, tools, value):
        print(f'\n{kind}: {words}')
        row('', 'bare', 'watched', 'ratio', 'lowest … highest', 'added')
        for name, pairs in self.in_rounds(tools, load, value).items():
            if isinstance(pairs, str):
                row(name, pairs)
                continue
            ratios = [watched / bare for bare, watched in pairs]
            bare, watched = (statistics.median(column) for column in zip(*pairs))
            added = statistics.median(watched - bare for bare, watched in pairs)
            row(name, f'{bare:.0f} ns', f'{watched:.0f} ns', f'×{statistics.median(ratios):.2f}',
                f'×{min(ratios):.2f} … ×{max(ratios):.2f}', f'{added:+,.0f} ns')

    def profiling(self):
        """Samples at 999 Hz, of a program that computes and of one that is mostly in the kernel."""
        tools = [tool for tool in profilers_for(self.slowpath) if self.is_there(tool)]
        if subprocess.run([self.slowpath, 'cpu', '--help'], capture_output=True, check=False).returncode != 0:
            print('\nslowpath cpu: this build has no such command: not compared')
            return
        self.cost_of('deep', 'two threads; one round is down a recursion of 100 calls, some work, and back', tools)
        self.cost_of('getppid', 'one round is the cheapest system call', tools)

    def calling(self, kind, words):
        """What is added to a system call by those who count them, beside all others."""
        counting = [tool for tool in callers_for(self.slowpath, self.options.stranger) if self.is_there(tool)]
        self.cost_of(kind, words, [*self.tools, *counting])

    def waiting(self):
        """What is added to a switch by those who tell where threads wait and who wakes them."""
        tools = [tool for tool in waiters_for(self.slowpath) if self.is_there(tool)]
        self.cost_of('pingpong', 'one round is 2 context switches and 4 system calls between two threads on one CPU', tools)

    def requests(self):
        """What is added to a block request by those who tell how long they take: a loop device on memory, as fast as there is."""
        if not all(shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin') for name in ('fio', 'losetup')):
            print('\ndisk: fio or losetup is not installed: not measured')
            return
        image = self.folder / 'image'
        with open(image, 'wb') as file:
            file.write(bytes(1 << 20) * 256)
        device = subprocess.run(['losetup', '-f', '--show', str(image)], capture_output=True, text=True, check=True).stdout.strip()
        try:
            tools = [tool for tool in disk_watchers_for(self.slowpath) if self.is_there(tool)]
            for words, engine in (('psync', ['--ioengine=psync']), ('io_uring, 32 at a time', ['--ioengine=io_uring', '--iodepth=32'])):
                load = ['fio', '--name=load', f'--filename={device}', '--rw=randread', '--bs=4k', '--direct=1', '--size=256M', '--time_based',
                        f'--runtime={int(1000 * self.options.seconds)}ms', '--output-format=json', *engine]
                self.cost_of_load('disk', f'one round is a request of 4 KiB to a loop device on memory, {words}', load, tools,
                                  lambda go: ns_per_read(go().output))
        finally:
            subprocess.run(['losetup', '-d', device], check=False)

    def files(self):
        """Random reads of 4 KiB, direct, of a loop device on memory: what is added to each."""
        if not shutil.which('fio') or not shutil.which('losetup', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
            print('\nfiles: fio or losetup is not installed: no load')
            return
        tools = [tool for tool in file_watchers_for(self.slowpath) if self.is_there(tool)]
        image, told = self.folder / 'image', self.folder / 'fio.json'
        image.write_bytes(os.urandom(64 << 20))
        made = subprocess.run(['losetup', '--find', '--show', image], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            print(f'\nfiles: no loop device can be had: {made.stderr.strip()}')
            return

        def ns_op(go):
            go()
            return 1e9 / json.loads(told.read_text(encoding='utf-8'))['jobs'][0]['read']['iops']

        try:
            for engine, depth in (('psync', 1), ('libaio', 32), ('io_uring', 32)):
                load = ['fio', '--name=job', f'--filename={made.stdout.strip()}', '--rw=randread', '--bs=4k', '--direct=1', f'--ioengine={engine}',
                        f'--iodepth={depth}', '--time_based', f'--runtime={self.options.seconds:g}', '--output-format=json', f'--output={told}']
                self.cost_of_load(f'{engine}, depth {depth}', 'one round is one direct read of 4 KiB from a loop device', load, tools, ns_op)
        finally:
            subprocess.run(['losetup', '--detach', made.stdout.strip()], check=False)

    def start_up(self):
        print('\nstart-up: from the call of the tool to the first instruction of the watched command')
        row('', 'bare', 'watched', '', '', 'added')

        def since_call(go):
            start_ns = time.monotonic_ns()
            return (number_in(go().output, 'ns') - start_ns) / 1e6

        wrapping = [tool for tool in self.tools if tool.wraps]
        for name, pairs in self.in_rounds(wrapping, self.load('stamp'), since_call).items():
            if isinstance(pairs, str):
                row(name, pairs)
                continue
            bare, watched = (statistics.median(column) for column in zip(*pairs))
            row(name, f'{bare:.1f} ms', f'{watched:.1f} ms', '', '', f'{watched - bare:+.0f} ms')

    def memory_and_reading(self):
        seconds = 5
        load = self.load('paced', seconds)
        reading = {
            'slowpath record': ('slowpath --json -i', [self.slowpath, '--json', '-i', self.out]),
            'perf record -e sched:sched_switch -g': ('perf report -g none', ['perf', 'report', '--stdio', '-g', 'none', '-i', self.out]),
        }
        print(f'\nrecording 100,000 context switches/s (a run and a wait each: 200,000 events/s) for {seconds} s, then reading it')
        row('', 'switches/s', 'recorder CPU', 'peak memory', 'file', 'lost')
        for tool in (tool for tool in self.tools if tool.name in reading):
            progress(f'paced: {tool.name}')
            words, command = reading[tool.name]
            try:
                done = self.measure(tool, load)
                rate = 2 * number_in(done.output, 'ops') / seconds
                size = os.path.getsize(self.out) / 1e6
                lost = self.lost_events() if tool.program == self.slowpath else 'see perf'
                row(tool.name, f'{rate:,.0f}', f'{100 * done.cpu_s / done.seconds:.0f} %', f'{done.peak_mib:.0f} MiB', f'{size:.1f} MB', f'{lost}')
                reads = [run(command) for _ in range(3)]
                took = statistics.median(read.seconds for read in reads)
                row(f'  {words}', f'{took:.2f} s', f'{rate * seconds / took / 1e6:.1f} M switches/s',
                    f'{max(read.peak_mib for read in reads):.0f} MiB', f'{size / took:.0f} MB/s')
            except (Failed, OSError) as reason:
                row(tool.name, str(reason))
        self.thinking_live(load, seconds)
        progress('')

    def thinking_live(self, load, seconds):
        """The same load with the analysis beside it: what does a verdict without a recording need?"""
        progress('paced: slowpath')
        try:
            done = run([self.slowpath, '--json', '--', *load])
            rate = 2 * number_in(done.output, 'ops') / seconds
            lost = json.loads(done.output[done.output.index('{'):])['accounting']['lost_events']
            row('slowpath (a live verdict)', f'{rate:,.0f}', f'{100 * done.cpu_s / done.seconds:.0f} %', f'{done.peak_mib:.0f} MiB', '-', f'{lost}')
        except (Failed, ValueError, KeyError) as reason:
            row('slowpath (a live verdict)', str(reason))

    def profile(self):
        """A perf.data file of a million samples with callchains: who makes tables, trees and pictures of it how fast?"""
        data, wander = str(self.folder / 'perf.data'), self.loads.replace('bench-loads', 'bench-wander')
        if not shutil.which('perf'):
            print('\nprofile: perf is not installed: nothing to read')
            return
        progress(f'profile: perf records for {self.options.profile_seconds} s')
        done = subprocess.run(['perf', 'record', '-q', '-F', '20000', '-e', 'cpu-clock', '-g', '-m', '4096', '-o', data, '--', wander,
                               str(self.options.profile_seconds)], capture_output=True, check=False)
        if done.returncode != 0:
            print(f'\nprofile: perf cannot record: {done.stderr.decode(errors="replace").strip()[-200:]}')
            return
        ours = [self.slowpath, '-q', '-i', data, 'cpu']
        samples = json.loads(run([*ours, '--json']).output)['profiles'][0]['samples']
        print(f'\nprofile: reading {samples:,} samples with callchains ({os.path.getsize(data) / 1e6:.0f} MB), once a round')
        row('', 'time', 'times slowpath', 'peak memory', 'times slowpath')
        svg = str(self.folder / 'flame.svg')
        self.read_by(('slowpath cpu (table and call tree)', ours),
                     [('perf report --children -g none', ['perf', 'report', '--stdio', '--children', '-g', 'none', '-i', data]),
                      ('perf report --children', ['perf', 'report', '--stdio', '--children', '-i', data])])
        pipeline = pipeline_for(data)
        self.read_by(('slowpath cpu --flame', [*ours, '--flame', svg]),
                     [('perf script (what the pipeline begins with)', ['perf', 'script', '-i', data]),
                      *([pipeline] if pipeline else [])])
        progress('')

    def read_by(self, own, others):
        """One reads a file in slowpath's way, the others in theirs: interleaved, medians. Who was stopped once is not asked again."""
        seen = {name: [] for name, _ in [own, *others]}
        for number in range(self.options.reads):
            for name, command in [own, *others]:
                if isinstance(seen[name], str):
                    continue
                progress(f'profile, round {number + 1} of {self.options.reads}: {name}')
                try:
                    seen[name].append(run(command))
                except Failed as reason:
                    seen[name] = str(reason)
        progress('')
        if isinstance(seen[own[0]], str):
            row(own[0], seen[own[0]])
            return
        seconds, mib = (statistics.median(getattr(read, field) for read in seen[own[0]]) for field in ('seconds', 'peak_mib'))
        for name, reads in seen.items():
            if isinstance(reads, str):
                row(name, reads)
                continue
            took, peak = (statistics.median(getattr(read, field) for read in reads) for field in ('seconds', 'peak_mib'))
            row(name, f'{took:.2f} s', f'×{took / seconds:.1f}', f'{peak:,.0f} MiB', f'×{peak / mib:.1f}')


def row(name, *cells):
    print(f'  {name:40}' + ''.join(f'{cell:>18}' for cell in cells) if len(cells) != 1 else f'  {name:40}  {cells[0]}', flush=True)


def progress(words):
    if sys.stderr.isatty():
        print(f'\r\x1b[K{words}', end='', file=sys.stderr, flush=True)


PARTS = {
    'pingpong': lambda bench: bench.cost_of('pingpong', 'one round is 2 context switches and 4 system calls between two threads on one CPU'),
    'getppid': lambda bench: bench.calling('getppid', 'one round is the cheapest system call'),
    'pread': lambda bench: bench.calling('pread', 'one round reads one byte of a cached file'),
    'cpu': Bench.profiling,
    'wait': Bench.waiting,
    'disk': Bench.requests,
    'files': Bench.files,
    'start': Bench.start_up,
    'memory': Bench.memory_and_reading,
    'profile': Bench.profile,
}


def main():
    parser = argparse.ArgumentParser(description='What watching costs on this machine, beside other tools.')
    parser.add_argument('build', type=pathlib.Path, help='the build folder')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=1.0, help='for one run of a load')
    parser.add_argument('--only', choices=PARTS, action='append')
    parser.add_argument('--profile-seconds', type=int, default=35, help='how long perf records what is then read')
    parser.add_argument('--reads', type=int, default=3, help='how often it is read by each')
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('make bench watches the whole machine: run it as root')
    shared = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix='slowpath-bench-', dir=shared) as folder:
        uname = os.uname()
        print(f'Linux {uname.release} {uname.machine}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; medians of '
              f'{options.rounds} rounds of {options.seconds:g} s, each beside a bare run')
        with subprocess.Popen(['sleep', 'infinity']) as stranger:
            options.stranger = stranger.pid
            try:
                bench = Bench(options.build.resolve(), pathlib.Path(folder), options)
                for name in options.only or PARTS:
                    PARTS[name](bench)
            finally:
                stranger.kill()


if __name__ == '__main__':
    main()
