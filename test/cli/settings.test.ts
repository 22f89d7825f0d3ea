import { describe, expect, test } from 'vitest';
import { NO_OPTIONS, type OptionValues } from '../../src/cli/options.ts';
import { buildSettings, commonSettings, storeCollectionSettings } from '../../src/cli/settings.ts';

const home = { environment: { HOME: '/home/ann' }, workingDirectory: '/work' };

function settings(values: Partial<OptionValues>, environment: Readonly<Record<string, string>> = {}): ReturnType<typeof buildSettings> {
  return buildSettings({ ...NO_OPTIONS, ...values }, ['app'], { ...home, environment: { ...home.environment, ...environment } });
}

describe('settings of a build', () => {
  test('leave open what was not given', () => {
    expect(settings({})).toMatchObject({
      directory: '/work',
      targets: ['app'],
      profile: undefined,
      jobs: undefined,
      sandbox: undefined,
      timeoutMs: undefined,
      output: undefined,
    });
  });

  test('take relative paths from the directory of `-C`', () => {
    expect(settings({ directory: 'sub', output: 'out', store: '../st' })).toMatchObject({
      directory: '/work/sub',
      output: '/work/sub/out',
      storeDirectory: '/work/st',
    });
    expect(settings({ output: '/abs/out' }).output).toBe('/abs/out');
  });

  test('count the time limit in milliseconds', () => {
    expect(settings({ timeout: 90 }).timeoutMs).toBe(90_000);
  });
});

test('the store is where the option, FERRULE_STORE, the cache directory or the home directory says, in this order', () => {
  const all = { FERRULE_STORE: '/from-variable', XDG_CACHE_HOME: '/cache' };
  expect(settings({ store: '/from-option' }, all).storeDirectory).toBe('/from-option');
  expect(settings({}, all).storeDirectory).toBe('/from-variable');
  expect(settings({}, { ...all, FERRULE_STORE: '' }).storeDirectory).toBe('/cache/ferrule');
  expect(settings({}, { XDG_CACHE_HOME: 'relative' }).storeDirectory).toBe('/home/ann/.cache/ferrule');
  expect(commonSettings(NO_OPTIONS, home).storeDirectory).toBe('/home/ann/.cache/ferrule');
});

test('ages are days, and no limit means none', () => {
  expect(storeCollectionSettings({ ...NO_OPTIONS, maxAge: 2 }, home)).toMatchObject({
    maxAgeMs: 172_800_000,
    maxBytes: undefined,
    dryRun: false,
  });
});
