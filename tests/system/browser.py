# How is a page looked at in a real browser? Chromium without a window, driven through its DevTools pipe.
import base64
import fcntl
import json
import os
import re
import select
import shutil
import signal
import time

from harness import Skip, check, wait_for

LIMIT_S = 30  # for one answer
CONTROL, SHIFT = 2, 8
SWITCHES = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', '--disable-crash-reporter', '--remote-debugging-pipe', '--hide-scrollbars',
            '--window-size=1200,800']
KEYS = {'Enter': 13, 'Escape': 27, 'Tab': 9, 'Home': 36, 'ArrowLeft': 37, 'ArrowUp': 38, 'ArrowRight': 39, 'ArrowDown': 40}


class Browser:
    """Chromium with one page: `with Browser(folder) as browser`."""

    def __init__(self, folder):
        self.folder = folder
        self.pid = None
        self.number = 0
        self.session = None
        self.unread = b''
        self.events = []

    def __enter__(self):
        program = shutil.which('chromium')
        if not program:
            raise Skip('chromium is not installed')
        theirs_in, self.ours_out = os.pipe()
        self.ours_in, theirs_out = os.pipe()
        home = self.folder / 'browser'
        home.mkdir()
        # Chromium reads commands from descriptor 3 and answers on 4; neither may be one of ours before.
        from_us, to_us = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out))
        actions = [(os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, str(self.folder / 'browser.log'), os.O_WRONLY | os.O_CREAT, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2), (os.POSIX_SPAWN_DUP2, from_us, 3), (os.POSIX_SPAWN_DUP2, to_us, 4)]
        self.pid = os.posix_spawn(program, [program, *SWITCHES, f'--user-data-dir={home}', 'about:blank'],
                                  {**os.environ, 'HOME': str(home), 'TMPDIR': str(home)}, file_actions=actions, setpgroup=0)
        for end in (theirs_in, theirs_out, from_us, to_us):
            os.close(end)
        try:
            self.attach()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *reason):
        """Asked to end, it ends its helpers too and tidies up; what does not end is killed."""
        try:
            self.session = None
            self.call('Browser.close')
            wait_for(self.has_ended, 10, 'the browser to end')
        except (AssertionError, OSError):
            pass
        self.kill()

    def has_ended(self):
        if self.pid and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.pid = None
        return self.pid is None

    def kill(self):
        if self.pid:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.ours_in)
        os.close(self.ours_out)

    def attach(self):
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')

    def read_message(self, end):
        while b'\0' not in self.unread:
            ready, _, _ = select.select([self.ours_in], [], [], max(0, end - time.monotonic()))
            check(ready, f'the browser did not answer within {LIMIT_S} s', self.log())
            piece = os.read(self.ours_in, 1 << 20)
            check(piece, 'the browser ended', self.log())
            self.unread += piece
        message, self.unread = self.unread.split(b'\0', 1)
        return json.loads(message)

    def log(self):
        return (self.folder / 'browser.log').read_text(errors='replace')[-1500:]

    def call(self, method, **parameters):
        """One command of the DevTools protocol, and its result."""
        self.number += 1
        command = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            command['sessionId'] = self.session
        os.write(self.ours_out, json.dumps(command).encode() + b'\0')
        end = time.monotonic() + LIMIT_S
        while True:
            message = self.read_message(end)
            if message.get('id') == self.number:
                check('error' not in message, f'{method} failed', message)
                return message['result']
            self.note(message)

    def note(self, event):
        self.events.append(event)
        # An open dialog would hold the page for ever.
        if event.get('method') == 'Page.javascriptDialogOpening':
            self.number += 1
            os.write(self.ours_out, json.dumps({'id': self.number, 'method': 'Page.handleJavaScriptDialog',
                                                'params': {'accept': True}, 'sessionId': self.session}).encode() + b'\0')

    def open(self, path):
        """Show the file, and wait until it is loaded."""
        del self.events[:]
        self.call('Page.navigate', url=path.as_uri())
        end = time.monotonic() + LIMIT_S
        while not any(event.get('method') == 'Page.loadEventFired' for event in self.events):
            self.note(self.read_message(end))

    def evaluate(self, expression):
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        check('exceptionDetails' not in result, f'{expression} threw', result)
        return result['result'].get('value')

    def settle(self):
        """Until all that was asked for is drawn."""
        self.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))')

    def scheme(self, name):
        self.call('Emulation.setEmulatedMedia', features=[{'name': 'prefers-color-scheme', 'value': name}])
        self.settle()

    def size(self, width, height):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.settle()

    def mouse(self, kind, x, y, **more):
        self.call('Input.dispatchMouseEvent', type=kind, x=x, y=y, **more)

    def middle(self, expression):
        """Where the element is that the expression yields."""
        return self.evaluate(f'(() => {{ const at = ({expression}).getBoundingClientRect();'
                             'return [at.x + at.width / 2, at.y + at.height / 2]; })()')

    def hover(self, expression):
        self.mouse('mouseMoved', *self.middle(expression))
        self.settle()

    def click(self, expression):
        x, y = self.middle(expression)
        for kind in ('mouseMoved', 'mousePressed', 'mouseReleased'):
            self.mouse(kind, x, y, button='left' if kind != 'mouseMoved' else 'none', clickCount=1)
        self.settle()

    def key(self, key, modifiers=0):
        code = KEYS.get(key, ord(key[0].upper()))
        settings = {'key': key, 'windowsVirtualKeyCode': code, 'modifiers': modifiers}
        if key not in KEYS and not modifiers:
            settings['text'] = key
        if key == 'Enter':
            settings['text'] = '\r'
        self.call('Input.dispatchKeyEvent', type='keyDown', **settings)
        settings.pop('text', None)
        self.call('Input.dispatchKeyEvent', type='keyUp', **settings)
        self.settle()

    def type(self, text):
        self.call('Input.insertText', text=text)
        self.settle()

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call('Page.captureScreenshot')['data']))

    def complaints(self):
        """What must not happen: errors, dialogs, and requests for anything but the page itself."""
        self.evaluate('0')
        bad = []
        for event in self.events:
            method, told = event.get('method'), event.get('params', {})
            if method in ('Runtime.exceptionThrown', 'Page.javascriptDialogOpening', 'Runtime.consoleAPICalled'):
                bad.append(event)
            elif method == 'Log.entryAdded' and told['entry']['level'] != 'info':
                bad.append(event)
            elif method == 'Network.requestWillBeSent' and not told['request']['url'].startswith('file:'):
                bad.append(event)
        return bad


def luminance(color):
    channels = [int(part) / 255 for part in re.findall(r'\d+', color)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
