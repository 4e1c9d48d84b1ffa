#!/usr/bin/env python3
# Fails when a cause has no heading in docs/causes.md, or a heading there names no cause: the ids are a public contract.
# Usage: causes_documented.py src/finding/causes.def docs/causes.md
import pathlib, re, sys

causes, document = (pathlib.Path(path) for path in sys.argv[1:3])
ids = re.findall(r'^CAUSE\(\w+, "([a-z_.]+)"', causes.read_text(), re.MULTILINE) + ['unknown']
headings = re.findall(r'^### ([a-z_.]+)$', document.read_text(), re.MULTILINE)
bad = [f'{document}: no heading "### {name}" for the cause in {causes}' for name in ids if name not in headings]
bad += [f'{document}: "### {name}" is no cause of {causes}' for name in headings if name not in ids]
bad += [f'{document}: "### {name}" stands there twice' for name in set(headings) if headings.count(name) > 1]
if len(ids) < 2:
    bad.append(f'{causes}: no causes found')
print('\n'.join(bad), end='\n' if bad else '')
sys.exit(bool(bad))
