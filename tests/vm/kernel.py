#!/usr/bin/env python3
# Does slowpath see on this kernel what there is to see? In the virtual machine, on a disk whose slowness is made.
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))
from drill_cases import tool  # noqa: E402
from harness import Skip, check, main, promise, verdict_of, wait_for  # noqa: E402
from slow_disk import slow_disk  # noqa: E402

# Facilities that a kernel has when it was built with this option.
OPTIONS = {
    'btf': 'DEBUG_INFO_BTF', 'kprobe': 'KPROBE_EVENTS', 'kprobe_multi': 'FPROBE', 'fentry': 'DYNAMIC_FTRACE_WITH_DIRECT_CALLS',
    'function_graph': 'FUNCTION_GRAPH_TRACER', 'uprobe': 'UPROBE_EVENTS', 'tp_wbt': 'BLK_WBT', 'psi': 'PSI',
    'task_blocker': 'DETECT_HUNG_TASK_BLOCKER',
}
# What the full watch stands on. Locks have tracepoints since Linux 5.19.
NEEDED = ['bpf', 'bpf_ringbuf', 'tp_btf', 'raw_tp', 'tp_classic', 'task_storage', 'task_stack', 'iter_task', 'tp_sched', 'tp_syscalls',
          'tp_irq', 'tp_block', 'tp_lock', 'tp_io_uring', 'tp_workqueue', 'cpu_clock', 'bpf_sample', 'kallsyms', 'proc_stack']
RUNGS = [('', 'tp_btf'), ('tp_btf', 'raw_tp'), ('tp_btf,raw_tp', 'tp_classic')]


def kernel_options():
    """Those that the kernel was built with."""
    text = pathlib.Path(f'/boot/config-{os.uname().release}').read_text()
    return {line.partition('=')[0].removeprefix('CONFIG_') for line in text.splitlines() if line.startswith('CONFIG_')}


@promise
def doctor_finds_what_the_kernel_was_built_with(slowpath, folder):
    done = slowpath.run('doctor', '--json')
    report = verdict_of(done)
    works = {row['id']: row['works'] for row in report['facilities']}
    built = kernel_options()
    print('   ' + ', '.join(f'{name} {state}' for name, state in works.items() if name in OPTIONS))
    for name, option in OPTIONS.items():
        check((works[name] != 'no') == (option in built), f'{name} is there when CONFIG_{option} is', works)
    for name in NEEDED:
        check(works[name] == 'yes', f'{name} works', works, done)
    check(report['verdicts']['level'] == 'full', 'verdicts are full', report['verdicts'])


@promise
def the_machines_disks_can_be_read(slowpath, folder):
    tool('modprobe', 'nvme')
    disks = [path for path in (pathlib.Path('/dev/vda'), pathlib.Path('/dev/nvme0n1')) if path.exists()]
    for disk in disks:
        said = tool('dd', f'if={disk}', 'of=/dev/null', 'bs=64k', 'count=4', 'iflag=direct', 'status=none')
        check(said == '', 'it reads', said)
    if len(disks) < 2:
        raise Skip('this qemu has no NVMe disk that is fast enough')


@promise
def each_rung_finds_the_disk_that_makes_a_write_slow(slowpath, folder):
    with slow_disk(folder) as point:
        for names, rung in RUNGS:
            without = ['--without', names] if names else []
            done = slowpath.run('--json', *without, '--', 'dd', 'if=/dev/zero', f'of={point}/{rung}', 'bs=4k', 'count=20',
                                'oflag=dsync', 'status=none')
            check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
            verdict = verdict_of(done)
            check(f'scheduler: {rung}' in verdict['how'], f'the verdict says that it was seen through {rung}', verdict)
            first = verdict['findings'][0]
            print(f'   {rung}: {first["cause"]} {first["subject"]["name"]} {first["share"]:.2f}, unknown '
                  f'{verdict["accounting"]["unknown_share"]:.3f}, lost {verdict["losses"]}')
            check(first['cause'] in ('fs.sync', 'fs.journal'), f'{rung}: to make it durable takes the time', verdict)
            check(first['subject']['name'] == 'nullb0', f'{rung}: the disk is to blame', verdict)
            who = {link['who'] for finding in verdict['findings'] for link in finding['chain']}
            check(any(name.startswith('jbd2/nullb0') for name in who), f'{rung}: it is followed through the journal', verdict)
            check(verdict['accounting']['unknown_share'] < 0.1, f'{rung}: the time is accounted for', verdict)


@promise
def a_direct_read_waits_for_the_disk(slowpath, folder):
    with slow_disk(folder) as point:
        tool('dd', 'if=/dev/zero', f'of={point}/file', 'bs=64k', 'count=20', 'oflag=direct')
        done = slowpath.run('--json', '--', 'dd', f'if={point}/file', 'of=/dev/null', 'bs=64k', 'iflag=direct', 'status=none')
    check(done.returncode == 0 and done.stderr == b'', 'it is watched without a word', done)
    first, *_ = verdict_of(done)['findings']
    check((first['cause'], first['subject']['name']) == ('disk.device', 'nullb0'), 'the disk is to blame', verdict_of(done))
    check(any('read' in words and 'nullb0' in words for words in first['evidence']), 'the reads are told', first)


@promise
def each_watch_of_io_counts_the_reads_on_each_rung(slowpath, folder):
    with slow_disk(folder) as point:
        tool('dd', 'if=/dev/zero', f'of={point}/file', 'bs=64k', 'count=20', 'oflag=direct')
        for names, rung in RUNGS:
            without = ['--without', names] if names else []
            for command in ('syscalls', 'files', 'disk'):
                done = slowpath.run(command, '--json', *without, '--', 'dd', f'if={point}/file', 'of=/dev/null', 'bs=64k', 'iflag=direct',
                                    'status=none')
                check(done.returncode == 0 and done.stderr == b'', f'{command} watches through {rung} without a word', done)
                report = verdict_of(done)
                counted = {
                    'syscalls': lambda: [row['bytes'] for row in report['rows'] if row['syscall'] == 'write'],
                    'files': lambda: [row['latency']['bytes'] for row in report['rows'] if row['file'] == f'{point}/file' and row['op'] == 'read'],
                    'disk': lambda: [device['ops']['read']['bytes'] for device in report['devices'] if device['name'] == 'nullb0'],
                }[command]()
                print(f'   {command} {rung}: {counted}')
                check(counted == [20 * 65536], f'{command} {rung}: the bytes are all there', report)


@promise
def the_light_watch_sees_the_functions_of_a_program(slowpath, folder):
    burners = pathlib.Path(slowpath.path).parent / 'tests/system/burners'
    done = slowpath.run('cpu', '-F', '499', '--json', '--', burners, 'shares', '2')
    check(done.returncode == 0 and done.stderr == b'', 'it is profiled without a word', done)
    profile, = verdict_of(done)['profiles']
    burnt = {row['symbol']: row['self'] for row in profile['rows'] if row.get('symbol', '').startswith('burn_')}
    seconds = ', '.join(f'{name} {ns / 1e9:.2f} s' for name, ns in burnt.items())
    print(f'   {profile["samples"]} samples, {profile["lost_samples"]} lost: {seconds}')
    most, some, few = (burnt.get(name, 0) for name in ('burn_most', 'burn_some', 'burn_few'))
    check(most > some > few > 0, 'they are told in their order', profile['rows'])
    check(most > 0.4 * profile['amount'], 'most of it is the most', profile['rows'])
    check(profile['pools_are_exact'], 'the kernel counts what they ran', profile['pools'])
    check(any(pool['name'] == 'burners' for pool in profile['pools']), 'their pool is told', profile['pools'])


TRACEFS = pathlib.Path('/sys/kernel/tracing')
SETTINGS = ['current_tracer', 'set_graph_function', 'set_ftrace_pid', 'set_event_pid', 'options/function-fork', 'options/event-fork',
            'trace_clock', 'tracing_on', 'events/enable']


def settings():
    """What stands in tracefs, as far as the tracer is concerned, and the instances in it."""
    return {name: (TRACEFS / name).read_text() for name in SETTINGS}, sorted(os.listdir(TRACEFS / 'instances'))


def children_of(tree):
    """(total of a node, sum of its children's totals): of all nodes, which stand in the order of a walk."""
    for at, node in enumerate(tree):
        below = 0
        for child in tree[at + 1:]:
            if child['depth'] <= node['depth']:
                break
            below += child['total'] if child['depth'] == node['depth'] + 1 else 0
        yield node['total'], below


@promise
def the_tracer_records_every_call_below_a_function(slowpath, folder):
    before, path = settings(), folder / 'trace.dat'
    with slow_disk(folder) as point:
        done = slowpath.run('calls', 'vfs_fsync_range', '--json', '--rung', 'graph', '-o', path, '--', 'dd', 'if=/dev/zero',
                            f'of={point}/file', 'bs=4k', 'count=4', 'conv=fsync', 'status=none')
    check(done.returncode == 0, 'it is traced', done)
    check(settings() == before, 'all settings are as before', settings(), before)
    report = verdict_of(done)
    again = slowpath.run('calls', 'vfs_fsync_range', '--json', '-i', path)
    check(again.stdout == done.stdout, 'the file that was kept tells the same', again, done)
    check(report['losses']['records'] == 0, 'nothing was lost', report['losses'])
    names = {node.get('name') or node.get('symbol') or '' for node in report['tree']}
    check({'vfs_fsync_range', 'ext4_sync_file', 'jbd2_log_wait_commit'} <= names, 'down to the journal', sorted(names))
    check(all(below <= total for total, below in children_of(report['tree'])), 'no call takes less than those it made', report['tree'])
    text = tool('trace-cmd', 'report', path)
    check('vfs_fsync_range' in text and 'sched_switch' in text, 'trace-cmd reads it as well', text[-500:])


@promise
def thousands_of_functions_are_traced_and_let_go(slowpath, folder):
    before = settings()
    done = slowpath.run('calls', '[a-c]*', '--rung', 'graph', '--json', '-o', folder / 'trace.dat', '--', 'true')
    told = re.search(rb'stands for ([\d,]+) functions; .*', done.stderr)
    check(done.returncode == 0 and told, 'it is traced, and how many they are is told', done)
    print('   ' + told[0].decode())
    check(int(told[1].replace(b',', b'')) > 2000, 'they are thousands', told[0])
    check(settings() == before, 'all settings are as before', settings(), before)


@promise
def of_a_killed_tracer_nothing_is_left(slowpath, folder):
    before = settings()
    tracer = slowpath.start('calls', 'vfs_read', '--rung', 'graph', '-d', '60')
    try:
        wait_for(lambda: (TRACEFS / 'current_tracer').read_text() != before[0]['current_tracer'] or settings()[1] != before[1], 60,
                 'the tracer')
    finally:
        tracer.kill()
        tracer.communicate()
    wait_for(lambda: settings() == before, 60, 'the settings to be put back')
    refused = slowpath.run('calls', 'no_such_function', '--rung', 'graph', '-d', '1')
    check(refused.returncode == 1 and b'no function no_such_function' in refused.stderr, 'what cannot be traced is refused', refused)
    check(settings() == before, 'and leaves nothing, either', settings(), before)


if __name__ == '__main__':
    main()
