import { expect, test } from 'vitest';
import { failureStatus } from '../../src/cli/exit-status.ts';
import { formatBytes } from '../../src/cli/byte-size.ts';
import { formatDuration, formatSeconds } from '../../src/cli/duration.ts';
import { coloursOf, isLive } from '../../src/cli/terminal.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';

const both = { out: true, err: true };
const none = { out: false, err: false };

test('colours follow the option, then NO_COLOR, then CLICOLOR_FORCE, then the terminal', () => {
  const on = { NO_COLOR: '1', CLICOLOR_FORCE: '1', TERM: 'dumb' };
  expect(coloursOf({ environment: on, color: 'always', isTerminal: none })).toEqual(both);
  expect(coloursOf({ environment: { CLICOLOR_FORCE: '1' }, color: 'never', isTerminal: both })).toEqual(none);
  expect(coloursOf({ environment: on, color: 'auto', isTerminal: both })).toEqual(none);
  expect(coloursOf({ environment: { NO_COLOR: '', CLICOLOR_FORCE: '1' }, color: undefined, isTerminal: none })).toEqual(both);
  expect(coloursOf({ environment: { CLICOLOR_FORCE: '0' }, color: undefined, isTerminal: { out: false, err: true } })).toEqual({
    out: false,
    err: true,
  });
  expect(coloursOf({ environment: { TERM: 'dumb' }, color: undefined, isTerminal: both })).toEqual(none);
});

test('the live view is for terminals that can redraw, and not for CI', () => {
  expect(isLive({ environment: { TERM: 'xterm' }, isTerminal: { out: false, err: true } })).toBe(true);
  expect(isLive({ environment: {}, isTerminal: { out: true, err: false } })).toBe(false);
  expect(isLive({ environment: { TERM: 'dumb' }, isTerminal: both })).toBe(false);
  expect(isLive({ environment: { CI: 'true' }, isTerminal: both })).toBe(false);
});

function of(blame: Diagnostic['blame'], severity: Diagnostic['severity'] = 'error'): Diagnostic {
  return { code: 'F9901', severity, blame, message: '' };
}

test('the status of a failure is that of its worst error; warnings do not count', () => {
  expect(failureStatus([of('build')])).toBe(1);
  expect(failureStatus([of('input'), of('build')])).toBe(2);
  expect(failureStatus([of('build'), of('infrastructure'), of('input')])).toBe(3);
  expect(failureStatus([of('build'), of('infrastructure', 'warning')])).toBe(1);
  expect(failureStatus([])).toBe(3);
});

test('times and sizes are as exact as anyone wants to read them', () => {
  expect([0, 4, 994, 3210, 59_940, 60_000, 125_400, 3_725_000].map(formatDuration)).toEqual([
    '0.00s',
    '0.00s',
    '0.99s',
    '3.2s',
    '59.9s',
    '1m 00s',
    '2m 05s',
    '1h 02m',
  ]);
  expect([0, 600, 59_400, 59_600, 125_400].map(formatSeconds)).toEqual(['0s', '1s', '59s', '1m 00s', '2m 05s']);
  expect([0, 1, 1023, 1024, 1_500_000, 20 * 2 ** 30, 5 * 2 ** 40].map(formatBytes)).toEqual([
    '0 bytes',
    '1 byte',
    '1023 bytes',
    '1.0 KiB',
    '1.4 MiB',
    '20.0 GiB',
    '5.0 TiB',
  ]);
});
