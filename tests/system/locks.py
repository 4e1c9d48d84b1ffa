#!/usr/bin/env python3
# Which lock is it? Programs that fight for a lock that is known, and the kernel's own statistics.
import json
import re

from harness import FIXTURES, check, check_one_line, lines, main, promise, report_of, unpacked


def locks_of(done):
    check(done.returncode == 0, 'locks are told', done)
    return report_of(done, 'slowpath.locks/1')


def watched(slowpath, *arguments):
    report = locks_of(slowpath.run('locks', '--json', *arguments))
    watch = report['watch']
    check(abs(sum(lock['wait_s'] for lock in watch['locks']) - watch['wait_s']) < 1e-6, 'the waits add up', watch)
    for lock in watch['locks']:
        check(lock['wait_p50_s'] <= lock['wait_p99_s'] <= lock['wait_max_s'], 'quantiles stand in order', lock)
        check(sum(holder['waits'] for holder in lock['holders']) <= lock['contentions'], 'no wait has two holders', lock)
        check(sum(doing['wait_s'] for doing in lock['meanwhile']) <= lock['slept_s'] * 1.001 + 1e-3, 'no more is told than was slept', lock)
    return watch


def plain_rows(path):
    """The rows of the kernel's text, read in another way: a name, a colon, and only numbers behind it."""
    for line in path.read_text().splitlines():
        row = re.fullmatch(r'\s*(.*):\s*((?:\d[\d.]*\s*)+)', line)
        if row:
            yield row[1].rstrip(), [float(number) for number in row[2].split()]


def name_of(row):
    return row['name'] + {'any': '', 'read': '-R', 'write': '-W'}[row['mode']]


@promise
def the_kernels_statistics_are_read_completely(slowpath, folder):
    for fixture in ('lock_stat-ext4.txt', 'lock_stat-null_blk.txt'):
        path = unpacked(fixture, folder)
        rows = list(plain_rows(path))
        stat = locks_of(slowpath.run('locks', '--json', '-i', path))['lock_stat']
        check(stat['version'] == '0.4' and len(rows) > 200, 'the fixture is one', stat['version'])
        check(sorted(map(name_of, stat['rows'])) == sorted(name for name, _ in rows), 'each row is there')
        for place, key in ((1, 'contentions'), (7, 'acquisitions')):
            check(stat[key] == sum(numbers[place] for _, numbers in rows), f'the sum of {key}', stat[key])
        waited = sum(numbers[4] for _, numbers in rows) / 1e6
        check(abs(stat['wait_s'] - waited) < 1e-6, f'{waited} s were waited', stat['wait_s'])
        text = path.read_text()
        sites = [site for row in stat['rows'] for side in ('waiting', 'holding') for site in row[side]]
        check(len(sites) == len(re.findall(r'\[<', text)), 'each call site is there', len(sites))
        check(sum(site['count'] for site in sites) == sum(map(int, re.findall(r'(\d+) +\[<', text))), 'with its count')


@promise
def the_top_five_are_those_of_a_plain_sort(slowpath, folder):
    for fixture in ('lock_stat-ext4.txt', 'lock_stat-null_blk.txt'):
        path = unpacked(fixture, folder)
        for order, place in (('contentions', 1), ('wait', 4), ('max', 3), ('hold', 10), ('avg', 5)):
            wanted = sorted(plain_rows(path), key=lambda row, place=place: -row[1][place])[:5]
            told = locks_of(slowpath.run('locks', '--json', '--sort', order, '-i', path))['lock_stat']['rows'][:5]
            check([name_of(row) for row in told] == [name for name, _ in wanted], f'the top five by {order}', told, wanted)
            check([row['contentions'] for row in told] == [numbers[1] for _, numbers in wanted], 'with their numbers', told)


@promise
def the_numbers_of_a_known_report_come_out(slowpath, folder):
    path = FIXTURES / 'lock_stat-io_lock.txt'
    row = locks_of(slowpath.run('locks', '--json', '-i', path))['lock_stat']['rows'][0]
    check((row['contentions'], row['acquisitions']) == (47500, 1348488), 'the counts are', row)
    check(abs(row['wait_mean_s'] - 25.4e-6) < 1e-9, 'the mean is', row['wait_mean_s'])
    check(round(row['contended_share'], 3) == 0.035, 'the rate is', row['contended_share'])
    done = slowpath.run('locks', '-i', path)
    check(b'io_lock' in done.stdout and b'25.4' in done.stdout and b'3.5 %' in done.stdout, 'people see them, too', done)
    check(b'blkif_interrupt+0x33/0x850' in done.stdout, 'and the call sites', done)


@promise
def two_copies_are_compared(slowpath, folder):
    first, second = FIXTURES / 'lock_stat-io_lock.txt', folder / 'later'
    text = first.read_text()
    second.write_text(text.replace('47500', '47600').replace('1348488', '1349488').replace('1206500.00', '1207500.00'))
    report = locks_of(slowpath.run('locks', '--json', '--before', first, '-i', second))
    check(report['lock_stat']['is_difference'] and len(report['lock_stat']['rows']) == 1, 'only what changed is told', report)
    row = report['lock_stat']['rows'][0]
    check((row['contentions'], row['acquisitions']) == (100, 1000) and abs(row['wait_mean_s'] - 10e-6) < 1e-12, 'the difference', row)
    report = locks_of(slowpath.run('locks', '--json', '--before', second, '-i', first))
    check(any('backwards' in note for note in report['notes']), 'counters that were cleared are said to be', report['notes'])
    recording = folder / 'x'
    slowpath.record(recording, ['true'])
    done = slowpath.run('locks', '--before', first, '-i', recording)
    check_one_line(done, '/proc/lock_stat')
    check(done.returncode == 1, 'a recording cannot be compared', done)


@promise
def a_cut_copy_is_read_to_its_last_whole_line(slowpath, folder):
    whole, cut = FIXTURES / 'lock_stat-io_lock.txt', folder / 'cut'
    text = whole.read_bytes()
    cut.write_bytes(text[:-40])
    report = locks_of(slowpath.run('locks', '--json', '-i', cut))
    check(len(report['lock_stat']['rows']) == 5 and any('cut' in note for note in report['notes']), 'it says so', report)
    for bad in (b'lock_stat version 0.4\n', b'lock_stat version '):
        cut.write_bytes(bad)
        done = slowpath.run('locks', '-i', cut)
        check_one_line(done)
        check(done.returncode == 1, 'there is nothing in it', done)


@promise
def other_commands_say_who_reads_it(slowpath, folder):
    path = FIXTURES / 'lock_stat-io_lock.txt'
    for command in ([], ['cpu']):
        done = slowpath.run(*command, '-i', path)
        check_one_line(done, 'slowpath locks -i')
        check(done.returncode == 1, 'it is refused', done)


@promise
def the_mmap_lock_of_a_process_is_named(slowpath, folder):
    watch = watched(slowpath, '--', *slowpath.helper('lockers', 'mmap', 2))
    kernel = [lock for lock in watch['locks'] if lock['kind'] == 'kernel']
    check(kernel, 'a lock was waited for', watch)
    lock = max(kernel, key=lambda lock: lock['wait_s'])
    check('mmap_lock' in lock['name'] and lock['type'] == 'rwsem', 'it is the mmap_lock', lock)
    check(lock['contentions'] > 10, 'many times', lock)
    check(any('mmap' in frame or 'munmap' in frame or 'fault' in frame for path in lock['waiting'] for frame in path['frames']),
          'by those who map memory', lock['waiting'])
    held = sum(holder['wait_s'] for holder in lock['holders'] if holder['who'] == 'lockers')
    check(held > 0.5 * lock['wait_s'], 'its own threads held it', lock['holders'])


@promise
def the_lock_of_a_directory_is_named(slowpath, folder):
    place = folder / 'files'
    place.mkdir()
    watch = watched(slowpath, '--', *slowpath.helper('lockers', 'directory', 2, place))
    kernel = [lock for lock in watch['locks'] if lock['kind'] == 'kernel']
    check(kernel, 'a lock was waited for', watch)
    lock = max(kernel, key=lambda lock: lock['wait_s'])
    check('i_rwsem' in lock['name'] and lock['type'] == 'rwsem', 'it is the directory\'s', lock)
    check(lock['meanwhile'] and lock['meanwhile'][0]['state'] != 'unknown', 'what the holder did is told', lock['meanwhile'])


@promise
def a_mutex_is_known_by_its_address_and_its_code(slowpath, folder):
    path = folder / 'x'
    done = slowpath.run('record', '-o', path, '--', *slowpath.helper('lockers', 'mutex', 2))
    check(done.returncode == 0, 'it is recorded', done)
    address = lines(done.stdout)[0]
    watch = watched(slowpath, '-i', path)
    lock = next((lock for lock in watch['locks'] if lock['kind'] == 'user' and lock['address'] == address), None)
    check(lock, f'the mutex at {address} is there', watch)
    check(lock['type'] == 'futex' and lock['process'].startswith('lockers ('), 'of its process', lock)
    check(lock['wait_share'] > 0.5, 'it is the one that was waited for', lock)
    check(lock['holders'][0]['who'] == 'lockers', 'its own threads held it', lock['holders'])
    ran = sum(doing['share'] for doing in lock['meanwhile'] if doing['state'] in ('cpu.user', 'cpu.runqueue', 'running'))
    check(ran > 0.5, 'who computed meanwhile', lock['meanwhile'])


@promise
def a_replayed_report_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    for form in (['--json'], [], ['--sort', 'contentions'], ['--sort', 'name', '--json']):
        live = slowpath.run('locks', *form, '-o', path, '--', *slowpath.helper('lockers', 'mmap', 0.5))
        check(live.returncode == 0 and live.stdout, 'it is told', live)
        again = slowpath.run('locks', *form, '-i', path)
        check(again.returncode == 0 and again.stderr == b'', 'the recording reads', again)
        check(again.stdout == live.stdout, 'replay and live differ', live, again)


@promise
def the_exit_status_is_the_commands(slowpath, folder):
    for command, status in ((['sh', '-c', 'exit 3'], 3), (['true'], 0), (['/nonexistent'], 127)):
        done = slowpath.run('locks', '--', *command)
        check(done.returncode == status, f'{command} ends with {status}', done)


@promise
def the_schema_is_that_of_locks(slowpath, folder):
    done = slowpath.run('locks', '--json-schema')
    check(done.returncode == 0 and json.loads(done.stdout)['title'] == 'slowpath.locks/1', 'it prints', done)


@promise
def wrong_words_are_refused_in_one_line(slowpath, folder):
    check_one_line(slowpath.run('locks', '--sort', 'size'), 'size')
    check_one_line(slowpath.run('--sort', 'wait'), '--sort')
    check_one_line(slowpath.run('locks', '-i', folder / 'none'), 'none')


if __name__ == '__main__':
    main()
