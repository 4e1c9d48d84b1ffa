#!/usr/bin/env python3
# Are the functions of a module named that was built on the spot? In the virtual machine: it is loaded in each form, burns, is named.
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'system'))
from harness import Skip, check, main, promise, verdict_of  # noqa: E402

NAME, RELEASE = 'slowspin', '1.0'
CHAIN = ('slowspin_write', 'slowspin_burn', 'slowspin_round', 'slowspin_mix')
BUILT = pathlib.Path(os.environ.get('SLOWPATH_VM_MODULES', '/nonexistent'))  # a folder for each form, by modules.py
KEPT = pathlib.Path(os.environ.get('SLOWPATH_VM_SHARE', '/vm'))  # what the host is to see
MODULES = pathlib.Path('/lib/modules') / os.uname().release
WHERE = 'updates/dkms'
BURN = ['sh', '-c', 'echo 1500 >/dev/slowspin']
# Without copies of the files and without BPF programs: that takes long on a slow machine.
PERF = ['perf', 'record', '-q', '-e', 'cpu-clock', '-F', '199', '-g', '-N', '--no-bpf-event']


def tool(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    check(done.returncode == 0, 'the tool goes well', done)


def install(form):
    """As DKMS does it: the module's file where depmod says, and the recipe by which it was built."""
    for path in (MODULES / WHERE, pathlib.Path('/var/lib/dkms', NAME), pathlib.Path('/usr/src', f'{NAME}-{RELEASE}')):
        shutil.rmtree(path, ignore_errors=True)
    folder = BUILT / form
    if not folder.is_dir():
        raise Skip(os.environ.get('SLOWPATH_VM_WHY', 'the module was not built'))
    shutil.copytree(folder / 'modules', MODULES / WHERE)
    shutil.copytree(folder / 'usr/src', '/usr/src', dirs_exist_ok=True)
    shutil.copytree(folder / 'var/lib/dkms', '/var/lib/dkms', dirs_exist_ok=True, symlinks=True)
    file, = (MODULES / WHERE).iterdir()
    listed = MODULES / 'modules.dep'
    others = [line for line in listed.read_text().splitlines(keepends=True) if not line.startswith(WHERE)]
    listed.write_text(''.join([f'{WHERE}/{file.name}:\n', *others]))
    return file


@contextlib.contextmanager
def loaded(form):
    """The module's file, while it is loaded."""
    file = install(form)
    tool('insmod', file)
    try:
        yield file
    finally:
        tool('rmmod', NAME)


def paths(profile):
    """Every node of the tree with the names from the threads to it."""
    path = []
    for node in profile['tree'][1:]:
        path[node['depth'] - 1:] = [node['name']]
        yield tuple(path), node


def check_named(done, words):
    """The module's time is told by its functions, and they are called from each other."""
    check(done.returncode == 0, f'{words}: it is profiled', done)
    profile, = verdict_of(done)['profiles']
    inner = [row for row in profile['rows'] if row.get('symbol') == CHAIN[-1]]
    check(len(inner) == 1 and NAME in inner[0]['dso'], f'{words}: the function is one of the module\'s', profile['rows'])
    check(inner[0]['self'] > 0.5 * profile['amount'], f'{words}: it has most of the time', profile['rows'])
    called = sum(node['total'] for path, node in paths(profile) if path[-len(CHAIN):] == CHAIN)
    check(called > 0.9 * inner[0]['total'], f'{words}: it is called by the others', profile['tree'])
    unnamed = [row for row in profile['rows'] if NAME in row['dso'] and not row['symbol']]
    check(not unnamed, f'{words}: nothing of the module is nameless', unnamed)
    return profile


def check_burning(slowpath, words):
    done = slowpath.run('cpu', '-F', '499', '--json', '--', *BURN)
    check(done.stderr == b'', f'{words}: there is nothing to remark', done)
    return check_named(done, words)


def symbols_of(slowpath):
    done = slowpath.run('symbols', '--json', NAME)
    check(done.returncode == 0 and done.stderr == b'', 'its names are told of', done)
    report = json.loads(done.stdout)
    item, = report['items']
    print(f'   {item["state"]}: names from {item["names_from"]}, lines from {item["lines_from"]}, {item["origin"]}')
    return item, report['fixes']


def steps_of(fixes):
    return [step['text'] for fix in fixes for step in fix['steps']]


@promise
def an_unstripped_module_has_names_and_lines(slowpath, folder):
    with loaded('unstripped') as file:
        check_burning(slowpath, 'unstripped')
        item, fixes = symbols_of(slowpath)
    check(item['state'] == 'lines' and item['lines_from'] == str(file), 'it has lines', item)
    check(not fixes, 'nothing is to be done', fixes)


@promise
def a_stripped_module_has_names_and_the_remedy_for_lines(slowpath, folder):
    with loaded('stripped') as file:
        check_burning(slowpath, 'stripped')
        item, fixes = symbols_of(slowpath)
    check(item['state'] == 'names' and item['path'] == str(file), 'it has names alone', item)
    check('DKMS' in item['origin'], 'who built it is told', item)
    steps = steps_of(fixes)
    for words in ('STRIP[0]="no"', f'dkms build {NAME}/{RELEASE} -k {os.uname().release} --force'):
        check(words in steps, f'the remedy has {words}', steps)


@promise
def a_packed_module_has_names_and_lines(slowpath, folder):
    with loaded('zstd') as file:
        check(file.name.endswith('.ko.zst'), 'it is packed', file)
        check_burning(slowpath, 'zstd')
        item, fixes = symbols_of(slowpath)
    check(item['state'] == 'lines' and item['lines_from'] == str(file), 'it has lines', item)
    check(item['packing'] == 'zstd' and not fixes, 'that it is packed is told, and is no fault', item, fixes)


@promise
def a_file_without_names_leaves_those_that_the_kernel_has(slowpath, folder):
    with loaded('unstripped') as file:
        tool('strip', '--strip-all', file)
        check_burning(slowpath, 'file stripped wholly')
        item, fixes = symbols_of(slowpath)
    check(item['state'] != 'lines', 'it has no lines', item)
    check(fixes, 'there is something to be done', fixes)


@promise
def another_build_in_the_files_place_is_refused(slowpath, folder):
    with loaded('unstripped') as file:
        other = folder / 'other.ko'
        data = file.read_bytes()
        build_id = pathlib.Path(f'/sys/module/{NAME}/notes/.note.gnu.build-id').read_bytes()[-20:]
        check(data.count(build_id) == 1, 'the file is that of the module')
        other.write_bytes(data.replace(build_id, bytes(reversed(build_id))))
        shutil.copy(other, file)
        check_burning(slowpath, 'another build on disk')
        item, _ = symbols_of(slowpath)
    check(item['state'] == 'mismatch', 'it is another build', item)


@promise
def what_perf_recorded_is_named_where_it_was_recorded(slowpath, folder):
    """The host reads the same file later, by the names of this kernel: both are kept for it."""
    if not shutil.which('perf'):
        raise Skip('perf is not installed (package linux-perf)')
    data = folder / 'perf.data'
    with loaded('stripped'):
        done = subprocess.run([*PERF, '-o', data, '--', *BURN], capture_output=True, check=False)
        if done.returncode != 0:
            raise Skip(f'perf cannot record: {done.stderr.decode(errors="replace").strip()[-200:]}')
        shutil.copy('/proc/kallsyms', KEPT / 'kallsyms')
        shutil.copy(data, KEPT / 'perf.data')
        check_named(slowpath.run('cpu', '--json', '-i', data), 'perf.data in the same machine')


if __name__ == '__main__':
    main()
