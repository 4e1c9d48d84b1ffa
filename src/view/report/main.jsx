// What does the report say? Whatever sections its data has, each under a tab of its own.
import {render} from 'preact';
import {useRef, useState} from 'preact/hooks';
import {take, words, duration, count} from './values.js';
import {Table} from './table.jsx';
import {Facts, Texts, Verdict} from './verdict.jsx';
import {OverTime, ThreadsOverTime} from './over_time.jsx';
import {Flame, Heat, Keys, threadBars, Wakers} from './pictures.jsx';
import './report.css';

// What is shown in a way of its own stays out of what is shown generally.
function prepare(report) {
	const {over_time: overTime, threads_over_time: threadsOverTime, latency_maps: maps, call_latency_maps: callMaps, findings, devices, profiles, ...rest} = report;
	const shown = {...rest};
	if (devices) {
		shown.devices = devices.map(({over_time: time, ops, ...device}) => device);
		shown.operations = devices.flatMap(device => Object.entries(device.ops || {}).map(([op, work]) => ({device: device.name, op, ...work})));
	}
	if (profiles && profiles.length === 1)
		Object.assign(shown, profiles[0]);
	(profiles && profiles.length > 1 ? profiles : []).forEach((profile, i) => { shown[profile.sampler || `profile ${i + 1}`] = profile; });
	return {shown, overTime, threadsOverTime, devices, maps: [maps, callMaps].filter(list => list && list.maps.length)};
}

function tabsOf({report, cut}, flames) {
	const {shown, overTime, threadsOverTime, devices, maps} = prepare(report);
	const {tables, texts, facts} = take(shown);
	const tabs = [];
	const add = (name, body) => tabs.push({name, body});
	if (report.findings)
		add('Verdict', () => <Verdict report={report} />);
	if (overTime && overTime.slices.length > 1)
		add('Time', () => <OverTime over={overTime} base={report.base.of} />);
	if (threadsOverTime && threadsOverTime.slices > 1 && threadsOverTime.threads.length)
		add('Threads over time', () => <ThreadsOverTime over={threadsOverTime} />);
	for (const {name, svg} of flames)
		add(name, () => <Flame svg={svg} />);
	if (report.wakers && report.wakers.edges.length)
		add('Wakers', () => <Wakers wakers={report.wakers} />);
	const hot = (devices || []).filter(device => device.over_time && device.over_time.columns && device.over_time.columns.some(column => column.latencies.length));
	if (hot.length || maps.length)
		add('Heat maps', () => <>{hot.map((device, i) => <Heat key={i} map={device} what="requests" told={report.told} of={report.told_of} />)}
			{maps.map((list, i) => list.maps.map((map, k) => <Heat key={`${i}.${k}`} map={map} what="operations" told={map.count} of={map.count} />))}
			{maps.some(list => list.left_out) && <p>{count(maps.reduce((sum, list) => sum + list.left_out, 0))} operations are in no map: only their sum is known, or there was no room.</p>}</>);
	for (const table of tables) {
		if (table.name === 'losses')
			continue;
		const isThreads = table.name === 'accounting.threads_detail';
		const bars = isThreads ? threadBars(table.rows) : undefined;
		const last = table.name.slice(table.name.lastIndexOf('.') + 1);
		add(isThreads ? 'Threads' : words(table.name), () => <>{bars && <Keys bars={bars} />}<Table {...table} bars={bars} leftOut={cut[last]} /></>);
	}
	const losses = report.losses || [];
	add('About', () => <div class="two">
		<div><h3>Facts</h3><Facts facts={facts} />
			{report.losses && <><h3>Losses</h3>{losses.length ? <ul>{losses.map((loss, i) => <li key={i}>{loss.what}: {count(loss.count)}</li>)}</ul> : <p>Nothing was lost.</p>}</>}
			{Object.keys(cut).length > 0 && <><h3>Left out of this page</h3><p>To keep it small, the ends of these lists: the program's own answer has them.</p>
				<ul>{Object.entries(cut).map(([name, rows]) => <li key={name}>{words(name)}: {count(rows)} rows</li>)}</ul></>}</div>
		<div><Texts texts={texts} /></div>
	</div>);
	return tabs;
}

function Page({data, flames}) {
	const [tabs] = useState(() => tabsOf(data, flames));
	const [at, setAt] = useState(0);
	const list = useRef(null);
	const {report} = data;
	const told = [report, report.watch, report.profiles && report.profiles[0]].find(one => one && one.target) || {};
	const target = told.target || {}, window = told.window_s;
	const name = target.name || target.kind;
	const go = to => {
		setAt(to);
		list.current.children[to].focus();
	};
	const on_key = event => {
		const to = {ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at + tabs.length - 1) % tabs.length, Home: 0, End: tabs.length - 1}[event.key];
		if (to === undefined)
			return;
		event.preventDefault();
		go(to);
	};
	return <>
		<header>
			<h1>slowpath {data.command}{name ? `: ${name}` : ''}{target.pid ? ` [${target.pid}]` : ''}</h1>
			<p class="quiet">{[target.kind, window && duration(window * 1e9), data.input ? `from ${data.input}` : 'watched live'].filter(one => one).join(', ')}; slowpath {data.version}</p>
			<div role="tablist" aria-label="Sections" ref={list} onKeyDown={on_key}>{tabs.map((tab, i) => <button type="button" role="tab" key={i} id={`tab${i}`}
				aria-selected={i === at} aria-controls="panel" tabIndex={i === at ? 0 : -1} onClick={() => setAt(i)}>{tab.name}</button>)}</div>
		</header>
		<main id="panel" role="tabpanel" aria-labelledby={`tab${at}`} key={at}>{tabs[at].body()}</main>
	</>;
}

const data = JSON.parse(document.getElementById('data').textContent);
document.title = `slowpath ${data.command}`;
const root = document.getElementById('page');
root.replaceChildren();
const flames = [...document.querySelectorAll('script[data-name]')].map(element => ({name: element.dataset.name, svg: JSON.parse(element.textContent)}));
render(<Page data={data} flames={flames} />, root);
