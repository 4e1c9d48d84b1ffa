#!/usr/bin/env python3
# Where does ZFS for the virtual machine come from? From Debian's own packages: the tools unpacked, the modules built by DKMS, once.
import contextlib
import json
import pathlib
import shutil
import sys
from dataclasses import dataclass

from parts import Apt, Missing, Parts, get_parts, run, unpack

VERSION = 1  # of what lies in the folder
NAME = 'zfs'
TOOLS = ['zfsutils-linux', 'libzfs4linux', 'libzpool5linux', 'libnvpair3linux', 'libuutil3linux']
BUILD_S = 1800  # some three minutes on an idle machine


@dataclass
class Zfs:
    """root has the tools and the modules' source, modules what DKMS built of it."""
    root: pathlib.Path
    modules: pathlib.Path

    def environment(self):
        """In which the tools run."""
        return {'PATH': f'{self.root}/sbin:{self.root}/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin',
                'LD_LIBRARY_PATH': f'{self.root}/lib/x86_64-linux-gnu'}


def link_headers(parts: Parts, folder):
    """Its configure looks for the sources beside a folder named build."""
    common = parts.headers.name.removesuffix('-amd64') + '-common'
    folder.mkdir()
    (folder / 'build').symlink_to(parts.headers)
    (folder / 'source').symlink_to(parts.headers.with_name(common))
    return folder / 'build'


def build_modules(parts, root, folder):
    """The modules' folder. Nothing outside of the folder is written."""
    tree, source = folder / 'dkms', root / 'usr/src'
    release, = (path.name.removeprefix(f'{NAME}-') for path in source.glob(f'{NAME}-*'))
    tree.mkdir()
    run(parts.dkms, 'build', f'{NAME}/{release}', '-k', parts.release, '--dkmstree', tree, '--sourcetree', source,
        '--installtree', parts.modules.parent, '--kernelsourcedir', link_headers(parts, folder / 'headers'), limit_s=BUILD_S,
        env={**parts.environment(), 'sign_file': '/nonexistent'})
    built = sorted((tree / NAME / release / parts.release).glob('*/module/*.ko'))
    if not built:
        raise Missing('dkms built no module of ZFS')
    modules = folder / 'modules'
    modules.mkdir()
    for path in built:
        shutil.move(path, modules)
    shutil.rmtree(tree)
    return modules


def make_zfs(parts, folder):
    shutil.rmtree(folder, ignore_errors=True)
    apt = Apt(folder / 'apt', 'main contrib')
    root = folder / 'root'
    unpack(apt.fetch(f'{NAME}-dkms', *TOOLS), root)
    shutil.rmtree(apt.folder)
    return Zfs(root, build_modules(parts, root, folder))


def get_zfs(parts, cache):
    """Built in this folder when it is not there, or when it was built for another kernel."""
    folder, stamp = cache.resolve() / NAME, cache / f'{NAME}.json'
    made = {'version': VERSION, 'folder': str(folder), 'release': parts.release}
    with contextlib.suppress(OSError, ValueError):
        if json.loads(stamp.read_text()) == made:
            return Zfs(folder / 'root', folder / 'modules')
    stamp.unlink(missing_ok=True)
    zfs = make_zfs(parts, folder)
    stamp.write_text(json.dumps(made))
    return zfs


def main():
    """usage: zfs_parts.py CACHE"""
    if len(sys.argv) != 2:
        sys.exit(main.__doc__)
    cache = pathlib.Path(sys.argv[1])
    try:
        print(*sorted(path.name for path in get_zfs(get_parts(cache), cache).modules.iterdir()))
    except Missing as reason:
        print(reason, file=sys.stderr)
        sys.exit(77)


if __name__ == '__main__':
    main()
