#!/usr/bin/env python3
# Does `slowpath disk` count what the kernel counts? Known loads on loop devices and zram, beside /sys/block/*/stat.
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import Skip, check, check_one_line, dump, has_tracefs, main, promise, report_of, wait_for

# Documentation/block/stat.rst
FIELDS = ('read_ios', 'read_merges', 'read_sectors', 'read_ticks', 'write_ios', 'write_merges', 'write_sectors', 'write_ticks',
          'in_flight', 'io_ticks', 'time_in_queue', 'discard_ios', 'discard_merges', 'discard_sectors', 'discard_ticks',
          'flush_ios', 'flush_ticks')
SIZE = 512 << 20


def tool(name):
    path = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    if not path:
        raise Skip(f'there is no {name}')
    return path


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    check(done.returncode == 0, 'the load runs', done)
    return done.stdout


def fio(device, *options):
    """What fio did, as it tells it."""
    text = run(tool('fio'), '--name=load', f'--filename={device}', '--output-format=json', *options)
    return json.loads(text[text.index('{'):])['jobs'][0]


@contextlib.contextmanager
def loop(folder=None):
    """A loop device on a file, in memory unless a folder is named."""
    with tempfile.NamedTemporaryFile(prefix='slowpath-disk-', dir=folder or '/dev/shm') as file:
        file.truncate(SIZE)
        done = subprocess.run([tool('losetup'), '-f', '--show', file.name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Skip(f'no loop device can be made: {done.stderr.strip()}')
        device = done.stdout.strip()
        try:
            yield device
        finally:
            run(tool('losetup'), '-d', device)


@contextlib.contextmanager
def zram():
    """A device of compressed memory, of this test's own."""
    control = pathlib.Path('/sys/class/zram-control')
    if not control.exists():
        raise Skip('this kernel has no zram')
    number = (control / 'hot_add').read_text().strip()
    device = f'/dev/zram{number}'
    try:
        pathlib.Path(f'/sys/block/zram{number}/disksize').write_text(str(SIZE))
        wait_for(lambda: os.path.exists(device), 5, device)
        yield device
    finally:
        for _ in range(50):
            try:
                pathlib.Path(f'/sys/block/zram{number}/reset').write_text('1')
                (control / 'hot_remove').write_text(number)
                break
            except OSError: # udev may still look at it
                time.sleep(0.1)


@contextlib.contextmanager
def mapped(lower):
    """A device of the device mapper on another one, sector by sector."""
    name = f'slowpath-test-{os.getpid()}'
    done = subprocess.run([tool('dmsetup'), '--noudevsync', 'create', name, '--table', f'0 {SIZE // 512} linear {lower} 0'], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise Skip(f'no device can be mapped: {done.stderr.strip()}')
    try:
        # Without udev there is no name in /dev/mapper.
        yield '/dev/dm-' + run(tool('dmsetup'), 'info', '-c', '--noheadings', '-o', 'minor', name).strip()
    finally:
        run(tool('dmsetup'), '--noudevsync', 'remove', '--retry', name)


def stat(device):
    text = pathlib.Path('/sys/block', os.path.basename(device), 'stat').read_text()
    return dict(zip(FIELDS, map(int, text.split())))


def newest_program():
    """The number of a program loaded now: the kernel counts on by one with each; none where that cannot be told."""
    bpftool = shutil.which('bpftool', path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    done = subprocess.run([bpftool or 'false', '-j', 'prog', 'list'], capture_output=True, text=True, check=False)
    return max((program['id'] for program in json.loads(done.stdout or '[]')), default=None) if done.returncode == 0 else None


class Watch:
    """Watches the machine while the load runs, and knows what the kernel counted meanwhile."""

    def __init__(self, slowpath, folder, device, *options):
        self.slowpath, self.device, self.options = slowpath, device, options
        self.recording = folder / 'recording'

    def __enter__(self):
        self.recording.unlink(missing_ok=True)
        self.process = self.slowpath.start('disk', '--json', '-d', '60', '-o', self.recording, *self.options)
        # What was recorded is written once a second: then the watch is under way.
        wait_for(lambda: self.process.poll() is not None or (self.recording.exists() and self.recording.stat().st_size > 200), 60,
                 'the watch to begin')
        check(self.process.poll() is None, 'the watch begins', self.process)
        self.newest = newest_program()
        self.before = stat(self.device)
        return self

    def __exit__(self, kind, value, trace):
        time.sleep(0.1)
        after = stat(self.device)
        self.kernel = {key: after[key] - self.before[key] for key in FIELDS}
        # While somebody puts programs at the same tracepoints, or takes them off, others are left out, and nobody counts that.
        self.is_alone = newest_program() == self.newest
        self.process.send_signal(signal.SIGINT)
        self.printed, self.errors = self.process.communicate(timeout=60)
        if not kind:
            self.report = report_of(subprocess.CompletedProcess([], 0, self.printed, self.errors), 'slowpath.disk/1')

    def op(self, name):
        found = [device for device in self.report['devices'] if device['name'] == os.path.basename(self.device)]
        return found[0]['ops'].get(name, {'count': 0, 'bytes': 0, 'merged': 0}) if found else {'count': 0, 'bytes': 0, 'merged': 0}

    def is_near(self, part=0):
        """Where the kernel leaves programs out that interrupt others, they are counted as lost; but for this part of all, maybe."""
        for op in ('read', 'write'):
            missed = self.kernel[f'{op}_ios'] - self.op(op)['count']
            check(abs(missed) <= self.report['lost'] + part * self.kernel[f'{op}_ios'], f'no more {op} requests are missed than it says',
                  self.report['lost'], missed)

    def is_exact(self, ops=('read', 'write', 'discard', 'flush'), merges=True):
        check(self.report['is_exact'], 'nothing was lost', self.report['notes'])
        for op in ops:
            seen = self.op(op)
            check(seen['count'] == self.kernel[f'{op}_ios'], f'the number of {op} requests is the kernel\'s', seen, self.kernel)
            if op == 'flush':
                continue
            check(seen['bytes'] == self.kernel[f'{op}_sectors'] * 512, f'the bytes of {op} requests are the kernel\'s', seen, self.kernel)
            # Discards are merged without a tracepoint.
            if merges and op != 'discard':
                check(seen['merged'] == self.kernel[f'{op}_merges'], f'what was merged to {op} requests is the kernel\'s', seen, self.kernel)


# An interrupt's program is left out by the kernel where the same one runs already: rare, and more so the less others do.
TRIES = 4


def without_loss(attempt):
    """The watch of the first attempt in which no program was left out; of the others no more may be missed than they say."""
    for _ in range(TRIES):
        watch = attempt()
        if watch.report['is_exact'] and watch.is_alone:
            break
        if watch.is_alone:
            watch.is_near()
    return watch


RUNGS = {'tp_btf': [], 'raw_tp': ['--without', 'tp_btf'], 'tp_classic': ['--without', 'tp_btf,raw_tp']}
DIRECT = ['--direct=1', '--size=64M', '--time_based', '--runtime=700ms']


@promise
def counts_and_bytes_are_the_kernels_on_every_rung(slowpath, folder):
    def attempt(options):
        with loop() as device, Watch(slowpath, folder, device, *options) as watch:
            fio(device, '--rw=randread', '--bs=4k', '--ioengine=io_uring', '--iodepth=32', *DIRECT)
            fio(device, '--rw=randrw', '--bssplit=4k/50:64k/50', '--ioengine=libaio', '--iodepth=16', *DIRECT)
            fio(device, '--rw=randwrite', '--bs=8k', '--ioengine=psync', *DIRECT)
        return watch

    for rung, options in RUNGS.items():
        if rung == 'tp_classic':
            watch = attempt(options)
            watch.is_near(part=0.001)
            check(not watch.report['is_exact'] and any('classic tracepoints' in note for note in watch.report['notes']),
                  'it does not say that it is exact', watch.report['notes'])
        else:
            watch = without_loss(lambda options=options: attempt(options))
            watch.is_exact()
        check(watch.op('read')['count'] > 100 and watch.op('write')['count'] > 100, f'there was a load on {rung}', watch.kernel)


@promise
def flushes_are_counted_and_belong_to_who_needs_them(slowpath, folder):
    def attempt():
        with loop() as device, Watch(slowpath, folder, device) as watch:
            fio(device, '--rw=write', '--bs=64k', '--size=32M', '--fsync=8')
            fio(device, '--rw=randwrite', '--bs=4k', '--sync=1', *DIRECT)
            fio(device, '--rw=randwrite', '--bs=4k', '--fdatasync=1', *DIRECT)
        return watch

    watch = without_loss(attempt)
    watch.is_exact()
    flushes = watch.op('flush')['count']
    check(flushes > 100, 'there were flushes', watch.kernel)
    own = sum(row['count'] for row in watch.report['issuers'] if row['op'] == 'flush' and row['issuer'] == 'fio')
    check(own >= 0.95 * flushes, 'fio asked for them, whoever ran them', watch.report['issuers'])
    check(watch.op('write')['empty'] > 0 and watch.op('write')['flushing'] > 0, 'writes that wait for one are told', watch.op('write'))
    claims = [claim['id'] for claim in watch.report['claims'] if claim['device'] == os.path.basename(watch.device)]
    check('sync_writes' in claims, 'small writes made safe one by one are noticed', watch.report['claims'])


@promise
def discards_and_zeroes_are_counted(slowpath, folder):
    def attempt():
        with loop() as device, Watch(slowpath, folder, device) as watch:
            run(tool('blkdiscard'), '-f', '-o', '1M', '-l', '100M', device)
            run(tool('blkdiscard'), '-f', '-z', '-o', '0', '-l', '32M', device)
        return watch

    watch = without_loss(attempt)
    watch.is_exact()
    check(watch.op('discard')['bytes'] == 100 << 20, 'all of it was discarded', watch.op('discard'))


# How each is made and mounted so that nothing but the load is at work in it: ext4 would read its bitmaps and write the rest of its
# tables up to five seconds after the mount (fs/ext4/super.c, ext4lazyinit), while the watch begins.
QUIET_SYSTEMS = {
    'ext4': (['-qF', '-E', 'lazy_itable_init=0,lazy_journal_init=0'], 'noinit_itable,no_prefetch_block_bitmaps'),
    'xfs': (['-qf'], 'defaults'),
}


@promise
def a_file_system_is_counted_exactly(slowpath, folder):
    def attempt(system, make, options):
        place = folder / system
        place.mkdir(exist_ok=True)
        with loop() as device:
            run(tool(f'mkfs.{system}'), *make, device)
            # Mounted before the watch begins, and unmounted behind it: what comes then is not looked at.
            run(tool('mount'), '-o', options, device, place)
            try:
                run('sync')
                with Watch(slowpath, folder, device) as watch:
                    for number in range(200):
                        (place / f'file{number}').write_bytes(os.urandom(20000))
                    run('sync')
                    for number in range(100):
                        (place / f'file{number}').unlink()
                    run('sync')
                    time.sleep(0.5)
            finally:
                run(tool('umount'), place)
        return watch

    for system, (make, options) in QUIET_SYSTEMS.items():
        watch = without_loss(lambda: attempt(system, make, options))
        watch.is_exact()
        check(watch.op('write')['count'] > 4, f'{system} wrote', watch.kernel)


@promise
def devices_without_requests_are_told_by_their_bios(slowpath, folder):
    def attempt(options):
        with zram() as device, Watch(slowpath, folder, device, *options) as watch:
            fio(device, '--rw=randwrite', '--bs=4k', '--ioengine=psync', *DIRECT)
            fio(device, '--rw=randread', '--bs=4k', '--ioengine=io_uring', '--iodepth=16', *DIRECT)
        return watch

    for options in ([], ['--without', 'tp_btf']):
        watch = without_loss(lambda options=options: attempt(options))
        watch.is_exact(('read', 'write'))
        told = [one for one in watch.report['devices'] if one['name'] == os.path.basename(watch.device)][0]
        check(told['takes_bios'], 'it is said to take bios', told['name'])
        check(told['ops']['read']['service'] is not None, 'how long they took is told', told['ops']['read'])


@promise
def a_mapped_device_and_the_one_below_are_both_counted(slowpath, folder):
    def attempt():
        with loop() as lower, mapped(lower) as device:
            with Watch(slowpath, folder, device) as watch:
                fio(device, '--rw=randwrite', '--bs=4k', '--ioengine=psync', '--number_ios=200', '--fsync=20', '--direct=1', '--size=64M')
                fio(device, '--rw=randread', '--bs=16k', '--ioengine=libaio', '--iodepth=16', '--number_ios=200', '--direct=1', '--size=64M')
        watch.lower = os.path.basename(lower)
        return watch

    watch = without_loss(attempt)
    watch.is_exact(('read', 'write'))
    devices = {device['name']: device for device in watch.report['devices']}
    upper, below = devices[os.path.basename(watch.device)], devices[watch.lower]
    check(upper['takes_bios'] and upper['lower'] == below['name'], 'it is told with what it lies on', upper)
    check(not upper['is_counted'], 'and left out of the sums', upper)
    for op in ('read', 'write'):
        check(upper['ops'][op]['bytes'] == below['ops'][op]['bytes'], 'the one below did all of it', upper['ops'][op], below['ops'][op])


@promise
def requests_beyond_what_can_be_told_are_counted_all_the_same(slowpath, folder):
    def attempt():
        with zram() as device, Watch(slowpath, folder, device) as watch:
            # In memory, without a thread of the kernel between: as many as the machine can do.
            watch.done = [fio(device, f'--rw={kind}', '--bs=4k', '--ioengine=io_uring', '--iodepth=64', '--iodepth_batch_submit=32',
                              '--iodepth_batch_complete_min=16', '--numjobs=2', '--group_reporting=1', '--gtod_reduce=1', '--fixedbufs',
                              '--registerfiles', '--norandommap', '--direct=1', '--size=64M', '--time_based', '--runtime=1500ms')
                          for kind in ('randread', 'randwrite')]
        if os.environ.get('SLOWPATH_SHOW'):
            print('  ' + ', '.join(f'{kind} {done[kind]["iops"]:,.0f}/s' for kind, done in zip(('read', 'write'), watch.done)), flush=True)
        return watch

    watch = without_loss(attempt)
    watch.is_exact(('read', 'write'))
    report = watch.report
    check(report['told'] < report['told_of'], 'not all were told one by one', report['told'], report['told_of'])
    check(watch.op('read')['count'] >= watch.done[0]['read']['total_ios'], 'but all of fio\'s were counted', watch.op('read')['count'])
    check(any('counted in the kernel' in note for note in report['notes']), 'the report says what is of a part', report['notes'])
    check(sum(watch.op('read')['total']['doublings']) == watch.op('read')['count'], 'each is in the histogram', watch.op('read'))


@promise
def the_true_submitter_is_told(slowpath, folder):
    with loop() as device:
        with Watch(slowpath, folder, device) as watch:
            # All of it is handed to workers of io_uring.
            load = subprocess.Popen([tool('fio'), '--name=load', f'--filename={device}', '--rw=randread', '--bs=4k', '--ioengine=io_uring',
                                     '--iodepth=4', '--force_async=1', '--thread', *DIRECT], stdout=subprocess.DEVNULL)
            load.wait()
        mine = [row for row in watch.report['issuers'] if row['op'] == 'read' and row.get('pid') == load.pid]
        others = [row for row in watch.report['issuers'] if row['op'] == 'read' and row not in mine]
        check(sum(row['count'] for row in mine) >= 0.999 * watch.op('read')['count'], 'fio\'s workers are fio', watch.op('read')['count'], mine)
        check(not any(row['issuer'].startswith(('iou-', 'kworker')) for row in others), 'they are nobody else', others)
        with Watch(slowpath, folder, device) as watch:
            run('dd', 'if=/dev/zero', f'of={device}', 'bs=1M', 'count=64')
            # Written back by the kernel, while somebody else waits for it.
            run('sync', '-f', '/dev')
            wait_for(lambda: stat(device)['write_sectors'] - watch.before['write_sectors'] >= 131072, 60, 'the write-back')
        check(any(row['op'] == 'write' and ('wb_workfn' in row['issuer'] or row['issuer'] in ('dd', 'sync')) for row in watch.report['issuers']),
              'write-back is told by its work', watch.report['issuers'])


@promise
def a_device_on_another_is_not_counted_twice(slowpath, folder):
    # Not on memory: a file that lies on a disk.
    with loop('/var/tmp') as device:
        lower = os.stat('/var/tmp').st_dev
        if os.major(lower) == 0:
            raise Skip('/var/tmp is on no block device')
        with Watch(slowpath, folder, device) as watch:
            fio(device, '--rw=write', '--bs=64k', '--size=32M', '--direct=1', '--end_fsync=1')
            run('sync', '/var/tmp')
    upper = [one for one in watch.report['devices'] if one['name'] == os.path.basename(device)][0]
    check(upper['lower'], 'what it lies on is told', upper['name'])
    check(not upper['is_counted'], 'it is left out of the sums', upper['name'])
    counted = sum(one['ops'].get('write', {}).get('count', 0) for one in watch.report['devices'] if one['is_counted'])
    check(watch.report['sums']['write']['count'] == counted, 'the sums are of the others', watch.report['sums']['write'])


@promise
def the_map_has_each_layer_with_what_was_asked_of_it(slowpath, folder):
    place = folder / 'mounted'
    place.mkdir()
    with loop() as device:
        name = os.path.basename(device)
        run(tool('mkfs.ext4'), '-qF', device)
        run(tool('mount'), device, place)
        try:
            done = slowpath.run('disk', '--json', '--map', place, '--', 'dd', 'if=/dev/zero', f'of={place}/file', 'bs=64k', 'count=64', 'oflag=direct')
            check(done.returncode == 0, 'it is told', done)
            text = slowpath.run('disk', '-d', '0.1', '--map', place / 'file').stdout
            by_files = slowpath.run('files', '--json', '--map', place, '--', 'dd', 'if=/dev/zero', f'of={place}/file', 'bs=64k', 'count=64', 'oflag=direct')
            words = slowpath.run('files', '-d', '0.1', '--map', place / 'file').stdout
        finally:
            run(tool('umount'), place)
    layers = report_of(done, 'slowpath.disk/1')['map']['layers']
    system, below, queue = layers[0], layers[1], layers[2]
    check((system['kind'], system['what'], system['name']) == ('file system', 'ext4', str(place)), 'the file system', system)
    check(system['facts'].get('journal', '').startswith(f'jbd2/{name}'), 'and its journal', system)
    check((below['kind'], below['what'], below['name']) == ('device', 'loop', name), 'the device below it', below)
    check(below['measured'] and below['measured']['bytes'] >= 4 << 20, 'with what was written to it', below)
    check((queue['kind'], queue['name']) == ('queue', name) and 'scheduler' in queue['facts'], 'its queue', queue)
    check(any(layer['kind'] == 'file system' and layer['depth'] == 2 for layer in layers), 'and where its file lies', layers)
    check(f'device {name} (loop)'.encode() in text and f'device {name} (loop)'.encode() in words, 'people see it, too', text, words)
    again = report_of(by_files, 'slowpath.files/1')['map']['layers']
    check([(layer['kind'], layer['name']) for layer in again] == [(layer['kind'], layer['name']) for layer in layers],
          'a watch of files has the same map', again)
    check(again[1]['measured'] and again[1]['measured']['bytes'] >= 4 << 20, 'measured as well', again[1])
    check_one_line(slowpath.run('disk', '--map', folder / 'none'), 'none')


@promise
def a_command_is_told_by_its_own_requests(slowpath, folder):
    with loop() as device:
        done = slowpath.run('disk', '--json', '--', tool('fio'), '--name=load', f'--filename={device}', '--rw=randread', '--bs=4k',
                            '--direct=1', '--size=4M', '--output=/dev/null')
        check(done.returncode == 0, 'it is told', done)
        report = report_of(done, 'slowpath.disk/1')
        reads = [one for one in report['devices'] if one['name'] == os.path.basename(device)][0]['ops']['read']
        check(reads['count'] >= 1024 and reads['bytes'] >= 4 << 20, 'all its reads', reads)
        check(all(row['issuer'] in ('fio', 'slowpath') for row in report['issuers']), 'and nobody else\'s', report['issuers'])
    done = slowpath.run('disk', '--', 'sh', '-c', 'exit 3')
    check(done.returncode == 3, 'the exit status is the command\'s', done)


@promise
def a_replayed_report_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    with loop() as device:
        load = [tool('fio'), '--name=load', f'--filename={device}', '--rw=randrw', '--bs=4k', '--direct=1', '--size=16M', '--output=/dev/null']
        for form in (['--json'], ['--heat', '--over', '1us'], ['--by', 'issuer,device,op']):
            live = slowpath.run('disk', *form, '-o', path, '--', *load)
            check(live.returncode == 0 and live.stdout, 'it is told', live)
            again = slowpath.run('disk', *form, '-i', path)
            check(again.returncode == 0 and again.stderr == b'', 'the recording reads', again)
            check(again.stdout == live.stdout, 'replay and live differ', live, again)


@promise
def a_full_recording_has_all_requests_one_by_one(slowpath, folder):
    path = folder / 'x'
    with loop() as device:
        slowpath.record(path, [tool('fio'), '--name=load', f'--filename={device}', '--rw=randread', '--bs=4k', '--direct=1',
                               '--size=4M', '--output=/dev/null'])
        report = report_of(slowpath.run('disk', '--json', '-i', path), 'slowpath.disk/1')
        reads = [one for one in report['devices'] if one['name'] == os.path.basename(device)][0]['ops']['read']
        check(reads['count'] >= 1024, 'all its reads', reads)
        check(report['told'] == report['told_of'] and not report['is_exact'], 'from single requests', report['told'])


def quantity_of(text, name):
    """A row of btt's table "All Devices": the average in seconds."""
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == name:
            return float(words[2])
    return None


def agrees(watch, name, mean, theirs):
    check(theirs and abs(mean - theirs) <= 0.02 * theirs, f'{name} is {mean} s here', theirs, watch.op('read'))


STEADY = ['--rw=randread', '--bs=4k', '--ioengine=libaio', '--iodepth=32', '--rate_iops=3000', *DIRECT]


@promise
def latencies_agree_with_blktrace(slowpath, folder):
    blktrace, btt, blkparse = tool('blktrace'), tool('btt'), tool('blkparse')
    if not os.path.ismount('/sys/kernel/debug'):
        raise Skip('debugfs, which blktrace needs, is not mounted')
    with loop() as device:
        with subprocess.Popen([blktrace, '-d', device, '-D', folder, '-o', 'trace', '-b', '4096'], stdout=subprocess.DEVNULL) as tracer:
            time.sleep(1)
            if tracer.poll() is not None:
                raise Skip('blktrace may not trace here')
            try:
                with Watch(slowpath, folder, device) as watch:
                    fio(device, *STEADY)
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.wait()
    run(blkparse, '-q', '-D', folder, '-i', 'trace', '-d', folder / 'trace.bin', '-O')
    table = run(btt, '-i', folder / 'trace.bin')
    agrees(watch, 'D2C', watch.op('read')['service']['mean_s'], quantity_of(table, 'D2C'))
    agrees(watch, 'Q2C', watch.op('read')['total']['mean_s'], quantity_of(table, 'Q2C'))


# "fio-123  [001] ..... 5.000001: block_rq_issue: 7,0 R 4096 () 1234 + 8 none,0,0 [fio]"
EVENT = re.compile(r' (\d+\.\d+): block_(bio_queue|rq_issue|rq_complete): \d+,\d+ R\S* .*?(\d+) \+ \d+ ')


def stages_of(trace):
    """When reads were submitted, issued and complete, of those that were seen whole: {sector: [(seconds, seconds, seconds)]}."""
    begun, whole = {}, {}
    for when, stage, sector in EVENT.findall(trace):
        one = begun.setdefault(int(sector), {})
        one[stage] = float(when)
        if stage == 'rq_complete':
            if 'bio_queue' in one and 'rq_issue' in one:
                whole.setdefault(int(sector), []).append((one['bio_queue'], one['rq_issue'], one['rq_complete']))
            del begun[int(sector)]
    return whole


def pairs_of(whole, requests):
    """(the kernel's stages, ours) of the same reads, which end at the same time."""
    for request in requests:
        for stages in whole.get(request['sector'], []):
            if abs(request['end'] / 1e9 - stages[2]) < 0.001:
                yield stages, (request['start'] / 1e9, request['issue'] / 1e9, request['end'] / 1e9)


@contextlib.contextmanager
def block_trace(device):
    """A buffer of the kernel's own for the block events of one device; what is in it is read with the function that is yielded."""
    number, place = os.stat(device).st_rdev, pathlib.Path('/sys/kernel/tracing/instances/slowpath_test')
    if not has_tracefs():
        raise Skip('tracefs is not mounted')
    try:
        place.mkdir()
    except OSError as error:
        raise Skip(f'tracefs takes no more: {error.strerror}') from None
    try:
        (place / 'buffer_size_kb').write_text('8192')
        (place / 'trace_clock').write_text('mono')
        for event in ('block_bio_queue', 'block_rq_issue', 'block_rq_complete'):
            (place / 'events/block' / event / 'filter').write_text(f'dev == {os.major(number) << 20 | os.minor(number)}')
            (place / 'events/block' / event / 'enable').write_text('1')
        yield (place / 'trace').read_text
    finally:
        (place / 'events/enable').write_text('0')
        place.rmdir()


@promise
def latencies_agree_with_the_kernels_own_events(slowpath, folder):
    with loop() as device, block_trace(device) as trace:
        with Watch(slowpath, folder, device) as watch:
            fio(device, *STEADY)
        whole, number = stages_of(trace()), os.stat(device).st_rdev
    reads, dev = watch.op('read'), os.major(number) << 20 | os.minor(number)
    requests = [request for request in dump(slowpath, watch.recording, 'request') if request['dev'] == dev and request['flags'] & 1]
    # Each by itself: one that took a thousand times as long, and that only one of the two has seen, is all of a mean.
    pairs = list(pairs_of(whole, requests))
    check(len(pairs) >= 0.95 * reads['count'], 'the kernel\'s buffer has the same requests', len(pairs), reads['count'])
    for name, first in (('Q2C', 0), ('D2C', 1)):
        theirs, ours = (sum(one[side][2] - one[side][first] for one in pairs) / len(pairs) for side in (0, 1))
        agrees(watch, name, ours, theirs)
    if len(requests) == reads['count']:
        for name, first in (('total', 'start'), ('service', 'issue')):
            told = sum(request['end'] - request[first] for request in requests) / 1e9
            check(abs(reads[name]['total_s'] - told) < 1e-6, 'the sums are those of the requests', told, reads[name])


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    check_one_line(slowpath.run('disk', '--by', 'size'), 'device, partition, op, flags and issuer')
    check_one_line(slowpath.run('disk', '-F', '99'), '--frequency')
    check_one_line(slowpath.run('--heat'), '--heat')
    check_one_line(slowpath.run('disk', '-i', folder / 'none'), 'none')
    done = slowpath.run('disk', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.disk/1', 'the schema is that of disk', done)


if __name__ == '__main__':
    main()
