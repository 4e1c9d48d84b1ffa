#!/usr/bin/env python3
# Do the shells complete what slowpath takes, each by its own completion?
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import time

from harness import Skip, check, lines, main, promise


def script_of(slowpath, folder, shell):
    """The script that the program prints, as a file."""
    done = slowpath.run('completion', shell)
    check(done.returncode == 0 and done.stdout, f'there is a script for {shell}', done)
    path = folder / f'slowpath.{shell}'
    path.write_bytes(done.stdout)
    return path


def need(shell):
    found = shutil.which(shell)
    if not found:
        raise Skip(f'{shell} is not installed')
    return found


def by_bash(slowpath, folder, *words):
    """What bash offers for the last word."""
    program = '''source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slowpath; printf '%s\\n' "${COMPREPLY[@]}"'''
    done = subprocess.run([need('bash'), '--norc', '-c', program, 'bash', script_of(slowpath, folder, 'bash'), 'slowpath', *words],
                          capture_output=True, check=False, cwd=folder)
    check(done.returncode == 0 and not done.stderr, 'bash takes the script', done)
    return [line for line in lines(done.stdout) if line]


def by_fish(slowpath, folder, line):
    """What fish offers at the end of the line, without the descriptions."""
    program = f'source {script_of(slowpath, folder, "fish")}; complete -C {line!r}'
    done = subprocess.run([need('fish'), '--no-config', '-c', program], capture_output=True, check=False, cwd=folder,
                          env={**os.environ, 'HOME': str(folder)})
    check(done.returncode == 0 and not done.stderr, 'fish takes the script', done)
    return [word.split('\t')[0] for word in lines(done.stdout)]


class Zsh:
    """An interactive zsh that tells what a line became when Tab was pressed at its end."""

    def __init__(self, script, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe('zsh', ['zsh', '-f', '-i'], {**os.environ, 'TERM': 'dumb', 'HOME': str(folder)})
        self.say("PS1='' PROMPT_EOL_MARK=''; unsetopt zle_bracketed_paste beep; stty -echo; autoload -Uz compinit; compinit -u -D; "
                 f"source {script}; show() {{ print -r -- \"IS<$BUFFER>\"; BUFFER=; zle accept-line }}; zle -N show; "
                 "bindkey '^T' show; bindkey '^I' complete-word; print READ''Y\n")
        self.read(r'READY')

    def say(self, text):
        os.write(self.fd, text.encode())

    def read(self, pattern):
        heard, end = '', time.monotonic() + 20
        while not re.search(pattern, heard):
            check(time.monotonic() < end, f'zsh should say {pattern}', heard)
            if select.select([self.fd], [], [], 0.2)[0]:
                heard += os.read(self.fd, 65536).decode(errors='replace')
        return re.search(pattern, heard)

    def complete(self, line):
        self.say(line + '\t')
        time.sleep(0.5)  # Tab and ^T must not come as one
        self.say('\x14')
        return self.read(r'IS<([^>]*)>')[1]

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


FORMATS = ['json', 'folded', 'pprof', 'speedscope', 'perf-script', 'perfetto', 'openmetrics']


@promise
def bash_completes_commands_options_and_values(slowpath, folder):
    commands = by_bash(slowpath, folder, '')
    check({'diagnose', 'export', 'help', 'completion'} <= set(commands), 'all commands', commands)
    check(by_bash(slowpath, folder, 'exp') == ['export'], 'a command by its beginning')
    options = by_bash(slowpath, folder, 'export', '--')
    check('--format' in options and '--wall' in options and '--idle' not in options, 'the options of the command', options)
    check('--idle' in by_bash(slowpath, folder, 'wait', '--'), 'those of another')
    check(by_bash(slowpath, folder, 'export', '--format', '') == FORMATS, 'the formats')
    check(by_bash(slowpath, folder, 'export', '--format', '=', 'perf') == ['perf-script', 'perfetto'], 'after an equals sign too')
    check(by_bash(slowpath, folder, '--without', 'tp_btf,raw') == ['tp_btf,raw_tp'], 'the next of a list')
    check(str(os.getpid()) in by_bash(slowpath, folder, '-p', ''), 'processes')
    check(by_bash(slowpath, folder, 'completion', '') == ['bash', 'zsh', 'fish'], 'the words of a command')
    check(by_bash(slowpath, folder, 'help', 'rec') == ['record'], 'commands as words')


@promise
def bash_completes_files_with_blanks(slowpath, folder):
    (folder / 'a file').touch()
    check(by_bash(slowpath, folder, '-i', 'a') == ['a file'], 'a name with a blank is one')


@promise
def bash_completes_a_command_to_watch(slowpath, folder):
    check('bash' in by_bash(slowpath, folder, '--', 'bas'), 'a program after --')


@promise
def fish_completes_commands_options_and_values(slowpath, folder):
    commands = by_fish(slowpath, folder, 'slowpath ')
    check({'diagnose', 'export', 'help', 'completion'} <= set(commands), 'all commands', commands)
    options = by_fish(slowpath, folder, 'slowpath export --')
    check('--format' in options and '--idle' not in options, 'the options of the command', options)
    check('--kallsyms' in by_fish(slowpath, folder, 'slowpath --'), 'those of the default command')
    check(sorted(by_fish(slowpath, folder, 'slowpath export --format ')) == sorted(FORMATS), 'the formats')
    check(sorted(by_fish(slowpath, folder, 'slowpath completion ')) == ['bash', 'fish', 'zsh'], 'the words of a command')
    check('tp_btf,raw_tp' in by_fish(slowpath, folder, 'slowpath --without tp_btf,'), 'the next of a list')


@promise
def zsh_completes_commands_options_and_values(slowpath, folder):
    need('zsh')
    zsh = Zsh(script_of(slowpath, folder, 'zsh'), folder)
    try:
        for typed, completed in [('slowpath exp', 'slowpath export '), ('slowpath export --form', 'slowpath export --format='),
                                 ('slowpath export --format=perfe', 'slowpath export --format=perfetto '),
                                 ('slowpath wait --idl', 'slowpath wait --idle '), ('slowpath cpu --idl', 'slowpath cpu --idl'),
                                 ('slowpath completion fi', 'slowpath completion fish ')]:
            became = zsh.complete(typed)
            check(became.rstrip() == completed.rstrip(), f'{typed} becomes {completed}', became)
    finally:
        zsh.end()


@promise
def an_unknown_shell_is_refused(slowpath, folder):
    for words in [(), ('tcsh',)]:
        done = slowpath.run('completion', *words)
        check(done.returncode == 2 and len(lines(done.stderr)) == 1 and not done.stdout, 'one line', done)


@promise
def every_script_is_installed_where_its_shell_looks(slowpath, folder):
    build = pathlib.Path(slowpath.path).parent
    done = subprocess.run(['meson', 'install', '-C', build, '--no-rebuild', '--destdir', folder], capture_output=True, check=False)
    check(done.returncode == 0, 'it installs', done)
    found = {path.name: path for path in folder.rglob('*slowpath*') if path.is_file()}
    for shell, name in [('bash', 'completions/slowpath'), ('zsh', '_slowpath'), ('fish', 'slowpath.fish')]:
        path = next((path for path in folder.rglob('*') if str(path).endswith(name)), None)
        check(path is not None, f'{name} is there', sorted(map(str, found.values())))
        check(path.read_bytes() == slowpath.run('completion', shell).stdout, 'it is what the program prints', str(path))
    check('slowpath-export.1' in found, 'the manual page of export too', sorted(found))


main()
