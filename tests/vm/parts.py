#!/usr/bin/env python3
# What is the virtual machine made of? Packages of Debian 12, fetched once into a folder and installed nowhere.
import contextlib
import fcntl
import json
import lzma
import os
import pathlib
import platform
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass

VERSION = 1  # of what lies in the folder: a folder of another version is made again
SUITE = 'bookworm'
BACKPORTS = f'{SUITE}-backports'  # has the newest kernel that is built for Debian 12
KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'
ZSTD = bytes.fromhex('28b52ffd')  # by which it is known
LIMIT_S = 240  # for one call of a tool that fetches or unpacks
# What is unpacked beside the kernel and its headers. Some are complete in themselves; what the others need, apt says.
COMPLETE = ['busybox-static', 'dkms']
NEEDY = ['qemu-system-x86', 'kmod']
KMOD_NAMES = ['depmod', 'modprobe', 'insmod', 'rmmod', 'modinfo', 'lsmod']


class Missing(Exception):
    """It cannot be had here; the text says why."""


@dataclass
class Parts:
    """Where the pieces lie: one folder for each kind of package."""
    folder: pathlib.Path
    release: str

    @property
    def kernel(self):
        return self.folder / 'vmlinux'

    @property
    def kernel_root(self):
        """Has boot/ and lib/modules/."""
        return self.folder / 'kernel'

    @property
    def modules(self):
        return self.kernel_root / 'lib/modules' / self.release

    @property
    def headers(self):
        return self.folder / 'headers/usr/src' / f'linux-headers-{self.release}'

    @property
    def tools(self):
        """depmod, insmod and the like."""
        return self.folder / 'bin'

    @property
    def root(self):
        """All other packages."""
        return self.folder / 'root'

    @property
    def busybox(self):
        return self.root / 'bin/busybox'

    @property
    def dkms(self):
        return self.root / 'usr/sbin/dkms'

    def environment(self):
        """In which the unpacked programs find each other and their libraries."""
        libraries = [self.root / 'usr/lib/x86_64-linux-gnu', self.root / 'lib/x86_64-linux-gnu']
        path = [self.tools, *(self.root / name for name in ('usr/bin', 'bin')), os.environ['PATH'], '/usr/sbin', '/sbin']
        return {**os.environ, 'LC_ALL': 'C', 'PATH': ':'.join(map(str, path)),
                'LD_LIBRARY_PATH': ':'.join(map(str, [*libraries, os.environ.get('LD_LIBRARY_PATH', '')])).rstrip(':')}

    def qemu(self):
        """The program, and the folders where its firmware is."""
        program = shutil.which('qemu-system-x86_64', path=self.environment()['PATH'])
        if not program:
            raise Missing('qemu-system-x86_64 was not found after it was unpacked')
        folders = [self.root / 'usr' / name for name in ('share/qemu', 'share/seabios', 'lib/ipxe/qemu')]
        return [program, *(word for folder in folders if folder.is_dir() for word in ('-L', str(folder)))]


def run(*command, limit_s=LIMIT_S, **settings):
    """What the command says; Missing with what it calls an error, or with its last line, when it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace',
                              timeout=limit_s, check=False, **settings)
    except (OSError, subprocess.TimeoutExpired) as reason:
        raise Missing(f'{pathlib.Path(words[0]).name}: {reason}') from reason
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or f'exit status {done.returncode}').splitlines()
        last = next((line for line in said if line.startswith('E: ')), said[-1])
        raise Missing(f'{" ".join([pathlib.Path(words[0]).name, *words[1:4]])}: {last}')
    return done.stdout


class Apt:
    """The machine's own way to packages, with lists and downloads in a folder of ours."""

    def __init__(self, folder, components='main'):
        self.folder = folder
        self.debs = folder / 'debs'
        for path in (folder / 'lists/partial', self.debs / 'partial'):
            path.mkdir(parents=True, exist_ok=True)
        (folder / 'debian.sources').write_text(describe_sources(components))
        (folder / 'apt.conf').write_text(self.describe_settings())
        self.environment = {**os.environ, 'LC_ALL': 'C', 'APT_CONFIG': str(folder / 'apt.conf')}
        self.get('update')

    def describe_settings(self):
        """The machine's settings (there may be a proxy among them) without what it does beside fetching."""
        kept = [line for line in run('apt-config', 'dump').splitlines()
                if 'Invoke' not in line and not line.startswith(('DPkg', 'Dir::Cache'))]
        ours = {'Dir::Etc::sourcelist': self.folder / 'debian.sources', 'Dir::Etc::sourceparts': '/dev/null',
                'Dir::Etc::parts': '/dev/null', 'Dir::Etc::main': '/dev/null', 'Dir::State::lists': self.folder / 'lists',
                'Dir::Cache': self.folder, 'Dir::Cache::archives': self.debs, 'Debug::NoLocking': 'true',
                'Acquire::Languages': 'none', 'Acquire::http::Timeout': '20', 'Acquire::Retries': '1',
                'APT::Sandbox::User': ''}
        return '\n'.join([*kept, *(f'{name} "{value}";' for name, value in ours.items())]) + '\n'

    def get(self, *words):
        return run('apt-get', '-q', '-y', *words, env=self.environment, cwd=self.debs)

    def name_of(self, package, prefix, suite=SUITE):
        """The package of that prefix that this one stands for."""
        try:
            told = run('apt-cache', 'show', '--no-all-versions', '-t', suite, package, env=self.environment)
        except Missing as reason:
            raise Missing(f'{package} is not to be had from Debian; is there a network?') from reason
        found = re.search(rf'^Depends:.*?\b({re.escape(prefix)}[^ ,]+)', told, re.M)
        if not found:
            raise Missing(f'{package} names no {prefix}…')
        return found[1]

    def fetch(self, *packages):
        self.get('download', *packages)
        return self.take()

    def fetch_with_needs(self, *packages):
        """What is missing here for them to run; qemu 7.2 hangs where kernel text is patched, later ones do not."""
        try:
            self.get('install', '--download-only', '--no-install-recommends', '-t', BACKPORTS, *packages)
        except Missing:
            self.get('install', '--download-only', '--no-install-recommends', *packages)
        return self.take()

    def take(self):
        """The files that have come since the last time."""
        taken = self.folder / 'taken'
        taken.mkdir(exist_ok=True)
        return [pathlib.Path(shutil.move(path, taken / path.name)) for path in sorted(self.debs.glob('*.deb'))]


def describe_sources(components):
    """Where the machine has its own Debian packages from, there the others are."""
    if not shutil.which('apt-get') or not shutil.which('dpkg-deb'):
        raise Missing('there is no apt here: the kernel and qemu are fetched from Debian')
    told = run('apt-get', 'indextargets', '--no-release-info', '--format', '$(RELEASE) $(COMPONENT) $(REPO_URI)', 'Created-By: Packages')
    keys = [f'Signed-By: {KEYS}'] if os.path.exists(KEYS) else []
    for release, component, address in map(str.split, told.splitlines()):
        if (release, component) == (SUITE, 'main'):
            return '\n'.join(['Types: deb', f'URIs: {address}', f'Suites: {SUITE} {BACKPORTS}',
                              f'Components: {components}', *keys]) + '\n'
    raise Missing(f'apt has no packages of Debian 12 ({SUITE} main) among its sources')


def unpack(packages, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        run('dpkg-deb', '-x', package, folder)
        package.unlink()


def unzstd(payload):
    """What it holds; its length stands behind it (the kernel's scripts/Makefile.lib), which is no part of it."""
    return subprocess.run(['zstd', '-dcq'], input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout


def extract_kernel(image, path):
    """The kernel as it lies in memory: it boots two seconds sooner than the packed one (Documentation/x86/boot.rst)."""
    data = image.read_bytes()
    if data[0x202:0x206] != b'HdrS':
        raise Missing(f'{image} is not a kernel')
    setup_sectors = data[0x1f1] or 4
    offset, length = struct.unpack_from('<II', data, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = data[start:start + length]
    try:
        path.write_bytes(unzstd(payload) if payload.startswith(ZSTD) else lzma.LZMADecompressor().decompress(payload))
    except (OSError, lzma.LZMAError, subprocess.CalledProcessError) as reason:
        raise Missing(f'{image} cannot be unpacked: {reason}') from reason


def link_tools(parts):
    """kmod is told by its name what to do; its own links are absolute."""
    program = shutil.which('kmod', path=parts.environment()['PATH'])
    if not program:
        raise Missing('kmod was not found after it was unpacked')
    parts.tools.mkdir()
    for name in KMOD_NAMES:
        (parts.tools / name).symlink_to(program)


def point_headers(parts):
    """They expect to lie in /usr/src."""
    makefile = parts.headers / 'Makefile'
    makefile.write_text(makefile.read_text().replace(' /usr/src/', f' {parts.headers.parent}/'))


def make_parts(folder, stamp, suite):
    """Fetch and unpack all of it; the stamp comes last."""
    if platform.machine() != 'x86_64':
        raise Missing(f'the machine is made for x86_64, not for {platform.machine()}')
    shutil.rmtree(folder, ignore_errors=True)
    apt = Apt(folder / 'apt')
    image = apt.name_of('linux-image-amd64', 'linux-image-', suite)
    parts = Parts(folder, image.removeprefix('linux-image-'))
    headers = f'linux-headers-{parts.release}'
    needs = [apt.name_of(headers, prefix, suite) for prefix in (headers.removesuffix('-amd64'), 'linux-kbuild-')]
    unpack(apt.fetch(image), parts.kernel_root)
    unpack(apt.fetch(headers, *needs), folder / 'headers')
    unpack(apt.fetch(*COMPLETE), parts.root)
    unpack(apt.fetch_with_needs(*NEEDY), parts.root)
    shutil.rmtree(apt.folder)
    extract_kernel(parts.kernel_root / 'boot' / f'vmlinuz-{parts.release}', parts.kernel)
    link_tools(parts)
    point_headers(parts)
    run(parts.tools / 'depmod', '-b', parts.kernel_root, parts.release, env=parts.environment())
    stamp.write_text(json.dumps({'version': VERSION, 'folder': str(folder), 'release': parts.release}))
    return parts


def read_stamp(folder, stamp):
    with contextlib.suppress(OSError, ValueError, KeyError):
        told = json.loads(stamp.read_text())
        if (told['version'], told['folder']) == (VERSION, str(folder)):
            return Parts(folder, told['release'])
    return None


def get_parts(cache, suite=SUITE):
    """The pieces in this folder, with that suite's kernel, fetched when they are not there. One fetches at a time."""
    cache.mkdir(parents=True, exist_ok=True)
    folder, stamp = cache.resolve() / 'parts', cache / 'parts.json'
    with open(cache / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = read_stamp(folder, stamp)
        if parts:
            return parts
        stamp.unlink(missing_ok=True)
        return make_parts(folder, stamp, suite)


def main():
    """usage: parts.py FOLDER"""
    if len(sys.argv) != 2:
        sys.exit(main.__doc__)
    try:
        parts = get_parts(pathlib.Path(sys.argv[1]))
    except Missing as reason:
        print(reason, file=sys.stderr)
        sys.exit(77)
    print(f'Linux {parts.release}, {parts.qemu()[0]}')


if __name__ == '__main__':
    main()
