import { DIFFERENCES } from './differences.ts';
import type { ReadWheel } from './wheel-contents.ts';

/** What distinguishes two wheels beyond the listed differences, one line each; empty: nothing. */
export function compareWheels(theirs: ReadWheel, ours: ReadWheel): readonly string[] {
  const problems: string[] = [];
  if (theirs.filename !== ours.filename) problems.push(`name: ${theirs.filename}, ours ${ours.filename}`);
  const expected = [...theirs.files.keys()].filter((path) => !isListed(path));
  const found = [...ours.files.keys()].filter((path) => !isListed(path));
  problems.push(...expected.filter((path) => !found.includes(path)).map((path) => `missing: ${path}`));
  problems.push(...found.filter((path) => !expected.includes(path)).map((path) => `additional: ${path}`));
  if (problems.length === 0 && expected.join('\n') !== found.join('\n')) problems.push('order of files');
  for (const path of expected) problems.push(...compareFiles(path, theirs, ours));
  return problems;
}

function isListed(path: string): boolean {
  return DIFFERENCES.some((difference) => difference.path?.test(path) === true);
}

function compareFiles(path: string, theirs: ReadWheel, ours: ReadWheel): readonly string[] {
  const left = theirs.files.get(path);
  const right = ours.files.get(path);
  if (left === undefined || right === undefined) return [];
  const mode = left.mode === right.mode ? [] : [`mode of ${path}: ${left.mode}, ours ${right.mode}`];
  if (left.content.equals(right.content)) return mode;
  const [leftLines, rightLines] = [comparable(path, left.content), comparable(path, right.content)];
  const changes = [
    ...leftLines.filter((line) => !rightLines.includes(line)).map((line) => `${path}: - ${line}`),
    ...rightLines.filter((line) => !leftLines.includes(line)).map((line) => `${path}: + ${line}`),
  ];
  if (changes.length > 0) return [...mode, ...changes.slice(0, 12)];
  return leftLines.join('\n') === rightLines.join('\n') ? mode : [...mode, `${path}: order of lines`];
}

function comparable(path: string, content: Buffer): readonly string[] {
  const rules = DIFFERENCES.flatMap((difference) => (difference.line?.path.test(path) === true ? [difference.line.line] : []));
  return content
    .toString('latin1')
    .split('\n')
    .filter((line) => !rules.some((rule) => rule.test(line)));
}
