#!/usr/bin/env python3
# How do file systems compare, and why? Pairs that differ by one known cause; /proc is the judge of CPU time.
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from bench_judge import check_judged, judged_environment, pool_times, result_of, run_bench
from harness import Skip, check, check_one_line, main, promise, report_of, wait_for

IMAGE_BYTES = 400 << 20
SECONDS = os.environ.get('SLOWPATH_BENCH_S', '0.5')


def tool(name):
    path = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    if not path:
        raise Skip(f'{name} is not installed')
    return path


def insist(*command):
    """A mount is busy for a moment after its last process ended."""
    for _ in range(50):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)


def made(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f'{command[0]}: {done.stderr.strip()}')
    return done.stdout.strip()


class Ground:
    """Fresh file systems, each on a loop device of its own in memory, where nobody else is in the way; all of it is gone afterwards."""

    def __enter__(self):
        tool('fio')
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='slowpath-bench-test-', dir='/var/tmp')))
        self.memory = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='slowpath-bench-test-', dir='/dev/shm')))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def mount(self, name, kind, make=(), options='defaults'):
        """(where it is mounted, its device)"""
        image, point = self.memory / f'{name}.image', self.folder / name
        with open(image, 'wb') as file:
            file.truncate(IMAGE_BYTES)
        made(tool(f'mkfs.{kind}'), '-q', *make, image)
        device = made(tool('losetup'), '--find', '--show', image)
        self.stack.callback(insist, tool('losetup'), '--detach', device)
        point.mkdir()
        made(tool('mount'), '-t', kind, '-o', options, device, point)
        self.stack.callback(insist, tool('umount'), point)
        return point, device

    def plain(self, name):
        """A folder on the disk that is there."""
        point = self.folder / name
        point.mkdir()
        return point


def told_apart(slowpath, *arguments, **settings):
    """The same, once more where the machine was too busy to tell."""
    for _ in range(3):
        report = run_bench(slowpath, *arguments, **settings)
        if all(difference['is_certain'] for case in report['cases'] for difference in case['differences']):
            break
    return report


def check_clean(*folders):
    """No file of it stays, and nobody works there any more."""
    for folder in folders:
        left = [path.name for path in folder.iterdir() if path.name != 'lost+found']
        check(not left, 'nothing is left behind', left)
        for process in pathlib.Path('/proc').iterdir():
            with contextlib.suppress(OSError):
                where = os.readlink(process / 'cwd') if process.name.isdigit() else ''
                check(not where.startswith(f'{folder}/'), f'process {process.name} is left behind', where)


@promise
def the_cpu_time_of_each_pool_is_that_of_proc(slowpath, folder):
    with Ground() as ground:
        target, _ = ground.mount('summed', 'btrfs', make=['--csum', 'blake2'])
        log = folder / 'log'
        # Who ended meanwhile is counted, and /proc does not know it any more: then it is tried again.
        for _ in range(4):
            report = run_bench(slowpath, '--target', target, '--preset', 'seq-read', '--size', '64M', '-d', '1', '--rounds', '2',
                               env=judged_environment(folder, log))
            result = result_of(report, 'summed')
            if not any(pool['died'] for pool in result['cpu']['pools'] if pool['is_kernel']):
                break
        check_clean(target)
        check_judged(result, target, log)
    check(result['cpu']['kernel_ns'] > 0.1 * result['time_ns'], 'there was something to count', result)
    check(abs(result['cpu']['job_ns'] - result['cpu']['counted_ns']) < 0.02 * result['cpu']['counted_ns'], 'all of the job was seen', result)
    check(result['cpu']['job_ns'] + result['cpu']['kernel_ns'] == pool_times(result, lambda _: True), 'the pools are all of it', result)


@promise
def the_slower_one_is_told_and_why(slowpath, _):
    with Ground() as ground:
        plain, _ = ground.mount('plain', 'btrfs', options='nodatasum')
        summed, _ = ground.mount('summed', 'btrfs', make=['--csum', 'blake2'])
        report = told_apart(slowpath, '--target', f'summed={summed}', '--target', f'plain={plain}', '--preset', 'seq-read', '--size', '64M', '-d', SECONDS)
        check_clean(plain, summed)
    [difference] = report['cases'][0]['differences']
    check((difference['slower'], difference['faster']) == ('summed', 'plain') and difference['is_certain'], 'the order is right', difference)
    check(any('kworker' in reason and 'blake2' in reason for reason in difference['reasons']), 'the checksums are the reason', difference)
    check([target['type'] for target in report['targets']] == ['btrfs', 'btrfs'], 'what they lie on is told', report['targets'])
    for result in report['cases'][0]['results']:
        check(result['rounds'] == 5 and result['deviation'] is not None, 'all rounds are told', result)
        check(result['device_share'] > 0.98, 'what is read comes from the device', result)
        check(result['write'] is None and result['read']['count'] == result['operations'], 'each read is counted', result)


@contextlib.contextmanager
def throttled(device, bytes_per_s):
    """A cgroup whose reads from this device are slow: what to write a pid into."""
    number = '{}:{}'.format(*(os.major(rdev := os.stat(device).st_rdev), os.minor(rdev)))
    for root, settings in (('/sys/fs/cgroup/blkio', {'blkio.throttle.read_bps_device': f'{number} {bytes_per_s}'}),
                           ('/sys/fs/cgroup', {'io.max': f'{number} rbps={bytes_per_s}'})):
        group = pathlib.Path(root) / f'slowpath-bench-{os.getpid()}'
        if not (pathlib.Path(root) / 'cgroup.procs').exists():
            continue
        try:
            group.mkdir()
            for name, value in settings.items():
                (group / name).write_text(value, encoding='utf-8')
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        try:
            yield group / 'cgroup.procs'
        finally:
            wait_for(lambda: not (group / 'cgroup.procs').read_text(encoding='utf-8'), 20, 'the group to be empty')
            group.rmdir()
        return
    raise Skip('no cgroup can limit the I/O of a device here')


@promise
def a_device_that_is_held_back_is_the_reason(slowpath, _):
    with Ground() as ground:
        slow, device = ground.mount('slow', 'ext4')
        fast, _ = ground.mount('fast', 'ext4')
        with throttled(device, 2 << 20) as procs:
            report = told_apart(slowpath, '--target', f'slow={slow}', '--target', f'fast={fast}', '--preset', 'step-read', '--size', '16M', '-d', SECONDS,
                               preexec_fn=lambda: procs.write_text('0', encoding='utf-8'))
        check_clean(slow, fast)
    [difference] = report['cases'][0]['differences']
    check(difference['slower'] == 'slow' and difference['is_certain'], 'the order is right', difference)
    check(any('disk.throttled' in reason for reason in difference['reasons']), 'the limit is the reason', difference)
    check(1 << 20 < result_of(report, 'slow')['bytes_per_s'] < 3 << 20, 'it reads as fast as it may', result_of(report, 'slow'))


@promise
def an_interrupted_bench_leaves_nothing_behind(slowpath, folder):
    with Ground() as ground:
        place = ground.plain('place')
        for number, delay_s in ((signal.SIGINT, 0.2), (signal.SIGTERM, 1.5), (signal.SIGHUP, 3)):
            with slowpath.start('bench', '--target', f'here={place}', '--preset', 'rand-write', '--size', '64M', '-d', '1', '-q') as process:
                wait_for(lambda: any(place.iterdir()) or process.poll() is not None, 20, 'the bench to begin')
                time.sleep(delay_s)
                process.send_signal(number)
                out, error = process.communicate(timeout=30)
            done = subprocess.CompletedProcess(process.args, process.returncode, out, error)
            check_one_line(done, 'interrupted')
            check(done.returncode == 1, 'that it was interrupted is told', done)
            check_clean(place)
            check(not out or b'It was interrupted' in out, 'a report says that it is not whole', done)


@promise
def on_an_overlay_nothing_is_left_behind(slowpath, folder):
    with Ground() as ground:
        # Of two file systems: there a file is on another device than the folder that it is in.
        lower, upper, work, merged = (place / name for place, name in ((ground.folder, 'lower'), (ground.memory, 'upper'), (ground.memory, 'work'),
                                                                     (ground.folder, 'merged')))
        for place in (lower, upper, work, merged):
            place.mkdir()
        made(tool('mount'), '-t', 'overlay', '-o', f'lowerdir={lower},upperdir={upper},workdir={work}', 'overlay', merged)
        ground.stack.callback(insist, tool('umount'), merged)
        run_bench(slowpath, '--target', f'here={merged}', '--preset', 'step-read', '--size', '4M', '-d', '0.2', '--rounds', '1')
        check_clean(merged)


@promise
def a_killed_bench_leaves_nothing_behind(slowpath, folder):
    with Ground() as ground:
        places = [ground.plain('one'), ground.plain('two')]
        targets = [word for place in places for word in ('--target', f'{place.name}={place}')]
        for delay_s in (0.1, 1, 2):
            with slowpath.start('bench', *targets, '--preset', 'rand-write', '--size', '64M', '-d', '1', '-q') as process:
                wait_for(lambda: all(any(place.iterdir()) for place in places), 20, 'the bench to begin')
                time.sleep(delay_s)
                process.kill()
            # What fio has begun it ends, and then its files go as well.
            wait_for(lambda: not any(any(place.iterdir()) for place in places), 30, 'all to be removed')


@promise
def who_does_not_listen_any_more_has_nothing_left_behind_either(slowpath, _):
    with Ground() as ground:
        place = ground.plain('place')
        with slowpath.start('bench', '--target', f'here={place}', '--preset', 'rand-read', '--size', '4M', '-d', '0.2', '--rounds', '1') as process:
            process.stdout.close()
            process.wait(timeout=30)
        check_clean(place)


@promise
def files_and_devices_are_never_written_to(slowpath, folder):
    file = folder / 'file'
    file.write_text('do not lose this\n')
    for target, words in ((file, 'is not a folder'), ('/dev/null', 'is a device'), (folder / 'none', 'none')):
        done = slowpath.run('bench', '--target', f'x={target}')
        check_one_line(done, target, words)
        check(done.returncode == 1, 'it is refused', done)
    done = slowpath.run('bench', '--target', f'x={folder}', '-o', file)
    check_one_line(done, file)
    check(file.read_text() == 'do not lose this\n' and list(folder.iterdir()) == [file], 'all is as it was', list(folder.iterdir()))


@promise
def a_job_that_would_reach_elsewhere_is_not_run(slowpath, folder):
    job, place = folder / 'job.fio', folder / 'place'
    place.mkdir()
    for text, words in ((f'[a]\nfilename={folder}/victim\nrw=write\nsize=1m\n', 'it names a path'), ('[a]\nexec_prerun=id\n', 'another program'),
                        ('[a]\nioengine=net\n', 'ioengine'), ('rw=read\n', 'there is no [job]'), ('[a]\nrw=bogus\nsize=1m\n', 'bogus')):
        job.write_text(text)
        done = slowpath.run('bench', '-q', '--target', f'x={place}', '--job', job)
        check_one_line(done, words)
        check(done.returncode == 1 and not (folder / 'victim').exists(), 'it is not run', done)
        check_clean(place)


@promise
def no_fio_or_a_bad_one_is_told_in_one_line(slowpath, folder):
    bad, place = folder / 'bin' / 'fio', folder / 'place'
    bad.parent.mkdir()
    place.mkdir()
    path = {**os.environ, 'PATH': str(bad.parent)}
    done = slowpath.run('bench', '--target', f'x={place}', env=path)
    check_one_line(done, 'fio', 'install it')
    for script, words in (('exit 3', 'no version'), ('test "$1" = --version && echo fio-3.33 && exit; echo it is broken >&2; exit 1', 'it is broken'),
                          ('test "$1" = --version && echo fio-3.33 && exit; exit 4', 'status 4'),
                          ('test "$1" = --version && echo fio-3.33 && exit; kill -9 $$', 'status 137'),
                          ('test "$1" = --version && echo fio-3.33', 'fio failed')):
        bad.write_text(f'#!/bin/sh\n{script}\n')
        bad.chmod(0o755)
        done = slowpath.run('bench', '-q', '--target', f'x={place}', env=path)
        check_one_line(done, words)
        check(done.returncode == 1, 'that is a failure', done)
        check_clean(place)


@promise
def what_has_no_room_is_refused_before_anything_is_written(slowpath, folder):
    done = slowpath.run('bench', '--target', f'x={folder}', '--size', '500T')
    check_one_line(done, 'free', '--size')
    for arguments, word in (([], '--target'), (['--target', f'x={folder}', '--rounds', '0'], '--rounds'),
                            (['--target', f'x={folder}', '--preset', 'fast'], 'fast'), (['--target', 'a b'], 'a b')):
        done = slowpath.run('bench', *arguments)
        check_one_line(done, word)
        check(done.returncode == 2, 'that is wrong usage', done)
    check_clean(folder)


@promise
def a_job_of_ones_own_is_tried_and_kept_for_compare(slowpath, folder):
    job, kept = folder / 'db load.fio', folder / 'kept'
    with Ground() as ground:
        one, other = ground.plain('one'), ground.plain('other')
        job.write_text('[global]\nsize=8m\nbs=16k\ntime_based=1\nruntime=1\n[readers]\nrw=randread\nnumjobs=2\n[writer]\nrw=write\nfsync=8\n')
        done = slowpath.run('bench', '--target', one, '--target', other, '--job', job, '--rounds', '1', '-o', kept)
        check(done.returncode == 0, 'it is tried', done)
        check_clean(one, other)
    text = done.stdout.decode()
    for word in ('db_load', 'its reads', 'its writes', 'CPU time in one', 'whether that is chance is not known', 'fewer than 3 rounds'):
        check(word in text, f'{word} is told', text)
    recordings = sorted(path.name for path in kept.iterdir())
    check(recordings == ['db_load-one.slowpath', 'db_load-other.slowpath'], 'a recording of each is kept', recordings)
    done = slowpath.run('compare', '--json', *(kept / name for name in recordings))
    check(done.returncode == 0 and report_of(done, 'slowpath.compare/1')['changes'], 'they can be compared', done)


@promise
def without_a_watch_fio_measures_all_the_same(slowpath, folder):
    with Ground() as ground:
        place = ground.plain('place')
        report = run_bench(slowpath, '--target', f'x={place}', '--preset', 'sync-write', '--size', '4M', '-d', '0.3', '--rounds', '1', '--without', 'tp_btf,raw_tp,tp_classic')
        check_clean(place)
    result = result_of(report, 'x')
    check(result['bytes_per_s'] > 0 and result['write']['count'] > 0, 'it is measured', result)
    check(not result['cpu']['is_watched'] and result['cpu']['job_ns'] is None and result['cpu']['counted_ns'] > 0, 'what was not seen is not told', result)
    check(any('not watched' in note for note in report['notes']), 'and why is', report['notes'])


@promise
def the_schema_is_that_of_a_bench(slowpath, _):
    done = slowpath.run('bench', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.bench/1', 'it prints', done)
    check('seq-write: sequential direct writes' in slowpath.run('bench', '--help').stdout.decode(), 'the help names the loads')


if __name__ == '__main__':
    main()
