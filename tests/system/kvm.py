#!/usr/bin/env python3
# How do virtual machines do? Exits that were recorded elsewhere are counted by hand; a real QEMU is watched while its guest writes.
import atexit
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading

from harness import Skip, check, check_one_line, judged, lines, main, promise, report_of, unpacked, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'vm'))
from machine import CACHE, Machine, run_command  # noqa: E402
from parts import Missing, get_parts  # noqa: E402

SCHEMA = 'slowpath.kvm/1'
SWITCH = 'slowpath.world_switch/1'
BOOT_LIMIT_S = 200  # some 5 s on an idle machine
LIVE_S = 3

# --- exits that were recorded elsewhere ---

LINE = re.compile(r'^\s*(?P<comm>.*?)[- ]+(?P<tid>\d+)\s+\[\d+\].*?(?P<s>\d+)\.(?P<part>\d+):\s+(?:kvm:)?(?P<event>kvm_\w+):\s+(?P<fields>.*)$')


def counted_by_hand(text):
    """{reason: [exits, ns, of these in the program]}, and how many were open at the end."""
    sums, out = collections.defaultdict(lambda: [0, 0, 0]), {}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        tid, time_ns = int(match['tid']), int(match['s']) * 10**9 + int(match['part'].ljust(9, '0'))
        if match['event'] == 'kvm_exit':
            out[tid] = [time_ns, re.search('reason (.*?) rip', match['fields'])[1], 0]
        elif match['event'] == 'kvm_userspace_exit' and tid in out:
            out[tid][2] = out[tid][2] or time_ns
        elif match['event'] == 'kvm_entry' and tid in out:
            began, reason, user = out.pop(tid)
            row = sums[reason]
            row[0] += 1
            row[1] += time_ns - began
            row[2] += time_ns - user if user else 0
    return dict(sums), len(out)


def exits_of(guests):
    """The same, out of reports on guests."""
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for guest in guests:
        for reason in guest['exits']['reasons']:
            row = sums[reason['name']]
            row[0] += reason['count']
            row[1] += reason['total_ns'] + reason['idle_ns']
            row[2] += reason['user_ns']
    return dict(sums)


@promise
def exits_in_ftraces_text_are_those_counted_by_hand(slowpath, folder):
    path = unpacked('kvm-trace.txt', folder)
    wanted, still_open = counted_by_hand(path.read_text())
    check(wanted['io'][0] == 501 and wanted['npf'][0] == 5, 'the fixture is what it was', wanted)
    report = report_of(slowpath.run('kvm', '-i', path, '--json'), SCHEMA)
    check(exits_of(report['guests']) == wanted, 'each reason has its exits, its time, and the program\'s part', report['guests'])
    check(sum(guest['exits']['open'] for guest in report['guests']) == still_open == 2, 'what had not ended is told apart')
    asked, = report['guests'][0]['exits']['user_reasons']
    check((asked['name'], asked['ns']) == ('IO', wanted['io'][2]), 'what the program was asked for', asked)
    check(report['lost_exits'] == 0 and report['has_exits'] and not report['has_waits'], 'nothing was lost', report['notes'])
    words = slowpath.run('kvm', '-i', path)
    check(words.returncode == 0 and b'npf' in words.stdout and b'IO 501 times' in words.stdout, 'it is said in words', words)


@promise
def exits_in_a_perf_data_file_are_those_that_perf_prints(slowpath, folder):
    path = unpacked('kvm.data', folder)
    if not shutil.which('perf'):
        raise Skip('perf is not installed (package linux-perf)')
    printed = subprocess.run(['perf', 'script', '--ns', '-f', '-i', path], capture_output=True, timeout=60, check=False)
    if printed.returncode != 0:
        raise Skip(f'perf script cannot read it: {lines(printed.stderr)[-1:]}')
    text = folder / 'script.txt'
    text.write_bytes(printed.stdout)
    wanted, still_open = counted_by_hand(printed.stdout.decode())
    check(sum(row[0] for row in wanted.values()) > 100, 'perf prints exits', wanted)
    for of in (path, text):
        report = report_of(slowpath.run('kvm', '-i', of, '--json'), SCHEMA)
        check(exits_of(report['guests']) == wanted, f'{of.name}: each reason has its exits and its time', exits_of(report['guests']), wanted)
        check(sum(guest['exits']['open'] for guest in report['guests']) == still_open, 'and what was open', report['guests'])


@promise
def what_has_no_exits_is_refused_in_one_line(slowpath, folder):
    empty, text, number = folder / 'empty', folder / 'text', folder / 'unknown'
    empty.write_text('')
    text.write_text('nothing of the kind\n')
    check_one_line(slowpath.run('kvm', '-i', empty), empty)
    check_one_line(slowpath.run('kvm', '-i', text), text, 'has no exits of guests')
    check_one_line(slowpath.run('kvm', '-i', unpacked('trace-migrations.dat', folder)), 'has no exits of guests', 'trace-cmd record -e kvm')
    check_one_line(slowpath.run('kvm', '-i', folder / 'not-there'), 'not-there')
    number.write_text(' x-7 [000] 1.000000: kvm_exit: reason 0x1234 rip 0x0\n x-7 [000] 1.000500: kvm_entry: vcpu 0\n')
    report = report_of(slowpath.run('kvm', '-i', number, '--json'), SCHEMA)
    check(exits_of(report['guests']) == {'reason 0x1234': [1, 500000, 0]}, 'a reason that is not known is a number', report['guests'])


@promise
def the_schemas_are_those_of_kvm(slowpath, folder):
    done = slowpath.run('kvm', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == SCHEMA, 'the schema is that of kvm', done)
    done = slowpath.run('kvm', '--world-switch', folder, '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == SWITCH, 'and that of the measurement', done)


# --- durable writes ---


def disk_folder(folder):
    """A folder that is not in memory."""
    for place in (folder, pathlib.Path('/var/tmp')):
        kind = subprocess.run(['stat', '-f', '-c', '%T', place], capture_output=True, text=True, check=True).stdout.strip()
        if kind not in ('tmpfs', 'ramfs', 'overlayfs'):
            made = pathlib.Path(tempfile.mkdtemp(dir=place, prefix='slowpath-test-'))
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            return made
    raise Skip('all folders here are in memory')


@promise
def durable_writes_are_measured_and_nothing_is_left_behind(slowpath, folder):
    place, other = disk_folder(folder), folder / 'guest.json'
    done = slowpath.run('kvm', '--world-switch', place, '-d', '1', '--json')
    run = report_of(done, SWITCH)['run']
    check(run['count'] >= 10 and run['block_bytes'] == 4096 and len(run['part_p50_ns']) == 10, 'it was measured', run)
    check(0 < run['sync']['min_ns'] <= run['sync']['p50_ns'] <= run['sync']['max_ns'], 'in order', run)
    check(os.listdir(place) == [], 'nothing is left behind', os.listdir(place))
    other.write_bytes(done.stdout)
    both = report_of(slowpath.run('kvm', '--world-switch', place, '-d', '1', '--guest', other, '--json'), SWITCH)
    check(both['guest'] == run, 'the other side is taken as it was printed', both['guest'], run)
    cost = both['world_switch']
    check(cost['cost_ns'] == run['sync']['p50_ns'] - both['run']['sync']['p50_ns'], 'the difference of the medians', both)
    check(cost['least_ns'] == min(run['part_p50_ns']) - max(both['run']['part_p50_ns']), 'the least', both)
    check(cost['most_ns'] == max(run['part_p50_ns']) - min(both['run']['part_p50_ns']), 'the most', both)


@promise
def what_cannot_be_measured_is_told_in_one_line(slowpath, folder):
    (folder / 'bad').write_text('{"schema": "slowpath.kvm/1"}')
    (folder / 'file').write_text('mine')
    check_one_line(slowpath.run('kvm', '--world-switch', folder / 'not-there', '-d', '1'), 'not-there')
    check_one_line(slowpath.run('kvm', '--world-switch', folder / 'file', '-d', '1'), folder / 'file')
    check((folder / 'file').read_text() == 'mine', 'a file is never written')
    check_one_line(slowpath.run('kvm', '--world-switch', folder, '-d', '60', '--guest', folder / 'bad'), folder / 'bad', '--world-switch')
    check_one_line(slowpath.run('kvm', '--world-switch', folder, '-i', folder / 'file'), '--world-switch')
    check_one_line(slowpath.run('kvm', '--guest', folder / 'bad'), '--guest')
    if os.path.ismount('/dev/shm'):
        check_one_line(slowpath.run('kvm', '--world-switch', '/dev/shm', '-d', '1'), '/dev/shm', 'tmpfs')


# --- a real QEMU ---

# The one that writes is held on the guest's CPU 0, with direct writes, so that it is known who kicks the iothread.
GUEST = '''
modprobe virtio_blk; modprobe ext4
for _ in $(seq 100); do test -e /dev/vdb && break; sleep 0.1; done
{inside}
touch /vm/ready
while ! test -e /vm/stop; do taskset -c 0 dd if=/dev/zero of=/dev/vda bs=4k count=2000 oflag=direct 2>/dev/null; done
'''
INSIDE = '''
{slowpath} kvm -d 1 --json >/vm/guest.json 2>/vm/guest.err
mkfs.ext4 -q /dev/vdb && mount /dev/vdb /mnt
{slowpath} kvm --world-switch /mnt -d 2 --json >/vm/switch.json 2>/vm/switch.err
umount /mnt
'''
# A program is forty times as slow in there, one with sanitizers too slow.
IS_SANITIZED = bool(os.environ.get('SLOWPATH_TEST_SANITIZED'))


def children_of_ours(name):
    for entry in pathlib.Path('/proc').iterdir():
        try:
            if entry.name.isdigit() and name in (entry / 'cmdline').read_bytes() and \
                    int((entry / 'stat').read_text().rsplit(')', 1)[1].split()[1]) == os.getpid():
                yield int(entry.name)
        except (OSError, ValueError):
            continue


def watch_live(slowpath, folder, found):
    """While the guest writes: the watch, its recording, and what this machine says of its own guest."""
    pid, = children_of_ours(b'slowpath-vm')
    recording = folder / 'live.slowpath'
    found['pid'] = pid
    found['live'] = slowpath.run('kvm', '-q', '-p', pid, '-d', LIVE_S, '-o', recording, '--json')
    found['replay'] = slowpath.run('kvm', '-i', recording, '--json')
    found['all'] = slowpath.run('kvm', '-q', '-d', 1)


def boot(slowpath, folder):
    """Boot, watch, power off: what was found, by name."""
    share, found = folder / 'share', {}
    share.mkdir()
    try:
        parts = get_parts(CACHE)
    except Missing as reason:
        raise Skip(str(reason)) from None
    machine = Machine(parts, disks=['virtio:64M,cache=writethrough', 'virtio:128M'], share=str(share))
    command = ['sh', '-c', GUEST.format(inside='' if IS_SANITIZED else INSIDE.format(slowpath=slowpath.path))]
    with open(folder / 'out', 'wb') as out, open(folder / 'err', 'wb') as err:
        running = threading.Thread(target=run_command, args=(machine, command, BOOT_LIMIT_S, out, err))
        running.start()
        try:
            wait_for(lambda: (share / 'ready').exists() or not running.is_alive(), BOOT_LIMIT_S, 'the guest')
            if not (share / 'ready').exists():
                raise Skip(f'the virtual machine did not come up: {(folder / "err").read_bytes()[-300:]!r}')
            watch_live(slowpath, folder, found)
        finally:
            (share / 'stop').touch()
            running.join(BOOT_LIMIT_S)
    for name in ('guest.json', 'guest.err', 'switch.json', 'switch.err'):
        found[name] = b'' if IS_SANITIZED else (share / name).read_bytes()
    return found


LIVE = {}


def live(slowpath):
    """One boot for all promises, also where it fails."""
    if not LIVE:
        LIVE['failed'] = Skip('the virtual machine failed before')
        folder = pathlib.Path(tempfile.mkdtemp(prefix='slowpath-test-'))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        try:
            LIVE['found'] = boot(slowpath, folder)
        except Skip as reason:
            LIVE['failed'] = reason
            raise
    if 'found' not in LIVE:
        raise LIVE['failed']
    return LIVE['found']


def seen_inside(slowpath):
    if IS_SANITIZED:
        raise Skip('with sanitizers it is too slow inside')
    return live(slowpath)


def guest_of(found):
    report = report_of(found['live'], SCHEMA)
    guest, = [guest for guest in report['guests'] if guest.get('pid') == found['pid']]
    return report, guest


@promise
def a_guests_set_up_is_read_from_its_command_line(slowpath, folder):
    found = live(slowpath)
    report, guest = guest_of(found)
    config = guest['config']
    check(guest['name'] == 'slowpath-vm' and config['debug_threads'] and config['accel'].startswith('tcg'), 'the guest', config)
    check((config['cpus'], config['memory_bytes'], config['iothreads']) == (2, 1 << 30, ['io0', 'io1']), 'its parts', config)
    first, second = config['disks']
    check((first['id'], first['device'], first['cache'], first['iothread']) == ('disk0', 'virtio-blk-pci', 'writethrough', 'io0'),
          'the first disk', first)
    check((second['id'], second['cache'], second['iothread'], second['format']) == ('disk1', 'writeback', 'io1', 'raw'), 'the second', second)
    check(first['file'].endswith('/disk0') and first['file'] in {below['path'] for below in report['maps']},
          'what lies below its file is shown', report['maps'])
    claims = {(claim['id'], claim.get('what', '')) for claim in report['claims'] if claim.get('pid') == found['pid']}
    check(('wait.flush.writethrough', 'disk0') in claims and ('wait.flush.writethrough', 'disk1') not in claims, 'writethrough is named', claims)
    check(('virt.emulated', '') in claims, 'that it is emulated, too', claims)
    words = found['all']
    check(words.returncode == 0 and b'makes every guest write a flush' in words.stdout, 'without -p all guests are watched', words)


@promise
def threads_are_known_by_what_they_do(slowpath, folder):
    _, guest = guest_of(live(slowpath))
    roles = {(thread['name'], thread.get('role', '')) for thread in guest['threads']}
    wanted = {('CPU 0/TCG', 'vCPU 0, emulated'), ('CPU 1/TCG', 'vCPU 1, emulated'), ('IO io0', 'QEMU iothread'),
              ('worker', 'QEMU thread pool'), ('qemu-system-x86', 'QEMU main loop')}
    check(wanted <= roles, 'the roles', guest['threads'])
    busy = {thread['name']: thread['busy_share'] for thread in guest['threads']}
    check(all(0 <= share <= 1.02 for share in busy.values()) and busy['IO io0'] > busy.get('IO io1', 0), 'the one that works ran', busy)


@promise
def the_wake_graph_is_that_of_the_set_up(slowpath, folder):
    """The writer is held on CPU 0; its disk is served by io0, which hands writes to the pool: no other way leads through."""
    report, guest = guest_of(live(slowpath))
    check(report['has_waits'], 'waits were seen', report['notes'])

    def wakes(waker, sleeper):
        found = [wake for wake in guest['wakes'] if wake['waker'].startswith(waker) and wake['sleeper'].startswith(sleeper)]
        return found[0] if found else {'count': 0, 'paths': []}

    def ways(waker, sleeper):
        """Those that were seen, the most frequent first."""
        return [path['path'] for path in wakes(waker, sleeper)['paths']]

    graph = [(wake['waker'], wake['sleeper'], wake['count']) for wake in guest['wakes']]
    kicks, others = wakes('CPU 0/TCG', 'IO io0')['count'], wakes('CPU 1/TCG', 'IO io0')['count']
    check(kicks > 100 and others * 10 < kicks, 'CPU 0 kicks the iothread, CPU 1 does not', graph)
    check(wakes('IO io0', 'worker')['count'] > 100 and wakes('worker', 'IO io0')['count'] > 100, 'which hands over and is told', graph)
    check(wakes('IO io0', 'qemu-system')['count'] > 100, 'and tells the main loop', graph)
    check(wakes('qemu-system', 'CPU 0/TCG')['count'] > wakes('qemu-system', 'CPU 1/TCG')['count'], 'which interrupts CPU 0', graph)
    check(wakes('IO io1', 'worker')['count'] == 0 and wakes('worker', 'IO io1')['count'] == 0, 'the other disk does nothing', graph)
    check(wakes('CPU 0/TCG', 'worker')['count'] * 10 < wakes('IO io0', 'worker')['count'], 'nobody skips the iothread', graph)
    for waker, sleeper, way in (('CPU 0/TCG', 'IO io0', 'kick by eventfd'), ('IO io0', 'worker', 'a request for the thread pool, by futex'),
                                ('worker', 'IO io0', 'completion of the thread pool, by eventfd'),
                                ('IO io0', 'qemu-system', 'interrupt for the guest, or other work, by eventfd')):
        seen = ways(waker, sleeper)
        check(not seen or seen[0] == way, f'the way from {waker} to {sleeper}', seen)
    for waker in ('an interrupt', 'a soft interrupt'):
        seen = ways(waker, 'qemu-system') + ways(waker, 'worker')
        check(not any('futex' in way or 'eventfd' in way for way in seen), f'what {waker} came in between is no way of its own', seen)
    check(any(wake['with_stack'] for wake in guest['wakes']), 'some stacks were taken', graph)


@promise
def a_replay_of_the_watch_says_the_same(slowpath, folder):
    found = live(slowpath)
    once, again = report_of(found['live'], SCHEMA), report_of(found['replay'], SCHEMA)
    # What lies below the files is looked at when the watch ends.
    check(once.pop('maps') and not again.pop('maps'), 'only a watch looks below the files')
    check(once == again, 'all else is the same', [key for key in once if once[key] != again[key]])


@promise
def a_guest_knows_what_it_is(slowpath, folder):
    found = seen_inside(slowpath)
    check(found['guest.err'] == b'', 'nothing goes wrong in it', found['guest.err'])
    report = json.loads(found['guest.json'])
    machine = report['machine']
    check(report['schema'] == SCHEMA and report['guests'] == [], 'it runs none', report)
    check(machine['is_guest'] is True, 'it is one', machine)
    check(machine['facts']['disk.vda'] == 'virtio_blk, 2 queues', 'the queues of its disks', machine['facts'])
    check(machine['facts']['pmu'] == 'none', 'without performance counters', machine['facts'])
    check('sampling.pmu' in [claim['id'] for claim in report['claims']], 'which is named', report['claims'])
    check(machine['steal_share'] is not None and 0 <= machine['steal_share'] <= 1, 'what was stolen from it', machine)


@promise
def a_guests_measurement_is_taken_on_its_host(slowpath, folder):
    found = seen_inside(slowpath)
    check(found['switch.err'] == b'', 'nothing goes wrong in the guest', found['switch.err'])
    (folder / 'switch.json').write_bytes(found['switch.json'])
    report = report_of(slowpath.run('kvm', '--world-switch', disk_folder(folder), '-d', '1', '--guest', folder / 'switch.json', '--json'), SWITCH)
    check(report['guest']['file_system'] == 'ext4' and report['guest']['hypervisor'] not in ('', 'none'), 'it was made in a guest', report)
    check(not any('does not say that it was made in a guest' in note for note in report['notes']), 'which is seen', report['notes'])


# Three turns of each, one after the other, so that what changes meanwhile is in both.
TURNS = '''
for turn in 1 2 3; do
{slowpath} kvm --world-switch {place} -d 3 --json >{out}-slowpath-$turn
fio --name=x --filename={place}/file --size=16M --rw=write --overwrite=1 --bs=4k --iodepth=1 --ioengine=psync --fdatasync=1 \
    --time_based --runtime=3 --output-format=json >{out}-fio-$turn
done
'''


@contextlib.contextmanager
def disk_in_memory(folder):
    """A file system on a loop device, where nobody else writes."""
    place = folder / 'disk'
    place.mkdir()
    with tempfile.NamedTemporaryFile(dir='/dev/shm', prefix='slowpath-test-') as file:
        os.truncate(file.name, 512 << 20)
        subprocess.run(['mkfs.ext4', '-q', file.name], check=True)
        if subprocess.run(['mount', '-o', 'loop', file.name, place], check=False).returncode != 0:
            raise Skip('no loop device can be mounted here')
        try:
            yield place
        finally:
            subprocess.run(['umount', place], check=True)


def medians(out, name, read):
    return statistics.median(read(json.loads(pathlib.Path(f'{out}-{name}-{turn}').read_text())) for turn in (1, 2, 3))


def median_of_fio(report):
    return report['jobs'][0]['sync']['lat_ns']['percentile']['50.000000']


@judged
def what_leaving_the_guest_costs_agrees_with_fio(slowpath, folder):
    if not shutil.which('fio'):
        raise Skip('fio is not installed')
    try:
        parts = get_parts(CACHE)
    except Missing as reason:
        raise Skip(str(reason)) from None
    share = folder / 'share'
    share.mkdir()
    with disk_in_memory(folder) as place:
        image = place / 'image'
        image.touch()
        os.truncate(image, 128 << 20)
        turns = TURNS.format(slowpath=slowpath.path, place='/mnt', out='/vm/guest')
        command = f'modprobe virtio_blk; modprobe ext4; sleep 1; mkfs.ext4 -q /dev/vda && mount /dev/vda /mnt; {turns} umount /mnt'
        machine = Machine(parts, disks=[f'virtio:{image}'], share=str(share))
        with open(folder / 'out', 'wb') as out, open(folder / 'err', 'wb') as err:
            status = run_command(machine, ['sh', '-c', command], BOOT_LIMIT_S, out, err)
        check(status == 0, 'the guest does it', status, (folder / 'err').read_text())
        subprocess.run(['sh', '-c', TURNS.format(slowpath=slowpath.path, place=place, out=share / 'host')], check=True, capture_output=True)
    ours = {side: medians(share / side, 'slowpath', lambda report: report['run']['sync']['p50_ns']) for side in ('guest', 'host')}
    fios = {side: medians(share / side, 'fio', median_of_fio) for side in ('guest', 'host')}
    cost, by_hand = ours['guest'] - ours['host'], fios['guest'] - fios['host']
    print(f'   it costs {cost / 1000:.0f} us; by hand, of fio, {by_hand / 1000:.0f} us', flush=True)
    check(abs(cost - by_hand) <= 0.1 * by_hand, 'the two are within a tenth', ours, fios)


@promise
def a_process_that_is_no_qemu_is_said_to_be_none(slowpath, folder):
    report = report_of(slowpath.run('kvm', '-q', '-p', os.getpid(), '-d', '1', '--json'), SCHEMA)
    guest, = report['guests']
    check(guest['pid'] == os.getpid() and guest['config'] is None, 'nothing is known of its set-up', guest)
    check('no process of QEMU' in guest['unread'], 'which is said', guest)


if __name__ == '__main__':
    main()
