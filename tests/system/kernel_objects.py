# What does the kernel hold of BPF, and what of it does no living process hold any more?
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from harness import Skip, check

GRACE_S = 8  # programs are freed after an RCU grace period, later on a busy machine
KINDS = ('prog', 'map', 'link')
BPFTOOL = shutil.which('bpftool') or '/usr/sbin/bpftool'


def bpftool(*arguments):
    if not os.access(BPFTOOL, os.X_OK):
        raise Skip('bpftool is not installed')
    done = subprocess.run([BPFTOOL, *map(str, arguments), '-j'], capture_output=True, timeout=30, check=False)
    return json.loads(done.stdout or '[]') if done.returncode == 0 else []


def objects(kind):
    """{id: name} of all programs, maps or links in the kernel."""
    return {row['id']: row.get('name', '?') for row in bpftool(kind, 'list')}


def held(kind, pids='[0-9]*'):
    """The ids that living processes hold open."""
    ids = set()
    for info in glob.glob(f'/proc/{pids}/fdinfo/*'):
        try:
            text = pathlib.Path(info).read_text(encoding='utf-8', errors='replace')
        except OSError:
            continue
        ids.update(int(number) for number in re.findall(rf'^{kind}_id:\s*(\d+)$', text, re.M))
    return ids


def held_maps():
    """The maps that living processes hold, and those inside them."""
    outer = held('map')
    inner = set()
    for row in bpftool('map', 'list'):
        if row['id'] in outer and row['type'] in ('array_of_maps', 'hash_of_maps'):
            inner.update(int.from_bytes(bytes(int(byte, 16) for byte in entry['value']), sys.byteorder)
                         for entry in bpftool('map', 'dump', 'id', row['id']) if isinstance(entry.get('value'), list))
    return outer | inner


def all_objects():
    return {kind: objects(kind) for kind in KINDS}


def left_behind(kind, before):
    """What is there now, was not before, and is held by no living process: other people's work is not ours to count."""
    new = {number: name for number, name in objects(kind).items() if number not in before}
    theirs = set() if not new else held_maps() if kind == 'map' else held(kind)
    return {number: name for number, name in new.items() if number not in theirs}


def check_nothing_left(before, words):
    end = time.monotonic() + GRACE_S
    while any((left := {kind: left_behind(kind, before[kind]) for kind in KINDS}).values()):
        check(time.monotonic() < end, f'{words}: left in the kernel after {GRACE_S} s', left)
        time.sleep(0.1)
