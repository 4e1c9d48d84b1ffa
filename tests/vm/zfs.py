#!/usr/bin/env python3
# Is the slow read of a ZFS dataset that AES-CCM encrypts explained, with no hint? On a real pool in the virtual machine.
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'system'))
from bench_judge import check_judged, judged_environment, result_of, run_bench  # noqa: E402
from drill_cases import tool  # noqa: E402
from harness import Skip, check, main, promise, report_of, verdict_of  # noqa: E402

BUILT = os.environ.get('SLOWPATH_VM_ZFS', '')  # the modules' folder, by zfs_parts.py; PATH leads to the tools
DISK, PART = pathlib.Path('/dev/vdb'), '/dev/vdb1'
POOL = pathlib.Path('/tank')
MODULES, WHERE = pathlib.Path('/lib/modules') / os.uname().release, 'updates/dkms'
ORDER = ['spl', 'zlua', 'znvpair', 'zavl', 'zunicode', 'zcommon', 'icp', 'zzstd', 'zfs']  # each after those it needs
CIPHERS = {'ccm': 'aes-256-ccm', 'gcm': 'aes-256-gcm', 'plain': 'off'}
FILE_MIB = 48
QUIET_S = 10  # after an import its transaction groups want the pool's configuration for themselves
SICK, HALF_MIB, FILL_MIB = 'sick', 192, 16
SMALL_WRITES = r'''
import os, random, sys
with open(sys.argv[1], 'w+b', buffering=0) as file:
    while True:
        os.pwrite(file.fileno(), b'x' * 4096, random.randrange(1024) * 4096)
'''
LOOK_NS = 100e6  # a look at all of /proc takes that long in an emulator
BLKRRPART = 0x125f  # include/uapi/linux/fs.h


def divide(disk):
    """One partition in a master boot record: whole disks are divided by zpool itself, which then waits for udev."""
    sectors = int((pathlib.Path('/sys/class/block') / disk.name / 'size').read_text())
    entry = struct.pack('<B3sB3sII', 0, b'\0\0\0', 0xbf, b'\0\0\0', 2048, sectors - 2048)
    with open(disk, 'r+b', buffering=0) as device:
        device.write(bytes(446) + entry + bytes(48) + b'\x55\xaa')
        fcntl.ioctl(device, BLKRRPART)


def load():
    """The modules lie where depmod would say that they are."""
    if not BUILT:
        raise Skip('ZFS was not built for the virtual machine: make check-zfs')
    if pathlib.Path('/sys/module/zfs').exists():
        return
    shutil.copytree(BUILT, MODULES / WHERE, dirs_exist_ok=True)
    with open(MODULES / 'modules.dep', 'a', encoding='utf-8') as listed:
        listed.writelines(f'{WHERE}/{name}.ko:\n' for name in ORDER)
    for name in ORDER:
        tool('insmod', MODULES / WHERE / f'{name}.ko')


@contextlib.contextmanager
def pool(folder):
    """A pool with a dataset of each cipher, none compressed, and a file that is encrypted by AES-CCM and not in memory."""
    load()
    divide(DISK)
    key = folder / 'key'
    key.write_bytes(bytes(range(32)))
    with contextlib.ExitStack() as stack:
        tool('zpool', 'create', '-f', '-O', 'compression=off', '-m', POOL, POOL.name, PART)
        stack.callback(tool, 'zpool', 'destroy', POOL.name)
        for name, cipher in CIPHERS.items():
            how = ['-o', 'keyformat=raw', '-o', f'keylocation=file://{key}'] if cipher != 'off' else []
            tool('zfs', 'create', '-o', f'encryption={cipher}', *how, f'{POOL.name}/{name}')
        tool('dd', 'if=/dev/urandom', f'of={POOL}/ccm/file', 'bs=1M', f'count={FILE_MIB}', 'status=none')
        tool('zpool', 'export', POOL.name)
        tool('zpool', 'import', '-l', '-d', '/dev', POOL.name)
        tool('zpool', 'sync', POOL.name)
        time.sleep(QUIET_S)
        yield


@promise
def a_read_of_the_ccm_dataset_is_explained(slowpath, folder):
    with pool(folder):
        done = slowpath.run('--json', '--', 'dd', f'if={POOL}/ccm/file', 'of=/dev/null', 'bs=128k', 'status=none')
        check(done.returncode == 0, 'it is watched', done)
    verdict = verdict_of(done)
    for finding in verdict['findings'][:4]:
        print(f'   {finding["cause"]} {finding["subject"]["name"]} {finding["share"]:.2f}: {finding.get("advice", "")}')
    first = verdict['findings'][0]
    links = [link['who'] for link in first['chain']]
    check(links == ['dd', 'z_rd_int'], 'it is followed to who decrypts', first)
    told = json.dumps(first)
    check(first['cause'] == 'cpu.kernel', 'kernel code is to blame', first)
    check('AES-CCM' in told and 'AES-GCM' in told, 'it is AES-CCM, and AES-GCM is the remedy', first)
    check('samples pile up where interrupts come back on' in told and 'kfpu_end' in told, 'what samples cannot tell is said', first)


@promise
def bench_orders_the_ciphers_by_their_cost(slowpath, folder):
    log = folder / 'log'
    with pool(folder):
        tool('zfs', 'set', 'primarycache=metadata', POOL.name)  # else all is read from the ARC, decrypted once
        targets = [word for name in CIPHERS for word in ('--target', f'{name}={POOL / name}')]
        report = run_bench(slowpath, *targets, '--preset', 'seq-read', '--size', '16M', '-d', '3', '--rounds', '3',
                           env=judged_environment(folder, log))
    results = {name: result_of(report, name) for name in CIPHERS}
    for name, result in results.items():
        pools = {row['name']: round(row['run_ns'] / 1e9, 2) for row in result['cpu']['pools'][:4]}
        print(f'   {name}: {result["read"]["bytes_per_s"] / 1e6:.1f} MB/s, CPU seconds {pools}')
        check_judged(result, POOL / name, log, kinds=('z_rd_int',), apart_ns=LOOK_NS)
    speed = {name: result['read']['bytes_per_s'] for name, result in results.items()}
    check(speed['ccm'] < speed['gcm'] < speed['plain'], 'CCM is slower than GCM, and that than none', speed)
    differences = {(row['slower'], row['faster']): row for row in report['cases'][0]['differences']}
    for (slower, faster), row in differences.items():
        print(f'   {slower} < {faster}: {row["reasons"]}')
    check(set(differences) == {('ccm', 'plain'), ('gcm', 'plain')}, 'each is told against the fastest', differences)
    reasons = differences['ccm', 'plain']['reasons']
    check(any('z_rd_int' in reason and 'kfpu_end' in reason for reason in reasons), 'whose CPU time it takes is told, and where', reasons)


@contextlib.contextmanager
def sick_pool(folder):
    """A mirror that has lost a half; a dataset that syncs each write without a log device, and one whose records are larger than what is written."""
    load()
    halves = [folder / name for name in ('one', 'other')]
    for half in halves:
        with open(half, 'wb') as file:
            file.truncate(HALF_MIB << 20)
    with contextlib.ExitStack() as stack:
        tool('zpool', 'create', '-f', '-O', 'compression=off', '-m', folder / SICK, SICK, 'mirror', *halves)
        stack.callback(tool, 'zpool', 'destroy', SICK)
        tool('zfs', 'create', '-o', 'sync=always', f'{SICK}/log')
        tool('zfs', 'create', '-o', 'recordsize=64K', f'{SICK}/records')
        tool('dd', 'if=/dev/urandom', f'of={folder / SICK}/fill', 'bs=1M', f'count={FILL_MIB}', 'status=none')
        tool('zpool', 'sync', SICK)
        tool('zpool', 'offline', SICK, halves[1])
        yield halves


@contextlib.contextmanager
def small_writes(path):
    """Of 4 KiB, all over some records, until the end."""
    with subprocess.Popen([sys.executable, '-c', SMALL_WRITES, path]) as process:
        try:
            yield
        finally:
            process.kill()


@promise
def a_sick_pool_is_told_live(slowpath, folder):
    with sick_pool(folder) as halves, small_writes(folder / SICK / 'records/file'):
        report = report_of(slowpath.run('zfs', '--json', '-d', '15'), 'slowpath.zfs/1')
    claims = {claim['id']: claim for claim in report['claims'] if SICK in claim['subject'] or SICK in claim['words']}
    for claim in claims.values():
        print(f'   {claim["id"]} {claim["subject"]}: {claim["words"]}')
    check({'vdev_errors', 'sync_always', 'small_records'} <= set(claims), 'each of its ills is named', report['claims'])
    check(str(halves[1]) in claims['vdev_errors']['words'] and 'OFFLINE' in claims['vdev_errors']['words'], 'the lost half', claims)
    check(f'{SICK}/records' in claims['small_records']['subject'], 'the dataset of larger records', claims)
    check(f'{SICK}/log' in claims['sync_always']['words'], 'and that which syncs each write', claims)
    check(report['damage'] == [], 'each line of the live texts is read', report['damage'])


if __name__ == '__main__':
    main()
