#!/usr/bin/env python3
# Does `slowpath symbols` say of this machine, a process and a file what can be named, and never more than it knows?
import json
import os
import pathlib
import shutil
import subprocess
import sys

from harness import Skip, check, check_one_line, end_process, main, promise, wait_for

NOBODY = 65534


def report_of(slowpath, *words, **settings):
    """The report as JSON, of a call that must go well."""
    done = slowpath.run('symbols', '--json', *words, **settings)
    check(done.returncode == 0 and done.stderr == b'', 'it goes well', done)
    report = json.loads(done.stdout)
    check(report['schema'] == 'slowpath.symbols/1' and report['summary'], 'it says what it is', report)
    return report


def has_mapped(pid, name):
    return any(line.endswith(name) for line in pathlib.Path(f'/proc/{pid}/maps').read_text().splitlines())


def compile_job(folder, *options):
    if not shutil.which('gcc') or not shutil.which('strip'):
        raise Skip('gcc or strip is not installed')
    source = folder / 'job.c'
    source.write_text('#include <unistd.h>\nint work(void) { return pause(); }\nint main(void) { return work(); }\n')
    subprocess.run(['gcc', '-g', *options, '-Wl,--build-id=sha1', '-o', folder / 'job', source], check=True)
    return folder / 'job'


@promise
def the_machine_is_told_in_one_sentence_and_its_remedies(slowpath, folder):
    done = slowpath.run('symbols')
    check(done.returncode == 0 and done.stderr == b'', 'it goes well', done)
    text = done.stdout.decode()
    check('The kernel has' in text, 'the kernel is told', done)
    report = report_of(slowpath)
    modules = [item for item in report['items'] if item['kind'] == 'module']
    if pathlib.Path('/proc/modules').exists():
        loaded = len(pathlib.Path('/proc/modules').read_text().splitlines())
        check(len(modules) == loaded, 'each loaded module is told', len(modules), loaded)
    else:
        check('no loadable modules' in report['summary'], 'a kernel without modules is said to be one', report)


@promise
def a_process_is_told_by_the_files_it_runs(slowpath, folder):
    job = subprocess.Popen(['sleep', '60'])
    try:
        wait_for(lambda: has_mapped(job.pid, '/libc.so.6'), 10, 'sleep to map its library')
        report = report_of(slowpath, str(job.pid))
    finally:
        end_process(job.pid)
        job.wait()
    names = [item['name'] for item in report['items']]
    check('libc.so.6' in names, 'libc is among them', names)
    check(report['summary'].startswith(f'sleep ({job.pid}):'), 'the process is named', report['summary'])
    check(all(item['kind'] == 'file' for item in report['items']), 'they are files', report)


@promise
def a_file_of_the_system_is_told_with_its_package(slowpath, folder):
    item, = report_of(slowpath, '/bin/ls')['items']
    check(item['path'] == os.path.realpath('/bin/ls'), 'its path is whole', item)
    check(item['build_id'] and item['state'] in ('lines', 'names', 'exported', 'none'), 'it is judged', item)
    if pathlib.Path('/var/lib/dpkg/info/coreutils.list').exists():
        check(item['origin'] == 'coreutils', 'dpkg knows the package', item)


@promise
def names_come_and_go_with_strip(slowpath, folder):
    job = compile_job(folder)
    item, = report_of(slowpath, job)['items']
    check(item['state'] == 'lines' and item['lines_from'] == str(job), 'compiled with -g it has lines', item)
    subprocess.run(['strip', '-g', job], check=True)
    item, = report_of(slowpath, job)['items']
    check(item['state'] == 'names' and item['names_from'] == '.symtab', 'strip -g leaves names', item)
    subprocess.run(['strip', job], check=True)
    report = report_of(slowpath, job)
    check(report['items'][0]['state'] in ('none', 'exported'), 'strip leaves none of its own', report)
    check('-g -fno-omit-frame-pointer' in json.dumps(report['fixes']), 'the flags are told', report)


@promise
def a_replaced_file_is_refused(slowpath, folder):
    job = compile_job(folder)
    process = subprocess.Popen([job])
    try:
        wait_for(lambda: has_mapped(process.pid, f'/{job.name}'), 10, 'the job to be mapped')
        other = folder / 'other'
        shutil.copy(job, other)
        os.rename(other, job)
        report = report_of(slowpath, str(process.pid))
    finally:
        end_process(process.pid)
        process.wait()
    item = next(item for item in report['items'] if item['name'] == 'job')
    check(item['state'] == 'replaced' and item['names_from'] is None, 'another file is at its path', item)
    check(any('Restart' in step['text'] for fix in report['fixes'] for step in fix['steps']), 'the remedy is told', report)


@promise
def code_in_no_file_is_told_until_it_has_a_map(slowpath, folder):
    maker = 'import mmap, sys; memory = mmap.mmap(-1, 65536, prot=7); print(flush=True); sys.stdin.read()'
    process = subprocess.Popen([sys.executable, '-c', maker], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    names = pathlib.Path(f'/tmp/perf-{process.pid}.map')
    try:
        process.stdout.readline()
        report = report_of(slowpath, str(process.pid))
        fix = next((fix for fix in report['fixes'] if 'while it runs' in fix['title']), None)
        check(fix is not None, 'code without names is told', report['fixes'])
        words = ' '.join(step['text'] for step in fix['steps'])
        check('64 KiB in 1 executable' in words and str(names) in words and '-X perf' in words, 'how much, and what to do', words)
        names.write_text('0 1 none\n')
        report = report_of(slowpath, str(process.pid))
        check(not any('while it runs' in fix['title'] for fix in report['fixes']), 'with a map nothing is missing', report['fixes'])
    finally:
        names.unlink(missing_ok=True)
        end_process(process.pid)
        process.communicate()


@promise
def a_process_in_a_chroot_is_read_where_we_see_it(slowpath, folder):
    job = compile_job(folder, '-static')
    inside = folder / 'root'
    inside.mkdir()
    os.rename(job, inside / 'inner')
    process = subprocess.Popen(['/inner'], preexec_fn=lambda: os.chroot(inside))
    try:
        wait_for(lambda: has_mapped(process.pid, '/inner'), 10, 'the job to be mapped')
        item, = report_of(slowpath, str(process.pid))['items']
    finally:
        end_process(process.pid)
        process.wait()
    check(item['path'] == str(inside / 'inner') and item['state'] == 'lines', 'the file is read', item)


@promise
def a_process_in_a_container_is_read_inside(slowpath, folder):
    job = compile_job(folder, '-static')
    inside = folder / 'root'
    inside.mkdir()
    into = f'mount -t tmpfs tmpfs {inside} && cp {job} {inside}/inner && mkdir {inside}/old && cd {inside} && ' \
           'pivot_root . old && exec /inner'
    if not shutil.which('unshare') or not shutil.which('pivot_root'):
        raise Skip('unshare or pivot_root is not installed')
    process = subprocess.Popen(['unshare', '--mount', 'sh', '-c', into], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: process.poll() is not None or has_mapped(process.pid, '/inner'), 10, 'the job to be mapped')
        if process.poll() is not None:
            raise Skip('no container can be made here')
        report = report_of(slowpath, str(process.pid))
    finally:
        end_process(process.pid)
        process.wait()
    item, = report['items']
    check(item['path'] == '/inner' and item['state'] == 'lines', 'the file inside is read', item)
    check(any('container' in note for note in report['notes']), 'that it is inside is said', report['notes'])


@promise
def what_does_not_exist_gets_one_line(slowpath, folder):
    broken = folder / 'broken'
    broken.write_bytes(b'\x7fELF' + bytes(60))
    for word, named in (('no-such-thing', 'no-such-thing'), ('4194304999', '4194304999'), (folder / 'none', folder / 'none'),
                        (broken, broken), (folder, folder), ('0', '0')):
        done = slowpath.run('symbols', word)
        check_one_line(done, named)
        check(done.returncode == 1 and done.stdout == b'', 'failed is 1', done)
    done = slowpath.run('symbols', 'one', 'two')
    check_one_line(done)
    check(done.returncode == 2, 'wrong usage is 2', done)


@promise
def without_rights_it_says_what_it_could_not_see(slowpath, folder):
    if not shutil.which('setpriv'):
        raise Skip('setpriv is not installed')
    folder.chmod(0o755)
    program = folder / 'slowpath'
    shutil.copy(slowpath.path, program)
    program.chmod(0o755)

    def run(*arguments):
        return subprocess.run(['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', program, 'symbols',
                               *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    for words in ((), ('/bin/ls',)):
        done = run(*words)
        check(done.returncode == 0 and done.stderr == b'', 'it goes as far as it can', done)
    kallsyms = subprocess.run(['setpriv', f'--reuid={NOBODY}', '--clear-groups', 'head', '-c', '16', '/proc/kallsyms'],
                              capture_output=True, check=False).stdout
    if kallsyms == b'0' * 16:
        check(b'root' in run().stdout, 'hidden names are told', run())
    check_one_line(run(os.getpid()), os.getpid(), 'root')


if __name__ == '__main__':
    main()
