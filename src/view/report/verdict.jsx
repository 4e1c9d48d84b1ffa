// Why is it slow? The findings of a verdict, each with its chain, evidence and advice; and how sure all of it is.
import {duration, share, tell, words} from './values.js';

function Chain({links}) {
	return <ol class="chain">{links.map((link, i) => <li key={i}>
		<b>{link.who}</b>{link.tid ? ` [${link.tid}]` : ''} <code>{link.state}</code> {link.detail || ''} <span class="quiet">{duration(link.seconds * 1e9)}</span>
	</li>)}</ol>;
}

const List = ({title, lines}) => lines && lines.length ? <><h4>{title}</h4><ul>{lines.map((line, i) => <li key={i}>{line}</li>)}</ul></> : null;

function Finding({finding, rank}) {
	const {cause, subject} = finding;
	return <article class="finding" aria-label={`Finding ${rank}: ${cause}, ${share(finding.share)}`}>
		<div class="share" aria-hidden="true"><div style={{width: `${Math.min(100, finding.share * 100)}%`}} /></div>
		<h3><span class="figure">{share(finding.share)}</span> <code>{cause}</code> {subject.name && <>{subject.kind} <b>{subject.name}</b></>}
			<span class="quiet"> {duration(finding.seconds * 1e9)}, confidence {finding.confidence}
				{finding.speedup_limit ? `, without it at most ${finding.speedup_limit.toFixed(2)} times as fast` : ''}</span></h3>
		{finding.chain.length > 0 && <Chain links={finding.chain} />}
		<div class="two"><div><List title="Evidence" lines={finding.evidence} /></div><div><List title="What to do" lines={finding.advice} /></div></div>
	</article>;
}

export function Verdict({report}) {
	const {accounting, base} = report;
	return <>
		<p>{share(accounting.unknown_share)} of {base.of} ({duration(base.seconds * 1e9)}) is unknown. {accounting.threads.toLocaleString('en')} threads
			with {duration(accounting.wall_s * 1e9)} of wall time{accounting.idle_s ? `, ${duration(accounting.idle_s * 1e9)} of it idle` : ''}. {accounting.lost_events
			? `${accounting.lost_events.toLocaleString('en')} events were lost.` : 'No event was lost.'}</p>
		{report.findings.length ? report.findings.map((finding, i) => <Finding key={i} finding={finding} rank={i + 1} />) : <p>Nothing was found.</p>}
		{report.next && <p>What to try next: <code>{report.next}</code></p>}
	</>;
}

export function Facts({facts}) {
	return <table class="facts"><tbody>{facts.map(({name, value, unit}) => <tr key={name}><th scope="row">{words(name)}</th><td>{tell(name, value, unit)}</td></tr>)}</tbody></table>;
}

export function Texts({texts}) {
	return texts.map(({name, lines}) => <section class="texts" key={name}><h3>{words(name)}</h3><ul>{lines.map((line, i) => <li key={i}>{line}</li>)}</ul></section>);
}
