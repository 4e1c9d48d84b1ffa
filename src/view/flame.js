/*
 * What can one do with a flame graph? Look at a frame, zoom into it, search; all of it by keyboard too.
 * Names are data: they only ever become textContent and values of attributes that hold words.
 */
'use strict';
(() => {
const svg = document.currentScript.closest('svg');
const part = id => svg.querySelector('#' + id);
const head = part('head'), canvas = part('frames'), details = part('details'), page = part('page');
const LEVEL = +svg.dataset.level, SPAN = +svg.dataset.span, MARGIN = 10, LEAST = 720, TOOLS = 470;
const KINDS = {
	a: 'everything', t: 'threads', u: 'user function', k: 'kernel function',
	b: 'blocked: what it waited for', r: 'runnable: it waited for a CPU', w: 'who ended the wait',
};
const MARKS = {g: '\u25b2 ', s: '\u25bc '};
const HINT = details.textContent;

function make(space, kind, attributes, ...children) {
	const made = document.createElementNS(space, kind);
	for (const [name, value] of Object.entries(attributes))
		made.setAttribute(name, value);
	made.append(...children);
	return made;
}
const draw_element = (kind, attributes, ...children) => make(svg.namespaceURI, kind, attributes, ...children);
const html = (kind, attributes, ...children) => make('http://www.w3.org/1999/xhtml', kind, attributes, ...children);

/* Scripts of the east are written two columns wide. */
const columns_of = c => c < '\u1100' || (c >= '\u2000' && c < '\u2e80') ? 1 : 2;

function cut(words, columns) {
	let used = 0, fits = '';
	for (const c of words) {
		used += columns_of(c);
		if (used > columns)
			return fits + '\u2026';
		if (used < columns)
			fits += c;
	}
	return words;
}

/* What the file says of the frames, in depth-first order. */
const names = [...part('names').children].map(name => {
	const [kind, label, module, place] = ['k', 'n', 'm', 'p'].map(key => name.getAttribute(key) || '');
	return {kind, label, module, place};
});

function describe(frame) {
	const {kind, label, module, place} = frame.name;
	const [share, amount, samples, before, change] = frame.told;
	const where = (module && ' in ' + module) + (place && ' at ' + place);
	const count = samples === '0' ? '' : `, ${samples} ${svg.dataset.counted || 'sample'}${samples === '1' ? '' : 's'}`;
	const compared = before === undefined ? '' : `; before ${before} (${change})`;
	return `${label} (${KINDS[kind]}${where}): ${share} of all, ${amount}${svg.dataset.unit}${count}${compared}`;
}

function read_frames() {
	const read = [], path = [];
	let base;
	for (const element of canvas.querySelectorAll('rect')) {
		const [name, ...told] = element.dataset.d.split(';');
		const [x, y, w] = ['x', 'y', 'width'].map(key => +element.getAttribute(key));
		const next = element.nextElementSibling;
		base = base === undefined ? y : base;
		const depth = Math.round(Math.abs(y - base) / LEVEL);
		const frame = {
			element, x, y, w, depth, told, name: names[name], at: read.length, last: read.length,
			up: path[depth - 1] || null, text: next && next.localName === 'text' ? next : null, shown: true,
		};
		frame.label = (MARKS[element.getAttribute('class')[0]] || '') + frame.name.label;
		element.frame = path[depth] = frame;
		read.push(frame);
	}
	for (let i = read.length - 1; i > 0; i--)
		read[i].up.last = Math.max(read[i].up.last, read[i].last);
	return read;
}
const frames = read_frames();
const is_icicle = frames.length > 1 && frames[1].y > frames[0].y;
let zoomed = frames[0], current = frames[0], pointed = null, width = SPAN, hits = null;

const glyph = (() => {
	const probe = draw_element('text', {}, 'M'.repeat(100));
	canvas.append(probe);
	const measured = probe.getComputedTextLength() / 100;
	probe.remove();
	return measured || 7.3;
})();

function write(frame, x, w, is_faded) {
	const columns = Math.floor((w - 6) / glyph);
	if (columns < 3) {
		if (frame.text)
			frame.text.remove();
		frame.text = null;
		return;
	}
	if (!frame.text) {
		frame.text = draw_element('text', {y: frame.y + 13});
		frame.element.after(frame.text);
	}
	frame.text.setAttribute('x', (x + 3).toFixed(1));
	frame.text.setAttribute('class', frame.name.kind + (is_faded ? ' faded' : '') + (is_hit(frame) ? ' match' : ''));
	frame.text.textContent = cut(frame.label, columns);
}

function show(frame, is_shown) {
	if (frame.shown === is_shown)
		return;
	frame.shown = is_shown;
	if (is_shown)
		frame.element.removeAttribute('display');
	else
		frame.element.setAttribute('display', 'none');
	if (!is_shown && frame.text) {
		frame.text.remove();
		frame.text = null;
	}
}

/* The zoomed frame takes all the width, and with it those it was called from; what is not above it is gone. */
function draw() {
	const scale = width / (zoomed ? zoomed.w : SPAN), above = new Set();
	for (let frame = zoomed && zoomed.up; frame; frame = frame.up)
		above.add(frame);
	for (const frame of frames) {
		const is_faded = above.has(frame);
		show(frame, is_faded || (frame.at >= zoomed.at && frame.at <= zoomed.last));
		if (!frame.shown)
			continue;
		const x = is_faded ? 0 : (frame.x - zoomed.x) * scale, w = is_faded ? width : frame.w * scale;
		frame.element.setAttribute('x', x.toFixed(2));
		frame.element.setAttribute('width', (w > 4 ? w - 0.8 : w).toFixed(2));
		frame.element.classList.toggle('faded', is_faded);
		write(frame, x, w, is_faded);
	}
	reset.disabled = zoomed === frames[0];
}

/* Scrolls so that the frame is not hidden by the window's edge or by the head, which stays in sight. */
function reveal(frame) {
	const top = head.getBoundingClientRect().height + 4;
	if (frame.y < scrollY + top)
		scrollTo(scrollX, frame.y - top);
	else if (frame.y + LEVEL > scrollY + innerHeight)
		scrollTo(scrollX, frame.y + 2 * LEVEL - innerHeight);
}

/* What has no room stays in the title. */
function put_cut(element, words, room) {
	element.textContent = words;
	const length = element.getComputedTextLength();
	if (length > room)
		element.replaceChildren(cut(words, Math.floor(words.length * room / length)), draw_element('title', {}, words));
}

function tell(frame) {
	put_cut(details, frame ? describe(frame) : HINT, width);
	if (frame && !frame.element.firstChild)
		frame.element.append(draw_element('title', {}, describe(frame)));
}

/* The frame below the pointer, or else the one that has the focus. */
const tell_current = () => tell(pointed || (document.activeElement && document.activeElement.frame));

function point_at(frame) {
	pointed = frame;
	tell_current();
}

/* The Tab key finds one frame, the arrow keys the others. */
function make_current(frame) {
	if (frame !== current)
		current.element.removeAttribute('tabindex');
	current = frame;
	frame.element.setAttribute('tabindex', 0);
}

function focus_on(frame) {
	make_current(frame);
	frame.element.focus({preventScroll: true});
	reveal(frame);
}

function zoom(frame) {
	zoomed = frame;
	draw();
	make_current(frame);
	reveal(frame);
}

const box = html('input', {type: 'search', id: 'search', 'aria-label': 'Search frames', placeholder: 'Search (/)', spellcheck: 'false'});
const regex = html('input', {type: 'checkbox', id: 'regex'});
const modules = html('input', {type: 'checkbox', id: 'modules'});
const reset = html('button', {id: 'reset', type: 'button', disabled: ''}, 'Reset zoom');
const result = html('span', {id: 'result', role: 'status'});

/* As the program itself tells a share. */
function share(part_of_all) {
	const tenths = Math.round(part_of_all * 1000);
	if (part_of_all <= 0)
		return '0 %';
	return tenths < 1 ? '<0.1 %' : tenths < 100 ? (tenths / 10).toFixed(1) + ' %' : Math.round(part_of_all * 100) + ' %';
}

const is_hit = frame => hits !== null && frame.up !== null && hits.has(frame.name);

/* The test for a text, or null for none; throws when it is no regular expression. */
function make_test() {
	if (!box.value)
		return null;
	if (regex.checked) {
		const pattern = new RegExp(box.value, 'i');
		return words => pattern.test(words);
	}
	const wanted = box.value.toLowerCase();
	return words => words.toLowerCase().includes(wanted);
}

/* A frame counts once, with all that it called, however often what it called matches too. */
function tell_result() {
	let count = 0, covered = 0, last = -1;
	for (const frame of frames) {
		if (!is_hit(frame))
			continue;
		count++;
		if (frame.at > last) {
			covered += frame.w;
			last = frame.last;
		}
	}
	const cut_note = svg.dataset.cut === '0' ? '' : ' (of those drawn)';
	result.textContent = `${count.toLocaleString('en')} frame${count === 1 ? '' : 's'} match${count === 1 ? 'es' : ''}${cut_note}: ${share(covered / SPAN)} of all`;
}

function search() {
	let test = null;
	result.className = '';
	result.textContent = '';
	try {
		test = make_test();
	} catch (error) {
		result.className = 'wrong';
		result.textContent = 'This is not a regular expression';
	}
	hits = test && new Set(names.filter(name => test(name.label) || (modules.checked && test(name.module))));
	svg.classList.toggle('searching', hits !== null);
	for (const frame of frames) {
		frame.element.classList.toggle('match', is_hit(frame));
		if (frame.text)
			frame.text.classList.toggle('match', is_hit(frame));
	}
	if (hits)
		tell_result();
}

/* The next frame that matches and can be seen, round and round. */
function next_match() {
	for (let i = 1; i <= frames.length; i++) {
		const frame = frames[(current.at + i) % frames.length];
		if (frame.shown && is_hit(frame))
			return focus_on(frame);
	}
	return undefined;
}

const neighbours = {
	callee(from) {
		for (let i = from.at + 1; i <= from.last; i++)
			if (frames[i].up === from && frames[i].shown)
				return frames[i];
		return null;
	},
	caller: from => from.up,
	beside(from, step) {
		for (let i = from.at + step; i >= 0 && i < frames.length; i += step)
			if (frames[i].depth === from.depth && frames[i].shown)
				return frames[i];
		return null;
	},
};

function neighbour(key, from) {
	switch (key) {
	case 'ArrowUp': return is_icicle ? neighbours.caller(from) : neighbours.callee(from);
	case 'ArrowDown': return is_icicle ? neighbours.callee(from) : neighbours.caller(from);
	case 'ArrowLeft': return neighbours.beside(from, -1);
	case 'ArrowRight': return neighbours.beside(from, 1);
	case 'Home': return frames[0];
	default: return undefined;
	}
}

function to_search(event) {
	event.preventDefault();
	box.focus();
	box.select();
}

function back(event) {
	event.preventDefault();
	if (box.value && (event.target === box || zoomed === frames[0])) {
		box.value = '';
		search();
	} else if (frames.length) {
		zoom(frames[0]);
	}
	if (event.target === box && frames.length)
		focus_on(current.shown ? current : zoomed);
}

function on_frame_key(event, frame) {
	const other = neighbour(event.key, frame);
	if (event.key === 'Enter' || event.key === ' ')
		zoom(frame);
	else if (other === undefined)
		return;
	else if (other)
		focus_on(other);
	event.preventDefault();
}

function on_key(event) {
	if ((event.ctrlKey || event.metaKey) && event.key === 'f' && document.activeElement !== box)
		return to_search(event);
	if (event.ctrlKey || event.metaKey || event.altKey)
		return undefined;
	if (event.key === 'Escape')
		return back(event);
	if (event.target === box)
		return event.key === 'Enter' ? next_match() : undefined;
	if (event.key === '/')
		return to_search(event);
	return event.target.frame ? on_frame_key(event, event.target.frame) : undefined;
}

/* These stand beside the tools. */
const captions = [...head.querySelectorAll('.cut')].map(element => ({element, words: element.textContent}));

function fit() {
	const height = svg.viewBox.baseVal.height;
	width = Math.max(svg.ownerDocument.documentElement.clientWidth || innerWidth, LEAST) - 2 * MARGIN;
	svg.setAttribute('width', width + 2 * MARGIN);
	svg.setAttribute('viewBox', `${-MARGIN} 0 ${width + 2 * MARGIN} ${height}`);
	page.setAttribute('width', width + 2 * MARGIN);
	part('rule').setAttribute('x2', width + MARGIN);
	tools.setAttribute('x', width - TOOLS);
	captions.forEach(({element, words}) => put_cut(element, words, width - TOOLS - 10));
	if (frames.length)
		draw();
	tell_current();
}

const label = (control, words) => html('label', {}, control, words);
const tools = draw_element('foreignObject', {id: 'tools', y: 6, width: TOOLS, height: 58},
	html('div', {}, label(regex, 'regex'), label(modules, 'modules too'), box, reset), html('div', {}, result));
head.append(tools);

frames.forEach(frame => {
	frame.element.setAttribute('role', 'treeitem');
	frame.element.setAttribute('aria-level', frame.depth + 1);
	frame.element.setAttribute('aria-label', describe(frame));
});
if (current)
	current.element.setAttribute('tabindex', 0);
fit();

canvas.addEventListener('click', event => event.target.frame && zoom(event.target.frame));
canvas.addEventListener('pointerover', event => point_at(event.target.frame));
canvas.addEventListener('pointerleave', () => point_at(null));
/* Not on the graph itself: who listens for the focus in a picture becomes a stop of the Tab key. */
addEventListener('focusin', event => tell(event.target.frame || pointed));
addEventListener('focusout', () => tell(pointed));
addEventListener('keydown', on_key);
reset.addEventListener('click', () => zoom(frames[0]));
[box, regex, modules].forEach(control => control.addEventListener('input', search));
addEventListener('scroll', () => head.setAttribute('transform', `translate(0 ${Math.max(0, scrollY)})`));
let planned = 0;
addEventListener('resize', () => {
	cancelAnimationFrame(planned);
	planned = requestAnimationFrame(fit);
});
if (!is_icicle)
	scrollTo(0, svg.viewBox.baseVal.height);
})();
