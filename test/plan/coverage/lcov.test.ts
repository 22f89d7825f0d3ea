import { expect, test } from 'vitest';
import { countLines, mergeLcov, writeLcov } from '../../../src/plan/coverage/lcov.ts';

const asIs = (source: string): string => source;

test('lines, functions and branches of one file add up over tracefiles, and the files come in order', () => {
  const first =
    'TN:\nSF:b.rs\nFN:1,one\nFNDA:2,one\nDA:1,2\nDA:2,0\nBRDA:1,0,0,2\nBRDA:1,0,1,-\nend_of_record\nSF:a.rs\nDA:7,1\nend_of_record\n';
  const second = 'SF:b.rs\nFN:1,one\nFNDA:1,one\nDA:1,1\nDA:2,4\nDA:3,0,checksum\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n';
  const merged = mergeLcov([
    { text: first, placed: asIs },
    { text: second, placed: asIs },
  ]);
  expect([...merged.keys()]).toEqual(['a.rs', 'b.rs']);
  expect(countLines(merged.values())).toEqual({ total: 4, covered: 3 });
  expect(writeLcov(merged)).toBe(
    `TN:
SF:a.rs
FNF:0
FNH:0
BRF:0
BRH:0
DA:7,1
LF:1
LH:1
end_of_record
TN:
SF:b.rs
FN:1,one
FNDA:3,one
FNF:1
FNH:1
BRDA:1,0,0,3
BRDA:1,0,1,-
BRF:2
BRH:1
DA:1,3
DA:2,4
DA:3,0
LF:3
LH:2
end_of_record
`,
  );
});

test('what is written is read as the same', () => {
  const text =
    'SF:x.py\nFN:3,9,Class.method, with a comma\nFNDA:1,Class.method, with a comma\nDA:3,1\nBRDA:4,0,jump to line 6,1\nend_of_record\n';
  const once = writeLcov(mergeLcov([{ text, placed: asIs }]));
  expect(writeLcov(mergeLcov([{ text: once, placed: asIs }]))).toBe(once);
  expect(once).toContain('FN:3,9,Class.method, with a comma\nFNDA:1,Class.method, with a comma\n');
  expect(once).toContain('BRDA:4,0,jump to line 6,1\n');
});

test('instances of a generic function count as one, which is reached when one of them is', () => {
  const text = 'SF:g.rs\nFN:5,g_u8\nFN:5,g_u16\nFN:9,h\nFNDA:0,g_u8\nFNDA:3,g_u16\nFNDA:0,h\nend_of_record\n';
  const written = writeLcov(mergeLcov([{ text, placed: asIs }]));
  expect(written).toContain('FNF:2\nFNH:1\n');
});

test('a source that has no place is left out with all its records', () => {
  const text = 'SF:/generated.rs\nDA:1,1\nend_of_record\nSF:kept.rs\nDA:2,1\nend_of_record\n';
  const merged = mergeLcov([{ text, placed: (source) => (source.startsWith('/') ? undefined : `in/${source}`) }]);
  expect([...merged].map(([path, { lines }]) => [path, [...lines]])).toEqual([['in/kept.rs', [[2, 1]]]]);
});
