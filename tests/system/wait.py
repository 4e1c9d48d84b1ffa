#!/usr/bin/env python3
# Where do threads wait, and who ends it? A job whose waits are known, watched live and read from recordings.
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
from xml.etree import ElementTree

from harness import Skip, busy, check, check_one_line, lines, main, promise, report_of, wait_for

ROUNDS, SYNCS = 2000, 20


def waits_of(done):
    """The report that --json printed; what must hold for every one is checked."""
    check(done.returncode == 0, 'it is reported', done)
    begin = max(done.stdout.find(b'{'), 0)  # the job tells its threads' numbers before
    report = report_of(done, 'slowpath.wait/1', begin)
    sums, rows, tree = report['sums'], report['rows'], report['tree']
    for key in ('count', 'ns'):
        check(sums['all'][key] == sums['total'][key] + sums['idle'][key] + sums['outside'][key], f'all is the sum ({key})', sums)
        told = sum(row['count' if key == 'count' else 'total_ns'] for row in rows)
        check(told + sums['hidden'][key] == sums['total'][key], f'the rows sum to the total ({key})', sums, told)
    check(sum(node['self'] for node in tree) == sums['total']['ns'], 'the tree sums to the total', sums)
    return report


def told_numbers(done):
    """The thread numbers that the job printed."""
    return {name: int(tid) for name, tid in re.findall(r'^(ping|pong|syncer) (\d+)$', done.stdout.decode(errors='replace'), re.M)}


def spans_of(slowpath, path):
    """(count, ns of all) and {(waker, sleeper): (count, ns)}, read by a program that knows nothing of the analysis."""
    done = subprocess.run(slowpath.helper('wait_spans', path), capture_output=True, check=False)
    check(done.returncode == 0, 'the spans are read', done)
    first, *rest = [[int(word) for word in line.split()] for line in lines(done.stdout)]
    return tuple(first), {(waker, sleeper): (count, ns) for waker, sleeper, count, ns in rest}


def edges_of(report):
    nodes = report['wakers']['nodes']
    for edge in report['wakers']['edges']:
        yield nodes[edge['waker']], nodes[edge['sleeper']], edge


def edge_between(report, waker, sleeper):
    """(count, ns) of the wake-ups between these thread numbers, whatever the threads were called meanwhile."""
    edges = [edge for one, other, edge in edges_of(report) if one.get('tid') == waker and other.get('tid') == sleeper]
    return sum(edge['count'] for edge in edges), sum(edge['waited_ns'] for edge in edges)


def insist(*command):
    """A mount is busy for a moment after its last process ended."""
    for _ in range(50):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        subprocess.run(['sleep', '0.1'], check=False)


@contextlib.contextmanager
def ext4_on_loop(folder):
    """A fresh ext4 on a loop device: a file on it, and the device's name."""
    for tool in ('mkfs.ext4', 'losetup', 'mount'):
        if not shutil.which(tool, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
            raise Skip(f'{tool} is not installed')
    image, point = folder / 'image', folder / 'mounted'
    point.mkdir()
    with contextlib.ExitStack() as stack:
        with open(image, 'wb') as file:
            file.truncate(64 << 20)
        subprocess.run(['mkfs.ext4', '-q', image], check=True, capture_output=True)
        made = subprocess.run(['losetup', '--find', '--show', image], check=False, capture_output=True, text=True)
        if made.returncode != 0:
            raise Skip('no loop device can be had')
        device = made.stdout.strip()
        stack.callback(insist, 'losetup', '--detach', device)
        subprocess.run(['mount', '-t', 'ext4', device, point], check=True, capture_output=True)
        stack.callback(insist, 'umount', str(point))
        yield point / 'file', os.path.basename(device)


@promise
def the_sums_are_those_of_the_recorded_spans_to_the_nanosecond(slowpath, folder):
    path = folder / 'x'
    with ext4_on_loop(folder) as (file, _):
        done = slowpath.run('record', '-q', '-o', path, '--', *slowpath.helper('sleepers', ROUNDS, file, SYNCS))
        check(done.returncode == 0, 'it is recorded', done)
    (count, ns), pairs = spans_of(slowpath, path)
    report = waits_of(slowpath.run('wait', '--json', '--by', 'thread,cause,function,waker', '--min', '0', '-i', path))
    check((report['sums']['all']['count'], report['sums']['all']['ns']) == (count, ns), f'{count} waits of {ns} ns', report['sums'])
    check(report['sums']['hidden']['count'] == 0, 'nothing is hidden', report['sums'])
    numbers = told_numbers(done)
    wakes = 0
    for waker, sleeper in (('ping', 'pong'), ('pong', 'ping')):
        edge = edge_between(report, numbers[waker], numbers[sleeper])
        wanted = pairs[numbers[waker], numbers[sleeper]]
        check(edge == wanted, f'{waker} wakes {sleeper}: {wanted}', edge)
        wakes += edge[0]
    check(wakes > 0.9 * ROUNDS, 'one of them waits in nearly each round', wakes)
    told = sum(edge['count'] for _, _, edge in edges_of(report))
    check(told <= sum(count for count, _ in pairs.values()), 'no wake-up is made up', told)


@promise
def a_process_is_watched_with_all_its_waits(slowpath, folder):
    path = folder / 'x'
    # Of the busy one's two threads both may be on their way to a CPU when the watch ends: the other one surely sleeps then.
    with subprocess.Popen(busy(60), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as job, \
            subprocess.Popen(['sleep', '60']) as sleeper:
        try:
            done = slowpath.run('wait', '--json', '--min', '0', '-d', '1', '-o', path, '-p', job.pid, '-p', sleeper.pid)
        finally:
            job.kill()
            sleeper.kill()
    report = waits_of(done)
    (count, ns), _ = spans_of(slowpath, path)
    check((report['sums']['all']['count'], report['sums']['all']['ns']) == (count, ns), f'{count} waits of {ns} ns', report['sums'])
    check(report['sums']['open'] >= 1 and count > 100, 'some were not over', report['sums'])


@promise
def the_machine_is_summed_with_its_kernel_threads(slowpath, folder):
    path = folder / 'x'
    report = waits_of(slowpath.run('wait', '--json', '--idle', '--min', '0', '-d', '1', '-o', path))
    (count, ns), _ = spans_of(slowpath, path)
    check((report['sums']['all']['count'], report['sums']['all']['ns']) == (count, ns), f'{count} waits of {ns} ns', report['sums'])
    check(any('kworker' in row.get('name', '') for row in report['rows']), 'kernel threads are in it', report['rows'][:5])
    without = waits_of(slowpath.run('wait', '--json', '-i', path))
    check(without['sums']['idle']['ns'] > 0, 'idle ones are summed', without['sums'])
    check(all(row['cause'] != 'wait.idle' for row in without['rows']), 'and not in the rows', without['sums'])


@promise
def a_sync_is_ended_by_the_journal_and_that_by_the_device(slowpath, folder):
    with ext4_on_loop(folder) as (file, loop):
        done = slowpath.run('wait', '--json', '--min', '0', '--by', 'thread,cause,function,waker', '--', *slowpath.helper('sleepers', 0, file, SYNCS))
    report, tid = waits_of(done), told_numbers(done)['syncer']
    rows = [row for row in report['rows'] if row.get('tid') == tid]
    causes = {row['cause'] for row in rows}
    check(causes & {'fs.journal', 'fs.sync', 'disk.device'}, 'the reason is told', rows)
    wakers = [one for one, other, _ in edges_of(report) if other.get('tid') == tid]
    journal = [one for one in wakers if one.get('name', '').startswith('jbd2/')]
    check(journal and journal[0]['role'] == f'ext4 journal of {loop}', 'the journal wakes it, and is known', wakers)
    others = [one for one, other, _ in edges_of(report) if other.get('name', '').startswith('jbd2/')]
    check(others, 'who wakes the journal is told as well', report['wakers']['nodes'])
    check(any(node.get('kind') == 'waker' for node in report['tree']), 'wakers are in the tree', report['tree'][:20])


@promise
def a_worker_of_the_kernel_is_told_by_its_workqueue(slowpath, folder):
    """The loop device's worker is one: its file is read and written for it. Later it may work for others, and is told anew."""
    recording = folder / 'x'
    with ext4_on_loop(folder) as (file, loop):
        done = slowpath.run('wait', '--json', '--min', '0', '-o', recording, '--', *slowpath.helper('sleepers', 0, file, SYNCS))
    names = {node.get('name', '') for node in waits_of(done)['wakers']['nodes']}
    check(any(re.fullmatch(r'kworker [^*]+', name) for name in names), 'workers are pooled by their workqueue', names)
    events = map(json.loads, slowpath.run('export', '--format', 'json', '-i', recording).stdout.splitlines())
    titles = {event['text'] for event in events if event['kind'] == 'title'}
    check(loop in titles, f'one works for {loop}', titles)


# A boot sector that reads the disk's first sectors for ever.
READER = bytes.fromhex('31c08ed8be107cb442b280cd13ebf5').ljust(16, b'\x90') + bytes.fromhex('10000800008000004000000000000000')


@contextlib.contextmanager
def guest(folder):
    """A guest that does nothing but read its disk, through an I/O thread: the emulator's process."""
    emulator, image = shutil.which('qemu-system-x86_64'), folder / 'disk'
    if not emulator:
        raise Skip('qemu-system-x86_64 is not installed')
    image.write_bytes(READER.ljust(510, b'\0') + b'\x55\xaa' + bytes(1 << 20))
    command = [emulator, '-M', 'pc', '-accel', 'tcg,thread=multi', '-m', '64', '-smp', '2', '-name', 'g,debug-threads=on', '-nodefaults',
               '-display', 'none', '-object', 'iothread,id=iothread1,poll-max-ns=0', '-drive',
               f'if=none,id=d,file={image},format=raw,cache=none,aio=threads', '-device', 'virtio-blk-pci,drive=d,iothread=iothread1']
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: process.poll() is not None or reads_of(process.pid), 30, 'the guest to read')
            if process.poll() is not None:
                raise Skip('the emulator cannot run with these options')
            yield process.pid
        finally:
            process.kill()


def reads_of(pid):
    """Does a thread of the emulator's pool read?"""
    names = [path.read_text(encoding='utf-8').strip() for path in pathlib.Path(f'/proc/{pid}/task').glob('*/comm')]
    return 'worker' in names


@promise
def who_serves_a_guests_disk_can_be_read_off(slowpath, folder):
    with guest(folder) as pid:
        report = waits_of(slowpath.run('wait', '--wakers', '--json', '-d', '2', '-p', pid))
    edges = {(one.get('name', one['kind']), other['name']): (one, other) for one, other, _ in edges_of(report)}
    for waker, sleeper in (('CPU 0/TCG', 'IO iothread1'), ('IO iothread1', 'worker'), ('worker', 'IO iothread1')):
        check((waker, sleeper) in edges, f'{waker} wakes {sleeper}', list(edges))
    vcpu, thread = edges['CPU 0/TCG', 'IO iothread1']
    check(vcpu['role'] == 'vCPU 0, emulated' and thread['role'] == 'QEMU iothread', 'both are known for what they are', vcpu, thread)
    if os.major(os.stat(folder).st_dev):  # else it is not on a disk
        # Soft interrupts that no request completed in may wake it as well.
        ended = [waker for waker, sleeper, _ in edges_of(report) if sleeper['name'] == 'worker' and waker.get('device')]
        check(ended, 'the interrupt that completes its request is told with the device', list(edges_of(report)))


@promise
def the_code_that_waited_and_its_waker_are_one_path(slowpath, folder):
    done = slowpath.run('wait', '--folded', '--by', 'comm', '--', *slowpath.helper('sleepers', 20 * ROUNDS))
    check(done.returncode == 0, 'it folds', done)
    stacks = [line.rsplit(' ', 1) for line in lines(done.stdout) if ';' in line]
    check(all(count.isdigit() for _, count in stacks), 'each line ends with nanoseconds', done)
    ping = [stack.split(';') for stack, _ in stacks if stack.startswith('ping;')]
    check(any('hand_over' in stack and 'woken by pong' in stack and
              stack.index('hand_over') < stack.index('woken by pong') for stack in ping), 'the reader stands above its waker', ping[:20])


@promise
def a_replayed_report_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    for form in (['--json'], [], ['--wakers'], ['--wakers', '--dot'], ['--folded'], ['--json', '--by', 'state,syscall', '--over', '50us'],
                 ['--state', 'S', '--wakers', '--by', 'pool']):
        live = slowpath.run('wait', *form, '-o', path, '--', *busy(0.4))
        check(live.returncode == 0 and live.stdout, 'it is watched', live)
        for _ in range(2):
            again = slowpath.run('wait', *form, '-i', path)
            check(again.returncode == 0 and again.stderr == b'', 'the recording reads', again)
            check(again.stdout == live.stdout, 'replay and live differ', live, again)


def read_dot(text):
    """A small parser of what is printed: nodes and edges; anything else is an error."""
    node, edge = re.compile(r'  (n\d+) \[shape=\w+(?:, style=bold)?, label="((?:[^"\\]|\\.)*)"\];'), \
        re.compile(r'  (n\d+) -> (n\d+) \[label="((?:[^"\\]|\\.)*)"\];')
    head, *body, last = text.splitlines()
    check(head == 'digraph wakers {' and last == '}', 'it is a graph', text[:200])
    nodes, edges = {}, []
    for line in body:
        if found := node.fullmatch(line):
            nodes[found[1]] = found[2]
        elif found := edge.fullmatch(line):
            edges.append((found[1], found[2]))
        else:
            check(line == '  rankdir=LR;' or line.startswith('  // '), 'each line is a node or an edge', line)
    return nodes, edges


@promise
def the_graph_can_be_read_by_dot_whatever_the_names(slowpath, folder):
    hostile = folder / 'a"];\n}\\x<b>'
    shutil.copy(shutil.which('sleep'), hostile)
    done = slowpath.run('wait', '--wakers', '--dot', '--min', '0', '--', hostile, '0.2')
    nodes, edges = read_dot(done.stdout.decode())
    check(nodes and edges, 'there is somebody in it', done)
    check(all(one in nodes and other in nodes for one, other in edges), 'each end is a node', edges)
    check(any('sleep' in label or 'a\\"];' in label for label in nodes.values()), 'the hostile one is a label', nodes)
    if shutil.which('dot'):
        drawn = subprocess.run(['dot', '-Tsvg'], input=done.stdout, capture_output=True, check=False)
        check(drawn.returncode == 0 and drawn.stderr == b'', 'dot draws it', drawn)


@promise
def a_flame_graph_is_drawn_and_compared(slowpath, folder):
    path, before, svg = folder / 'x', folder / 'before', folder / 'wait.svg'
    slowpath.record(before, slowpath.helper('sleepers', 200))
    done = slowpath.run('wait', '-o', path, '--flame', svg, '--before', before, '--', *slowpath.helper('sleepers', ROUNDS))
    check(done.returncode == 0, 'it is told', done)
    check(ElementTree.parse(svg).getroot().tag.endswith('}svg'), 'it is an SVG picture', svg.read_bytes()[:300])
    check('blocked time' in svg.read_text(encoding='utf-8'), 'of blocked time')


@promise
def the_exit_status_is_the_commands(slowpath, folder):
    for command, status in ((['sh', '-c', 'exit 3'], 3), (['true'], 0), (['/nonexistent'], 127)):
        done = slowpath.run('wait', '--', *command)
        check(done.returncode == status, f'{command} ends with {status}', done)


@promise
def the_schema_is_that_of_waits(slowpath, folder):
    done = slowpath.run('wait', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.wait/1', 'it prints', done)


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    for arguments, word in ((['--by', 'symbol'], 'symbol'), (['--state', 'X'], 'X'), (['--dot'], '--wakers'), (['--over', 'x'], 'x'),
                            (['--json', '--folded'], '--folded'), (['--wakers', '--folded'], '--folded')):
        done = slowpath.run('wait', *arguments)
        check_one_line(done, word)
        check(done.returncode == 2, 'it is wrong usage', done)


if __name__ == '__main__':
    main()
