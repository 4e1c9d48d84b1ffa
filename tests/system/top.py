#!/usr/bin/env python3
# Does the live screen show who loses time, do its keys work, and is the terminal as it was however it ends? Driven in tmux.
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from harness import (LIMIT_S, RUNGS, Skip, check, check_one_line, end_process, forked, lines, main, promise, state_of, verdict_of, wait_for,
                     without)
from kernel_objects import all_objects, check_nothing_left

SLOW = 2 if 'SLOWPATH_TEST_SANITIZED' in os.environ else 1
PATIENCE_S = LIMIT_S * SLOW  # for what comes within seconds, on a machine that has nothing else to do
PROMPT = 'prompt>'
MARK = 'what stood here before'


def built_with_screen(slowpath):
    done = slowpath.run('doctor', '--json')
    return json.loads(done.stdout)['live_screen']


class Terminal:
    """A shell in a tmux of its own, which is gone when the test is."""

    def __init__(self, folder, columns=100, lines_=30):
        if not shutil.which('tmux'):
            raise Skip('tmux is not installed')
        # A server that ends may hold on to its socket for a moment.
        self.socket, self.raw = (pathlib.Path(tempfile.mkdtemp(dir=folder)) / name for name in ('socket', 'raw'))
        environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'TMUX': '', 'HISTFILE': '', 'TERM': 'xterm-256color'}
        environment.pop('TMUX')
        self.tmux('-f', '/dev/null', 'new-session', '-d', '-x', str(columns), '-y', str(lines_), 'exec sh',
                  environment=environment)
        # What the program writes, byte by byte, before the terminal obeys it.
        self.tmux('pipe-pane', f'cat >{self.raw}')
        self.pid = int(self.tmux('display-message', '-p', '#{pane_pid}'))
        self.run(f"PS1='{PROMPT}'; clear")
        self.wait(lambda: self.text().startswith(PROMPT), 'the shell')

    def tmux(self, *arguments, environment=None):
        done = subprocess.run(['tmux', '-S', self.socket, *arguments], capture_output=True, timeout=LIMIT_S, check=False, env=environment)
        check(done.returncode == 0, 'tmux does it', done)
        return done.stdout.decode(errors='replace')

    def text(self):
        return self.tmux('capture-pane', '-p')

    def wait(self, condition, words):
        try:
            wait_for(condition, PATIENCE_S, words)
        except AssertionError as reason:
            raise AssertionError(f'{reason}; the screen:\n{self.text()}') from None

    def wait_text(self, pattern):
        """Until the screen shows it; returns the match."""
        self.wait(lambda: re.search(pattern, self.text(), re.M), f'the screen to show {pattern!r}')
        return re.search(pattern, self.text(), re.M)

    def press(self, *keys):
        """Keys by tmux's names: 'q', 'Enter', 'Up', 'C-c' …"""
        self.tmux('send-keys', *keys)

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    def run(self, command):
        self.type(command)
        self.press('Enter')

    def modes(self):
        """Of the terminal, as the kernel has them."""
        tty = self.tmux('display-message', '-p', '#{pane_tty}').strip()
        return subprocess.run(['stty', '-F', tty, '-a'], capture_output=True, check=True).stdout.decode()

    def state(self):
        """Of the screen, as the terminal has it."""
        return self.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag} #{wrap_flag}').strip()

    def child(self):
        """The shell's only child; None: it has none."""
        pids = pathlib.Path(f'/proc/{self.pid}/task/{self.pid}/children').read_text(encoding='utf-8').split()
        return int(pids[0]) if pids else None

    def end(self):
        with contextlib.suppress(subprocess.SubprocessError, AssertionError):
            self.tmux('kill-server')


class Top:
    """slowpath top in a terminal that stands still when it is over."""

    def __init__(self, slowpath, folder, *options, **size):
        if not built_with_screen(slowpath):
            raise Skip('slowpath was built without ncursesw')
        self.terminal = Terminal(folder, **size)
        self.terminal.run(f'echo {MARK}')
        self.terminal.wait(lambda: self.terminal.text().count(MARK) > 1, 'the mark')
        # The shell sets the terminal up for each line that it reads: what a program finds is looked at from a program.
        self.before_modes, self.before_state = self.modes_of_programs(), self.terminal.state()
        self.slowpath, self.options, self.pid = slowpath, options, None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise

    def modes_of_programs(self):
        self.terminal.run('cat')
        self.terminal.wait(self.terminal.child, 'the program to begin')
        modes = self.terminal.modes()
        self.terminal.press('C-d')
        self.terminal.wait(lambda: not self.terminal.child(), 'it to end')
        return modes

    def start(self):
        self.terminal.run(f'{self.slowpath.path} top {" ".join(map(str, self.options))}; echo status=$?')
        self.terminal.wait(self.terminal.child, 'top to begin')
        self.pid = self.terminal.child()
        self.terminal.wait_text('^slowpath top.* last ')

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        if (pid := self.terminal.child()) is not None:
            end_process(pid)
        self.terminal.end()

    def check_ended(self, how, status=0):
        self.terminal.wait_text(f'status={status}$')
        check(MARK in self.terminal.text(), f'{how}: what stood there before is there again', self.terminal.text())
        check(self.terminal.state() == self.before_state, f'{how}: the screen is as it was', self.terminal.state(), self.before_state)
        modes = self.modes_of_programs()
        check(modes == self.before_modes, f'{how}: the terminal is as it was', modes, self.before_modes)


def be_called(name):
    with open('/proc/self/comm', 'wb') as comm:
        comm.write(name)


@contextlib.contextmanager
def waiter(path, name=b'lockvictim'):
    """A process of that name that waits for the lock of the file, which we hold: it loses all its time, however busy the machine is."""
    with open(path, 'wb') as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        def work():
            be_called(name)
            with open(path, 'rb') as mine:
                fcntl.flock(mine, fcntl.LOCK_EX)
        with forked(work) as pid:
            wait_for(lambda: state_of(pid) == 'S' and pathlib.Path(f'/proc/{pid}/comm').read_bytes()[:-1] == name, 20, 'it to wait')
            yield pid


@promise
def who_loses_time_is_shown_with_cause_and_culprit_and_all_about_it(slowpath, folder):
    with Top(slowpath, folder) as top, waiter(folder / 'contended') as pid:
        screen = top.terminal
        screen.type('/')
        screen.wait_text('Filter:')
        screen.type('lockvictim')
        screen.press('Enter')
        row = screen.wait_text(rf'^>\s*{pid} lockvictim +100 % .*lock\.file')
        check('contended' in row.string[row.start():].split('\n', 1)[0], 'the file is to blame', row.string)
        check(len(re.findall(r'^[> ]\s*\d+ ', row.string, re.M)) == 1, 'the others are filtered out', row.string)
        screen.wait_text(r'CPUs?: user .* system .* idle ')
        screen.wait_text(r'^Pressure: CPU .* I/O .* memory ')
        screen.press('Enter')
        screen.wait_text(rf'^lockvictim \[{pid}\]')
        screen.wait_text(r'^its present wait lasts (more than )?\d')
        screen.wait_text(r'lock\.file')
        screen.wait_text(r'^ +\d+ % +waited in')
        screen.wait_text('flock')
        screen.press('Escape')
        screen.wait_text(rf'^>\s*{pid} lockvictim')
        screen.press('q')
        top.check_ended('q')


@promise
def keys_choose_order_page_and_rows(slowpath, folder):
    with Top(slowpath, folder) as top, waiter(folder / 'contended'):
        screen = top.terminal
        screen.press('c')
        screen.wait_text(r'\[by cpu\]')
        screen.press('s')
        screen.wait_text(r'\[by wait\]')
        screen.press('l')
        screen.wait(lambda: '[by ' not in screen.text(), 'the first order')
        screen.press('i')
        screen.wait_text(r'^>')
        first = screen.wait_text(r'^>\s*(\d+)')[1]
        screen.press('Down')
        screen.wait(lambda: (found := re.search(r'^>\s*(\d+)', screen.text(), re.M)) and found[1] != first, 'another row')
        screen.press('Tab')
        screen.wait_text(r'^ *LOST +THREADS +CAUSE')
        screen.wait_text(r'lock\.file')
        screen.press('?')
        screen.wait_text('^ *up down k j')
        screen.press('Escape')
        screen.wait_text(r'^ *LOST +THREADS +CAUSE')
        screen.press('C-c')
        top.check_ended('Ctrl-C')


@promise
def a_paused_screen_stands_still(slowpath, folder):
    with Top(slowpath, folder) as top, waiter(folder / 'contended'):
        screen = top.terminal
        screen.wait_text(r'^slowpath top.*watched for ')
        screen.press('p')
        screen.wait_text(r'PAUSED for [1-9]')
        told = screen.wait_text(r'watched for [\d.]+ \w+')[0]
        later = screen.wait_text(r'PAUSED for [3-9]')
        check(told in later.string, 'the numbers stay those of that moment', told, later.string)
        screen.press('p')
        screen.wait(lambda: 'PAUSED' not in screen.text() and told not in screen.text(), 'it to go on')


@promise
def it_fits_into_every_size(slowpath, folder):
    with Top(slowpath, folder) as top, waiter(folder / 'contended'):
        screen = top.terminal
        for columns, height, heading in ((40, 10, r'^ *TID NAME +LOST CAUSE, CULPRIT'), (130, 40, r'^ *TID PROCESS +NAME +LOST +CPU'),
                                         (20, 5, r'^ NAME +LOST'), (80, 24, r'^ *TID NAME +LOST +CPU CAUSE')):
            screen.tmux('resize-window', '-x', str(columns), '-y', str(height))
            text = screen.wait_text(heading).string
            check(all(len(line) <= columns for line in text.split('\n')), f'{columns} columns', text)
            check(len(text.rstrip('\n').split('\n')) <= height, f'{height} lines', text)
        for columns, height in ((1, 1), (3, 2), (2, 30), (40, 10)):
            screen.tmux('resize-window', '-x', str(columns), '-y', str(height))
            time.sleep(0.2)
        screen.wait_text(r'LOST CAUSE, CULPRIT')
        for key in ('Enter', '?', 'Escape', 'Escape', 'Tab', 'End', 'Down', 'Tab'):
            screen.press(key)
        screen.wait_text(r'LOST CAUSE, CULPRIT')
        screen.tmux('resize-window', '-x', '100', '-y', '30')
        screen.wait_text(r'^ *TID NAME +LOST +CPU CAUSE')
        screen.press('q')
        top.check_ended('q after many sizes')


@promise
def it_begins_on_a_small_terminal_and_ends_with_the_process_that_it_watches(slowpath, folder):
    with waiter(folder / 'contended') as pid, Top(slowpath, folder, '-p', pid, columns=40, lines_=10) as top:
        top.terminal.wait_text(rf'^>\s*{pid} lockvict')
        end_process(pid)
        top.terminal.wait_text(f'process {pid} has ended')
        top.terminal.wait_text('status=0$')


@promise
def signals_end_it_and_the_terminal_is_as_it_was(slowpath, folder):
    with Top(slowpath, folder) as top:
        for number, status in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, 1), (signal.SIGQUIT, 1)):
            os.kill(top.pid, number)
            top.check_ended(number.name, status)
            top.terminal.run('clear; echo ' + MARK)
            top.terminal.wait(lambda: 'status=' not in top.terminal.text(), 'the screen to be cleared')
            if number != signal.SIGQUIT:
                top.start()


@promise
def it_is_stopped_by_ctrl_z_and_goes_on(slowpath, folder):
    with Top(slowpath, folder) as top:
        screen = top.terminal
        screen.press('C-z')
        screen.wait(lambda: state_of(top.pid) == 'T', 'it to stop')
        screen.wait(lambda: screen.state() == top.before_state and MARK in screen.text(), 'the screen as it was')
        screen.run('fg')
        screen.wait_text('^slowpath top.* last ')
        screen.press('q')
        screen.wait(lambda: not screen.child(), 'it to end')
        screen.wait(lambda: screen.state() == top.before_state, 'the screen as it was')
        check(top.modes_of_programs() == top.before_modes, 'the terminal is as it was')


@promise
def its_terminal_goes_and_so_does_it(slowpath, folder):
    before = all_objects()
    with Top(slowpath, folder) as top:
        top.terminal.end()
        wait_for(lambda: not os.path.exists(f'/proc/{top.pid}'), PATIENCE_S, 'it to end')
        top.terminal.child = lambda: None
    check_nothing_left(before, 'a terminal that was closed')


@promise
def sigkill_leaves_nothing_in_the_kernel(slowpath, folder):
    before = all_objects()
    with Top(slowpath, folder) as top, waiter(folder / 'contended'):
        os.kill(top.pid, signal.SIGKILL)
        top.terminal.wait(lambda: not top.terminal.child(), 'it to end')
        check_nothing_left(before, 'SIGKILL')


HOSTILE = b'\x1b]0;PWNED\x07'  # a name of at most 15 bytes: names the terminal anew where it is obeyed
HOSTILE_FILE = 'e\x1b[31mvil\u202e'


@promise
def no_escape_sequence_of_a_traced_name_reaches_the_terminal(slowpath, folder):
    with Top(slowpath, folder, columns=140) as top, waiter(folder / HOSTILE_FILE, HOSTILE) as pid:
        screen = top.terminal
        screen.type('/pwned')
        screen.press('Enter')
        screen.wait_text(rf'^>\s*{pid} .*PWNED.*vil')
        screen.press('Tab')
        screen.wait_text(r'lock\.file.*vil')
        screen.press('Tab')
        screen.press('Enter')
        screen.wait_text(rf'PWNED.* \[{pid}\]')
        screen.wait_text(r'^ +\d+ % +waited in')
        screen.press('q')
        top.check_ended('q')
        check('PWNED' not in screen.tmux('display-message', '-p', '#{pane_title}'), 'the terminal has its name')
        raw = top.terminal.raw.read_bytes()
        check(b'PWNED' in raw and b'vil' in raw, 'the names were written', len(raw))
        for piece in (HOSTILE, HOSTILE[:5], HOSTILE[-4:], HOSTILE_FILE.encode()[:6], '\u202e'.encode()):
            check(piece not in raw, 'none of it as it was', piece)


@promise
def what_was_seen_is_frozen_into_a_recording_that_reads(slowpath, folder):
    kept = folder / 'kept.slowpath'
    with Top(slowpath, folder, '-o', kept, columns=160) as top, waiter(folder / 'contended') as pid:
        screen = top.terminal
        screen.wait_text(r'lock\.file.*contended')
        screen.wait_text(r'last [3-5][. ]')
        screen.press('f')
        told = screen.wait_text(rf'the last ([\d.]+) s are kept: slowpath -i {kept}')
        size = kept.stat().st_size
        screen.press('f')
        screen.wait_text('exists: it is left as it is')
        check(kept.stat().st_size == size, 'it is left as it was')
        screen.press('q')
        top.check_ended('q')
    done = slowpath.run('-i', kept, '--json')
    check(done.returncode == 0 and not done.stderr, 'the recording reads', done)
    verdict = verdict_of(done)
    found = [row for row in verdict['findings'] if row['cause'] == 'lock.file' and 'contended' in row['subject']['name']]
    check(found, 'and tells the same', [(row['cause'], row['subject']) for row in verdict['findings']])
    check(any(link.get('tid') == pid for link in found[0]['chain']), 'of the same thread', found[0]['chain'])
    check(abs(verdict['window_s'] - float(told[1])) < 0.06, 'it is as long as was said', verdict['window_s'], told[0])


@promise
def batch_prints_so_many_screens_without_a_terminal(slowpath, folder):
    kept = folder / 'kept.slowpath'
    with waiter(folder / 'contended', HOSTILE) as pid:
        done = slowpath.run('top', '--batch', '3', '-p', pid, '-o', kept)
    check(done.returncode == 0 and not done.stderr, 'it ends by itself', done)
    text = done.stdout.decode()
    check(text.count('slowpath top') == 3, 'three screens', text)
    check(re.search(rf'^ *{pid} .*100 %.*lock\.file', text, re.M), 'with who loses time', text)
    check(b'\x1b' not in done.stdout and b'\x07' not in done.stdout, 'and nothing that a terminal obeys', done)
    check(slowpath.run('-i', kept, '--json').returncode == 0, 'the last seconds are kept')


@promise
def what_lasts_is_seen_in_each_way_to_watch(slowpath, folder):
    with waiter(folder / 'contended') as pid:
        for names, rung in RUNGS[1:]:
            done = slowpath.run('top', '--batch', '1', '-p', pid, *without(names))
            check(re.search(rf'^ *{pid} .*100 %.*lock\.file', done.stdout.decode(), re.M), f'by {rung}', done)


@promise
def what_cannot_be_shown_is_told_in_one_line(slowpath, folder):
    check_one_line(slowpath.run('top'), 'terminal', '--batch')
    check_one_line(slowpath.run('top', '--batch', '0'), '--batch')
    check_one_line(slowpath.run('top', '--batch', '1', '--sort', 'size'), 'size')
    if not built_with_screen(slowpath):
        raise Skip('slowpath was built without ncursesw')
    for term in ('no-such-terminal', 'dumb'):
        terminal = Terminal(folder)
        try:
            # What ncurses leaves behind where it knows no such terminal (6.4) is its own.
            terminal.run(f'ASAN_OPTIONS=detect_leaks=0 TERM={term} {slowpath.path} top; echo status=$?')
            terminal.wait_text('status=1$')
            check(f"'{term}'" in terminal.text() and '--batch' in terminal.text(), 'what, and what to do', terminal.text())
            check(len(lines(terminal.text().strip().encode())) <= 5, 'one line', terminal.text())
        finally:
            terminal.end()


if __name__ == '__main__':
    main()
