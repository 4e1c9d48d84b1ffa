"""What does a culprit need around it? A folder on a disk, file systems, cgroups and processes of its own, all undone at the end."""
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time


class Skip(Exception):
    """What the case needs is not here."""


class Wrong(Exception):
    """The answer is not the promised one."""


def read_text(path):
    with open(path, encoding='utf-8') as file:
        return file.read().strip()


def write_text(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def run_tool(*command):
    tool = shutil.which(command[0], path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    if not tool:
        raise Skip(f'{command[0]} is not installed')
    done = subprocess.run([tool, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f'{" ".join(command)}: {done.stderr.strip() or done.returncode}')
    return done.stdout.strip()


def insist(action, *arguments):
    """Try for 5 s: a mount or a cgroup is busy for a moment after its last process ended."""
    for _ in range(50):
        try:
            return action(*arguments)
        except (Skip, OSError) as error:
            last = error
            time.sleep(0.1)
    print(f'note: not cleaned up: {last}', file=sys.stderr)
    return None


class Room:
    """Where one case runs: its scratch folder, the disk below that, and what must be undone."""

    def __init__(self, stack, build, scratch):
        self.stack = stack
        self.build = build
        self.folder = tempfile.mkdtemp(prefix='slowpath-culprit-', dir=scratch)
        stack.callback(insist, shutil.rmtree, self.folder)
        self.words = {}
        self.started = []  # the processes outside
        self.device = None  # the loop device
        self.group = None  # the folder of the cgroup

    def path(self, name):
        return os.path.join(self.folder, name)

    def disks(self):
        """Numbers and names of the devices that hold the scratch folder: a partition and its disk, or one disk."""
        number = os.stat(self.folder).st_dev
        node = os.path.realpath(f'/sys/dev/block/{os.major(number)}:{os.minor(number)}')
        if not os.path.exists(node):
            raise Skip(f'{self.folder} is not on a disk')
        names = [os.path.basename(node)]
        if os.path.exists(node + '/partition'):
            node = os.path.dirname(node)
            names.append(os.path.basename(node))
        self.words['device'] = r'\b(?:' + '|'.join(map(re.escape, names)) + r')\b'
        return read_text(node + '/dev'), names

    def file(self, name, mib):
        """A file of noise on the disk, and not in memory."""
        path = self.path(name)
        with open(path, 'wb') as file:
            for _ in range(mib):
                file.write(os.urandom(1 << 20))
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return path

    def loop(self, kind=None, mib=512, direct=False):
        """A loop device, with a fresh file system of this kind, or past the page cache on noise."""
        _, disks = self.disks()
        image = self.file('image', mib // 4) if direct else self.path('image')
        if not direct:
            with open(image, 'wb') as file:
                file.truncate(mib << 20)
        if kind:
            run_tool('mkfs.' + kind, '-q', image)
        device = run_tool('losetup', '-f', '--show', f'--direct-io={"on" if direct else "off"}', image)
        self.stack.callback(insist, run_tool, 'losetup', '-d', device)
        self.device = device
        names = [os.path.basename(device), *disks]
        self.words['device'] = r'\b(?:' + '|'.join(map(re.escape, names)) + r')\b'
        return device

    def loop_mount(self, kind, mib=512, options='defaults'):
        """A fresh file system on a loop device; its mount point and the device's name."""
        device, point = self.loop(kind, mib), self.path('mnt')
        os.mkdir(point)
        run_tool('mount', '-t', kind, '-o', options, device, point)
        self.stack.callback(insist, run_tool, 'umount', point)
        return point, os.path.basename(device)

    def freeze(self, point):
        """Nobody writes to this file system until the returned function is called, or the case is over."""
        run_tool('fsfreeze', '-f', point)
        thaw = contextlib.ExitStack()
        thaw.callback(insist, run_tool, 'fsfreeze', '-u', point)
        self.stack.callback(thaw.close)
        return thaw.close

    def throttle(self, way, bps):
        """Limit what the cgroup may 'read' from or 'write' to the loop device, in bytes a second, until the case is over."""
        number = read_text(f'/sys/block/{os.path.basename(self.device)}/dev')
        v1 = os.path.join(self.group, f'blkio.throttle.{way}_bps_device')
        path, word = (v1, '') if os.path.exists(v1) else (os.path.join(self.group, 'io.max'), f'{way[0]}bps=')
        none = 'max' if word else '0'
        # What waits under the limit is let go, else it could not be ended.
        self.stack.callback(insist, write_text, path, f'{number} {word}{none}')
        write_text(path, f'{number} {word}{bps}')

    def cgroup(self, controller, settings_v1, settings_v2):
        """A cgroup with these files written; version 1 where the controller is mounted so, else version 2."""
        base, settings = find_controller(controller, settings_v1, settings_v2)
        if settings is None:
            raise Skip(f'cgroup controller {controller} is not version 1')
        folder = os.path.join(base, f'slowpath-culprit-{os.getpid()}')
        os.mkdir(folder)
        self.stack.callback(insist, os.rmdir, folder)
        for name, text in settings.items():
            try:
                write_text(os.path.join(folder, name), text)
            except OSError as error:
                raise Skip(f'{name}: {error.strerror}') from error
        self.group = folder
        self.words['cgroup'] = re.escape(os.path.basename(folder))
        return folder

    def outside(self, name, *arguments, ready=False, **environment):
        """A process that is not part of the command; its first line when it says that it is ready."""
        program = os.path.join(self.build, name)
        if not os.path.exists(program):
            raise Skip(f'{name} was not built')
        process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
                                   start_new_session=True)  # a fair share of its own where CPU time goes by session
        self.stack.callback(end_process, process)
        self.started.append(process)
        return process.stdout.readline().strip() if ready else None

    def setting(self, path, text):
        """Write a setting of the kernel's; the old one comes back at the end."""
        if not os.path.exists(path):
            raise Skip(f'{path} is missing')
        self.stack.callback(write_text, path, read_text(path))
        write_text(path, text)


def end_process(process):
    process.kill()
    process.wait()
    process.stdout.close()


def find_controller(controller, settings_v1, settings_v2):
    with open('/proc/self/mounts', encoding='utf-8') as mounts:
        rows = [line.split() for line in mounts]
    for _, point, kind, options, *_ in rows:
        if kind == 'cgroup' and controller in options.split(','):
            return point, settings_v1
    unified = {'blkio': 'io'}.get(controller, controller)
    for _, point, kind, *_ in rows:
        if kind == 'cgroup2' and unified in read_text(point + '/cgroup.subtree_control').split():
            return point, settings_v2
    raise Skip(f'no cgroup controller {controller}')
