// What does it look like? Parts of threads, heat of devices, who wakes whom, flame graphs.
import {useMemo, useState} from 'preact/hooks';
import {count, duration, share, stateColours} from './values.js';

// Where one thread's time went, as parts of its life.
export function threadBars(threads) {
	const parts = thread => ({'runs.user': thread.user_s, 'runs.kernel': thread.kernel_s, 'runs.interrupts': thread.irq_s, 'cpu.queue': thread.queue_s,
		...thread.blocked_s, unknown: thread.unknown_s});
	const sums = {};
	for (const thread of threads)
		for (const [name, seconds] of Object.entries(parts(thread)))
			if (seconds > 0)
				sums[name] = (sums[name] || 0) + seconds;
	const names = Object.keys(sums).sort((a, b) => sums[b] - sums[a]);
	const colour = stateColours(names);
	return {title: 'where its time went', names, colour, sums, draw: thread => {
		const of = parts(thread), all = Object.values(of).reduce((sum, one) => sum + one, 0);
		const shown = names.filter(name => of[name] > 0);
		const told = shown.map(name => `${name} ${share(of[name] / all)}`).join(', ');
		return <div class="parts" role="img" aria-label={told} title={told}>{shown.map(name => <div key={name} style={{width: `${of[name] / all * 100}%`, background: colour[name]}} />)}</div>;
	}};
}

export function Keys({bars}) {
	return <div class="legend">{bars.names.map(name => <span key={name}><span class="key" style={{background: bars.colour[name]}} /><code>{name}</code> {duration(bars.sums[name] * 1e9)}</span>)}</div>;
}

// How many requests of a device, or operations of one kind, took how long, when.
export function Heat({map, what, told, of}) {
	const {columns, first_doubling: first, column_s: width} = map.over_time;
	const rows = Math.max(...columns.map(column => column.latencies.length));
	const most = Math.max(1, ...columns.map(column => Math.max(0, ...column.latencies)));
	const [at, setAt] = useState(null);
	const w = 900 / columns.length, name = map.name || map.device || '';
	const limits = row => `${duration(2 ** (first + row))} to ${duration(2 ** (first + row + 1))}`;
	return <section>
		<h3>{name}</h3>
		<svg class="heat" viewBox={`0 0 1000 ${rows * 16 + 18}`} role="img" aria-label={`Latencies of ${name} over time: how many ${what} took how long`}>
			{Array.from({length: rows}, (_, row) => <text key={row} x="92" y={(rows - row) * 16 - 4} text-anchor="end">{duration(2 ** (first + row))}</text>)}
			{columns.map((column, i) => column.latencies.map((number, row) => number > 0 && <rect key={`${i}.${row}`} x={100 + i * w} y={(rows - row - 1) * 16}
				width={Math.max(0.5, w - 0.4)} height="15.5" fill-opacity={0.15 + 0.85 * Math.log1p(number) / Math.log1p(most)}
				onPointerEnter={() => setAt(`${duration(i * width * 1e9)} after the begin, ${limits(row)}: ${count(number)} ${what}`)} />))}
			<text x="100" y={rows * 16 + 14}>0</text><text x="1000" y={rows * 16 + 14} text-anchor="end">{duration(columns.length * width * 1e9)}</text>
		</svg>
		<p role="status">{at || `The stronger the colour, the more ${what}: at most ${count(most)} in one place. A line begins at the time beside it and ends at twice that. Made of ${told === of ? 'all' : `${count(told)} of`} ${count(of)} ${what}.`}</p>
	</section>;
}

const NODES_MAX = 30;

// Left those who wake, right those who waited; as thick as the time waited.
export function Wakers({wakers}) {
	const {nodes, edges} = wakers;
	const [at, setAt] = useState(null);
	const label = node => node.name ? `${node.name}${node.tid ? ` [${node.tid}]` : ''}` : `${node.kind}${node.device ? ` of ${node.device}` : ''}`;
	const side = key => {
		const sums = new Map();
		for (const edge of edges)
			if (nodes[edge[key]])
				sums.set(edge[key], (sums.get(edge[key]) || 0) + edge.waited_ns);
		return [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
	};
	const {left, right, cut} = useMemo(() => {
		const wake = side('waker'), sleep = side('sleeper');
		return {left: wake.slice(0, NODES_MAX), right: sleep.slice(0, NODES_MAX), cut: Math.max(0, wake.length - NODES_MAX) + Math.max(0, sleep.length - NODES_MAX)};
	}, [wakers]);
	const place = list => new Map(list.map(([node], i) => [node, 14 + i * 24]));
	const ofLeft = place(left), ofRight = place(right);
	const drawn = edges.filter(edge => ofLeft.has(edge.waker) && ofRight.has(edge.sleeper));
	const most = Math.max(1, ...drawn.map(edge => edge.waited_ns));
	const touches = edge => at === null || (at.side === 'waker' ? edge.waker : edge.sleeper) === at.node;
	const names = (list, places, x, name, anchor) => list.map(([node, ns]) => <text key={node} class={nodes[node].is_target ? 'target' : ''} x={x} y={places.get(node) + 4}
		text-anchor={anchor} tabindex="0" onFocus={() => setAt({side: name, node})} onBlur={() => setAt(null)}
		onPointerEnter={() => setAt({side: name, node})} onPointerLeave={() => setAt(null)}>{`${label(nodes[node])}  ${duration(ns)}`}</text>);
	const told = at === null ? 'Point at a name, or go to it with Tab, to see whom it wakes or who wakes it.'
		: drawn.filter(touches).sort((a, b) => b.waited_ns - a.waited_ns).slice(0, 8)
			.map(edge => `${label(nodes[edge.waker])} ended ${count(edge.count)} waits of ${label(nodes[edge.sleeper])}: ${duration(edge.waited_ns)}`).join('; ');
	return <section>
		<p>Left who ended waits, right who waited; lines are as thick as the time waited. {cut > 0 && `${count(cut)} names with less time are not drawn; the tables have all. `}
			{wakers.hidden_edges > 0 && `${count(wakers.hidden_edges)} edges below the least share are in no list.`}</p>
		<p role="status" class="told">{told}</p>
		<svg class="wakers" viewBox={`0 0 1000 ${Math.max(left.length, right.length) * 24 + 10}`} role="group" aria-label="Who wakes whom">
			{drawn.map((edge, i) => {
				const a = ofLeft.get(edge.waker), b = ofRight.get(edge.sleeper);
				return <path key={i} class={touches(edge) ? '' : 'faded'} d={`M345 ${a}C500 ${a} 500 ${b} 655 ${b}`} stroke-width={0.7 + 13 * edge.waited_ns / most} />;
			})}
			{names(left, ofLeft, 338, 'waker', 'end')}{names(right, ofRight, 662, 'sleeper', 'start')}
		</svg>
	</section>;
}

const EMPTY = '<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>Flame graph</title><style>body{margin:0}svg{display:block}</style></html>';

// The program's own flame graph is a picture with a script and a style of its own: it gets a document of its own.
export function Flame({svg}) {
	const show = event => {
		const inner = event.target.contentDocument;
		const root = inner.importNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement, true);
		// What a parser made does not run: the same once more does.
		for (const old of root.querySelectorAll('script')) {
			const script = inner.createElementNS(old.namespaceURI, 'script');
			script.textContent = old.textContent;
			old.replaceWith(script);
		}
		inner.body.replaceChildren(root);
	};
	return <iframe class="flame" srcdoc={EMPTY} onLoad={show} title="Flame graph" />;
}
