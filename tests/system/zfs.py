#!/usr/bin/env python3
# What is wrong with the pools? A folder of copies of a real machine, and the same with one thing made worse at a time.
import shutil

from harness import FIXTURES, check, check_one_line, lines, main, promise, report_of

COPIES = FIXTURES / 'zfs'


def copied(folder):
    copy = folder / 'copy'
    shutil.copytree(COPIES, copy)
    return copy


def edit(path, old, new):
    text = path.read_text()
    check(old in text, f'the fixture {path} has what is edited', old)
    path.write_text(text.replace(old, new))


def judged_of(slowpath, folder, *arguments):
    done = slowpath.run('zfs', '--json', '-i', folder, *arguments)
    check(done.returncode == 0, 'the folder is read', done)
    return report_of(done, 'slowpath.zfs/1')


def ids_of(report):
    return [claim['id'] for claim in report['claims']]


@promise
def the_copies_of_a_real_machine_name_aes_ccm_and_nothing_else(slowpath, folder):
    report = judged_of(slowpath, COPIES)
    check(ids_of(report) == ['aes_ccm'], 'AES-CCM is what is wrong', report['claims'])
    claim = report['claims'][0]
    check('tank/ccm is encrypted' in claim['words'] and 'aes-256-gcm' in claim['advice'], 'the dataset and the advice', claim)
    check(report['damage'] == [], 'each line is read', report['damage'])
    hits = {kind['kind']: (kind['hits'], kind['misses']) for kind in report['arc']['kinds']}
    check(hits['demand data'] == (1837, 48) and hits['prefetch data'] == (0, 2256), 'the hits of the ARC by kind', hits)
    pool, = report['pools']
    rows = [line.split() for line in (COPIES / 'kstat/zfs/tank/txgs').read_text().splitlines()[1:]]
    synced = [int(row[11]) for row in rows if row[2] == 'C']
    check(pool['txgs']['count'] == len(synced) and pool['txgs']['sync_max_ns'] == max(synced), 'the transaction groups', pool)
    words = slowpath.run('zfs', '-i', COPIES)
    check(words.returncode == 0 and '1. aes_ccm tank:' in words.stdout.decode(), 'the words say it first', words)


@promise
def what_is_made_worse_is_named(slowpath, folder):
    copy = copied(folder)
    edit(copy / 'zpool-get.txt', 'tank  capacity                       15%', 'tank  capacity                       93%')
    edit(copy / 'zpool-get.txt', 'tank  fragmentation                  0%', 'tank  fragmentation                  71%')
    edit(copy / 'kstat/zfs/tank/txgs', '4711957     ', '14711957000 ')
    edit(copy / 'kstat/zfs/dmu_tx', 'dmu_tx_dirty_delay              4    0', 'dmu_tx_dirty_delay              4    999')
    edit(copy / 'kstat/zfs/arcstats', 'mfu_ghost_hits                  4    0', 'mfu_ghost_hits                  4    900')
    edit(copy / 'kstat/zfs/tank/objset-0x91', 'writes                          4    0', 'writes                          4    5000')
    edit(copy / 'kstat/zfs/tank/objset-0x91', 'nwritten                        4    0', 'nwritten                        4    20480000')
    edit(copy / 'zfs-get.txt', 'tank/ccm  sync                  standard', 'tank/ccm  sync                  always')
    with (copy / 'zpool-iostat.txt').open('a') as out:
        waits = {'tank': (20, 60), 'vda1': (1, 2), 'vdb1': (40, 110)}
        for name, (read, write) in waits.items():
            out.write('\t'.join([name, '1', '2', '50', '60', '7000', '8000', *(['-'] * 2), f'{read}000000', f'{write}000000',
                *(['-'] * 6), *(['0'] * 12)]) + '\n')
    report = judged_of(slowpath, copy)
    check(ids_of(report) == ['aes_ccm', 'full_pool', 'fragmented', 'slow_vdev', 'slow_vdev', 'dirty_throttle', 'txg_stall', 'sync_always',
        'small_records', 'arc_small'], 'each is named, the gravest first', ids_of(report))
    slow = [claim['words'] for claim in report['claims'] if claim['id'] == 'slow_vdev']
    check(all(words.startswith('vdb1 takes') for words in slow), 'the device is named', slow)
    stall = next(claim for claim in report['claims'] if claim['id'] == 'txg_stall')
    check('14.7 s' in stall['words'], 'the longest sync is told', stall)


@promise
def two_folders_show_what_happened_between_them(slowpath, folder):
    copy = copied(folder)
    edit(copy / 'kstat/zfs/arcstats', 'demand_data_hits                4    1837', 'demand_data_hits                4    1937')
    edit(copy / 'kstat/zfs/arcstats', ' 244518260825', ' 254518260825')
    report = judged_of(slowpath, copy, '--before', COPIES)
    check(report['has_two_looks'] and report['window_ns'] == 10_000_000_000, 'ten seconds went by', report['window_ns'])
    data = report['arc']['kinds'][0]
    check(data == {'kind': 'demand data', 'hits': 100, 'misses': 0, 'hit_share': 1.0}, 'only the difference counts', data)
    check(all(dataset['reads'] == 0 for dataset in report['datasets'] if dataset['reads'] is not None), 'nothing was read meanwhile')


@promise
def what_cannot_be_read_is_told_by_file_and_line(slowpath, folder):
    copy = copied(folder)
    edit(copy / 'kstat/zfs/arcstats', 'misses                          4    2430', 'misses                          4    many')
    (copy / 'zpool-iostat.txt').write_text('tank\t1\t\x1b[31m2\n')
    (copy / 'kstat/zfs/tank/txgs').write_bytes(bytes(range(1, 256)))
    report = judged_of(slowpath, copy)
    told = sorted(report['damage'])
    check(len(told) == 3, 'each file has a line', told)
    check(f'{copy}/kstat/zfs/arcstats, line 4: expected a name, a type and a number' in told[0], 'file, line and what', told)
    check('zpool-iostat.txt, line 1: expected the 29 or 32 columns' in told[2], 'file, line and what', told)
    check(ids_of(report) == ['aes_ccm'], 'what can be read is judged all the same', report['claims'])
    words = slowpath.run('zfs', '-i', copy)
    check(words.returncode == 0 and 'What could not be read:' in words.stdout.decode() and '\x1b' not in words.stdout.decode(), 'the words say so', words)


@promise
def what_is_missing_is_told_with_what_it_costs(slowpath, folder):
    missing = {
        'kstat/zfs/arcstats': 'arcstats', 'kstat/zfs/dmu_tx': 'dmu_tx', 'kstat/zfs/tank/txgs': 'the transaction groups of tank',
        'kstat/zfs/zil': 'kstat zil', 'kstat/zfs/dbgmsg': 'dbgmsg', 'kstat/zfs/fletcher_4_bench': 'fletcher_4_bench',
        'params.txt': 'params.txt', 'zpool-get.txt': 'the sizes of tank', 'zfs-get.txt': 'no zfs get',
        'zpool-status.txt': 'the devices of tank', 'zpool-iostat.txt': '-lqvHp', 'zpool-latency.txt': '-wvHp',
    }
    usual = judged_of(slowpath, COPIES)['notes']
    for number, (name, words) in enumerate(missing.items()):
        (folder / str(number)).mkdir()
        copy = copied(folder / str(number))
        (copy / name).unlink()
        new = [note for note in judged_of(slowpath, copy)['notes'] if note not in usual]
        check(len(new) == 1 and words in new[0], f'{name} is said to be missing, and nothing else is', new)


@promise
def a_folder_that_is_none_is_one_line(slowpath, folder):
    check_one_line(slowpath.run('zfs', '-i', folder), 'none of the files', '--copy-commands')
    check_one_line(slowpath.run('zfs', '-i', folder / 'missing'), 'missing', 'No such file')
    check_one_line(slowpath.run('zfs', '--before', COPIES), '--before needs -i')


@promise
def the_commands_that_copy_make_a_folder_that_is_read(slowpath, folder):
    done = slowpath.run('zfs', '--copy-commands')
    check(done.returncode == 0, 'they are printed', done)
    made = {line.rsplit('>', 1)[1] for line in lines(done.stdout) if '>' in line}
    check({path.name for path in COPIES.glob('*.txt')} <= made, 'each file of the fixture is made by them', made)
    words = lines(slowpath.run('zfs', '--help').stdout)
    check(all('  ' + line in words for line in lines(done.stdout)), 'the help has the same lines', words)
    page = lines(slowpath.run('zfs', '--man').stdout)
    missing = [line for line in lines(done.stdout) if line.replace('-', '\\-') not in page]
    check(not missing, 'the manual page has them, unbroken', missing)


@promise
def copies_of_the_kstats_alone_are_read(slowpath, folder):
    counts = judged_of(slowpath, COPIES)['arc']
    for name in 'kstat', 'kstat/zfs':
        report = judged_of(slowpath, COPIES / name)
        check(report['arc'] == counts and report['pools'][0]['txgs']['count'], f'{name} is read', report)
        check(any('no zfs get' in note for note in report['notes']), 'what it has not is said', report['notes'])


if __name__ == '__main__':
    main()
