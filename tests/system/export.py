#!/usr/bin/env python3
# Do others read what is exported? One recording of a job, in every format, each handed to a reader that is not ours.
import base64
import collections
import gzip
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from harness import Skip, busy, check, check_one_line, lines, main, promise

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / 'src' / 'export'
FLAMEGRAPH = pathlib.Path('/usr/share/perl5/Devel/NYTProf/flamegraph.pl')
RECORDINGS = {}


def recorded(slowpath, folder):
    """A recording of a job that runs, waits, syncs and forks, made once."""
    if 'path' not in RECORDINGS:
        kept = folder.parent / f'slowpath-export-{os.getpid()}.slowpath'
        job = f'dd if=/dev/zero of={folder}/synced bs=64k count=20 oflag=dsync 2>/dev/null; "$@"'
        done = slowpath.run('record', '-F', '999', '-o', kept, '--', 'sh', '-c', job, 'sh', *busy(1))
        check(done.returncode == 0, 'it is recorded', done)
        RECORDINGS['path'] = kept
    return RECORDINGS['path']


def exported(slowpath, folder, *options):
    done = slowpath.run('export', '-i', recorded(slowpath, folder), *options)
    check(done.returncode == 0 and not done.stderr, 'it is exported', done)
    return done.stdout


def events_of(slowpath, folder):
    if 'events' not in RECORDINGS:
        RECORDINGS['events'] = [json.loads(line) for line in exported(slowpath, folder, '-f', 'json').splitlines()]
    return RECORDINGS['events']


def of_kind(slowpath, folder, kind):
    return [event for event in events_of(slowpath, folder) if event['kind'] == kind]


def of_target(slowpath, folder, kind):
    """Those of the target's own threads, and of threads that were not told yet."""
    targets = {}
    for event in events_of(slowpath, folder):
        if event['kind'] == 'task':
            targets[event['tid']] = 'target' in event['flags']
        elif event['kind'] == kind and targets.get(event['tid'], True):
            yield event


def need(tool, reason):
    path = shutil.which(tool)
    if not path:
        raise Skip(f'{tool} is not installed ({reason})')
    return path


def fed(command, data, **settings):
    """What another's reader says of the data, which it must take without complaint."""
    done = subprocess.run(command, input=data, capture_output=True, check=False, **settings)
    check(done.returncode == 0, f'{command[0]} reads it', done)
    return done.stdout


# --- json ---

@promise
def json_has_every_event_as_the_schema_says(slowpath, folder):
    schema = json.loads(slowpath.run('export', '--json-schema').stdout)
    kinds = {one['properties']['kind']['const']: one for one in schema['oneOf']}
    for event in events_of(slowpath, folder):
        one = kinds[event['kind']]
        check(set(event) == set(one['required']) == set(one['properties']), 'its fields are those of the schema', event)
        for name, value in event.items():
            kind = one['properties'][name].get('type')
            check(kind is None or isinstance(value, {'integer': int, 'string': str, 'array': list}[kind]), f'{name} is {kind}', event)


@promise
def json_counts_what_another_program_counts(slowpath, folder):
    """wait_spans reads the recording by itself: the waits of the target's threads."""
    done = subprocess.run(slowpath.helper('wait_spans', recorded(slowpath, folder)), capture_output=True, check=False)
    check(done.returncode == 0, 'the spans are read', done)
    count, ns = (int(word) for word in lines(done.stdout)[0].split()[:2])
    targets, begin_ns, waits = {}, 0, []
    for event in events_of(slowpath, folder):
        if event['kind'] == 'watch':
            begin_ns = event['time_ns']
        elif event['kind'] == 'task':
            targets[event['tid']] = 'target' in event['flags']
        elif event['kind'] == 'wait' and targets.get(event['tid']):
            waits.append(event['end_ns'] - max(event['start_ns'], begin_ns))
    check(len(waits) == count and count > 1000, 'as many waits', len(waits), count)
    check(sum(waits) == ns, 'as long', sum(waits), ns)


# --- call paths ---

@promise
def flamegraph_pl_draws_folded_stacks(slowpath, folder):
    if not FLAMEGRAPH.exists():
        raise Skip('flamegraph.pl is not installed (libdevel-nytprof-perl)')
    folded = exported(slowpath, folder, '-f', 'folded')
    svg = fed(['perl', str(FLAMEGRAPH)], folded).decode()
    total = sum(int(line.rsplit(b' ', 1)[1]) for line in folded.splitlines())
    check(f'all ({total:,} samples' in svg, 'all samples are drawn', total, svg[-2000:])
    check('</svg>' in svg and svg.count('<g ') > 10, 'frames are drawn')


@promise
def the_wall_time_of_all_formats_is_the_same(slowpath, folder):
    folded = sum(int(line.rsplit(b' ', 1)[1]) for line in exported(slowpath, folder, '-f', 'folded', '--wall').splitlines())
    scope = json.loads(exported(slowpath, folder, '-f', 'speedscope', '--wall'))
    check(sum(sum(profile['weights']) for profile in scope['profiles']) == folded, 'speedscope has what folded has')
    need('protoc', 'protobuf-compiler')
    check(sum(values[3] for values in pprof_values(exported(slowpath, folder, '-f', 'pprof'))) == folded, 'pprof too')


def pprof_values(packed):
    text = fed(['protoc', '--decode=pprof.Profile', f'--proto_path={PROTOS}', 'pprof.proto'], gzip.decompress(packed)).decode()
    for sample in re.findall(r'^sample \{\n(.*?)^\}', text, re.M | re.S):
        yield [int(value) for value in re.findall(r'^  value: (-?\d+)', sample, re.M)]


@promise
def pprof_is_read_by_its_own_tool(slowpath, folder):
    go = shutil.which('go')
    tool = [go, 'tool', 'pprof'] if go else [os.environ['PPROF']] if 'PPROF' in os.environ else None
    if not tool:
        raise Skip('go tool pprof is not installed (golang-go); PPROF= may name a pprof')
    path = folder / 'profile.pprof'
    path.write_bytes(exported(slowpath, folder, '-f', 'pprof'))
    for kind in ('samples', 'on_cpu', 'off_cpu', 'wall'):
        top = fed([*tool, '-top', f'-sample_index={kind}', str(path)], b'').decode()
        check(f'Type: {kind}' in top and 'Showing nodes' in top, f'it shows {kind}', top[:500])
    check('cause:' in fed([*tool, '-tags', str(path)], b'').decode(), 'it knows the causes')


@promise
def speedscope_has_what_its_schema_demands(slowpath, folder):
    """The rules of www.speedscope.app/file-format-schema.json, as far as a sampled profile is concerned."""
    for options in ([], ['--wall']):
        scope = json.loads(exported(slowpath, folder, '-f', 'speedscope', *options))
        check(scope['$schema'] == 'https://www.speedscope.app/file-format-schema.json', 'it says what it is')
        for frame in scope['shared']['frames']:
            check(isinstance(frame['name'], str) and set(frame) <= {'name', 'file', 'line', 'col'}, 'a frame', frame)
        for profile in scope['profiles']:
            check(set(profile) == {'type', 'name', 'unit', 'startValue', 'endValue', 'samples', 'weights'}, 'a profile', list(profile))
            check(profile['type'] == 'sampled' and profile['unit'] in ('none', 'nanoseconds'), 'of a known type', profile['unit'])
            check(len(profile['samples']) == len(profile['weights']), 'each sample has a weight')
            check(all(0 <= frame < len(scope['shared']['frames']) for path in profile['samples'] for frame in path), 'frames exist')


@promise
def speedscope_itself_opens_what_is_for_it(slowpath, folder):
    """As its own command line does: the profile is a script that the page loads."""
    page = pathlib.Path(os.environ.get('SPEEDSCOPE', ''), 'index.html')
    if 'SPEEDSCOPE' not in os.environ or not page.exists():
        raise Skip('SPEEDSCOPE= may name the folder dist/release of the npm package speedscope')
    chromium = need('chromium', 'chromium')
    for name, options in [('a.speedscope', ['-f', 'speedscope', '--wall']), ('a.perf-script.txt', ['-f', 'perf-script']),
                          ('a.pprof', ['-f', 'pprof'])]:
        data = base64.b64encode(exported(slowpath, folder, *options)).decode()
        (folder / 'profile.js').write_text(f'speedscope.loadFileFromBase64("{name}", "{data}")')
        told = fed([chromium, '--headless', '--no-sandbox', '--enable-unsafe-swiftshader', '--allow-file-access-from-files',
                    '--virtual-time-budget=10000', f'--user-data-dir={folder}/chromium', '--dump-dom',
                    f'{page.resolve().as_uri()}#localProfilePath={folder}/profile.js'], b'').decode()
        title = re.search(r'<title>([^<]*)</title>', told)[1]
        check('Time Order' in told and title != 'speedscope', f'it shows {name}', title)


# --- samples one by one ---

# How stackcollapse-perf.pl (github.com/brendangregg/FlameGraph) and speedscope (src/import/linux-tools-perf.ts) read a line.
HEAD = re.compile(r'^(\S.+?)\s+(\d+)/*(\d+)*\s+')
EVENT = re.compile(r':\s*(\d+)*\s+(\S+):\s*$')
TIME = re.compile(r'\s+(\d+\.\d+):\s+')
FRAME = re.compile(r'^\s*(\w+)\s*(.+) \((\S*)\)')


def samples_of(text):
    for block in text.decode().split('\n\n'):
        if not block:
            continue
        head, *frames = block.split('\n')
        check(HEAD.match(head) and EVENT.search(head) and TIME.search(head), 'a head that others read', head)
        check(frames and all(FRAME.match(frame) for frame in frames), 'frames that others read', block)
        yield int(HEAD.match(head)[3]), EVENT.search(head)[2], int(EVENT.search(head)[1]), [FRAME.match(frame)[2] for frame in frames]


@promise
def perf_script_has_every_sample_and_every_wait(slowpath, folder):
    told = collections.Counter(event['tid'] for event in of_target(slowpath, folder, 'sample'))
    read = collections.Counter(tid for tid, *_ in samples_of(exported(slowpath, folder, '-f', 'perf-script')))
    check(told == read, 'each sample, of its thread', told, read)
    waits = of_target(slowpath, folder, 'wait')
    offcpu = [period for _, event, period, _ in samples_of(exported(slowpath, folder, '-f', 'perf-script', '--wall'))
              if event == 'offcpu-time']
    check(sum(offcpu) == sum(wait['end_ns'] - wait['start_ns'] for wait in waits), 'all time of waits')


# --- the trace ---

def packets_of(data):
    """The packets as protoc reads them: a list of texts."""
    need('protoc', 'protobuf-compiler')
    text = fed(['protoc', '--decode=perfetto.Trace', f'--proto_path={PROTOS}', 'perfetto.proto'], data).decode()
    check(not re.search(r'^ *\d+: ', text, re.M), 'every field is a published one')
    return re.findall(r'^packet \{\n(.*?)^\}', text, re.M | re.S)


@promise
def perfetto_has_every_span(slowpath, folder):
    packets = packets_of(exported(slowpath, folder, '-f', 'perfetto'))
    states = collections.Counter(re.findall(r'state: (TASK_STATE_\w+)', '\n'.join(packets)))
    check(states['TASK_STATE_RUNNING'] == len(of_kind(slowpath, folder, 'run')), 'each run', states)
    check(states['TASK_STATE_RUNNABLE'] == len(of_kind(slowpath, folder, 'queue')), 'each stay in the queue', states)
    sleeps = sum(states[f'TASK_STATE_{name}'] for name in ('INTERRUPTIBLE_SLEEP', 'UNINTERRUPTIBLE_SLEEP', 'STOPPED'))
    check(sleeps == len(of_kind(slowpath, folder, 'wait')), 'each wait', states)
    samples = sum('perf_sample {' in packet for packet in packets)
    check(samples == len(of_kind(slowpath, folder, 'sample')), 'each sample', samples)
    ended = sum('terminating_flow_ids' in packet for packet in packets)
    woken = sum(wait['waker_tid'] != 0 or 'request' in wait['flags'] for wait in of_kind(slowpath, folder, 'wait'))
    check(ended == woken, 'each wake-up has its flow', ended, woken)


@promise
def slices_of_a_track_nest(slowpath, folder):
    packets = packets_of(exported(slowpath, folder, '-f', 'perfetto'))
    told = [(int(re.search(r'^  timestamp: (\d+)', packet, re.M)[1]), re.search(r'type: TYPE_SLICE_(\w+)', packet)[1],
             re.search(r'track_uuid: (\d+)', packet)[1]) for packet in packets if 'type: TYPE_SLICE_' in packet]
    check(told, 'there are slices')
    depths = collections.Counter()
    for _, kind, track in sorted(told, key=lambda one: one[0]):
        depths[track] += 1 if kind == 'BEGIN' else -1
        check(depths[track] >= 0, 'nothing ends that did not begin', track)
    check(not any(depths.values()), 'everything ends', depths)
    tracks = set(re.findall(r'track_descriptor \{\s+uuid: (\d+)', '\n'.join(packets)))
    check({track for *_, track in told} <= tracks, 'every track is described')


# --- metrics ---

@promise
def promtool_takes_the_metrics(slowpath, folder):
    promtool = os.environ.get('PROMTOOL') or need('promtool', 'prometheus; PROMTOOL= may name it')
    fed([promtool, 'check', 'metrics'], exported(slowpath, folder, '-f', 'openmetrics'))


@promise
def the_parser_of_openmetrics_takes_the_metrics(slowpath, folder):
    if not importlib.util.find_spec('prometheus_client') and not os.path.exists('/usr/lib/python3/dist-packages/prometheus_client'):
        raise Skip('the parser is not installed (python3-prometheus-client)')
    program = ('import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n'
               'for one in read(sys.stdin.read()):\n'
               '    for sample in one.samples: print(one.name, one.type, sample.labels.get("cause", "-"), sample.value)')
    text = exported(slowpath, folder, '-f', 'openmetrics')
    told = [line.split() for line in fed(['/usr/bin/python3', '-c', program], text).decode().splitlines()]
    verdict = json.loads(slowpath.run('-i', recorded(slowpath, folder), '--json').stdout)
    causes = {cause: float(value) for name, _, cause, value in told if name == 'slowpath_cause_seconds'}
    for finding in verdict['findings']:
        check(causes[finding['cause']] >= finding['seconds'] - 1e-6, 'the verdict\'s seconds', finding, causes)
    check({'slowpath_wait_seconds', 'slowpath_request_seconds'} <= {name for name, kind, *_ in told if kind == 'histogram'},
          'histograms of waits and requests', told)


# --- the command ---

@promise
def a_watch_is_exported_as_it_is(slowpath, folder):
    done = slowpath.run('export', '-f', 'json', '-o', folder / 'live.json', '--', 'sh', '-c', 'sleep 0.2; exit 3')
    check(done.returncode == 3, 'the status is the command\'s', done)
    kinds = {json.loads(line)['kind'] for line in (folder / 'live.json').read_bytes().splitlines()}
    check({'schema', 'watch', 'task', 'wait', 'watch_end'} <= kinds, 'it holds the watch', kinds)
    check((folder / 'live.json').stat().st_mode & 0o777 == 0o600, 'it is its maker\'s alone')


@promise
def nothing_that_exists_is_overwritten(slowpath, folder):
    (folder / 'mine').write_text('precious')
    done = slowpath.run('export', '-f', 'json', '-i', recorded(slowpath, folder), '-o', folder / 'mine')
    check_one_line(done, folder / 'mine', 'choose another name')
    check(done.returncode == 1 and (folder / 'mine').read_text() == 'precious', 'it is as it was', done)


@promise
def wrong_usage_gets_one_line(slowpath, folder):
    for words, told in [([], '--format'), (['-f', 'jsn'], 'did you mean json'), (['-f', 'json', '--by', 'comm'], 'does not take --by')]:
        done = slowpath.run('export', *words)
        check_one_line(done, told)
        check(done.returncode == 2, 'wrong usage', done)
    done = slowpath.run('export', '-f', 'json', '-i', folder / 'nowhere')
    check_one_line(done, 'nowhere')
    with open('/dev/full', 'wb') as full:
        failed = subprocess.run([slowpath.path, 'export', '-f', 'json', '-i', recorded(slowpath, folder)], stdout=full,
                                stderr=subprocess.PIPE, check=False)
    check(failed.returncode == 1 and b'No space left' in failed.stderr, 'a full disk is told', failed.stderr)


PEAK = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
process.returncode = os.waitstatus_to_exitcode(status)
sys.exit(process.returncode)
"""


def peak_kib(command):
    """How much memory it used at most; its output goes nowhere. A child begins with the peak of who forks it: that is a small one."""
    if 'SLOWPATH_TEST_SANITIZED' in os.environ:
        raise Skip('sanitizers keep what was freed: the memory is theirs')
    done = subprocess.run([sys.executable, '-c', PEAK, *command], capture_output=True, check=False)
    check(done.returncode == 0 and not done.stderr, 'it is exported', command, done)
    return int(done.stdout)


@promise
def memory_does_not_grow_with_the_recording(slowpath, folder):
    for name, events in [('short', 100000), ('long', 1000000)]:
        subprocess.run(slowpath.helper('long_recording', folder / name, events), check=True)
    for name in ('json', 'folded', 'pprof', 'speedscope', 'perf-script', 'perfetto', 'openmetrics'):
        short, long = (peak_kib([slowpath.path, 'export', '-f', name, '-i', str(folder / length)]) for length in ('short', 'long'))
        # Its latencies over time have a bounded room, which the short one does not fill.
        room = 48 * 1024 if name == 'openmetrics' else 0
        check(long < max(short * 1.5 + 8192, room), f'{name} of ten times as much', f'{short} KiB', f'{long} KiB')


@promise
def memory_has_a_bound_however_different_the_stacks_are(slowpath, folder):
    """More stacks than there is room for: nothing is dropped, what finds no room is counted under a name of its own."""
    path = folder / 'many'
    subprocess.run(slowpath.helper('long_recording', path, 600_000, 600_000), check=True)
    for options in (['folded'], ['pprof'], ['speedscope']):
        used = peak_kib([slowpath.path, 'export', '-q', '-i', str(path), '-f', *options])
        check(used < 128 * 1024, f'{options} stays below 128 MiB', f'{used} KiB')
    done = slowpath.run('export', '-i', path, '-f', 'folded')
    check(done.returncode == 0 and done.stderr.count(b'\n') == 1, 'it says so', done.stderr)
    check(b'found no room in memory' in done.stderr and b'[no room for the stack]' in done.stderr, 'what is missing', done.stderr)
    counts = [line.rsplit(b' ', 1) for line in done.stdout.splitlines()]
    check(sum(int(count) for _, count in counts) == 600_000 // 6, 'each sample counts')
    check(sum(int(count) for line, count in counts if b'[no room for the stack]' in line) > 1000, 'some had no room')


try:
    main()
finally:
    if 'path' in RECORDINGS:
        RECORDINGS['path'].unlink(missing_ok=True)
