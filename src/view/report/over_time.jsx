// When was it? Time by cause, and what each thread did, over the time of the watch; of which a part can be looked at.
import {useMemo, useState} from 'preact/hooks';
import {colours, count, duration, stateColours} from './values.js';

function Legend({names, colour, sums, only, setOnly}) {
	return <div class="legend" role="group" aria-label="Show only one">{names.map(name => <button type="button" key={name}
		aria-pressed={only === name} onClick={() => setOnly(only === name ? null : name)}>
		<span class="key" style={{background: colour[name]}} /><code>{name}</code> {duration(sums[name] * 1e9)}</button>)}</div>;
}

// The slices that are looked at, and the one that is pointed at.
function useRange(length) {
	const [[from, to], setRange] = useState([0, length]);
	const [at, setAt] = useState(null);
	const look = (middle, size) => {
		const whole = Math.max(2, Math.min(length, Math.round(size)));
		const begin = Math.max(0, Math.min(length - whole, Math.round(middle - whole / 2)));
		setRange([begin, begin + whole]);
	};
	const all = () => setRange([0, length]);
	const zoom = by => look(at !== null && at >= from && at < to ? at + 0.5 : (from + to) / 2, (to - from) * by);
	const move = step => look((from + to) / 2 + step, to - from);
	const step = by => setAt(Math.max(from, Math.min(to - 1, at === null ? from : at + by)));
	const keys = {ArrowRight: () => step(1), ArrowLeft: () => step(-1), '+': () => zoom(0.5), '-': () => zoom(2), Escape: all};
	const on_key = event => {
		if (!(event.key in keys))
			return;
		keys[event.key]();
		event.preventDefault();
	};
	const on_wheel = event => {
		event.preventDefault();
		zoom(event.deltaY < 0 ? 0.8 : 1.25);
	};
	return {from, to, at, setAt, all, zoom, move, on_key, on_wheel};
}

function RangeTools({range, width, more}) {
	const {from, to, all, zoom, move} = range, quarter = (to - from) / 4;
	return <div class="tools">
		<button type="button" onClick={() => zoom(0.5)}>Zoom in</button><button type="button" onClick={() => zoom(2)}>Zoom out</button>
		<button type="button" onClick={() => move(-quarter)}>Earlier</button><button type="button" onClick={() => move(quarter)}>Later</button>
		<button type="button" onClick={all}>All</button>
		<span id="range">{duration(from * width * 1e9)} to {duration(to * width * 1e9)}{more}</span>
	</div>;
}

// The bars of some slices, each {name: seconds}; the highest may be so high.
function Bars({slices, range, names, colour, highest, height, onPoint}) {
	const {from, to, at} = range, w = 1000 / (to - from);
	return slices.slice(from, to).map((slice, i) => {
		let top = height;
		return <g key={from + i} class={at === from + i ? 'at' : ''} onPointerEnter={() => onPoint(from + i)}>
			<rect class="back" x={i * w} y="0" width={w} height={height} />
			{names.filter(name => slice[name]).map(name => {
				const h = slice[name] / highest * height * 0.98;
				top -= h;
				return <rect key={name} x={i * w + w * 0.04} y={top} width={w * 0.92} height={h} fill={colour[name]} />;
			})}
		</g>;
	});
}

const sumsOf = slices => {
	const sums = {};
	for (const slice of slices)
		for (const [name, seconds] of Object.entries(slice))
			sums[name] = (sums[name] || 0) + seconds;
	return sums;
};

const falling = sums => Object.keys(sums).filter(name => sums[name] > 0).sort((a, b) => sums[b] - sums[a]);
const amount = (slice, names) => names.reduce((sum, name) => sum + (slice[name] || 0), 0);
const parts = (slice, names) => names.filter(name => slice[name]).sort((a, b) => slice[b] - slice[a])
	.map(name => `${name} ${duration(slice[name] * 1e9)}`).join(', ') || 'nothing';
const times = (at, width) => `${duration(at * width * 1e9)} to ${duration((at + 1) * width * 1e9)}`;

// Stacked bars: what the target's time was charged to.
export function OverTime({over, base}) {
	const {slices, slice_s: width} = over;
	const sums = useMemo(() => sumsOf(slices), [slices]);
	const names = falling(sums), colour = colours(names);
	const [only, setOnly] = useState(null);
	const range = useRange(slices.length);
	const shown = names.filter(name => !only || name === only);
	const highest = Math.max(...slices.slice(range.from, range.to).map(slice => amount(slice, shown)), 1e-12);
	const told = range.at === null ? 'Point at a bar, or use the arrow keys; + and - zoom, Escape shows all.' : `${times(range.at, width)}: ${parts(slices[range.at], shown)}`;
	return <section>
		<p>Time charged to each cause, by when, in {slices.length} whole slices of {duration(width * 1e9)}: of {base}. A wait's time is spread evenly over the wait; runs whose end was not seen count as cpu.user.</p>
		<Legend {...{names, colour, sums, only, setOnly}} />
		<RangeTools range={range} width={width} more={`; highest ${duration(highest * 1e9)} in a slice`} />
		<svg class="time" viewBox="0 0 1000 260" preserveAspectRatio="none" tabindex="0" role="img" aria-label="Time by cause, stacked, over the time of the watch"
			aria-describedby="slice" onKeyDown={range.on_key} onWheel={range.on_wheel}>
			<Bars slices={slices} range={range} names={shown} colour={colour} highest={highest} height={260} onPoint={range.setAt} />
		</svg>
		<p id="slice" role="status">{told}</p>
	</section>;
}

// A thread's states, slice by slice.
const slicesOf = (states, length) => Array.from({length}, (_, i) => Object.fromEntries(Object.entries(states).map(([name, seconds]) => [name, seconds[i] || 0])));

// Stacked bars, thread by thread: what it did itself.
export function ThreadsOverTime({over}) {
	const {slice_s: width, slices: length} = over;
	const threads = useMemo(() => over.threads.map(thread => ({...thread, slices: slicesOf(thread.states, length)})), [over]);
	const sums = useMemo(() => sumsOf(threads.flatMap(thread => thread.slices)), [threads]);
	const names = falling(sums), colour = stateColours(names);
	const [only, setOnly] = useState(null);
	const [pointed, setPointed] = useState(0);
	const range = useRange(length);
	const shown = names.filter(name => !only || name === only);
	const name = thread => thread.tid ? `${thread.comm} [${thread.tid}]` : thread.comm;
	const point = i => at => {
		setPointed(i);
		range.setAt(at);
	};
	const told = range.at === null ? 'Point at a bar, or go to a thread with Tab and use the arrow keys; + and - zoom, Escape shows all.'
		: `${name(threads[pointed])}, ${times(range.at, width)}: ${parts(threads[pointed].slices[range.at], shown)}`;
	return <section>
		<p>What each thread did itself, by when, in {length} whole slices of {duration(width * 1e9)}: a full bar is all of its time. Runs are told as the switches show them.
			{over.threads_left_out > 0 && ` ${count(over.threads_left_out)} threads with less time outside idle are not drawn; the table of threads has all.`}
			{over.left_out_s > 0 && ` ${duration(over.left_out_s * 1e9)} of all threads' time found no room here.`}</p>
		<Legend {...{names, colour, sums, only, setOnly}} />
		<RangeTools range={range} width={width} />
		<p id="slice" role="status" class="told">{told}</p>
		<div class="threads">{threads.map((thread, i) => <div key={i}>
			<span title={name(thread)}>{name(thread)}</span>
			<svg viewBox="0 0 1000 30" preserveAspectRatio="none" tabindex="0" role="img" aria-label={`${name(thread)} over the time of the watch: ${parts(sumsOf(thread.slices), shown)}`}
				aria-describedby="slice" onKeyDown={range.on_key} onWheel={range.on_wheel} onFocus={() => setPointed(i)}>
				<Bars slices={thread.slices} range={range} names={shown} colour={colour} height={30} onPoint={point(i)}
					highest={Math.max(width, ...thread.slices.map(slice => amount(slice, names)))} />
			</svg>
		</div>)}</div>
	</section>;
}
