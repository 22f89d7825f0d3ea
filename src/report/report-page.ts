import type { ReportData } from './report-data.ts';

/** What stands in the template in the places that are the run's own. */
const DATA = '"the run"';
const TITLE = 'The run';

/** The page of a run: the template, made by `scripts/report-template.mjs`, with its data in it. Needs nothing else to be read. */
export function reportPage(template: string, data: ReportData): string {
  const title = `${data.title} · ferrule ${data.purpose} ${data.run}`;
  // A function, for a text could hold `$&`.
  return template.replace(TITLE, () => escaped(title)).replace(DATA, () => inScript(data));
}

/** JSON that can stand in a `script`: nothing in it ends the element or begins a comment. */
function inScript(data: ReportData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
