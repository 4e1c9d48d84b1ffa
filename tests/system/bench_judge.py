# What do fio and the kernel's threads take by /proc's count, while slowpath's bench counts them? For tests of bench.
import json
import os
import pathlib
import shutil
import sys

from harness import check, report_of

# A fio that says how long each kernel thread ran while the real one did: by the scheduler's own count, in ns.
JUDGE = '''#!{python}
import json, os, pathlib, resource, subprocess, sys
pathlib.Path('/proc/self/comm').write_text('judge')
def count():
    ran = {{}}
    for folder in pathlib.Path('/proc').iterdir():
        if folder.name.isdigit():
            try:
                kind = (folder / 'stat').read_text().rsplit(')', 1)[1].split()
                if folder.name == '2' or kind[1] == '2':
                    ran[folder.name] = (folder / 'comm').read_text().strip(), int((folder / 'schedstat').read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass
    return ran
if '--version' in sys.argv:
    os.execv({fio!r}, ['fio', *sys.argv[1:]])
before = count()
done = subprocess.run([{fio!r}, *sys.argv[1:]], check=False)
after = count()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
ran = {{tid: (name, ns - before.get(tid, ('', 0))[1]) for tid, (name, ns) in after.items()}}
with open({log!r}, 'a') as log:
    log.write(json.dumps([os.getcwd(), (used.ru_utime + used.ru_stime) * 1e9, list(ran.values())]) + '\\n')
sys.exit(done.returncode)
'''


def judged_environment(folder, log):
    """In which fio is the judge: what it counts, it adds to the log."""
    judge = folder / 'fio'
    judge.write_text(JUDGE.format(python=sys.executable, fio=shutil.which('fio'), log=str(log)), encoding='utf-8')
    judge.chmod(0o755)
    return {**os.environ, 'PATH': f'{folder}:{os.environ["PATH"]}'}


def run_bench(slowpath, *arguments, **settings):
    done = slowpath.run('bench', '--json', *arguments, **settings)
    check(done.returncode == 0, 'it is tried', done)
    return report_of(done, 'slowpath.bench/1')


def result_of(report, target, case=0):
    return next(result for result in report['cases'][case]['results'] if result['target'] == target)


def pool_times(result, wanted):
    return sum(pool['run_ns'] for pool in result['cpu']['pools'] if wanted(pool))


def check_near(told, counted, words, *evidence, is_whole=True, apart_ns=15e6):
    # What runs between the judge's look and the watch's is a few ms.
    may_differ = 0.02 * counted + apart_ns
    check(-may_differ <= told - counted and (told - counted <= may_differ or not is_whole),
          f'{words}: {told / 1e9:.4f} s told, {counted / 1e9:.4f} s by /proc', *evidence)


def check_judged(result, target, log, kinds=('kworker', ''), apart_ns=15e6):
    """Of the last try: first its files are made, last comes the round that explains."""
    runs = [run for run in map(json.loads, log.read_text(encoding='utf-8').splitlines()) if pathlib.Path(run[0]).parent == target]
    runs = runs[-1 - result['rounds']:-1]
    check(len(runs) == result['rounds'], 'all were judged', runs)
    check_near(pool_times(result, lambda pool: pool['name'] == 'fio'), sum(run[1] for run in runs), 'fio itself', result['cpu'],
               apart_ns=apart_ns)
    is_whole = not any(pool['died'] for pool in result['cpu']['pools'] if pool['is_kernel'])
    for kind in kinds:
        counted = sum(ns for run in runs for name, ns in run[2] if name.startswith(kind))
        told = pool_times(result, lambda pool, kind=kind: pool['is_kernel'] and pool['name'].startswith(kind))
        check_near(told, counted, f'kernel threads {kind}*', result['cpu'], is_whole=is_whole, apart_ns=apart_ns)
