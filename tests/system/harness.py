# How is a promise about the whole program tested? Each test file lists its promises and runs them one by one.
import concurrent.futures
import contextlib
import functools
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

PROMISES = []
# For one call of slowpath. A watch in these tests takes a second or two; some machines are slow.
LIMIT_S = float(os.environ.get('SLOWPATH_TEST_LIMIT_S', '60'))


class Skip(Exception):
    """The promise cannot be tested here; the text says why."""


def promise(function):
    """The function tests one promise; its name is the sentence."""
    PROMISES.append(function)
    return function


def judged(function):
    """A promise that fio's own clocks judge: tried where SLOWPATH_JUDGE says that the machine is quiet."""
    @functools.wraps(function)
    def run(slowpath, folder):
        if not os.environ.get('SLOWPATH_JUDGE'):
            raise Skip('fio judges it by its own clock, which needs a quiet machine: make judge')
        function(slowpath, folder)
    return promise(run)


def check(condition, words, *evidence):
    """The promise is broken, and here is what was seen instead."""
    if not condition:
        raise AssertionError('\n'.join([words, *(f'  {show(piece)}' for piece in evidence)]))


def show(piece):
    if isinstance(piece, subprocess.CompletedProcess):
        return f'{piece.args}\n  exit status {piece.returncode}\n  stdout {piece.stdout[-2000:]!r}\n  stderr {piece.stderr[-2000:]!r}'
    return piece if isinstance(piece, str) else repr(piece)


FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures'


def unpacked(name, folder):
    """A fixture that is kept packed, unpacked in the folder."""
    packed, path = FIXTURES / f'{name}.zst', folder / name
    try:
        subprocess.run(['zstd', '-q', '-d', '-f', packed, '-o', path], check=True)
    except FileNotFoundError:
        raise Skip('there is no zstd to unpack the fixture with') from None
    return path


class Slowpath:
    """The program under test."""

    def __init__(self, path):
        self.path = str(pathlib.Path(path).resolve())

    def helper(self, name, *arguments):
        """The command of a program of these tests, which are built beside it."""
        return [str(pathlib.Path(self.path).parent / 'tests' / 'system' / name), *map(str, arguments)]

    def run(self, *arguments, stdin=b'', **settings):
        """Run to the end; bytes in, bytes out."""
        command = [self.path, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=LIMIT_S, check=False, **settings)

    def start(self, *arguments, **settings):
        """Start it; the caller ends it with `with`."""
        streams = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **settings}
        return subprocess.Popen([self.path, *map(str, arguments)], **streams)

    def record(self, path, command):
        """A recording to test with; that it can be made is tested elsewhere."""
        done = self.run('record', '-o', path, '--', *command)
        check(done.returncode == 0 and os.path.getsize(path) > 0, 'no recording could be made', done)


def lines(stream):
    return stream.decode(errors='replace').splitlines()


def dump(slowpath, path, kind):
    """The events of this kind in a recording, as numbers by name."""
    done = subprocess.run(slowpath.helper('io_dump', path), capture_output=True, check=False)
    check(done.returncode == 0, 'the recording is read', done)
    for line in lines(done.stdout):
        word, *fields = line.split(' ')
        if word == kind:
            yield {name: int(value) for name, value in (field.split('=') for field in fields)}


def check_one_line(done, *words):
    """Bad input gets exactly one line: what, where, and the remedy."""
    told = lines(done.stderr)
    check(len(told) == 1, 'one line should say what is wrong', done)
    for word in words:
        check(str(word) in told[0], f'the line should name {word!r}', done)
    check(done.returncode > 0, 'the exit status should tell the failure (and no signal)', done)


def json_of(done, begin=0):
    """What --json printed; the command under test may have printed something before it begins."""
    try:
        return json.loads(done.stdout[begin:])
    except ValueError:
        check(False, 'stdout should be JSON', done)


def verdict_of(done):
    """The verdict that --json printed."""
    return json_of(done)


def report_of(done, schema, begin=0):
    """The report of this schema that --json printed."""
    report = json_of(done, begin)
    check(report['schema'] == schema, 'it says what it is', report['schema'])
    return report


def side_by_side(function, items):
    """What the function says of each, in their order: of as many at a time as there are CPUs. For calls that only read files."""
    waiting, together = iter(items), os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(together) as pool:
        while batch := list(itertools.islice(waiting, together)):
            yield from pool.map(function, batch)


def wait_for(condition, limit_s, words):
    """Until the condition holds; it must within the limit."""
    end = time.monotonic() + limit_s
    while not condition():
        check(time.monotonic() < end, f'waited {limit_s} s for {words}')
        time.sleep(0.01)


def end_process(pid):
    """End a process that a test started, if it still lives."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@contextlib.contextmanager
def forked(work):
    """A child that does the work and sleeps when that returns."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            work()
            time.sleep(LIMIT_S)
        os._exit(0)
    try:
        yield pid
    finally:
        end_process(pid)
        os.waitpid(pid, 0)


def state_of(pid):
    return pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rsplit(')', 1)[1].split()[0]


def has_tracefs():
    with open('/proc/mounts', encoding='utf-8') as mounts:
        return any(line.split()[2] == 'tracefs' for line in mounts)


# What is done without, and what is then used for the scheduler. Classic tracepoints have their numbers from tracefs, which slowpath
# never mounts.
CLASSIC = ('tp_btf,raw_tp', 'tp_classic')
RUNGS = [('', 'tp_btf'), ('tp_btf', 'raw_tp'), *([CLASSIC] if has_tracefs() else [])]


def without(names):
    return ['--without', names] if names else []


# A command that blocks, runs and switches for a while, so that a recording has something of everything.
BUSY = [sys.executable, '-c', '''
import os, sys, threading, time
end = time.monotonic() + float(sys.argv[1])
there, back = os.pipe(), os.pipe()
def echo():
    while os.read(there[0], 1):
        os.write(back[1], b".")
threading.Thread(target=echo, daemon=True).start()
while time.monotonic() < end:
    for _ in range(200):
        os.write(there[1], b".")
        os.read(back[0], 1)
    time.sleep(0.001)
''']


def busy(seconds):
    return [*BUSY, str(seconds)]


def run_one(function, slowpath):
    """One promise in a folder of its own: its result line is ok, FAIL or skip with the reason."""
    name = function.__name__
    with tempfile.TemporaryDirectory(prefix='slowpath-test-') as folder:
        try:
            function(slowpath, pathlib.Path(folder))
        except Skip as reason:
            print(f'skip {name}: {reason}', flush=True)
            return 'skip'
        except (AssertionError, OSError, subprocess.SubprocessError, ValueError, KeyError) as reason:
            where = traceback.extract_tb(reason.__traceback__)[1]
            print(f'FAIL {name}: {os.path.basename(where.filename)}:{where.lineno}\n{reason or repr(reason)}', flush=True)
            return 'FAIL'
    print(f'ok {name}', flush=True)
    return 'ok'


def main():
    """usage: FILE.py SLOWPATH [PROMISE...]; the exit status is 77 when all were skipped."""
    if len(sys.argv) < 2:
        sys.exit(main.__doc__)
    # A background shell starts its commands with SIGINT ignored, and that would be handed on to those under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    slowpath, wanted = Slowpath(sys.argv[1]), sys.argv[2:]
    if os.geteuid() != 0:
        for function in PROMISES:
            print(f'skip {function.__name__}: needs root')
        sys.exit(77)
    results = {run_one(function, slowpath) for function in PROMISES if not wanted or function.__name__ in wanted}
    sys.exit(1 if 'FAIL' in results or not results else 77 if results == {'skip'} else 0)
