// How is a value told? Numbers as the program itself tells them, by the name of their field.
const UNITS = [[1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']];

function digits(value) {
	return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function duration(ns) {
	if (!(ns > 0))
		return ns === 0 ? '0' : '';
	const [size, unit] = UNITS.find(([least]) => ns >= least) || UNITS[3];
	return `${digits(ns / size)} ${unit}`;
}

export function bytes(count) {
	const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
	let at = 0;
	for (; count >= 1024 && at < names.length - 1; at++)
		count /= 1024;
	return at ? `${digits(count)} ${names[at]}` : `${count} B`;
}

export function share(part) {
	const percent = part * 100;
	return percent <= 0 ? '0 %' : percent < 0.1 ? '<0.1 %' : percent < 10 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

export const count = value => Number.isInteger(value) ? value.toLocaleString('en') : String(value);

const isPlain = value => value !== null && typeof value === 'object' && !Array.isArray(value);

// Of an object in a cell: texts and times speak for themselves.
function inner(key, part, unit) {
	const told = tell(key, part, unit);
	return typeof part === 'string' || /(^|_)ns$|_s$|^seconds$/.test(key) ? told : `${words(key)} ${told}`;
}

// What a field's name says of its unit; unit is that of the amounts of a profile.
export function tell(name, value, unit) {
	const last = name.slice(name.lastIndexOf('.') + 1);
	if (value === null || value === undefined)
		return '';
	if (typeof value === 'boolean')
		return value ? 'yes' : 'no';
	if (Array.isArray(value) && last === 'doublings')
		return value.map((number, i) => number ? `${duration(2 ** i)} and more: ${count(number)}` : '').filter(one => one).join('; ');
	if (Array.isArray(value))
		return value.map(one => tell(name, one, unit)).join(value.some(isPlain) ? '; ' : ', ');
	if (isPlain(value))
		return Object.entries(value).filter(([, part]) => part !== null && part !== false && part !== '').map(([key, part]) => inner(key, part, unit)).join(', ');
	if (typeof value !== 'number')
		return String(value);
	if (/(^|_)(pid|tid|tgid)$/.test(last))
		return String(value);
	if (/_ns$|^ns$/.test(last) || (unit === 'ns' && (last === 'self' || last === 'total' || last === 'amount')))
		return duration(value);
	if (/(per_s|_hz)$/.test(last))
		return /bytes/.test(last) ? `${bytes(value)}/s` : count(Math.round(value * 10) / 10);
	if (/_s$|^seconds$/.test(last) || /_s\./.test(name))
		return duration(value * 1e9);
	if (/share$/.test(last))
		return share(value);
	if (/bytes$/.test(last))
		return bytes(value);
	return count(value);
}

export const words = name => name.replace(/[._]/g, ' ').replace(/ (ns|s)$/, '').replace(/ (ns|s) /g, ' ');

// An object's fields, those of objects in it as "outer.inner". Lists stay lists.
export function flatten(row, prefix = '', into = {}) {
	for (const [name, value] of Object.entries(row))
		if (isPlain(value))
			flatten(value, `${prefix}${name}.`, into);
		else
			into[prefix + name] = value;
	return into;
}

// The tables, lists of sentences and single facts of a report.
export function take(report) {
	const taken = {tables: [], texts: [], facts: []};
	const walk = (value, path, unit) => {
		for (const [name, part] of Object.entries(value)) {
			const at = path ? `${path}.${name}` : name;
			if (Array.isArray(part)) {
				const rows = part.filter(isPlain);
				if (rows.length)
					taken.tables.push({name: at, rows, unit});
				else if (typeof part[0] === 'number')
					taken.facts.push({name: at, value: part, unit});
				else if (part.length)
					taken.texts.push({name: at, lines: part.map(String)});
			} else if (isPlain(part)) {
				walk(part, at, unit);
			} else if (part !== null && part !== '') {
				taken.facts.push({name: at, value: part, unit});
			}
		}
	};
	walk(report, '', report.unit);
	return taken;
}

// A cause's colour is that of its kind; the further back in its kind, the lighter.
const KINDS = ['cpu', 'disk', 'fs', 'mem', 'lock', 'wait', 'virt', 'crash', 'kernel', 'runs', 'unknown'];
const HUES = {
	cpu: [24, 62], disk: [212, 52], fs: [172, 42], mem: [280, 36], lock: [352, 55], wait: [222, 8], virt: [320, 40], crash: [0, 70],
	kernel: [0, 60], unknown: [0, 0],
};

export function colours(names) {
	const seen = {}, result = {};
	for (const name of names) {
		const kind = KINDS.find(one => name.startsWith(one)) || 'unknown';
		const [hue, saturation] = HUES[kind] || HUES.unknown;
		const step = seen[kind] = (seen[kind] || 0) + 1;
		result[name] = `hsl(${hue} ${saturation}% ${Math.min(80, (kind === 'wait' || kind === 'unknown' ? 58 : 44) + (step - 1) * 9)}%)`;
	}
	return result;
}

// What threads do: causes, and running, which is none.
export const stateColours = names => ({...colours(names), 'runs.user': 'hsl(24 70% 50%)', 'runs.kernel': 'hsl(40 65% 50%)', 'runs.interrupts': 'hsl(52 60% 50%)'});
