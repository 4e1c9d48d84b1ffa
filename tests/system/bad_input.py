#!/usr/bin/env python3
# Does bad input get one line? Unknown processes, broken recordings, wrong options, places where nothing can be written.
import contextlib
import os
import random
import resource
import shutil
import subprocess

from harness import Skip, busy, check, check_one_line, lines, main, promise, side_by_side, verdict_of

SEED = int(os.environ.get('SLOWPATH_TEST_SEED', '1'))
CUTS = 60
FLIPS = 200
NOBODY = 65534


@promise
def an_unknown_process_gets_one_line(slowpath, folder):
    with open('/proc/sys/kernel/pid_max', encoding='utf-8') as limit:
        nobody = int(limit.read()) - 1
    if os.path.exists(f'/proc/{nobody}'):
        raise Skip(f'process {nobody} exists')
    done = slowpath.run('-p', nobody, '-d', '1')
    check_one_line(done, nobody)
    check(done.returncode == 1, 'failed is 1', done)
    check(done.stdout == b'', 'there is no verdict', done)


@promise
def wrong_usage_is_2(slowpath, folder):
    for arguments in (['--no-such-option'], ['no-such-command'], ['-p'], ['-p', 'abc'], ['-p', '-1'], ['-p', '1x'],
                      ['-d', 'soon', '-p', '1'], ['-d', '-1'], ['-d', 'nan'], ['-p', '1', '--', 'true'], ['--'],
                      ['-i', 'x', '--', 'true'], ['-i', 'x', '-p', '1']):
        done = slowpath.run(*arguments)
        check_one_line(done)
        check(done.returncode in (2, 125 if '--' in arguments else 2), 'wrong usage is 2, or 125 with a command', done)


@promise
def a_file_that_is_no_recording_gets_one_line(slowpath, folder):
    empty, text, zeros, magic = (folder / name for name in ('empty', 'text', 'zeros', 'magic'))
    empty.write_bytes(b'')
    text.write_text('hello\n' * 1000)
    zeros.write_bytes(bytes(1 << 16))
    good = folder / 'good'
    slowpath.record(good, busy(0.2))
    magic.write_bytes(good.read_bytes()[:8])
    perf, trace, elsewhere = (folder / name for name in ('perf.data', 'trace.dat', 'two words'))
    perf.write_bytes(b'PERFILE2' + bytes(4096))
    trace.write_bytes(b'\x17\x08\x44tracing6\0' + bytes(4096))
    elsewhere.write_bytes(good.read_bytes()[:7] + b'x' + good.read_bytes()[8:])
    for path in (empty, text, zeros, magic, perf, trace, elsewhere, folder / 'missing', folder, '/bin/true'):
        done = slowpath.run('-i', path)
        check_one_line(done, path)
        check(done.stdout == b'', 'there is no verdict', done)


def check_damaged(slowpath, path, whole, words):
    """A damaged file: one line and a failure, one line and an answer from what is whole, or the undamaged answer."""
    done = slowpath.run('--json', '-i', path)
    check(done.returncode >= 0, f'{words}: died of a signal', done)
    if done.returncode == 0:
        verdict_of(done)
        check(done.stdout == whole or len(lines(done.stderr)) == 1, f'{words}: damage is told in one line', done)
        return 'read'
    check_one_line(done, path)
    check(done.stdout == b'', f'{words}: failed, yet it printed a verdict', done)
    return 'refused'


def damage(slowpath, folder, count, make):
    """Try `count` damaged copies of one recording; make(random, bytes) gives (words, damaged bytes)."""
    good = folder / 'good'
    slowpath.record(good, busy(0.4))
    whole = slowpath.run('--json', '-i', good)
    check(whole.returncode == 0 and whole.stderr == b'', 'the whole recording reads without a word', whole)
    chance, data = random.Random(SEED), good.read_bytes()

    def check_one(copy):
        number, (words, damaged) = copy
        bad = folder / f'bad{number}'
        bad.write_bytes(damaged)
        result = check_damaged(slowpath, bad, whole.stdout, f'seed {SEED}, {words}')
        bad.unlink()
        return result

    results = list(side_by_side(check_one, enumerate(make(chance, data) for _ in range(count))))
    print(f'   {results.count("read")} read, {results.count("refused")} refused')


@promise
def a_recording_cut_anywhere_reads_to_its_last_whole_chunk_or_gets_one_line(slowpath, folder):
    def cut(chance, data):
        length = chance.randrange(len(data))
        return f'cut to {length} of {len(data)} bytes', data[:length]

    damage(slowpath, folder, CUTS, cut)


@promise
def a_flipped_bit_never_goes_unseen(slowpath, folder):
    def flip(chance, data):
        bit = chance.randrange(len(data) * 8)
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        return f'bit {bit} of {len(data) * 8}', bytes(damaged)

    damage(slowpath, folder, FLIPS, flip)


@promise
def bytes_after_the_end_are_told(slowpath, folder):
    damage(slowpath, folder, 1, lambda chance, data: ('4096 bytes appended', data + chance.randbytes(4096)))


@promise
def a_place_that_cannot_be_written_gets_one_line(slowpath, folder):
    foreign = folder / 'notes.txt'
    foreign.write_text('my notes')
    mark = folder / 'ran'
    for path in ('/nonexistent-folder/x', folder, '/proc/version', foreign):
        done = slowpath.run('record', '-o', path, '-d', '1')
        check_one_line(done, path)
        check(done.returncode == 1, 'failed is 1', done)
        done = slowpath.run('record', '-o', path, '--', 'touch', mark)
        check_one_line(done, path)
        check(done.returncode == 125 and not mark.exists(), 'the command is not run', done)
    check(foreign.read_text() == 'my notes', 'a foreign file is left alone')


@promise
def a_watch_that_cannot_begin_leaves_the_old_recording_alone(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, ['true'])
    before = path.read_bytes()
    for arguments in (['-p', 2 ** 22 - 1], ['--without', 'btf']):
        done = slowpath.run('record', '-o', path, '-d', '1', *arguments)
        check_one_line(done)
        check(path.read_bytes() == before, 'the old recording is lost', done)


@promise
def a_recording_of_no_name_is_slowpath_slowpath_here(slowpath, folder):
    done = slowpath.run('record', '--', 'true', cwd=folder)
    check(done.returncode == 0 and len(lines(done.stderr)) == 1, 'it records, and says where', done)
    check([path.name for path in folder.iterdir()] == ['slowpath.slowpath'], 'one file', list(folder.iterdir()))
    check(b'slowpath.slowpath' in slowpath.run('record', '--help').stdout, 'the help tells the name')


@promise
def a_recording_is_replaced_and_private(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, busy(0.5))
    first = path.read_bytes()
    slowpath.record(path, ['true'])
    check(path.read_bytes() != first, 'the second recording replaces the first')
    check(path.stat().st_mode & 0o777 == 0o600, 'mode 0600', oct(path.stat().st_mode))


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many bytes."""
    disk = folder / 'disk'
    disk.mkdir()
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', disk], capture_output=True, check=False)
    if done.returncode != 0:
        raise Skip(f'cannot mount a tmpfs: {done.stderr.decode().strip()}')
    try:
        yield disk
    finally:
        subprocess.run(['umount', disk], check=True)


@promise
def a_full_disk_is_told_and_what_was_written_reads(slowpath, folder):
    mark = folder / 'ended'
    with small_disk(folder, 65536) as disk:
        command = ['sh', '-c', '"$@"; touch "$0"', mark, *busy(3)]
        done = slowpath.run('record', '-o', disk / 'x', '--', *command)
        check(mark.exists(), 'the command runs to its end although the disk is full', done)
        check_one_line(done, 'No space left', disk / 'x')
        read = slowpath.run('--json', '-i', disk / 'x')
        check(read.returncode == 0, 'the chunks written before can be read', read)
        check(len(lines(read.stderr)) == 1, 'that it is not whole is told in one line', read)
        verdict_of(read)


@promise
def a_file_size_limit_is_told_and_what_was_written_reads(slowpath, folder):
    mark, path = folder / 'ended', folder / 'x'
    # Of the command, not of slowpath: the limit ends a command that writes too much, as ever.
    command = ['sh', '-c', '"$@"; touch "$0"', mark, *busy(3)]
    for limit_bytes in (0, 100000):
        mark.unlink(missing_ok=True)
        done = slowpath.run('record', '-o', path, '--', *command,
                            preexec_fn=lambda size=limit_bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        if limit_bytes == 0:
            check(done.returncode == 125 and not mark.exists(), 'nothing can be kept: the command is not run', done)
        else:
            check(mark.exists(), 'the command runs to its end', done)
        check_one_line(done, 'File too large', path, 'ulimit -f')
    read = slowpath.run('--json', '-i', path)
    check(read.returncode == 0 and len(lines(read.stderr)) == 1, 'the chunks written before can be read, and one line says more', read)
    verdict_of(read)


@promise
def the_file_size_limit_still_binds_the_command(slowpath, folder):
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    done = slowpath.run('--json', '--', 'dd', 'if=/dev/zero', f'of={folder / "big"}', 'bs=64k', 'count=1', preexec_fn=limit)
    check(done.returncode == 128 + 25, 'it dies of SIGXFSZ', done)


@promise
def without_rights_one_line_says_so_and_recordings_still_read(slowpath, folder):
    if not shutil.which('setpriv'):
        raise Skip('setpriv is not installed')
    folder.chmod(0o755)
    program, path, secret = folder / 'slowpath', folder / 'x', folder / 'secret'
    shutil.copy(slowpath.path, program)
    program.chmod(0o755)
    slowpath.record(path, busy(0.3))
    slowpath.record(secret, ['true'])
    path.chmod(0o644)
    mine = folder / 'mine'
    mine.mkdir()
    os.chown(mine, NOBODY, NOBODY)

    def run(*arguments):
        return subprocess.run(['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', program, *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, cwd=mine, timeout=60, check=False)

    for arguments, status in ((['-d', '1'], 1), (['-p', '1', '-d', '1'], 1), (['--', 'touch', mine / 'ran'], 125),
                              (['record', '-d', '1'], 1), (['record', '-o', mine / 'y', '--', 'touch', mine / 'ran'], 125)):
        done = run(*arguments)
        check_one_line(done, 'root')
        check(done.returncode == status and done.stdout == b'', f'the exit status is {status}', done)
    check(not list(mine.iterdir()), 'nothing was run or written', list(mine.iterdir()))
    check_one_line(run('-i', secret), secret)
    check(run('--json', '-i', path).stdout == slowpath.run('--json', '-i', path).stdout, 'a recording reads without rights')
    doctor = run('doctor')
    check(doctor.returncode == 1 and b'CAP_BPF' in doctor.stdout and doctor.stderr == b'', 'doctor says what is missing', doctor)


@promise
def without_btf_one_line_says_so(slowpath, folder):
    done = slowpath.run('--without', 'btf', '-d', '1')
    check_one_line(done)
    check('btf' in done.stderr.decode().lower(), 'the line names BTF', done)
    check(done.returncode == 1, 'failed is 1', done)


@promise
def an_unknown_facility_to_do_without_is_wrong_usage(slowpath, folder):
    done = slowpath.run('--without', 'luck', '-d', '1')
    check_one_line(done, 'luck')
    check(done.returncode == 2, 'wrong usage is 2', done)


if __name__ == '__main__':
    main()
