#!/usr/bin/env python3
# Fails when a row of a decision table has no line in the page of its cases, or a case there does not hold it: the row's id must stand
# in the unit test that is named, and what is named as live must be there.
# Usage: rows_tested.py TABLE.def MACRO PAGE.md TESTS
import pathlib, re, sys

table, page, tests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
ids = re.findall(rf'^{sys.argv[2]}\("?\w+"?, +"([a-z0-9_.]+)"', table.read_text(), re.MULTILINE)
lines = re.findall(r'^\| ([a-z_]+\.[a-z_]+) \| (.*?) \| (.*?) \|$', page.read_text(), re.MULTILINE)
units, live = {}, ''
for file in sorted((tests / 'unit').glob('**/*.c')):
    for name, body in re.findall(r'^static void (\w+)\(.*?\)\n\{\n(.*?)^\}', file.read_text(), re.MULTILINE | re.DOTALL):
        units[name] = units.get(name, '') + body
for file in [*sorted((tests / 'culprit').glob('*.py')), *sorted((tests / 'system').glob('*.py'))]:
    live += file.read_text() + file.name
bad = [f'{page}: no line for the row {name}' for name in ids if name not in [line[0] for line in lines]]
bad += [f'{page}: {name} is no row of {table}' for name, *_ in lines if name not in ids]
for name, cases, more in lines:
    named = re.findall(r'`(\w+)`', cases)
    bad += [f'{page}: {name}: {case} has no "{name}" in it' for case in named if f'"{name}"' not in units.get(case, '')]
    bad += [] if named else [f'{page}: {name} has no case']
    bad += [f'{page}: {name}: there is no {case}' for case in re.findall(r'`(\w+)`', more) if not re.search(rf'\b{case}\b', live)]
if len(ids) < 2:
    bad.append(f'{table}: no rows found')
print('\n'.join(bad), end='\n' if bad else '')
sys.exit(bool(bad))
