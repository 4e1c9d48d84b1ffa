// How is a list of rows looked through? Sorted by any column, searched, shown a part at a time.
import {useMemo, useState} from 'preact/hooks';
import {flatten, tell, words} from './values.js';

const STEP = 200;
const isNumber = (rows, name) => rows.some(row => typeof row[name] === 'number') && !/(^|[._])(pid|tid|tgid)$/.test(name);

function compare(one, other) {
	if (one === other)
		return 0;
	if (one === undefined || one === null)
		return -1;
	if (other === undefined || other === null)
		return 1;
	return typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1;
}

function columnsOf(rows) {
	const names = new Set();
	for (const row of rows)
		for (const [name, value] of Object.entries(row))
			if (value !== null && value !== '' && !(Array.isArray(value) && !value.length))
				names.add(name);
	return [...names];
}

export function Table({name, rows, unit, bars, leftOut}) {
	const flat = useMemo(() => rows.map(row => flatten(row)), [rows]);
	const columns = useMemo(() => columnsOf(flat), [flat]);
	const told = useMemo(() => flat.map(row => Object.fromEntries(columns.map(column => [column, tell(column, row[column], unit)]))), [flat]);
	const kinds = useMemo(() => Object.fromEntries(columns.map(column => [column, isNumber(flat, column) ? 'number'
		: told.some(row => row[column].length > 40) ? 'long' : ''])), [flat]);
	const [order, setOrder] = useState(null);
	const [wanted, setWanted] = useState('');
	const [most, setMost] = useState(STEP);
	const shown = useMemo(() => {
		const text = wanted.toLowerCase();
		const found = flat.map((row, i) => i).filter(i => !text || columns.some(column => told[i][column].toLowerCase().includes(text)));
		if (order)
			found.sort((a, b) => compare(flat[a][order.column], flat[b][order.column]) * (order.isFalling ? -1 : 1) || a - b);
		return found;
	}, [flat, wanted, order]);
	const sort = column => setOrder(order && order.column === column
		? (order.isFalling === isNumber(flat, column) ? {column, isFalling: !order.isFalling} : null)
		: {column, isFalling: isNumber(flat, column)});
	return <section class="table">
		<div class="tools">
			<label>Search <input type="search" value={wanted} onInput={event => setWanted(event.target.value)} /></label>
			<span role="status">{shown.length === flat.length ? `${flat.length.toLocaleString('en')} rows`
				: `${shown.length.toLocaleString('en')} of ${flat.length.toLocaleString('en')} rows`}
			{leftOut ? `; ${leftOut.toLocaleString('en')} more were left out of this page` : ''}</span>
		</div>
		<div class="scroll" tabIndex={0} role="region" aria-label={`Table: ${words(name)}`}>
			<table>
				<thead><tr>
					{bars && <th scope="col">{bars.title}</th>}
					{columns.map(column => <th scope="col" key={column} class={kinds[column]}
						aria-sort={order && order.column === column ? (order.isFalling ? 'descending' : 'ascending') : 'none'}>
						<button type="button" onClick={() => sort(column)}>{words(column)}
							<span aria-hidden="true">{order && order.column === column ? (order.isFalling ? ' \u25be' : ' \u25b4') : ''}</span></button>
					</th>)}
				</tr></thead>
				<tbody>{shown.slice(0, most).map(i => <tr key={i}>
					{bars && <td class="bars">{bars.draw(rows[i])}</td>}
					{columns.map(column => <td key={column} class={kinds[column]}>{told[i][column]}</td>)}
				</tr>)}</tbody>
			</table>
		</div>
		{shown.length > most && <button type="button" class="more" onClick={() => setMost(most + 5 * STEP)}>
			Show more ({(shown.length - most).toLocaleString('en')} rows are not shown)</button>}
	</section>;
}
