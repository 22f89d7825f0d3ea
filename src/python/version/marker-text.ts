import type { Marker } from './marker.ts';
import { type Clause, clausesOf, type Term } from './marker-clauses.ts';
import { lowerMarker } from './marker-lowering.ts';

/**
 * The marker's one spelling: alternatives of conjunctions, what says nothing left out, markers of equal meaning alike. It is the text
 * that pep508_rs 0.9 (maturin) and, but for the order of some alternatives, uv write. `''`: it always holds.
 */
export function formatMarker(marker: Marker): string {
  const node = lowerMarker(marker);
  if (node === 'always') return '';
  if (node === 'never') return "python_version < '0'";
  const clauses = clausesOf(node);
  if (clauses.length === 1) return clauses.map(formatClause).join('');
  return clauses.map((clause) => (clause.length === 1 ? formatClause(clause) : `(${formatClause(clause)})`)).join(' or ');
}

function formatClause(clause: Clause): string {
  return clause.map(formatTerm).join(' and ');
}

function formatTerm({ kind, variable, operator, value }: Term): string {
  const text = typeof value === 'string' ? value : value.join('.');
  if (operator === '==.*' || operator === '!=.*') return `${variable} ${operator.slice(0, 2)} '${text}.*'`;
  const quoted = text.includes("'") ? `"${text}"` : `'${text}'`;
  return kind === 'contains' ? `${quoted} ${operator} ${variable}` : `${variable} ${operator} ${quoted}`;
}
