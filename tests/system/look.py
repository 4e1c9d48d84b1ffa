#!/usr/bin/env python3
# Do two looks see how threads stand and whom they wait for, without hanging on any of them?
import contextlib
import ctypes
import json
import mmap
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from harness import LIMIT_S, Skip, check, end_process, forked, main, promise, state_of, wait_for

LOOK_DUMP = os.environ.get('LOOK_DUMP', '')
WAITERS = os.environ.get('WAITERS', '')
BURNERS = os.environ.get('BURNERS', '')
HUNG_FUSE = pathlib.Path(__file__).with_name('hung_fuse.py')
FUTEX, PIPE, SOCKET, FILE_LOCK, FUSE, CHILD, TRACER = 1, 2, 3, 4, 5, 6, 8  # enum relation_kind
PROCESS, GONE, NOBODY = 1, 2, 4  # enum relation_flags
SLEEPS, STOPPED, TRACED, ZOMBIE = 1, 4, 8, 32
ON_CPU = 1  # enum thread_flags
READS_RWSEM, WRITES_RWSEM = 3, 4  # enum blocker_kind
MNT_FORCE, MNT_DETACH = 1, 2
BELOW = ['', 'iter_task']

# It prints its child's number and waits for the child's end.
PARENT = ['sh', '-c', 'sh -c "echo \\$\\$; exec sleep 60"; true']


def need_look_dump():
    if not LOOK_DUMP:
        raise Skip('LOOK_DUMP does not name the program that takes looks')


class Told:
    """The events that look_dump printed."""

    def __init__(self, output):
        self.text = output.decode()
        self.events = [json.loads(line) for line in self.text.splitlines()]
        self.facts = {event['key']: event['value'] for event in self.of('fact')}
        self.symbols = {event['id']: event['name'] for event in self.of('symbol')}
        self.stacks = {event['id']: [self.symbols.get(symbol, '?') for symbol in event['symbols']] for event in self.of('stack')}

    def of(self, kind):
        return [event for event in self.events if event['kind'] == kind]

    def thread(self, tid, look=2):
        found = [event for event in self.of('thread') if event['tid'] == tid and event['look'] == look]
        check(len(found) == 1, f'thread {tid} is told once in look {look}', found)
        return found[0]

    def relations(self, tid, kind):
        return [event for event in self.of('relation') if event['tid'] == tid and event['relation'] == kind]

    def peers(self, tid, kind):
        return [(event['peer'], event['flags']) for event in self.relations(tid, kind)]

    def stack(self, thread, which='stack'):
        return self.stacks.get(thread[which], [])


def look(*arguments, wrapper=(), **settings):
    need_look_dump()
    done = subprocess.run([*wrapper, LOOK_DUMP, *map(str, arguments)], capture_output=True, timeout=LIMIT_S, check=False, **settings)
    check(done.returncode == 0 and done.stderr == b'', 'the looks are taken without a word', done)
    return Told(done.stdout)


def look_without(names, *arguments):
    return look('-d', '0.1', *(['--without', names] if names else []), *arguments)


@contextlib.contextmanager
def process(*command, **settings):
    """A process of the test's own, ended at the end."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **settings) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_until_asleep(pid, states='SD'):
    wait_for(lambda: state_of(pid) in states and 'poll' not in pathlib.Path(f'/proc/{pid}/wchan').read_text(encoding='utf-8'), 10,
             f'{pid} to sleep')


def waiters():
    """The names of the threads of the program of mutexes → their numbers."""
    if not WAITERS:
        raise Skip('WAITERS does not name the program of mutexes')
    return process(WAITERS)


def numbers_of(running):
    numbers = dict(running.stdout.readline().decode().split() for _ in range(8))
    numbers = {name: int(number) for name, number in numbers.items()}
    for name, number in numbers.items():
        if name != 'dead':
            wait_for(lambda tid=number: pathlib.Path(f'/proc/{running.pid}/task/{tid}/stat').read_text(encoding='utf-8')
                     .rsplit(')', 1)[1].split()[0] == 'S', 10, f'{name} to wait')
    time.sleep(0.2)
    return numbers


@promise
def the_holder_of_a_mutex_is_told(slowpath, folder):
    for names in BELOW:
        with waiters() as running:
            of = numbers_of(running)
            told = look_without(names)
        expected = {'left': ('right', 0), 'right': ('left', 0), 'wants_robust': ('holder', 0), 'wants_inherited': ('holder', 0),
                    'wants_orphan': ('dead', GONE), 'joiner': ('left', 0)}
        for name, (peer, flags) in expected.items():
            check(told.peers(of[name], FUTEX) == [(of[peer], flags)], f'{name} waits for {peer} (without {names!r})',
                  told.peers(of[name], FUTEX), of)
        check(told.peers(of['holder'], FUTEX) == [], 'who waits for no futex has no such relation')


@promise
def threads_are_told_with_call_stack_and_time(slowpath, folder):
    with waiters() as running:
        of = numbers_of(running)
        told = look('-d', '0.1', '-p', running.pid)
    first, second = told.thread(of['left'], 1), told.thread(of['left'])
    check(second['state'] & SLEEPS and second['syscall'] == 202 or os.uname().machine != 'x86_64', 'it sleeps in futex()', second)
    check(any('futex' in name for name in told.stack(second)), 'its kernel stack says so', told.stack(second))
    user = told.stack(second, 'user_stack')
    check('embrace' in user, 'its user stack goes on to its own function', user)
    check(first['since_ns'] and first['since_ns'] < first['time_ns'], 'since when it waits is known', first)
    check(abs(first['since_ns'] - second['since_ns']) < 1e8, 'both looks tell the same begin of the wait', first, second)
    check(first['switches'] == second['switches'] and first['run_ns'] == second['run_ns'], 'nothing moved', first, second)
    others = [event for event in told.of('thread') if event['user_stack'] and
              event['tid'] not in of.values()]
    check(not others, 'only those of the target have user stacks', others[:3])
    check(f'process.{running.pid}.core_limit' in told.facts, 'the limit of its core file is told', told.facts)
    times = [event['time_ns'] for event in told.events]
    check(times == sorted(times), 'events come in the order of their times')


@promise
def who_holds_the_other_end_of_a_pipe_is_told(slowpath, folder):
    for names in BELOW:
        reading, writing = os.pipe()
        with forked(lambda: (os.close(writing), os.read(reading, 1))) as reader:
            os.close(reading)
            wait_until_asleep(reader)
            told = look_without(names)
            check(told.peers(reader, PIPE) == [(os.getpid(), PROCESS)], 'we hold the end to write to', told.relations(reader, PIPE))
            check(told.relations(reader, PIPE)[0]['name'].startswith('pipe:['), 'the pipe has its name', told.relations(reader, PIPE))
            os.close(writing)
        with forked(lambda: os.read(os.pipe()[0], 1)) as reader:
            wait_until_asleep(reader)
            told = look_without(names)
            # Where a process does not show its descriptors it is not known.
            expected = [[(0, NOBODY)], []] if names else [[(0, NOBODY)]]
            check(told.peers(reader, PIPE) in expected, 'nobody else holds it', told.relations(reader, PIPE))


@promise
def who_holds_the_other_end_of_a_socket_is_told(slowpath, folder):
    import socket
    for names in BELOW:
        ours, theirs = socket.socketpair()
        with forked(lambda: (ours.close(), theirs.recv(1))) as reader:
            theirs.close()
            wait_until_asleep(reader)
            told = look_without(names)
            check(told.peers(reader, SOCKET) == [(os.getpid(), PROCESS)], 'we hold the other end', told.relations(reader, SOCKET))
            ours.close()


@promise
def who_holds_the_lock_on_a_file_is_told(slowpath, folder):
    import fcntl
    path = folder / 'locked'
    with open(path, 'w', encoding='utf-8') as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        for names in BELOW:
            def lock():
                with open(path, 'w', encoding='utf-8') as other:
                    fcntl.lockf(other, fcntl.LOCK_EX)
            with forked(lock) as waiter:
                wait_until_asleep(waiter)
                told = look_without(names)
                check(told.peers(waiter, FILE_LOCK) == [(os.getpid(), PROCESS)], 'we hold it', told.relations(waiter, FILE_LOCK))
                check(told.relations(waiter, FILE_LOCK)[0]['name'] == str(path), 'the file is named', told.relations(waiter, FILE_LOCK))


@promise
def children_that_are_waited_for_are_told(slowpath, folder):
    for names in BELOW:
        with process(*PARENT, stderr=subprocess.DEVNULL) as parent:
            child = int(parent.stdout.readline())
            wait_until_asleep(parent.pid)
            told = look_without(names)
            check(told.peers(parent.pid, CHILD) == [(child, PROCESS)], 'it waits for its child', told.relations(parent.pid, CHILD))
            end_process(child)


@promise
def stopped_traced_and_dead_processes_are_told(slowpath, folder):
    libc = ctypes.CDLL(None, use_errno=True)
    for names in BELOW:
        with forked(lambda: None) as stopped, forked(lambda: libc.ptrace(0, 0, 0, 0)) as traced, forked(lambda: os._exit(7)) as dead:
            os.kill(stopped, signal.SIGSTOP)
            wait_until_asleep(stopped, 'T')
            wait_until_asleep(traced)
            os.kill(traced, signal.SIGSTOP)
            wait_until_asleep(traced, 't')
            wait_until_asleep(dead, 'Z')
            told = look_without(names)
            check(told.thread(stopped)['state'] & STOPPED, 'it is stopped', told.thread(stopped))
            check(told.thread(traced)['state'] & TRACED, 'it is traced', told.thread(traced))
            check(told.peers(traced, TRACER) == [(os.getpid(), PROCESS)], 'by us', told.relations(traced, TRACER))
            check(told.thread(dead)['state'] & ZOMBIE, 'it is a zombie', told.thread(dead))
            check(names or told.thread(dead)['exit_code'] == 7 << 8, 'with its exit status', told.thread(dead))


@promise
def what_a_thread_does_between_the_looks_is_told(slowpath, folder):
    with process(sys.executable, '-c', 'while True: open("/proc/self/comm").read()') as running:
        for names in BELOW:
            for _ in range(20):  # on a crowded machine it may have had no CPU meanwhile
                told = look_without(names)
                first, second = told.thread(running.pid, 1), told.thread(running.pid)
                if second['run_ns'] > first['run_ns'] and second['io_calls'] > first['io_calls']:
                    break
            check(second['run_ns'] > first['run_ns'], 'it ran', first, second)
            check(second['io_calls'] > first['io_calls'] and second['io_bytes'] > first['io_bytes'], 'it read', first, second)


@promise
def where_a_thread_runs_is_told(slowpath, folder):
    if not BURNERS:
        raise Skip('BURNERS does not name the program that runs')
    stacks = []
    with process(BURNERS, 'shares', str(LIMIT_S)) as running:
        for _ in range(20):  # on a crowded machine it seldom has a CPU
            told = look('-d', '0.3', '-p', running.pid)
            if 'missing.running_stacks' in told.facts:
                raise Skip('samples cannot be taken')
            user = told.stack(told.thread(running.pid), 'user_stack')
            if told.thread(running.pid)['flags'] & ON_CPU and user:
                stacks.append(user)
            if len(stacks) == 3:
                break
    if not stacks:
        raise Skip('it never had a CPU when it was looked at')
    check(all('main' in stack for stack in stacks), 'each is a stack of the program', stacks)
    # A look may find it in libc, which keeps no frame pointer: its caller, work, is then left out of the stack.
    check(any('work' in stack for stack in stacks), 'the function that runs is in its user stack', stacks)


@promise
def lines_of_the_kernels_log_are_told(slowpath, folder):
    marker = f'slowpath-test[{os.getpid()}]: segfault at {time.monotonic_ns()}'
    try:
        pathlib.Path('/dev/kmsg').write_text(marker + '\n', encoding='utf-8')
    except OSError as reason:
        raise Skip(f'/dev/kmsg cannot be written: {reason}') from reason
    found = [event for event in look_without('').of('log') if event['text'] == marker]
    check(len(found) == 1 and found[0]['tid'] == os.getpid(), 'the line is told, with whom it is about', found)


@promise
def a_replay_tells_the_same(slowpath, folder):
    path = folder / 'x'
    live = look('-d', '0.1', '-o', path)
    replayed = look('-i', path)
    check(live.text == replayed.text, 'each event comes back as it was')


@promise
def a_signal_ends_the_wait_between_the_looks(slowpath, folder):
    need_look_dump()
    with subprocess.Popen([LOOK_DUMP, '-d', '1h'], stdout=subprocess.PIPE) as running:
        first = running.stdout.readline()
        while b'"look": 1' not in first:
            first = running.stdout.readline()
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=LIMIT_S)
    check(running.returncode == 0 and b'"look": 2' in rest, 'the second look is taken all the same', running.returncode)


@promise
def what_the_lower_rung_cannot_see_is_told(slowpath, folder):
    best, lower = look_without(''), look_without('iter_task')
    check(best.facts['facility.threads'] == 'iter_task' and lower.facts['facility.threads'] == 'proc', 'the way is told',
          best.facts, lower.facts)
    check({key for key in lower.facts if key.startswith('missing.')} > {key for key in best.facts if key.startswith('missing.')},
          'what is missing is told', lower.facts)


@promise
def without_rights_ones_own_processes_are_seen(slowpath, folder):
    setpriv = shutil.which('setpriv')
    if not setpriv or not os.access(LOOK_DUMP, os.X_OK):
        raise Skip('setpriv is not installed')
    us = [setpriv, '--reuid', '65534', '--regid', '65534', '--clear-groups']
    if subprocess.run([*us, 'test', '-x', LOOK_DUMP], check=False).returncode:
        raise Skip(f'{LOOK_DUMP} is not for everybody')
    with process(*us, *PARENT, stderr=subprocess.DEVNULL) as parent:
        child = int(parent.stdout.readline())
        wait_until_asleep(parent.pid)
        told = look('-d', '0.1', wrapper=us)
        end_process(child)
    check(told.facts['facility.threads'] == 'proc' and 'missing.threads_of_others' in told.facts, 'it is told what is hidden', told.facts)
    check(told.peers(parent.pid, CHILD) == [(child, PROCESS)], 'it waits for its child', told.relations(parent.pid, CHILD))
    check(told.thread(1)['state'] is not None, 'others are told as far as they are seen')


# --- sick processes ---

@contextlib.contextmanager
def hung_file(folder):
    """A file whose reads are never answered, and who should answer them."""
    if not os.path.exists('/dev/fuse'):
        raise Skip('/dev/fuse is missing')
    point = folder / 'hung'
    point.mkdir()
    with process(sys.executable, str(HUNG_FUSE), str(point), stderr=subprocess.PIPE) as daemon:
        if daemon.stdout.readline() != b'ready\n':
            raise Skip(f'FUSE cannot be mounted: {daemon.stderr.read().decode()}')
        try:
            yield point / 'file', daemon.pid
        finally:
            ctypes.CDLL(None).umount2(str(point).encode(), MNT_FORCE | MNT_DETACH)


def read_file(path):
    with open(path, 'rb', buffering=0) as file:
        file.read(100)


@promise
def a_hung_file_system_is_told_with_its_daemon(slowpath, folder):
    for number, names in enumerate(BELOW):
        rooms = [folder / f'{name}{number}' for name in ('this', 'other')]
        for room in rooms:
            room.mkdir()
        # That there is another one must not confuse.
        with hung_file(rooms[0]) as (path, daemon), hung_file(rooms[1]), forked(lambda: read_file(path)) as reader:
            try:
                wait_until_asleep(reader)
                told = look_without(names)
                check(told.peers(reader, FUSE) == [(daemon, PROCESS)], f'the daemon has to answer (without {names!r})',
                      told.relations(reader, FUSE), told.stack(told.thread(reader)))
                check(told.relations(reader, FUSE)[0]['name'] == str(path.parent), 'the mount is named', told.relations(reader, FUSE))
            finally:
                end_process(daemon)  # before that the reader cannot be ended


def map_file(path):
    """The address at which the file is mapped, untouched."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    with open(path, 'rb') as file:
        return libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE, file.fileno(), 0)


def helpers():
    """Processes of look_dump that were left behind."""
    return [pid for pid in os.listdir('/proc') if pid.isdigit() and name_of(pid) == os.path.basename(LOOK_DUMP)]


def name_of(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/comm').read_text(encoding='utf-8', errors='replace').strip()
    except OSError:
        return ''


def has_blocker(slowpath):
    """Does the kernel note who holds an rwsem to read, until that lets go?"""
    return any(row['id'] == 'task_blocker' and row['works'] == 'yes' for row in json.loads(slowpath.run('doctor', '--json').stdout)['facilities'])


def check_sick(sick, holder, owner, daemon):
    for names in BELOW:
        told = look_without(names, '-p', sick)
        check(f'process.{sick}.unreadable' in told.facts, 'that it could not be read is told', told.facts)
        check(told.thread(sick)['state'] & 2, 'how it stands is told all the same', told.thread(sick))
        wait_for(lambda: not helpers(), 10, 'helpers that hung to be gone')
    told = look_without('', '-p', sick)
    check((told.thread(sick)['lock_kind'], told.thread(sick)['lock_owner']) == (WRITES_RWSEM, owner),
          'it waits for its own mappings, which the reader holds', told.thread(sick), holder)
    check(told.peers(holder, FUSE) == [(daemon, PROCESS)], 'who waits for the daemon', told.relations(holder, FUSE))


@promise
def who_holds_a_folder_is_known_to_those_who_read_it(slowpath, folder):
    """The reader can be killed: of such waits the kernel notes no lock."""
    with hung_file(folder) as (path, daemon), forked(lambda: os.mkdir(path.with_name('new'))) as maker:
        try:
            wait_until_asleep(maker)
            with forked(lambda: os.listdir(path.parent)) as reader:
                try:
                    wait_until_asleep(reader)
                    told = look_without('')
                    thread = told.thread(reader)
                    check((thread['lock_kind'], thread['lock_owner']) == (READS_RWSEM, maker), 'it waits for the folder that the other holds',
                          thread, told.stack(thread))
                finally:
                    end_process(daemon)  # before that nobody can be ended
        finally:
            end_process(daemon)


@promise
def killed_between_the_looks_it_leaves_no_helper(slowpath, folder):
    need_look_dump()
    with subprocess.Popen([LOOK_DUMP, '-d', '1h'], stdout=subprocess.PIPE) as running:
        while b'"look": 1' not in running.stdout.readline():
            pass
        check(len(helpers()) >= 2, 'a helper reads for it', helpers())
        running.kill()
    wait_for(lambda: not helpers(), 10, 'its helper to be gone')


@promise
def nobody_hangs_on_a_process_whose_mappings_are_locked(slowpath, folder):
    """Who reads its memory holds its lock while the file system does not answer; it wants to map more, and waits behind."""
    with hung_file(folder) as (path, daemon):
        (may_go, go), (address, tell_address) = os.pipe(), os.pipe()

        def be_sick():
            os.write(tell_address, str(map_file(path)).encode())
            os.read(may_go, 1)
            mmap.mmap(-1, 4096)

        def hold():
            with open(f'/proc/{sick}/mem', 'rb', buffering=0) as memory:
                memory.seek(place)
                memory.read(8)

        with forked(be_sick) as sick:
            place = int(os.read(address, 100))
            with forked(hold) as holder:
                try:
                    wait_for(lambda: 'request_wait' in pathlib.Path(f'/proc/{holder}/wchan').read_text(encoding='utf-8') or
                             state_of(holder) == 'D', 10, 'the reader to wait')
                    os.write(go, b'.')
                    wait_until_asleep(sick, 'D')
                    check_sick(sick, holder, holder if has_blocker(slowpath) else 0, daemon)
                finally:
                    end_process(daemon)  # all are let go


@promise
def a_program_on_a_hung_file_system_has_no_names(slowpath, folder):
    """Its mappings can be read, but not its file."""
    with hung_file(folder) as (path, daemon):
        with forked(lambda: (map_file(path), time.sleep(60))) as mapper:
            wait_until_asleep(mapper)
            told = look_without('', '-p', mapper)
            check(told.thread(mapper)['state'] & SLEEPS, 'it is told', told.thread(mapper))


if __name__ == '__main__':
    main()
