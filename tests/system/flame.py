#!/usr/bin/env python3
# Is a flame graph what it promises, in a real browser? Search, zoom, hover, keyboard, light and dark, hostile names.
import json
import re
import xml.etree.ElementTree

from browser import CONTROL, Browser, contrast, luminance
from harness import check, main, promise

SAMPLES = ['on-cpu', 'wall', 'differential', 'hostile', 'empty', 'deep', 'wide']
SVG = '{http://www.w3.org/2000/svg}'
SHOWN = "[...document.querySelectorAll('#frames rect')].filter(frame => !frame.hasAttribute('display'))"
DETAILS = "document.querySelector('#details').textContent"
RESULT = "document.querySelector('#result').textContent"


def write(flames, folder, name, *options):
    path = folder / f'{name}{"".join(options)}.svg'
    done = flames.run(name, *options)
    check(done.returncode == 0, 'the sample should be written', done)
    path.write_bytes(done.stdout)
    return path


def frame(name):
    """The first frame of this name, as an expression."""
    return f"[...document.querySelectorAll('#frames rect')].find(one => one.frame.name.label === {json.dumps(name)})"


def is_shown(browser, name):
    return browser.evaluate(f"!{frame(name)}.hasAttribute('display')")


def width(browser, name):
    return browser.evaluate(f"{frame(name)}.getBoundingClientRect().width")


def check_quiet(browser):
    complaints = browser.complaints()
    check(not complaints, 'the page should do nothing but show itself', *complaints)


@promise
def every_graph_is_xml(flames, folder):
    for name in SAMPLES:
        for options in ((), ('icicle',)):
            root = xml.etree.ElementTree.parse(write(flames, folder, name, *options)).getroot()
            check(root.tag == f'{SVG}svg', 'the root is svg', root.tag)
            known = {'svg', 'title', 'style', 'defs', 'pattern', 'rect', 'circle', 'g', 'text', 'line', 'metadata', 'i', 'script'}
            used = {element.tag.replace(SVG, '') for element in root.iter()}
            check(used <= known, 'no element comes from a name', used - known)


@promise
def search_finds_marks_and_tells_a_share(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'on-cpu'))
        browser.key('f', CONTROL)
        check(browser.evaluate('document.activeElement.id') == 'search', 'Ctrl-F goes to the search box')
        browser.type('ZIO_DO')
        marked = browser.evaluate("[...document.querySelectorAll('#frames rect.match')].map(one => one.frame.name.label)")
        check(marked == ['zio_do_crypt_uio'], 'upper and lower case are the same', marked)
        told = browser.evaluate(RESULT)
        # 870 of 5,109 ms: with what it called.
        check(re.fullmatch(r'1 frame matches \(of those drawn\): 17 % of all', told), 'the share is told', told)
        fill = browser.evaluate(f"getComputedStyle({frame('zio_do_crypt_uio')}).fill")
        other = browser.evaluate(f"getComputedStyle({frame('taskq_thread')}).opacity")
        check(fill == 'rgb(108, 27, 185)' and float(other) < 1, 'the match is marked, others step back', fill, other)
        browser.key('Escape')
        check(browser.evaluate("document.querySelectorAll('.match').length") == 0, 'Escape ends the search')
        check(browser.evaluate(RESULT) == '', 'and takes its result away')
        check_quiet(browser)


@promise
def a_frame_and_what_it_calls_count_once(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'on-cpu'))
        browser.key('/')
        browser.type('main')
        of_main = browser.evaluate(RESULT).rpartition(': ')[2]
        browser.click("document.querySelector('#regex')")
        browser.click("document.querySelector('#search')")
        browser.evaluate("document.querySelector('#search').select()")
        browser.type('^(main|Exec[HS].*)$')
        told = browser.evaluate(RESULT)
        check(told.startswith('4 frames match'), 'a regular expression', told)
        check(told.rpartition(': ')[2] == of_main, 'what main called is in main', told, of_main)
        browser.evaluate("document.querySelector('#search').select()")
        browser.type('(')
        check('not a regular expression' in browser.evaluate(RESULT), 'half an expression is told', browser.evaluate(RESULT))
        check_quiet(browser)


@promise
def modules_are_searched_when_asked_for(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'on-cpu'))
        browser.key('/')
        browser.type('[ZFS]')
        only_names = browser.evaluate(RESULT)
        browser.click("document.querySelector('#modules')")
        with_modules = browser.evaluate(RESULT)
        check(only_names.startswith('1 frame matches') and with_modules.startswith('4 frames match'),
              'the function without a name; then all of the module', only_names, with_modules)
        check_quiet(browser)


@promise
def a_click_zooms_and_reset_restores(flames, folder):
    with Browser(folder) as browser:
        for options in ((), ('icicle',)):
            browser.open(write(flames, folder, 'on-cpu', *options))
            before = browser.evaluate(f"{SHOWN}.map(one => [one.getAttribute('x'), one.getAttribute('width')].join())")
            check(not browser.evaluate("document.querySelectorAll('#frames .faded').length"), 'nothing is faded yet')
            browser.click(frame('taskq_thread'))
            check(width(browser, 'taskq_thread') > 1170, 'it takes all the width', width(browser, 'taskq_thread'))
            check(not is_shown(browser, 'main'), 'what is beside it is gone')
            faded = browser.evaluate("[...document.querySelectorAll('#frames rect.faded')].map(one => one.frame.name.label)")
            check(faded == ['all', 'z_rd_int_*'], 'its callers are faded', faded)
            check(width(browser, 'zio_do_crypt_uio') > 900, 'what it calls grows too', width(browser, 'zio_do_crypt_uio'))
            browser.click("document.querySelector('#reset')")
            after = browser.evaluate(f"{SHOWN}.map(one => [one.getAttribute('x'), one.getAttribute('width')].join())")
            check(before == after, 'reset restores each frame')
            check(not browser.evaluate("document.querySelectorAll('#frames .faded').length"), 'nothing is faded any more')
        check_quiet(browser)


@promise
def the_keyboard_is_enough(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'on-cpu'))
        current = 'document.activeElement.frame && document.activeElement.frame.name.label'
        browser.key('Tab')
        check(browser.evaluate(current) == 'all', 'Tab goes to the root', browser.evaluate(current))
        path = []
        for key in ('ArrowUp', 'ArrowRight', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowLeft', 'Home', 'ArrowUp', 'ArrowRight'):
            browser.key(key)
            path.append(browser.evaluate(current))
        check(path == ['postgres', 'z_rd_int_*', 'taskq_thread', 'zio_execute', 'taskq_thread', 'z_rd_int_*', 'postgres', 'all',
                       'postgres', 'z_rd_int_*'], 'the arrow keys move between frames', path)
        label = browser.evaluate("document.activeElement.getAttribute('aria-label')")
        check(label.startswith('z_rd_int_* (threads): 18 % of all, '), 'a screen reader hears it', label)
        check(browser.evaluate("document.activeElement.getAttribute('role')") == 'treeitem', 'as an item of a tree')
        check(browser.evaluate(DETAILS) == label, 'and it stands above the graph', browser.evaluate(DETAILS))
        browser.key('Enter')
        check(not is_shown(browser, 'postgres'), 'Enter zooms')
        check(browser.evaluate(current) == 'z_rd_int_*', 'and one can go on from there', browser.evaluate(current))
        browser.key('Escape')
        check(is_shown(browser, 'postgres'), 'Escape resets')
        browser.key('/')
        browser.type('kfpu')
        browser.key('Enter')
        check(browser.evaluate(current) == 'kfpu_begin', 'Enter in the search goes to the match', browser.evaluate(current))
        check_quiet(browser)


@promise
def hovering_tells_all_of_a_frame(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'on-cpu'))
        hint = browser.evaluate(DETAILS)
        browser.hover(frame('zio_do_crypt_uio'))
        wanted = 'zio_do_crypt_uio (kernel function in [zfs]): 17 % of all, 870 ms, 870 samples'
        check(browser.evaluate(DETAILS) == wanted, 'name, module, share, amount, samples', browser.evaluate(DETAILS))
        check(browser.evaluate(f"{frame('zio_do_crypt_uio')}.querySelector('title').textContent") == wanted, 'as its title too')
        browser.mouse('mouseMoved', 600, 790)
        browser.open(write(flames, folder, 'differential'))
        browser.hover(frame('zio_do_crypt_uio'))
        told = browser.evaluate(DETAILS)
        check(told.endswith('; before 165 ms (+705 ms)'), 'a comparison tells both sides', told)
        check(browser.evaluate(f"{frame('zio_do_crypt_uio')}.getAttribute('class')")[0] == 'g', 'and its colour is of growth')
        check(hint.startswith('Hover over'), 'before it, how to use the graph', hint)
        check_quiet(browser)


@promise
def hostile_names_are_shown_and_run_nothing(flames, folder):
    with Browser(folder) as browser:
        for scheme in ('light', 'dark'):
            browser.scheme(scheme)
            browser.open(write(flames, folder, 'hostile'))
            count = browser.evaluate('document.querySelectorAll("script, img, svg").length')
            check(count == 2, 'there is one picture with one script, and no element of a name', count)
            shown = browser.evaluate("[...document.querySelectorAll('#frames text')].map(one => one.textContent)")
            check('<script>alert(1)</script>' in shown, 'the name is shown as text', shown)
            names = browser.evaluate(f'{SHOWN}.map(one => one.frame.name.label)')
            for name in names:
                browser.hover(frame(name))
            browser.click(frame('-->'))
            browser.key('/')
            browser.type('<script>')
            check(browser.evaluate(RESULT).startswith('2 frames match'), 'it can be searched for', browser.evaluate(RESULT))
            check_quiet(browser)


@promise
def light_and_dark_are_legible(flames, folder):
    classes = ([f'{kind}{i}' for kind, count in (('u', 8), ('k', 8), ('t', 4)) for i in range(count)]
               + [f'{kind}{i}' for kind in 'gs' for i in range(1, 6)] + ['a', 'z', 'low', 'high', 'even', 'page'])
    with Browser(folder) as browser:
        path = write(flames, folder, 'on-cpu')
        for scheme, is_dark in (('light', False), ('dark', True)):
            browser.scheme(scheme)
            browser.open(path)
            page = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            check((luminance(page) < 0.1) == is_dark, f'the page follows the scheme {scheme}', page)
            text = browser.evaluate("getComputedStyle(document.querySelector('#frames text')).fill")
            for name in classes:
                fill = browser.evaluate(f"(() => {{ const one = document.querySelector('#page'); const old = one.className.baseVal;"
                                        f"one.setAttribute('class', '{name}'); const fill = getComputedStyle(one).fill;"
                                        "one.setAttribute('class', old); return fill; })()")
                check(contrast(text, fill) >= 4.5, f'text on {name} is legible in {scheme}', text, fill, contrast(text, fill))
        check_quiet(browser)


@promise
def texts_keep_to_their_frames_at_any_width(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'hostile'))
        for pixels in (800, 1200, 1900):
            browser.size(pixels, 700)
            root = width(browser, 'all')
            check(abs(root - (pixels - 20)) < 2, 'the graph is as wide as the window', root, pixels)
            loose = browser.evaluate("[...document.querySelectorAll('#frames text')].filter(text => text.getBoundingClientRect().right"
                                     " > text.previousElementSibling.getBoundingClientRect().right + 1).map(text => text.textContent)")
            check(not loose, f'no text is longer than its frame at {pixels} px', loose)
            check(browser.evaluate("document.querySelectorAll('#frames text').length") >= 10, 'and there are texts')
        check_quiet(browser)


@promise
def deep_and_wide_and_empty_graphs_open(flames, folder):
    with Browser(folder) as browser:
        browser.open(write(flames, folder, 'deep'))
        check(browser.evaluate('scrollY') > 50000, 'flames stand at the bottom, and that is shown', browser.evaluate('scrollY'))
        top = browser.evaluate("document.querySelector('#search').getBoundingClientRect().top")
        check(0 <= top < 60, 'the search box stays in sight', top)
        browser.key('/')
        browser.type('recurse_1500')
        browser.key('Enter')
        browser.key('Enter')
        at = browser.evaluate("document.activeElement.getBoundingClientRect().top")
        check(browser.evaluate("document.activeElement.frame.name.label") == 'recurse_1500' and 100 < at < 800,
              'a match far up is scrolled to', at)
        browser.open(write(flames, folder, 'deep', 'icicle'))
        check(browser.evaluate('scrollY') == 0, 'icicles hang from the top')
        browser.open(write(flames, folder, 'wide'))
        note = browser.evaluate("document.querySelector('#foot').textContent")
        check(re.search(r'[\d,]+ frames narrower than 0\.1 px are not drawn', note), 'what is not drawn is told', note)
        browser.click(f'{SHOWN}.slice(-1)[0]')
        browser.key('Escape')
        browser.key('/')
        browser.type('FUNCTION_1')
        told = browser.evaluate(RESULT)
        check(re.match(r'1,\d{3} frames match', told), 'thousands of frames are searched', told)
        browser.open(write(flames, folder, 'empty'))
        check('no samples' in browser.evaluate('document.documentElement.textContent'), 'nothing is told to be nothing')
        browser.key('/')
        browser.type('x')
        browser.key('Escape')
        browser.key('Escape')
        check_quiet(browser)


@promise
def without_its_script_it_can_be_read(flames, folder):
    with Browser(folder) as browser:
        browser.call('Emulation.setScriptExecutionDisabled', value=True)
        browser.open(write(flames, folder, 'wall'))
        browser.call('Emulation.setScriptExecutionDisabled', value=False)
        check(browser.evaluate("document.querySelector('#tools') === null"), 'no script ran')
        shown = browser.evaluate("[...document.querySelectorAll('#frames text')].map(one => one.textContent)")
        check({'postgres', 'fdatasync', 'fs.journal'} <= set(shown), 'names stand in the frames', shown)
        height = browser.evaluate("document.querySelector('#frames rect').getBoundingClientRect().height")
        check(height == 17, 'frames have their height', height)
        legend = browser.evaluate("document.querySelector('#head').textContent")
        check('blocked' in legend and 'waiting for a CPU' in legend, 'the legend tells the kinds', legend)


if __name__ == '__main__':
    main()
