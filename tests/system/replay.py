#!/usr/bin/env python3
# Is the answer the same again? Live and replay, options in any place, and a verdict that adds up.
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from harness import Skip, busy, check, end_process, main, promise, verdict_of, wait_for

RUNS = 15


@promise
def the_replayed_verdict_is_the_live_one_byte_for_byte(slowpath, folder):
    path = folder / 'x'
    for command in (busy(1), ['sleep', '0.3'], ['true'], ['sh', '-c', 'dd if=/dev/zero of=/dev/null bs=1M count=500 2>/dev/null']):
        for form in (['--json'], []):
            live = slowpath.run(*form, '-o', path, '--', *command)
            check(live.returncode == 0 and live.stdout, 'the command is watched', live)
            again = slowpath.run(*form, '-i', path)
            check(again.returncode == 0, 'the recording reads', again)
            check(again.stdout == live.stdout, 'replay and live differ', live, again)


@contextlib.contextmanager
def running(*commands):
    """Commands that run meanwhile: the process ids."""
    children = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for command in commands]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            end_process(child.pid)
            child.wait()


@promise
def the_replayed_verdict_of_processes_and_of_the_machine_is_the_live_one(slowpath, folder):
    path, big = folder / 'x', folder / 'big'
    writer = ['sh', '-c', f'while :; do dd if=/dev/zero of={big} bs=64k count=20 conv=fsync; sleep 0.01; done']
    with running(busy(60), writer, ['sh', '-c', 'while :; do /bin/true; done']) as pids:
        for target in (['-p', pids[0]], ['-p', pids[1], '-p', pids[2]], []):
            for form in (['--json'], []):
                live = slowpath.run(*form, '-o', path, '-d', '1.2', *target)
                check(live.returncode == 0 and live.stdout, f'{target} is watched', live)
                again = slowpath.run(*form, '-i', path)
                check(again.returncode == 0 and again.stderr == b'', 'the recording reads', again)
                check(again.stdout == live.stdout, f'{target}: replay and live differ', live, again)


@promise
def programs_of_a_few_milliseconds_have_names_in_a_watch_of_the_machine(slowpath, folder):
    path = folder / 'x'
    with slowpath.start('record', '-q', '-F', '999', '-o', path) as watch:
        wait_for(path.exists, 20, 'the watch to begin')
        time.sleep(0.5)
        for _ in range(RUNS):
            subprocess.run(slowpath.helper('burners', 'shares', 0.001), check=True)
        watch.send_signal(signal.SIGINT)
        stderr = watch.communicate(timeout=60)[1]
    check(watch.returncode == 0, 'it is recorded', stderr)
    if any('ended before their mappings' in words for words in verdict_of(slowpath.run('--json', '-i', path))['not_seen']):
        raise Skip('perf does not tell of mappings')
    profile, = json.loads(slowpath.run('cpu', '--json', '--min', '0', '-i', path).stdout)['profiles']
    rows = [row for row in profile['rows'] if row['kind'] == 'user' and row['comm'] == 'burners']
    samples = sum(row['self_samples'] for row in rows)
    nameless = sum(row['self_samples'] for row in rows if not row['dso'])
    # Each has some 20 samples where it has a CPU for itself.
    check(samples > RUNS and nameless < 0.1 * samples, f'{nameless} of {samples} samples have no name', rows)


@promise
def the_same_recording_gives_the_same_verdict_every_time(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, busy(0.5))
    answers = {slowpath.run('--json', '-i', path).stdout for _ in range(5)}
    check(len(answers) == 1, 'the answers differ', *answers)
    elsewhere = slowpath.run('--json', '-i', path, cwd='/', env={'PATH': '/nonexistent', 'LC_ALL': 'C', 'TZ': 'Asia/Tokyo'})
    check({elsewhere.stdout} == answers, 'the answer depends on the surroundings', elsewhere, *answers)


@promise
def options_mean_the_same_before_and_after_the_subcommand(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, busy(0.3))
    wanted = slowpath.run('--json', '-i', path)
    check(wanted.returncode == 0, 'the recording reads', wanted)
    for arguments in (['diagnose', '--json', '-i', path], ['--json', 'diagnose', '-i', path],
                      ['--json', '-i', path, 'diagnose'], ['-i', path, '--json'], [f'-i{path}', '--json']):
        done = slowpath.run(*arguments)
        check(done.returncode == 0 and done.stdout == wanted.stdout, 'the place of an option changes the answer', done, wanted)


@promise
def options_of_record_may_stand_before_it(slowpath, folder):
    done = slowpath.run('-o', folder / 'x', 'record', '--', 'true')
    check(done.returncode == 0 and (folder / 'x').stat().st_size > 0, 'it records', done)


@promise
def the_verdict_adds_up(slowpath, folder):
    for command in (busy(1), ['sleep', '0.5'], ['sh', '-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done']):
        verdict = verdict_of(slowpath.run('--json', '--', *command))
        check(verdict['schema'] == 'slowpath.verdict/1', 'the schema is named', verdict)
        shares = [finding['share'] for finding in verdict['findings']]
        unknown = verdict['accounting']['unknown_s'] / verdict['window_s']
        check(all(0 <= share <= 1 for share in shares) and shares == sorted(shares, reverse=True), 'shares fall', shares)
        check(abs(sum(shares) + unknown - 1) < 0.02, f'{sum(shares):.3f} + unknown {unknown:.3f} should be 1', verdict)


@promise
def the_schema_is_printed_and_names_what_a_verdict_has(slowpath, folder):
    done = slowpath.run('--json-schema')
    check(done.returncode == 0 and done.stderr == b'', 'it prints', done)
    schema = json.loads(done.stdout)
    verdict = verdict_of(slowpath.run('--json', '--', 'true'))
    missing = set(verdict) - set(schema['properties'])
    check(not missing, 'the schema does not know these', missing)
    check(set(schema['required']) <= set(verdict), 'the verdict lacks what the schema requires', verdict)


@promise
def every_command_has_help_on_stdout(slowpath, folder):
    for command in ([], ['diagnose'], ['cpu'], ['wait'], ['record'], ['doctor']):
        done = slowpath.run(*command, '--help')
        check(done.returncode == 0 and done.stderr == b'' and b'--help' in done.stdout, 'help', done)


@promise
def doctor_says_what_can_be_seen_here(slowpath, folder):
    done = slowpath.run('doctor')
    check(done.returncode == 0 and b'btf' in done.stdout.lower(), 'BTF is there or not: it says so', done)


@promise
def hostile_names_reach_the_terminal_harmlessly(slowpath, folder):
    hostile = folder / 'x\x1b]0;gone\x07\nroot'
    shutil.copy(shutil.which('sleep'), hostile)
    os.chmod(hostile, 0o755)
    for form in ([], ['--json']):
        done = slowpath.run(*form, '--', hostile, '0.2')
        raw = set(done.stdout + done.stderr) & (set(range(32)) - {ord('\n'), ord('\t')} | {127})
        check(done.returncode == 0 and not raw, f'control characters {sorted(raw)} came through', done)
        check(b'gone' in done.stdout, 'the name is told', done)
        check(b'\nroot' not in done.stdout, 'a name began a line of its own', done)


@promise
def output_to_a_full_device_is_a_failure(slowpath, folder):
    path = folder / 'x'
    slowpath.record(path, ['true'])
    if pathlib.Path('/dev/full').exists():
        with open('/dev/full', 'wb') as full, slowpath.start('-i', path, stdout=full) as process:
            stderr = process.communicate(timeout=30)[1]
        check(process.returncode == 1 and len(stderr.splitlines()) == 1, 'one line and 1', (process.returncode, stderr))


if __name__ == '__main__':
    main()
