#!/usr/bin/env python3
# Fails when a row of a table has no heading in the page about it, or a heading there names no row: the ids are a public contract.
# Usage: rows_documented.py TABLE.def MACRO PAGE.md [MORE_IDS...]
import pathlib, re, sys

table, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
ids = re.findall(rf'^{sys.argv[2]}\("?\w+"?, +"([a-z0-9_.]+)"', table.read_text(), re.MULTILINE) + sys.argv[4:]
headings = re.findall(r'^### ([a-z0-9_.]+)$', page.read_text(), re.MULTILINE)
bad = [f'{page}: no heading "### {name}" for the row in {table}' for name in ids if name not in headings]
bad += [f'{page}: "### {name}" is no row of {table}' for name in headings if name not in ids]
bad += [f'{page}: "### {name}" stands there twice' for name in sorted(set(headings)) if headings.count(name) > 1]
if len(ids) < 2:
    bad.append(f'{table}: no rows found')
print('\n'.join(bad), end='\n' if bad else '')
sys.exit(bool(bad))
