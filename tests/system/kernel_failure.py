#!/usr/bin/env python3
# Is it told when the kernel's log tells of a failure under the target, live and again, and what was there before is not?
import os
import sys

from harness import Skip, check, main, promise, verdict_of

# The form in which the kernel tells of a task that hangs. It is one line in the log, and nothing hangs.
TELL = [sys.executable, '-c', '''
import os
name = open("/proc/self/comm").read().strip()
open("pid", "w").write(str(os.getpid()))
open("/dev/kmsg", "w").write(f"INFO: task {name}:{os.getpid()} blocked for more than 2 seconds.\\n")
''']


def hangs_of(verdict):
    return [finding for finding in verdict['findings'] if finding['cause'] == 'kernel.hang']


def need_log():
    try:
        os.close(os.open('/dev/kmsg', os.O_RDWR | os.O_NONBLOCK))
    except OSError as reason:
        raise Skip(f'/dev/kmsg cannot be read and written: {reason}') from reason


@promise
def what_the_log_tells_of_the_target_is_told_live_and_again_but_not_later(slowpath, folder):
    need_log()
    done = slowpath.run('--json', '-o', 'x', '--', *TELL, cwd=folder)
    hangs = hangs_of(verdict_of(done))
    pid = (folder / 'pid').read_text()
    check(len(hangs) == 1 and hangs[0] == verdict_of(done)['findings'][0], 'it is told once, and first', done)
    check(hangs[0]['share'] == 0 and hangs[0]['subject']['kind'] == 'thread', 'it is of a thread, and no time', hangs)
    check(hangs[0]['subject']['name'].endswith(f'({pid})'), 'the thread is the one that the log names', pid, hangs)
    check(any('blocked for more than 2 seconds.' in words for words in hangs[0]['evidence']), 'the line is told', hangs)

    again = slowpath.run('--json', '-i', 'x', cwd=folder)
    check(done.stdout and again.stdout == done.stdout, 'replay and live differ', done, again)

    later = slowpath.run('--json', '-d', '1')
    check(all(f'({pid})' not in finding['subject']['name'] for finding in hangs_of(verdict_of(later))), 'old lines are passed over', later)


if __name__ == '__main__':
    main()
