import { expect, test } from 'vitest';
import { measuredPytest } from '../../../src/plan/coverage/pytest-coverage.ts';

const directories = ['/build/src/python/src', '/build/src/python/more'];

test('all of a project is measured where its configuration does not say what', () => {
  const sources = { namedBy: 'nobody', directories } as const;
  expect(measuredPytest({ measurement: 'pytest-cov', programs: '/env/bin', sources })).toEqual([
    '/env/bin/pytest',
    '--cov=/build/src/python/src',
    '--cov=/build/src/python/more',
    '--cov-report=lcov:/build/out/coverage.lcov',
  ]);
  expect(measuredPytest({ measurement: 'coverage', programs: '/env/bin', sources })).toEqual([
    '/env/bin/coverage',
    'run',
    '--source=/build/src/python/src,/build/src/python/more',
    '-m',
    'pytest',
  ]);
});

test('what coverage.py is configured to measure is left to it', () => {
  const sources = { namedBy: 'coverage', directories } as const;
  expect(measuredPytest({ measurement: 'pytest-cov', programs: '/env/bin', sources })).toContain('--cov');
  expect(measuredPytest({ measurement: 'coverage', programs: '/env/bin', sources })).toEqual(['/env/bin/coverage', 'run', '-m', 'pytest']);
});
