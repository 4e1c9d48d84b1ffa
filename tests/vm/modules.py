#!/usr/bin/env python3
# How do kernel modules look that were built on the spot? The module of this folder, built by DKMS as it is told, in several forms.
import pathlib
import shutil
import subprocess
import sys

from parts import Missing, Parts, get_parts, run

HERE = pathlib.Path(__file__).resolve().parent
NAME, RELEASE = 'slowspin', '1.0'
# What is added to dkms.conf, and what packs the result.
KEEP = 'STRIP[0]="no"\n'
FORMS = {
    'unstripped': (KEEP, None),
    'stripped': ('', None),
    'zstd': (KEEP, ['zstd', '-q', '--rm']),
}


def source_folder(form_folder):
    """As it would be in /usr/src."""
    return form_folder / 'usr/src' / f'{NAME}-{RELEASE}'


def dkms_folder(form_folder):
    return form_folder / 'var/lib/dkms'


def module_folder(form_folder):
    """As it would be in /lib/modules/RELEASE/updates/dkms."""
    return form_folder / 'modules'


def build_with_dkms(parts: Parts, folder):
    """The module's file. Nothing outside of the folder is written; a signature would need a key."""
    tree, source = dkms_folder(folder), source_folder(folder).parent
    tree.mkdir(parents=True)
    settings = {**parts.environment(), 'sign_file': '/nonexistent'}
    run(parts.dkms, 'build', f'{NAME}/{RELEASE}', '-k', parts.release, '--dkmstree', tree, '--sourcetree', source,
        '--installtree', parts.modules.parent, '--kernelsourcedir', parts.headers, env=settings)
    built = list((tree / NAME / RELEASE / parts.release).glob(f'*/module/{NAME}.ko'))
    if len(built) != 1:
        raise Missing(f'dkms built {len(built)} modules instead of one')
    return built[0]


def build_form(parts, folder, form):
    addition, pack = FORMS[form]
    source, target = source_folder(folder), module_folder(folder)
    shutil.copytree(HERE / 'module', source)
    with open(source / 'dkms.conf', 'a', encoding='utf-8') as recipe:
        recipe.write(addition)
    target.mkdir()
    path = pathlib.Path(shutil.copy(build_with_dkms(parts, folder), target))
    if pack:
        if not shutil.which(pack[0]):
            raise Missing(f'{pack[0]} is not installed')
        run(*pack, path)


def build_modules(parts, folder):
    """The folder of each form; what was built before is built again."""
    shutil.rmtree(folder, ignore_errors=True)
    for form in FORMS:
        build_form(parts, folder / form, form)
    return {form: folder / form for form in FORMS}


def main():
    """usage: modules.py CACHE"""
    if len(sys.argv) != 2:
        sys.exit(main.__doc__)
    cache = pathlib.Path(sys.argv[1])
    try:
        for form, folder in build_modules(get_parts(cache), cache.resolve() / 'modules').items():
            print(subprocess.run(['ls', '-l', module_folder(folder)], capture_output=True, text=True, check=True).stdout, form)
    except Missing as reason:
        print(reason, file=sys.stderr)
        sys.exit(77)


if __name__ == '__main__':
    main()
