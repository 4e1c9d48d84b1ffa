#!/usr/bin/env python3
# Is the page of --html what it promises, in a real browser? Tabs, tables, zoom, keyboard, light and dark, hostile names, no network.
import json
import re
import subprocess
import sys

from browser import Browser, contrast, luminance
from harness import FIXTURES, Skip, check, check_one_line, main, promise, report_of, unpacked

FIRST_BYTES = b'<!doctype html>\n<!-- slowpath: a report -->\n'
BYTES_MAX = 10 << 20
COMMANDS = ['diagnose', 'cpu', 'wait', 'locks', 'syscalls', 'files', 'disk']
HOSTILE = ['<script>alert(1', '</script>', '"\'&<!--', '\\x1b[31m\\xff']  # as the page must show them
LOAD = [sys.executable, '-c', r'''
import ctypes, os, sys, threading, time
libc, end = ctypes.CDLL(None), time.monotonic() + 1
def work(name):
    libc.prctl(15, name, 0, 0, 0)
    with open(os.path.join(sys.argv[1].encode(), b'<script>alert(1)<\\' + name.replace(b'/', b'')), 'wb') as file:
        while time.monotonic() < end:
            sum(i * i for i in range(20000))
            file.write(b'x' * 4096)
            file.flush()
            os.fsync(file.fileno())
threads = [threading.Thread(target=work, args=(name,)) for name in (b'<script>alert(1)', b'</script>', b'"\'&<!--', b'\x1b[31m\xff')]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
''']
TABS = "[...document.querySelectorAll('[role=tab]')]"
TEXT = "document.querySelector('main').textContent"
ROWS = "[...document.querySelectorAll('.table tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
RANGE = "document.querySelector('#range').textContent"
INNER = "document.querySelector('iframe').contentDocument"
FOUND_IN_FLAME = (f"(() => {{ const box = {INNER}.querySelector('#search'); box.value = '%s'; box.dispatchEvent(new Event('input'));"
                  f"return {INNER}.querySelector('#result').textContent; }})()")


def recorded(slowpath, folder):
    path = folder / 'names.slowpath'
    if not path.exists():
        slowpath.record(path, [*LOAD, str(folder)])
    return path


def page_of(slowpath, folder, command, *options, source=None):
    path = folder / f'{command}{"".join(options)}.html'
    done = slowpath.run(command, '-q', '-i', source or recorded(slowpath, folder), '--html', path, *options)
    if b'built without HTML' in done.stderr:
        raise Skip('slowpath was built without HTML reports')
    check(done.returncode == 0 and done.stdout and not done.stderr, 'the page comes beside the answer', done)
    return path


def json_report(slowpath, folder, command, schema):
    return report_of(slowpath.run(command, '-q', '-i', recorded(slowpath, folder), '--json'), schema)


def tabs(browser):
    return browser.evaluate(f'{TABS}.map(tab => tab.textContent)')


def go_to(browser, name):
    browser.click(f'{TABS}.find(tab => tab.textContent === {json.dumps(name)})')


def check_quiet(browser):
    complaints = [event for event in browser.complaints() if not str(event.get('params', {}).get('request', {}).get('url')).startswith('about:')]
    check(not complaints, 'the page should do nothing but show itself', *complaints)


def wait_for_flame(browser):
    browser.evaluate("new Promise(done => { const look = () => { const inner = document.querySelector('iframe').contentDocument;"
                     "inner && inner.querySelector('#search') ? done(0) : setTimeout(look, 20); }; look(); })")


@promise
def every_command_writes_a_page_that_shows_itself(slowpath, folder):
    with Browser(folder) as browser:
        for command in COMMANDS:
            path = page_of(slowpath, folder, command)
            bytes_of = path.read_bytes()
            check(bytes_of.startswith(FIRST_BYTES) and bytes_of.endswith(b'</html>\n'), 'it is whole', command)
            browser.open(path)
            check(f'slowpath {command}: python3' in browser.evaluate("document.querySelector('h1').textContent"), 'it says what it is', command)
            for name in tabs(browser):
                go_to(browser, name)
                check(browser.evaluate(f'{TEXT}.length > 0 || document.querySelector("iframe") !== null'), 'each tab has something', command, name)
            check(tabs(browser)[-1] == 'About', 'the last tells how it was made', tabs(browser))
            check_quiet(browser)


@promise
def what_has_no_recording_of_its_own_has_a_page_too(slowpath, folder):
    recording, copies = recorded(slowpath, folder), FIXTURES / 'zfs'
    answers = {
        'compare': (['compare', recording, recording], 'before', recording.name),
        'zfs': (['zfs', '-i', copies], 'claims', 'aes-256-gcm'),
        'bench': (['bench', '-q', '--target', f'here={folder}', '--preset', 'rand-read', '--size', '4M', '-d', '0.2', '--rounds', '1'], 'cases', 'rand-read'),
        'kvm': (['kvm', '-i', unpacked('kvm-trace.txt', folder)], 'guests', 'npf'),
        'workload': (['workload', '-q', '--', *LOAD, folder], 'jobs', 'fsync'),
    }
    with Browser(folder) as browser:
        for command, (words, tab, expected) in answers.items():
            path = folder / f'{command}.html'
            done = slowpath.run(words[0], '--html', path, *words[1:])
            if b'built without HTML' in done.stderr:
                raise Skip('slowpath was built without HTML reports')
            check(done.returncode == 0 and done.stdout and not done.stderr, 'the page comes beside the answer', done)
            browser.open(path)
            check(f'slowpath {command}' in browser.evaluate("document.querySelector('h1').textContent"), 'it says what it is', command)
            go_to(browser, tab)
            check(expected in browser.evaluate(TEXT), 'it shows what was found', command, browser.evaluate(TEXT))
            check_quiet(browser)


@promise
def the_page_says_what_the_json_says(slowpath, folder):
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'diagnose'))
        report = json_report(slowpath, folder, 'diagnose', 'slowpath.verdict/1')
        causes = browser.evaluate("[...document.querySelectorAll('.finding h3 code')].map(one => one.textContent)")
        check(causes and causes == [finding['cause'] for finding in report['findings']], 'the findings, in their order', causes)
        evidence = report['findings'][0]['evidence'] + report['findings'][0]['advice']
        shown = browser.evaluate("document.querySelector('.finding').textContent")
        check(all(words in shown for words in evidence), 'with evidence and advice', shown, evidence)
        go_to(browser, 'Threads')
        rows = browser.evaluate(ROWS)
        check([row[1] for row in rows] == [str(thread['tid']) for thread in report['accounting']['threads_detail']], 'each thread', rows)
        widths = browser.evaluate("[...document.querySelectorAll('.parts')].map(bar => [...bar.children].reduce((sum, one) => sum + parseFloat(one.style.width), 0))")
        check(all(abs(width - 100) < 0.5 for width in widths), 'whose parts make its whole time', widths)
        go_to(browser, 'About')
        about = browser.evaluate(TEXT)
        check(all(words in about for words in report['how'] + report['not_seen']), 'how it was watched, and what was not seen', about)
        check_quiet(browser)


@promise
def tables_are_sorted_and_searched(slowpath, folder):
    header = "[...document.querySelectorAll('th')].find(one => one.textContent.trim().startsWith('total'))"
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'cpu', '--min', '0'))
        report = report_of(slowpath.run('cpu', '-q', '-i', recorded(slowpath, folder), '--min', '0', '--json'), 'slowpath.profile/1')
        rows = report['profiles'][0]['rows']
        go_to(browser, 'rows')
        names = browser.evaluate("[...document.querySelectorAll('th')].map(one => one.textContent.trim())")
        symbol = names.index('symbol')
        wanted = sorted((row['total'] for row in rows), reverse=True)
        for key, expected in (('descending', wanted), ('ascending', wanted[::-1])):
            browser.click(f"{header}.querySelector('button')")
            check(browser.evaluate(f"{header}.getAttribute('aria-sort')") == key, 'a screen reader hears the order', key)
            by_symbol = {}
            for row in rows:
                by_symbol.setdefault(row['symbol'], set()).add(row['total'])
            shown = browser.evaluate(ROWS)
            check(all(total in by_symbol[row[symbol]] for total, row in zip(expected, shown)), 'rows stand in that order', key, shown[:5], expected[:5])
        browser.click("document.querySelector('.table input')")
        needle = rows[0]['symbol']
        browser.type(needle.upper())
        shown = browser.evaluate(ROWS)
        check(shown and all(any(needle.lower() in cell.lower() for cell in row) for row in shown), 'the search leaves what has it', shown)
        status = browser.evaluate("document.querySelector('.table [role=status]').textContent")
        check(re.match(rf'{len(shown)} of [\d,]+ rows|{len(rows)} rows', status), 'and says how many', status)
        check_quiet(browser)


@promise
def time_is_zoomed_by_mouse_and_keyboard(slowpath, folder):
    bars = "document.querySelectorAll('svg.time g').length"
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'diagnose'))
        go_to(browser, 'Time')
        all_bars, whole = browser.evaluate(bars), browser.evaluate(RANGE)
        check(all_bars > 4, 'the watch is cut into slices', all_bars)
        browser.click("[...document.querySelectorAll('main button')].find(one => one.textContent === 'Zoom in')")
        check(browser.evaluate(bars) == (all_bars + 1) // 2, 'half of them', browser.evaluate(bars), all_bars)
        check(browser.evaluate(RANGE) != whole, 'and it says which', browser.evaluate(RANGE))
        browser.evaluate("document.querySelector('svg.time').focus()")
        browser.key('Escape')
        check(browser.evaluate(RANGE) == whole, 'Escape shows all again', browser.evaluate(RANGE))
        browser.key('ArrowRight')
        told = browser.evaluate("document.querySelector('#slice').textContent")
        check(re.match(r'0 to [\d.]+ \w+: ', told), 'a slice is told', told)
        browser.click("document.querySelector('.legend button')")
        cause = browser.evaluate("document.querySelector('.legend [aria-pressed=true] code').textContent")
        fills = browser.evaluate("new Set([...document.querySelectorAll('svg.time rect:not(.back)')].map(one => one.getAttribute('fill'))).size")
        check(cause and fills == 1, 'one cause alone', cause, fills)
        check_quiet(browser)


def check_states(over, report):
    """Each thread's states fill its life: whole slices in between, and no more than its account in all."""
    accounts = {thread['tid']: thread for thread in report['accounting']['threads_detail']}
    for thread in over['threads']:
        account = accounts[thread['tid']]
        sums = [sum(slice_s) for slice_s in zip(*thread['states'].values())]
        lived = [i for i, slice_s in enumerate(sums) if slice_s > 0][1:-1]
        check(all(abs(sums[i] - over['slice_s']) < 1e-3 * over['slice_s'] for i in lived), 'it is always in one state', thread, over['slice_s'])
        check(sum(sums) <= account['wall_s'] + 1e-5, 'and in none before or after', sum(sums), account)
        for cause, blocked_s in account['blocked_s'].items():
            told_s = sum(thread['states'].get(cause, [0]))
            check(blocked_s - over['slice_s'] - 1e-5 <= told_s <= blocked_s + 1e-5, 'as its account says', cause, told_s, blocked_s)


@promise
def each_thread_is_shown_over_time(slowpath, folder):
    bars = "document.querySelectorAll('.threads > div:first-child svg g').length"
    with Browser(folder) as browser:
        path = page_of(slowpath, folder, 'diagnose')
        data = json.loads(path.read_text(encoding='utf-8').split('id="data">')[1].split('</script>')[0])
        over = data['report']['threads_over_time']
        check(over['threads_left_out'] == 0 and over['left_out_s'] == 0 and len(over['threads']) >= 5, 'all are there', over)
        check_states(over, data['report'])
        browser.open(path)
        go_to(browser, 'Threads over time')
        names = browser.evaluate("[...document.querySelectorAll('.threads span')].map(one => one.textContent)")
        check(len(names) == len(over['threads']) and all(any(name.startswith(hostile) for name in names) for hostile in HOSTILE), 'each has a row', names)
        whole = browser.evaluate(bars)
        check(whole == over['slices'], 'of as many slices', whole, over['slices'])
        browser.click("[...document.querySelectorAll('main button')].find(one => one.textContent === 'Zoom in')")
        check(browser.evaluate(bars) == (whole + 1) // 2, 'which are zoomed together', browser.evaluate(bars), whole)
        browser.evaluate("document.querySelectorAll('.threads svg')[1].focus()")
        browser.key('Escape')
        browser.key('ArrowRight')
        browser.settle()
        told = browser.evaluate("document.querySelector('#slice').textContent")
        check(told.startswith(names[1] + ', 0 to '), 'a slice of a thread is told', told, names)
        browser.click("document.querySelector('.legend button')")
        fills = browser.evaluate("new Set([...document.querySelectorAll('.threads rect:not(.back)')].map(one => one.getAttribute('fill'))).size")
        check(fills == 1, 'one state alone', fills)
        check_quiet(browser)


@promise
def the_keyboard_walks_through_the_sections(slowpath, folder):
    current = "document.activeElement.getAttribute('role') === 'tab' ? document.activeElement.textContent : document.activeElement.tagName"
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'wait'))
        names = tabs(browser)
        browser.key('Tab')
        check(browser.evaluate(current) == names[0], 'Tab goes to the sections', browser.evaluate(current))
        for name in [*names[1:], names[0]]:
            browser.key('ArrowRight')
            check(browser.evaluate(current) == name, 'the arrow keys go on, round and round', browser.evaluate(current), name)
            check(browser.evaluate("document.querySelector('[aria-selected=true]').textContent") == name, 'and show it', name)
        browser.key('ArrowRight')
        check(browser.evaluate("document.querySelectorAll('svg.wakers path').length") > 0, 'who wakes whom is drawn')
        browser.evaluate("document.querySelector('svg.wakers text').focus()")
        browser.settle()
        told = browser.evaluate("document.querySelector('.told').textContent")
        check(' ended ' in told and ' waits of ' in told, 'a name that has the focus tells whom it wakes', told)
        labels = browser.evaluate("[...document.querySelectorAll('[role=tabpanel],[role=tablist],svg')].filter(one => !one.getAttribute('aria-label')"
                                  " && !one.getAttribute('aria-labelledby')).length")
        check(labels == 0, 'all of it has a name for a screen reader', labels)
        check_quiet(browser)


@promise
def the_flame_graph_lives_in_the_page(slowpath, folder):
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'cpu'))
        wait_for_flame(browser)
        count = browser.evaluate(f"{INNER}.querySelectorAll('#frames rect').length")
        check(count > 3, 'frames are drawn', count)
        found = browser.evaluate(FOUND_IN_FLAME % 'script')
        check(re.match(r'\d+ frames? match', found), 'it is searched as ever', found)
        root, wide = browser.evaluate(f"[{INNER}.querySelector('#frames rect').getBoundingClientRect().width, document.querySelector('iframe').clientWidth]")
        check(abs(root + 20 - wide) < 2, 'and is as wide as the page', root, wide)
        check_quiet(browser)


@promise
def a_verdicts_page_has_all_pictures(slowpath, folder):
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'diagnose'))
        names = tabs(browser)
        for name in ('Verdict', 'Time', 'Threads over time', 'Wall-clock flame graph', 'On-CPU flame graph', 'Wakers', 'Heat maps', 'devices'):
            check(name in names, 'there is a tab for each', name, names)
        found = {}
        for name in ('Wall-clock flame graph', 'On-CPU flame graph'):
            go_to(browser, name)
            wait_for_flame(browser)
            check(browser.evaluate(f"{INNER}.querySelectorAll('#frames rect').length") > 3, 'frames are drawn', name)
            found[name] = browser.evaluate(FOUND_IN_FLAME % 'a futex')
        check(re.match(r'[1-9]\d* frames? match', found['Wall-clock flame graph']), 'the wall clock has what was waited for', found)
        check(not re.match(r'[1-9]', found['On-CPU flame graph']), 'and the other has not', found)
        go_to(browser, 'Heat maps')
        maps = browser.evaluate("[...document.querySelectorAll('main h3')].map(one => one.textContent)")
        check('fsync' in maps and len(maps) >= 3, 'devices, file systems and system calls have maps', maps)
        cells = browser.evaluate("[...document.querySelectorAll('svg.heat')].map(one => one.querySelectorAll('rect').length)")
        check(len(cells) == len(maps) and all(count > 0 for count in cells), 'with something in each', maps, cells)
        check_quiet(browser)


@promise
def hostile_names_are_shown_and_run_nothing(slowpath, folder):
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'diagnose'))
        go_to(browser, 'Threads')
        names = [row[3] for row in browser.evaluate(ROWS)]
        for name in HOSTILE:
            check(any(shown.startswith(name) for shown in names), 'the name is shown as text', name, names)
        for command in COMMANDS:
            path = page_of(slowpath, folder, command)
            data = path.read_text(encoding='utf-8').split('id="data">')[1].split('</script>')[0]
            check(not re.search(r'[<>&\u2028\u2029\x00-\x1f]', data), 'nothing in the data could end it', command)
            json.loads(data)
            browser.open(path)
            for name in tabs(browser):
                go_to(browser, name)
                count = browser.evaluate("[...document.querySelectorAll('script, img, base, object, embed, link')].length")
                check(count == 2 + path.read_bytes().count(b'<script type="application/json" id="flame'), 'no element comes from a name', command, name, count)
            check_quiet(browser)


@promise
def light_and_dark_are_legible(slowpath, folder):
    with Browser(folder) as browser:
        browser.open(page_of(slowpath, folder, 'diagnose'))
        for scheme, is_dark in (('light', False), ('dark', True)):
            browser.scheme(scheme)
            page = browser.evaluate('getComputedStyle(document.body).backgroundColor')
            check((luminance(page) < 0.1) == is_dark, f'the page follows the scheme {scheme}', page)
            for name in tabs(browser):
                go_to(browser, name)
                for element in ('h1', 'p', '.quiet', '[role=tab]', 'code', 'td', 'th', '.tools span'):
                    color = browser.evaluate(f"(() => {{ const one = document.querySelector('{element}'); return one && getComputedStyle(one).color; }})()")
                    check(not color or contrast(color, page) >= 4.5, f'{element} is legible in {scheme}', color, page)


@promise
def other_files_are_never_overwritten(slowpath, folder):
    source = recorded(slowpath, folder)
    path = page_of(slowpath, folder, 'diagnose')
    check(slowpath.run('diagnose', '-q', '-i', source, '--html', path).returncode == 0, 'an earlier page is')
    other = folder / 'letter.html'
    other.write_text('<!doctype html>\n<p>mine', encoding='ascii')
    done = slowpath.run('diagnose', '-q', '-i', source, '--html', other)
    check_one_line(done, other)
    check(other.read_text(encoding='ascii') == '<!doctype html>\n<p>mine' and not done.stdout, 'nothing was touched', done)
    done = slowpath.run('cpu', '-q', '-i', source, '--html', '/dev/full')
    check_one_line(done, '/dev/full')


@promise
def a_long_recording_makes_a_small_page(slowpath, folder):
    source = folder / 'long.slowpath'
    subprocess.run(slowpath.helper('long_recording', source, 1_000_000), check=True, timeout=120)
    with Browser(folder) as browser:
        for command in ('diagnose', 'cpu', 'wait'):
            path = page_of(slowpath, folder, command, source=source)
            check(path.stat().st_size <= BYTES_MAX, 'a page has at most 10 MiB', command, path.stat().st_size)
            browser.open(path)
            loaded = browser.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
            print(f'   {command}: {path.stat().st_size / 2**20:.1f} MiB, loaded in {loaded:.0f} ms', flush=True)
            for name in tabs(browser):
                go_to(browser, name)
            check_quiet(browser)


if __name__ == '__main__':
    main()
