import type { Marker, MarkerComparison } from './marker.ts';

/** The marker in one line, as it was written but for spaces and quotes. */
export function formatMarker(marker: Marker): string {
  return format(marker, undefined);
}

function format(marker: Marker, around: 'and' | 'or' | undefined): string {
  if (marker.kind === 'comparison') return formatComparison(marker);
  const text = marker.operands.map((operand) => format(operand, marker.kind)).join(` ${marker.kind} `);
  return around === undefined || around === marker.kind ? text : `(${text})`;
}

export function formatComparison({ variable, operator, value, valueFirst }: MarkerComparison): string {
  const quoted = value.includes("'") ? `"${value}"` : `'${value}'`;
  return valueFirst ? `${quoted} ${operator} ${variable}` : `${variable} ${operator} ${quoted}`;
}
