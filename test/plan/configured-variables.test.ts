import { expect, test } from 'vitest';
import { withConfiguredVariables } from '../../src/plan/configured-variables.ts';
import { hostEnvironment } from '../../src/plan/host-environment.ts';

const CHANNEL = { name: 'CHANNEL', value: 'configured', force: false };

function configured(options: { readonly reads?: boolean; readonly force?: boolean; readonly user?: string; readonly planned?: string }) {
  const { reads = true, force = false, user, planned = CHANNEL.value } = options;
  return withConfiguredVariables({
    environment: { CARGO: 'cargo', CHANNEL: planned },
    configured: [{ ...CHANNEL, force }],
    mayRead: () => reads,
    host: hostEnvironment({ CHANNEL: user }),
  })['CHANNEL'];
}

test('a configured variable reaches those who may read it', () => {
  expect(configured({})).toBe('configured');
  expect(configured({ reads: false })).toBeUndefined();
});

test('the value of the user goes before a configured one, unless that is forced', () => {
  expect(configured({ user: 'mine' })).toBe('mine');
  expect(configured({ user: 'mine', force: true })).toBe('configured');
});

test('what cargo sets itself is left alone', () => {
  expect(configured({ planned: 'of cargo', user: 'mine' })).toBe('of cargo');
  expect(configured({ planned: 'of cargo', reads: false })).toBe('of cargo');
});
