#!/usr/bin/env python3
# How does a command run on another kernel? In a virtual machine that sees the host's files, with the host's programs.
import argparse
import contextlib
import ctypes
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

from parts import Missing, Parts, get_parts

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parent.parent / 'build-check/vm'
TIMED_OUT, DIED = 124, 125
# What is needed to reach the host's files; all else is loaded from there.
FIRST_MODULES = ['virtio_pci', 'virtio_console', '9p', '9pnet_virtio', 'overlay']
# The clock is the host's, whatever the kernel thinks of it. A loaded host is slow, and no reason to panic.
KERNEL_WORDS = ('console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr random.trust_cpu=on no_timer_check tsc=reliable '
                'watchdog_thresh=60 softlockup_panic=1')
PR_SET_PDEATHSIG = 1
LEVEL = 10  # of niceness


@dataclass
class Machine:
    """What it has. A disk is "virtio:512M" or "nvme:/path/to/image", with options of -drive behind a comma ("virtio:1G,cache=none");
    share is a folder that it may write to, as /vm."""
    parts: Parts
    cpus: int = 2
    memory_mib: int = 1024
    disks: list = field(default_factory=list)
    share: str = ''
    words: str = ''  # more of them for the kernel's command line
    is_nested: bool = False  # it runs in such a machine, on KVM


def pack_file(name, mode, data):
    """One file of an initial RAM disk: Documentation/driver-api/early-userspace/buffer-format.rst."""
    path = name.encode() + b'\0'
    numbers = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0]
    head = b'070701' + b''.join(b'%08X' % number for number in numbers) + path
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def module_files(parts, names):
    """The files of these modules, each after those it needs."""
    needs = {}
    for line in (parts.modules / 'modules.dep').read_text().splitlines():
        path, _, others = line.partition(':')
        needs[pathlib.Path(path).name.partition('.')[0].replace('-', '_')] = [*reversed(others.split()), path]
    files = {}
    for name in names:
        # What is not a module is a part of the kernel.
        files.update(dict.fromkeys(needs.get(name, [])))
    return [parts.modules / path for path in files]


def make_ramdisk(parts, path):
    modules = module_files(parts, FIRST_MODULES)
    files = [(folder, 0o040755, b'') for folder in ('bin', 'modules', 'proc', 'sys', 'dev', 'host', 'written', 'newroot')]
    files += [('bin/busybox', 0o100755, parts.busybox.read_bytes()), ('init', 0o100755, (HERE / 'init').read_bytes()),
              ('modules/list', 0o100644, ''.join(f'{module.name}\n' for module in modules).encode())]
    files += [(f'modules/{module.name}', 0o100644, module.read_bytes()) for module in modules]
    path.write_bytes(b''.join(pack_file(*file) for file in [*files, ('TRAILER!!!', 0, b'')]))


def is_new_qemu(parts):
    """Before, it hangs where kernel text is patched under load, unless one thread does it all; then its NVMe disk is slow."""
    qemu, *_ = parts.qemu()
    told = subprocess.run([qemu, '--version'], env=parts.environment(), capture_output=True, text=True, check=False).stdout
    version = re.search(r'version (\d+)', told)
    if not version:
        raise Missing(f'{qemu} does not run here')
    return int(version[1]) >= 10


def disk_words(number, disk, folder):
    kind, _, what = disk.partition(':')
    what, _, options = what.partition(',')
    path = pathlib.Path(what)
    if not path.is_absolute():
        path = folder / f'disk{number}'
        subprocess.run(['truncate', '-s', what, str(path)], check=True)
    words = ['-drive', f'file={path},if=none,id=disk{number},format=raw,discard=unmap{"," * bool(options)}{options}']
    if kind == 'virtio':
        return [*words, '-object', f'iothread,id=io{number}', '-device',
                f'virtio-blk-pci,drive=disk{number},iothread=io{number},serial=disk{number}']
    if kind == 'nvme':
        return [*words, '-device', f'nvme,drive=disk{number},serial=disk{number}']
    raise ValueError(f'a disk is virtio:SIZE or nvme:SIZE, not {disk}')


def share_words(name, path, mode=''):
    return ['-fsdev', f'local,id={name},path={path},security_model=none,multidevs=remap{mode}', '-device',
            f'virtio-9p-pci,fsdev={name},mount_tag={name}']


def qemu_words(machine, folder, share, ports):
    """The whole command; ports are descriptors, by name."""
    parts = machine.parts
    qemu, *firmware = parts.qemu()
    threads = 'multi' if is_new_qemu(parts) else 'single'
    kernel_words = f'{KERNEL_WORDS} vm.tools={parts.tools} vm.kernel={parts.kernel_root} {machine.words}'
    words = [qemu, *firmware, '-name', 'slowpath-vm,debug-threads=on', '-nodefaults', '-no-user-config', '-display', 'none',
             '-no-reboot', '-M', 'q35', '-cpu', 'max', '-accel', 'kvm' if machine.is_nested else f'tcg,thread={threads},tb-size=256',
             '-smp', str(machine.cpus),
             '-m', str(machine.memory_mib), '-kernel', str(parts.kernel), '-initrd', str(folder / 'ramdisk'), '-append', kernel_words,
             '-chardev', f'file,id=console,path={folder}/console', '-serial', 'chardev:console', '-device', 'virtio-rng-pci',
             '-device', 'virtio-serial-pci']
    for name, descriptor in ports.items():
        words += ['-chardev', f'file,id={name},path=/proc/self/fd/{descriptor}', '-device', f'virtserialport,chardev={name},name={name}']
    words += [*share_words('host', '/', ',readonly=on'), *share_words('vm', share)]
    for number, disk in enumerate(machine.disks):
        words += disk_words(number, disk, folder)
    return words


def before_qemu():
    """It must not outlive us, nor take the CPU from others."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(LEVEL)


def pump(source, sink):
    """Hand on what comes until the other end is closed."""
    with open(source, 'rb', buffering=0) as pipe:
        while piece := pipe.read(65536):
            sink.write(piece)
            sink.flush()


def wait_or_end(process, timeout_s):
    """False: it had to be ended."""
    try:
        process.wait(timeout=timeout_s)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def start_qemu(machine, folder, share, sinks):
    """Its process, and the threads that hand on what the command says."""
    pipes = {name: os.pipe() for name in sinks}
    words = qemu_words(machine, folder, share, {name: ends[1] for name, ends in pipes.items()})
    with open(folder / 'qemu', 'wb') as said:
        process = subprocess.Popen(words, env=machine.parts.environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                   pass_fds=[ends[1] for ends in pipes.values()], preexec_fn=before_qemu)
    threads = []
    for name, (source, end) in pipes.items():
        os.close(end)
        threads.append(threading.Thread(target=pump, args=(source, sinks[name]), daemon=True))
        threads[-1].start()
    return process, threads


def tell_end(folder, words, sink):
    """What qemu and the kernel said last."""
    for name in ('qemu', 'console'):
        with contextlib.suppress(OSError):
            for line in (folder / name).read_text(errors='replace').splitlines()[-30:]:
                words += f'\n   {name}: {line}'
    sink.write(words.encode() + b'\n')
    sink.flush()


def run_in(machine, folder, share, command, timeout_s, sinks):
    (share / 'command').write_text(f'cd {shlex.quote(os.getcwd())}\nexec {command}\n')
    (share / 'status').unlink(missing_ok=True)
    make_ramdisk(machine.parts, folder / 'ramdisk')
    process, threads = start_qemu(machine, folder, share, sinks)
    in_time = wait_or_end(process, timeout_s)
    for thread in threads:
        thread.join(10)
    with contextlib.suppress(OSError, ValueError):
        return int((share / 'status').read_text())
    tell_end(folder, f'machine: {f"not done after {timeout_s:g} s" if not in_time else "it died"}', sinks['err'])
    return DIED if in_time else TIMED_OUT


def run_command(machine, command, timeout_s, out=None, err=None):
    """Boot, run the command and power off: its exit status, or TIMED_OUT or DIED. What it says goes to ours, or to these files."""
    line = shlex.join(map(str, command))
    sinks = {'out': out or sys.stdout.buffer, 'err': err or sys.stderr.buffer}
    with tempfile.TemporaryDirectory(prefix='slowpath-vm-', dir=machine.parts.folder.parent) as name:
        folder = pathlib.Path(name)
        share = pathlib.Path(machine.share).resolve() if machine.share else folder / 'share'
        share.mkdir(parents=True, exist_ok=True)
        return run_in(machine, folder, share, line, timeout_s, sinks)


def main():
    parser = argparse.ArgumentParser(description='Run a command in a virtual machine with the stock kernel of Debian 12. The exit '
                                     f'status is the command\'s; {TIMED_OUT}: out of time, {DIED}: the machine died.')
    parser.add_argument('--cpus', type=int, default=2)
    parser.add_argument('--memory', type=int, default=1024, metavar='MIB')
    parser.add_argument('--timeout', type=float, default=120, metavar='SECONDS')
    parser.add_argument('--disk', action='append', default=[], metavar='KIND:SIZE', help='a scratch disk: virtio:512M, nvme:1G')
    parser.add_argument('--share', default='', metavar='DIR', help='a folder that the command may write to, as /vm')
    parser.add_argument('--words', default='', help='more words for the kernel\'s command line')
    parser.add_argument('--cache', default=CACHE, metavar='DIR', type=pathlib.Path, help='where the pieces are kept')
    parser.add_argument('command', nargs='+', help='the command; one word alone is a line for the shell')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the machine is ended
    try:
        machine = Machine(get_parts(options.cache), options.cpus, options.memory, options.disk, options.share, options.words)
        command = options.command if len(options.command) > 1 else ['sh', '-c', *options.command]
        began = time.monotonic()
        status = run_command(machine, command, options.timeout)
        print(f'machine: {time.monotonic() - began:.1f} s', file=sys.stderr)
        sys.exit(status)
    except Missing as reason:
        sys.exit(f'machine: {reason}')


if __name__ == '__main__':
    main()
