#!/usr/bin/env python3
# What do programs ask of their files? fio is the judge: it knows what it did, and how long that took.
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import Skip, check, check_one_line, judged, main, promise, report_of
from slow_device import MILLISECONDS, slow_file

SIZE, RUNTIME_S = 64 << 20, float(os.environ.get('SLOWPATH_WORKLOAD_S', '0.5'))
# Each with what fio is told beside engine, rw and direct. SLOWPATH_WORKLOAD_ALL tries all combinations instead.
JOBS = {
    'psync': [('read', 1, {}), ('write', 0, {'bs': '16k'}), ('randread', 1, {'numjobs': 3}), ('randwrite', 0, {}), ('randrw', 1, {})],
    'pvsync2': [('read', 0, {'bs': '64k'}), ('write', 1, {}), ('randread', 0, {'bs': '8k'}), ('randwrite', 1, {'numjobs': 2}), ('rw', 0, {})],
    'libaio': [('randread', 1, {'iodepth': 1}), ('randread', 1, {'iodepth': 8}), ('randread', 1, {'iodepth': 32, 'bs': '16k'}),
               ('read', 1, {'iodepth': 8, 'bs': '64k'}), ('write', 1, {'iodepth': 32, 'bs': '16k'}), ('randwrite', 1, {'iodepth': 8}),
               ('randrw', 1, {'iodepth': 32}), ('randread', 0, {'iodepth': 8}), ('write', 0, {'iodepth': 32})],
    'io_uring': [('randread', 1, {'iodepth': 1}), ('randread', 1, {'iodepth': 8, 'numjobs': 2}), ('randread', 1, {'iodepth': 32}),
                 ('read', 0, {'iodepth': 8}), ('write', 1, {'iodepth': 32, 'bs': '16k'}), ('randwrite', 0, {'iodepth': 8}),
                 ('randrw', 1, {'iodepth': 8}), ('randread', 0, {'iodepth': 32})],
    'mmap': [('randread', 0, {}), ('randwrite', 0, {})],
}
# So many operations that all their records have room at once: none is lost, however late they are read.
OPERATIONS = 2400
FOR_A_TIME = {'time_based': 1}
WAYS = {'read': ('sequential', True, False), 'write': ('sequential', False, True), 'randread': ('random', True, False),
        'randwrite': ('random', False, True), 'rw': ('sequential', True, True), 'randrw': ('random', True, True)}


def jobs_of(engine):
    if not os.environ.get('SLOWPATH_WORKLOAD_ALL'):
        return JOBS[engine]
    depths = (1, 8, 32) if engine in ('libaio', 'io_uring') else (1,)
    directs = (0,) if engine == 'mmap' else (1, 0)
    # Of mapped files only page faults that wait are seen: in sequence the kernel reads ahead, and none does.
    ways = ('randread', 'randwrite') if engine == 'mmap' else ('read', 'write', 'randread', 'randwrite', 'randrw')
    return [(rw, direct, {'iodepth': depth} if depth > 1 else {}) for rw, direct, depth in itertools.product(ways, directs, depths)]


def need_fio():
    if not shutil.which('fio'):
        raise Skip('fio is not installed')


class Ground:
    """A folder on a disk, not in memory: page faults, queues and O_DIRECT are wanted."""

    def __enter__(self):
        need_fio()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='slowpath-workload-', dir='/var/tmp'))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def lay_out(self, name, jobs=1):
        """The files that fio would make: before the watch."""
        for i in range(jobs):
            path = self.folder / f'{name}.{i}.0'
            if not path.exists():
                subprocess.run(['fio', '--name=x', f'--filename={path}', '--rw=write', '--bs=1m', f'--size={SIZE}', '--end_fsync=1'],
                               check=True, capture_output=True)

    def command(self, name, bound=None, **options):
        bound = bound or {'number_ios': OPERATIONS // int(options.get('numjobs', 1))}
        given = {'name': name, 'directory': self.folder, 'size': SIZE, 'bs': '4k', **bound, 'runtime': f'{int(RUNTIME_S * 1000)}ms',
                 'group_reporting': 1, 'percentile_list': '49.9:50:50.1:98.9:99:99.1', 'output-format': 'json', 'output': self.folder / 'result.json', **options}
        return ['fio', *(f'--{key}={value}' for key, value in given.items())]

    def result(self):
        text = (self.folder / 'result.json').read_text()
        return json.loads(text[text.index('{'):])['jobs'][0]


def watch(slowpath, ground, bound=None, **options):
    """(the model, its first job, what fio says)"""
    ground.lay_out('job', int(options.get('numjobs', 1)))
    done = slowpath.run('workload', '--json', '-q', '--', *ground.command('job', bound, **options))
    check(done.returncode == 0, 'it is watched', done)
    model = report_of(done, 'slowpath.workload/1')
    check(model['lost'] == 0, 'nothing is lost', model['lost'])
    check(model['jobs'], 'there is a job', done)
    return model, model['jobs'][0], ground.result()


def is_near(told, wanted, part, least):
    return abs(told - wanted) <= max(part * abs(wanted), least)


def times_off(job, result, row):
    """What fio itself measured otherwise."""
    off = []
    for side in ('read', 'write'):
        if not result[side]['total_ios']:
            continue
        clat = result[side]['clat_ns']['percentile']
        # Where one operation in a thousand more or less makes another percentile, that is as right.
        for ours, low, theirs, high in (('p50_ns', '49.900000', '50.000000', '50.100000'), ('p99_ns', '98.900000', '99.000000', '99.100000')):
            told, wanted = job[side]['latency'][ours], clat[theirs]
            row.append(f'{side} {ours[:3]} {told / 1000:.1f}/{wanted / 1000:.1f} us')
            near = max(clat[low], min(told, clat[high]))
            if not is_near(told, near, 0.05, 5000):
                off.append(f'{side} {ours} {told} instead of {wanted}')
    return off


def terms_off(engine, rw, direct, options, job, result, row):
    """What fio was told otherwise."""
    access, reads, writes = WAYS[rw]
    sizes = {'4k': 4096, '8k': 8192, '16k': 16384, '64k': 65536}
    size = sizes[options.get('bs', '4k')]
    wanted = {'engine': engine, 'access': access, 'direct': bool(direct), 'jobs': options.get('numjobs', 1)}
    off = [f'{key} {job[key]!r} instead of {value!r}' for key, value in wanted.items() if job[key] != value]
    for side, does in (('read', reads), ('write', writes)):
        told = [one['bytes'] for one in job[side]['sizes'] if one['share'] > 0.02]
        if told != ([size] if does else []):
            off.append(f'{side} sizes {told} instead of {size if does else None}')
    depth = options.get('iodepth', 1)
    if not is_near(job['depth'], depth, 0.1, 0):
        off.append(f'depth {job["depth"]} instead of {depth}')
    ios = {side: result[side]['total_ios'] for side in ('read', 'write')}
    share = ios['read'] / sum(ios.values())
    if not is_near(job['read_share'], share, 0, 0.02):
        off.append(f'read share {job["read_share"]} instead of {share}')
    row += [f'depth {job["depth"]} (mean {job["depth_mean"]})', f'mix {job["read_share"]:.3f}/{share:.3f}']
    return off


def recover_one(slowpath, ground, engine, rw, direct, options):
    """What stays wrong. Between fio's own clock and the call others may run: times that differ are looked at again."""
    more = {'rwmixread': 70} if rw in ('rw', 'randrw') else {}
    for _ in range(4):
        if engine == 'mmap':  # what is in memory is not seen
            forget(ground.folder / 'job.0.0')
        _, job, result = watch(slowpath, ground, FOR_A_TIME, ioengine=engine, rw=rw, direct=direct, **options, **more)
        row = [f'{engine} {rw} {"direct" if direct else "buffered"} {options}']
        off = terms_off(engine, rw, direct, options, job, result, row)
        late = times_off(job, result, row)
        if os.environ.get('SLOWPATH_SHOW'):
            print('  ' + ', '.join(row) + (f'  !! {off + late}' if off or late else ''), flush=True)
        if off or not late:
            break
    return [f'{row[0]}: {problem}' for problem in off + late]


def forget(path):
    """Nothing of the file stays in the page cache."""
    if path.exists():
        subprocess.run(['dd', f'of={path}', 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], check=True, capture_output=True)


def recover(slowpath, engine):
    problems = []
    with Ground() as ground:
        for rw, direct, options in jobs_of(engine):
            problems += recover_one(slowpath, ground, engine, rw, direct, options)
    check(not problems, 'each term is recovered', *problems)


@judged
def jobs_of_psync_are_recovered(slowpath, folder):
    recover(slowpath, 'psync')


@judged
def jobs_of_pvsync2_are_recovered(slowpath, folder):
    recover(slowpath, 'pvsync2')


@judged
def jobs_of_libaio_are_recovered(slowpath, folder):
    recover(slowpath, 'libaio')


@judged
def jobs_of_io_uring_are_recovered(slowpath, folder):
    recover(slowpath, 'io_uring')


@judged
def jobs_of_mmap_are_recovered(slowpath, folder):
    recover(slowpath, 'mmap')


# One of each way; how long the operations took is left to the judged jobs, on a machine that nobody else uses.
PLAIN_JOBS = (('psync', 'randread', 1, {'numjobs': 3}), ('pvsync2', 'rw', 0, {}), ('libaio', 'randrw', 1, {'iodepth': 32}),
              ('libaio', 'write', 0, {'iodepth': 8}), ('io_uring', 'randread', 1, {'iodepth': 8, 'numjobs': 2}),
              ('io_uring', 'read', 0, {'iodepth': 8}), ('io_uring', 'write', 1, {'iodepth': 32, 'bs': '16k'}))


@promise
def terms_of_each_engine_are_recovered(slowpath, folder):
    with Ground() as ground:
        for engine, rw, direct, options in PLAIN_JOBS:
            more = {'rwmixread': 70} if rw in ('rw', 'randrw') else {}
            _, job, result = watch(slowpath, ground, ioengine=engine, rw=rw, direct=direct, **options, **more)
            off = terms_off(engine, rw, direct, options, job, result, [])
            check(not off, f'{engine} {rw} {options}: each term is recovered', *off)


def model_of(slowpath, **options):
    """What is said of one fio job: (the model, its first job)."""
    with Ground() as ground:
        model, job, _ = watch(slowpath, ground, **options)
    return model, job


@promise
def how_writes_are_made_durable_is_recovered(slowpath, folder):
    for options, wanted in (({'fsync': 8}, (8, False, 'none')), ({'fdatasync': 1}, (1, True, 'none')), ({'sync': 'dsync'}, (0, False, 'dsync')),
                            ({'sync': 'sync', 'direct': 1}, (0, False, 'sync'))):
        _, job = model_of(slowpath, ioengine='psync', rw='randwrite', **options)
        told = round(job['writes_a_sync'], 1), job['syncs_data'], job['sync']
        check(told == wanted, f'{options} is {wanted}', told)
    _, job = model_of(slowpath, ioengine='io_uring', iodepth=4, rw='write', fsync=16)
    check(is_near(job['writes_a_sync'], 16, 0.1, 0) and job['sync_latency']['count'] > 5, 'syncs of a ring count as well', job['writes_a_sync'])


@promise
def sizes_steps_and_runs_are_recovered(slowpath, folder):
    _, job = model_of(slowpath, ioengine='psync', rw='randread', direct=1, bssplit='4k/70:64k/30', norandommap=1)
    told = {size['bytes']: size['share'] for size in job['read']['sizes']}
    check(set(told) == {4096, 65536} and is_near(told[4096], 0.7, 0, 0.05), 'two sizes, 70 and 30 %', told)
    _, job = model_of(slowpath, ioengine='psync', rw='read:12k', direct=1)
    check((job['access'], job['stride_bytes']) == ('strided', 16384), 'each goes on by 16 KiB', job['access'], job['stride_bytes'])
    _, job = model_of(slowpath, ioengine='libaio', iodepth=4, rw='randread:8', direct=1)
    check((job['access'], job['run_length']) == ('runs', 8), 'runs of 8', job['access'], job['run_length'], job['random_share'])
    _, job = model_of(slowpath, ioengine='psync', rw='randread', percentage_random=40, direct=1, norandommap=1)
    check(job['access'] == 'partly_random' and is_near(job['random_share'], 0.4, 0, 0.05), '40 % at random', job['access'], job['random_share'])


def tried(times, attempt):
    """When others run, fio itself does not pause as it was told."""
    for left in reversed(range(times)):
        try:
            return attempt()
        except AssertionError:
            if not left:
                raise


@judged
def pauses_and_arrivals_are_recovered(slowpath, folder):
    with Ground() as ground:  # from memory: a disk that others use would pause as it likes
        ground.lay_out('job')
        (ground.folder / 'job.0.0').read_bytes()

        def told(**options):
            return watch(slowpath, ground, FOR_A_TIME, ioengine='psync', rw='randread', invalidate=0, **options)[1]

        def after_each():
            job = told(thinktime=2000)
            check(is_near(job['think_ns'], 2e6, 0.1, 0) and job['think_every'] == 1, '2 ms after each', job['think_ns'], job['think_every'])
            check(job['arrival'] == 'closed', 'a closed loop', job['arrival'])
            check(job['read']['cached_share'] > 0.95, 'all of it is in memory', job['read']['cached_share'])

        def after_ten():
            job = told(thinktime=5000, thinktime_blocks=10)
            check(is_near(job['think_ns'], 5e6, 0.1, 0) and job['think_every'] == 10, '5 ms after ten', job['think_ns'], job['think_every'])

        def by_timetable():
            job = told(rate_iops=400)
            # Where others run it is late, and catches up: then its moments look random.
            check(job['arrival'] in ('even', 'poisson') and is_near(job['rate'], 400, 0.05, 0), '400 a second', job['arrival'], job['rate'])

        for attempt in (after_each, after_ten, by_timetable):
            tried(4, attempt)


@promise
def batches_and_depth_are_recovered(slowpath, folder):
    _, job = model_of(slowpath, ioengine='libaio', rw='randread', direct=1, iodepth=16, iodepth_batch=8, iodepth_batch_complete_min=8)
    check(job['depth'] == 16 and is_near(job['batch_mean'], 8, 0.1, 0), '16 in flight, 8 at once', job['depth'], job['batch_mean'])


@promise
def streams_in_one_file_are_told_apart(slowpath, folder):
    script = 'import os,sys\nf=os.open(sys.argv[1],os.O_RDONLY)\n' \
             'for i in range(900): os.pread(f,4096,i%3*(16<<20)+i//3*4096)'
    path = folder / 'file'
    with open(path, 'wb') as file:
        file.truncate(SIZE)
    done = slowpath.run('workload', '--json', '-q', '--', 'python3', '-c', script, path)
    jobs = [job for job in report_of(done, 'slowpath.workload/1')['jobs'] if job['file'].endswith('file')]
    check(len(jobs) == 1 and jobs[0]['streams'] == 3 and jobs[0]['access'] == 'sequential', 'three in sequence', jobs)


def read_mapped(slowpath, folder, script):
    """What is told of a script's faults on a slow file of which 512 KiB can be read."""
    image, point = folder / 'image', folder / 'slow'
    image.write_bytes(bytes(1 << 20))
    point.mkdir()
    with slow_file(slowpath, image, point, broken=8 << 16) as file:
        done = slowpath.run('workload', '--json', '-q', '--', 'python3', '-c', script, file)
    jobs = [job for job in report_of(done, 'slowpath.workload/1')['jobs'] if job['engine'] == 'mmap' and job['file'].endswith('disk')]
    check(len(jobs) == 1, 'it is one job', done)
    return jobs[0]['read']


@promise
def faults_that_fail_are_told_as_well(slowpath, folder):
    """Of a mapped file that is slow, and that cannot be read behind some place: those there end in SIGBUS, and are tried again."""
    script = 'import mmap,os,signal,sys\nf=os.open(sys.argv[1],os.O_RDONLY)\nm=mmap.mmap(f,1<<20,mmap.MAP_PRIVATE,mmap.PROT_READ)\n' \
             'm.madvise(mmap.MADV_RANDOM)\nfor i in range(8): m[i<<16]\n' \
             'signal.signal(signal.SIGBUS,lambda *_:0)\nsignal.setitimer(signal.ITIMER_REAL,0.3)\nm[8<<16]'
    read = read_mapped(slowpath, folder, script)
    # The interpreter may have faults of its own.
    check(read['errors'] >= 2 and 8 <= read['count'] - read['errors'] < 16, 'each fault is told once, with how it ended', read)
    slow_ns = MILLISECONDS * 1e6
    check(slow_ns <= read['latency']['p50_ns'] < 2 * slow_ns, 'as long as the disk takes', read)


@promise
def faults_that_signals_interrupt_are_no_failures(slowpath, folder):
    """The kernel goes back for the signal, and the same access faults again: the page is there, or waited for on."""
    script = 'import mmap,os,signal,sys\nf=os.open(sys.argv[1],os.O_RDONLY)\nm=mmap.mmap(f,1<<20,mmap.MAP_PRIVATE,mmap.PROT_READ)\n' \
             'm.madvise(mmap.MADV_RANDOM)\nsignal.signal(signal.SIGALRM,lambda *_:0)\nsignal.setitimer(signal.ITIMER_REAL,0.007,0.007)\n' \
             'for i in range(8): m[i<<16]'
    read = read_mapped(slowpath, folder, script)
    check(read['errors'] == 0 and read['count'] >= 8, 'none has failed', read)


@promise
def the_job_file_is_one_that_fio_takes(slowpath, folder):
    for options in ({'ioengine': 'libaio', 'iodepth': 8, 'direct': 1, 'rw': 'randrw', 'bssplit': '4k/60:16k/40'}, {'rw': 'write', 'fsync': 4},
                    {'ioengine': 'psync', 'rw': 'read:4k', 'thinktime': 1000}):
        with Ground() as ground:
            ground.lay_out('job')
            done = slowpath.run('workload', '--fio', '-q', '--', *ground.command('job', **options))
        path = folder / 'job.fio'
        path.write_bytes(done.stdout)
        taken = subprocess.run(['fio', '--parse-only', path], capture_output=True, check=False, cwd=folder)
        check(done.returncode == 0 and taken.returncode == 0, 'fio takes it', done, taken)
        check(b'[fio]\n' in done.stdout, 'the job has its name', done)


@promise
def a_run_of_the_job_is_compared_and_leaves_nothing(slowpath, folder):
    with Ground() as ground:
        ground.lay_out('job', 2)
        done = slowpath.run('workload', '--json', '-q', '--verify', ground.folder, '--',
                            *ground.command('job', FOR_A_TIME, ioengine='libaio', iodepth=8, direct=1, rw='randrw', rwmixread=70, numjobs=2))
        left = sorted(path.name for path in ground.folder.iterdir())
    check(left == ['job.0.0', 'job.1.0', 'result.json'], 'all that it made is gone', left)
    verified = report_of(done, 'slowpath.workload/1')['verified']
    check(done.returncode == 0 and len(verified['jobs']) == 1, 'the job was run', verified)
    job = verified['jobs'][0]
    terms = {term['term']: term for term in job['terms']}
    for term in ('jobs', 'engine', 'rw', 'mix', 'read_size', 'write_size', 'direct', 'depth', 'files', 'arrival'):
        check(terms[term]['is_matched'], f'{term} is the same', terms[term])
    check('read_p50' in terms and 'write_p99' in terms, 'times are compared as well', list(terms))


@promise
def where_it_cannot_run_is_told_in_one_line(slowpath, folder):
    need_fio()
    file = folder / 'file'
    file.write_bytes(b'x')
    recording = folder / 'x'
    slowpath.record(recording, ['true'])
    for where, word in ((file, 'not a folder'), ('/dev/null', 'not a folder'), (folder / 'none', 'No such file')):
        done = slowpath.run('workload', '--verify', where, '-i', recording)
        check_one_line(done, word)
    done = slowpath.run('workload', '--verify', folder, '-i', recording)
    check_one_line(done, 'no job')
    check(sorted(path.name for path in folder.iterdir()) == ['file', 'x'], 'nothing is left', list(folder.iterdir()))
    check(file.read_bytes() == b'x', 'the file is as it was')


@promise
def a_replayed_model_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    with Ground() as ground:
        ground.lay_out('job')
        for form in (['--json'], [], ['--fio']):
            live = slowpath.run('workload', *form, '-q', '-o', path, '--', *ground.command('job', ioengine='libaio', iodepth=4, rw='randread'))
            again = slowpath.run('workload', *form, '-i', path)
            check(live.returncode == 0 and live.stdout == again.stdout, 'replay and live are the same', live, again)


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    for arguments, word in ((['--json', '--fio'], '--fio'), (['--fio', '--verify', folder], '--verify'), (['--verify', ''], 'empty')):
        done = slowpath.run('workload', *arguments)
        check_one_line(done, word)
        check(done.returncode == 2, 'it is wrong usage', done)
    check(b'slowpath.workload/1' in slowpath.run('workload', '--json-schema').stdout, 'the schema is printed')


if __name__ == '__main__':
    main()
