#!/usr/bin/env python3
# Which process of PostgreSQL waits for which lock, and what is each there for? Asked of a real one.
import contextlib
import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import Skip, check, main, promise, report_of, wait_for

NOBODY = 65534
PORT = 54329  # of the socket's name only: it listens on no address


def find_programs():
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/initdb'))
    if not found or not shutil.which('psql'):
        raise Skip('PostgreSQL is not installed')
    return pathlib.Path(found[-1]).parent


def run_as_nobody(folder, *command):
    """It does not run as root."""
    subprocess.run(command, check=True, capture_output=True, user=NOBODY, group=NOBODY, extra_groups=[], cwd=folder,
                   env={**os.environ, 'HOME': str(folder), 'LANG': 'C'})


@contextlib.contextmanager
def cluster():
    """The folder of its socket, and the number of its first process."""
    programs = find_programs()
    with tempfile.TemporaryDirectory(prefix='slowpath-postgres-', dir='/var/tmp') as name:
        folder = pathlib.Path(name)
        os.chown(folder, NOBODY, NOBODY)
        run_as_nobody(folder, programs / 'initdb', '-D', folder / 'data', '-A', 'trust', '-U', 'app', '--no-sync')
        options = f'-k {folder} -p {PORT} -c listen_addresses= -c fsync=off -c shared_buffers=16MB -c deadlock_timeout=600s'
        control = [programs / 'pg_ctl', '-D', folder / 'data', '-w', '-l', folder / 'log']
        run_as_nobody(folder, *control, '-o', options, 'start')
        try:
            yield folder, int((folder / 'data' / 'postmaster.pid').read_text().split()[0])
        finally:
            run_as_nobody(folder, *control, '-m', 'immediate', 'stop')


class Session:
    def __init__(self, stack, folder):
        self.process = stack.enter_context(subprocess.Popen(['psql', '-X', '-q', '-t', '-A', '-h', folder, '-p', str(PORT), '-U', 'app', 'postgres'],
                                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        stack.callback(self.process.kill)
        self.backend = int(self.ask('select pg_backend_pid();'))

    def say(self, words):
        self.process.stdin.write(words + '\n')
        self.process.stdin.flush()

    def ask(self, words):
        self.say(words)
        return self.process.stdout.readline().strip()


def title_of(pid):
    return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().rstrip(b'\0 ').decode()


def let_it_wait(stack, folder):
    """Two sessions: the second waits for a row that the first has changed, and does nothing more."""
    holder, waiter = Session(stack, folder), Session(stack, folder)
    check(holder.ask('create table t (v int); insert into t values (1); begin; update t set v = 2; select 7;') == '7', 'it answers')
    waiter.say('update t set v = 3;')
    wait_for(lambda: title_of(waiter.backend).endswith('waiting'), 20, 'the second one to wait')
    wait_for(lambda: title_of(holder.backend).endswith('idle in transaction'), 20, 'the first one to be idle')
    return holder, waiter


def told(report, pid):
    found = [process for process in report['processes'] if process['pid'] == pid]
    check(found, f'{pid} is told', report['processes'])
    return found[0]


@promise
def a_backend_that_waits_for_a_row_is_stuck_on_it(slowpath, folder):
    with cluster() as (place, _), contextlib.ExitStack() as stack:
        holder, waiter = let_it_wait(stack, place)
        report = report_of(slowpath.run('stuck', '--json'), 'slowpath.stuck/1')
        one = told(report, waiter.backend)
        check(one['row_id'] == 'user_lockup.program' and one['cause'] == 'lock.user', 'it is told', one)
        check('PostgreSQL' in one['subject']['name'], 'with the lock', one)
        check(any('a PostgreSQL backend' in line for line in one['evidence']), 'and what it is there for', one)
        keepers = [line for line in one['evidence'] if line.startswith('it may be held by')]
        check(len(keepers) == 1 and f'({holder.backend})' in keepers[0], 'and who may hold it', one)
        client = told(report, waiter.process.pid)
        check(client['row_id'] == 'user_lockup.behind' and client['chain'][1]['tid'] == waiter.backend, 'its client is behind it', client)
        check(holder.backend not in [process['pid'] for process in report['processes']], 'the holder is idle', report['processes'])


@promise
def the_verdict_on_it_names_the_lock(slowpath, folder):
    with cluster() as (place, _), contextlib.ExitStack() as stack:
        holder, waiter = let_it_wait(stack, place)
        verdict = report_of(slowpath.run('--json', '-p', waiter.backend, '-d', '1'), 'slowpath.verdict/1')
        first = verdict['findings'][0]
        check(first['cause'] == 'lock.user' and first['share'] > 0.9, 'it waits for a lock', verdict['findings'])
        check(first['subject']['kind'] == 'lock' and 'PostgreSQL' in first['subject']['name'], 'of the program', first)
        with slowpath.start('--json', '-p', waiter.backend, '-d', '3') as watching:
            subprocess.run(['sleep', '1.5'], check=True)
            holder.say('commit;')
            verdict = report_of(subprocess.CompletedProcess(watching.args, 0, *watching.communicate()), 'slowpath.verdict/1')
        first = verdict['findings'][0]
        check(first['cause'] == 'lock.user' and 'held by postgres' in first['subject']['name'], 'who let it go held it', verdict['findings'])


@promise
def its_processes_are_known_by_what_they_call_themselves(slowpath, folder):
    with cluster() as (place, first), contextlib.ExitStack() as stack:
        waiter = let_it_wait(stack, place)[1]
        report = report_of(slowpath.run('wait', '--json', '--idle', '--min', '0', '--by', 'thread', '-d', '2'), 'slowpath.wait/1')
        roles = {row['tid']: row.get('role') for row in report['rows'] if row.get('name') == 'postgres'}
        check(roles.get(waiter.backend) == 'PostgreSQL backend', 'a backend', roles)
        check({'PostgreSQL checkpointer', 'PostgreSQL background writer', 'PostgreSQL WAL writer'} <= set(roles.values()), 'and the others', roles)
        check(roles.get(first) in (None, 'PostgreSQL postmaster'), 'the first one is none of them', roles)


if __name__ == '__main__':
    main()
