import { expect, test } from 'vitest';

import { admitsMinor, fulfils, parsePythonRequest, type PythonRequest } from '../../../src/python/interpreters/python-request.ts';
import { findVersionPin } from '../../../src/python/interpreters/version-file.ts';
import { parseSpecifiers } from '../../../src/python/version/specifier.ts';
import { temporaryDirectory } from '../../repository/temporary-directory.ts';
import { glibc, interpreterOf } from '../version/interpreters.ts';

function described(request: PythonRequest | undefined): string {
  if (request === undefined) return 'nothing';
  if (request.kind === 'program') return `program ${request.program}`;
  if (request.kind === 'range') return `range of ${request.set.specifiers.length}`;
  const { implementation, release, freeThreaded, prerelease } = request;
  return [implementation, release.join('.'), ...(freeThreaded ? ['free-threaded'] : []), ...(prerelease === undefined ? [] : ['exactly'])]
    .filter((part) => part !== '')
    .join(' ');
}

test('requests are read in the words of uv, pyenv and wheel tags', () => {
  const texts = [
    '3',
    '3.12',
    '3.12.1',
    '3.13t',
    '3.13+freethreaded',
    '3.14.0rc1',
    'cpython',
    'cpython@3.12',
    'cpython-3.12.1-linux-x86_64-gnu',
    'cpython-3.13.1+freethreaded-linux-x86_64-gnu',
    'cp312',
    '312',
    'python3.11',
    'pypy3.10',
    'pypy@3.10',
    'pp310',
    'graalpy-3.11',
    '>=3.11,<3.13',
    '~= 3.11',
    '/usr/bin/python3',
    './bin/python',
    'miniconda3-latest',
    'my env',
    '',
    '3.x',
  ];
  expect(Object.fromEntries(texts.map((text) => [text, described(parsePythonRequest(text))]))).toMatchInlineSnapshot(`
    {
      "": "nothing",
      "./bin/python": "program ./bin/python",
      "/usr/bin/python3": "program /usr/bin/python3",
      "3": "cpython 3",
      "3.12": "cpython 3.12",
      "3.12.1": "cpython 3.12.1",
      "3.13+freethreaded": "cpython 3.13 free-threaded",
      "3.13t": "cpython 3.13 free-threaded",
      "3.14.0rc1": "cpython 3.14.0 exactly",
      "3.x": "nothing",
      "312": "cpython 3.12",
      ">=3.11,<3.13": "range of 2",
      "cp312": "cpython 3.12",
      "cpython": "cpython",
      "cpython-3.12.1-linux-x86_64-gnu": "cpython 3.12.1",
      "cpython-3.13.1+freethreaded-linux-x86_64-gnu": "cpython 3.13.1 free-threaded",
      "cpython@3.12": "cpython 3.12",
      "graalpy-3.11": "graalpy 3.11",
      "miniconda3-latest": "nothing",
      "my env": "nothing",
      "pp310": "pypy 3.10",
      "pypy3.10": "pypy 3.10",
      "pypy@3.10": "pypy 3.10",
      "python3.11": "cpython 3.11",
      "~= 3.11": "range of 1",
    }
  `);
});

function wanted(text: string): PythonRequest {
  const request = parsePythonRequest(text);
  if (request === undefined) throw new Error(text);
  return request;
}

test('an interpreter fulfils what it begins with', () => {
  const python = interpreterOf({ minor: 12, platform: glibc('x86_64', 36) });
  const fulfilled = ['3', '3.12', '3.12.1', '3.12.2', '3.1', '3.12t', 'pypy@3.12', '>=3.11,<3.13', '>=3.13', '/any/program'].filter(
    (text) => fulfils(python, wanted(text)),
  );
  expect(fulfilled).toEqual(['3', '3.12', '3.12.1', '>=3.11,<3.13', '/any/program']);
});

test('a series is tried if any of its releases could do', () => {
  const minors = [9, 10, 11, 12, 13];
  const set = parseSpecifiers('>=3.10.4,!=3.11.*,<3.13');
  expect(minors.filter((minor) => admitsMinor(minor, undefined, set))).toEqual([10, 12]);
  expect(minors.filter((minor) => admitsMinor(minor, wanted('3.11.9'), set))).toEqual([11]);
  expect(minors.filter((minor) => admitsMinor(minor, wanted('>=3.12'), set))).toEqual([12]);
});

test('the nearest pin counts, and not above the highest directory', () => {
  const directory = temporaryDirectory({
    '.python-version': '3.9\n',
    'repository/.python-version': "\n# the team's\n  3.11.4   # pinned\n3.12\n",
    'repository/a/b/': '',
    'repository/c/.python-version': 'system\n',
  });
  const pinOf = (place: string) => findVersionPin(`${directory}/${place}`, `${directory}/repository`).pin;
  const pin = pinOf('repository/a/b');
  expect(pin).toMatchObject({ text: '3.11.4', span: { file: '.python-version' }, directory: `${directory}/repository` });
  expect(pin?.span.text.slice(pin.span.start, pin.span.end)).toBe('3.11.4');
  expect(pinOf('repository/c')?.text).toBe('3.11.4');
  expect(findVersionPin(`${directory}/elsewhere`, `${directory}/repository`).watched).toEqual([
    `${directory}/elsewhere/.python-version`,
    `${directory}/elsewhere/.python-versions`,
  ]);
});
