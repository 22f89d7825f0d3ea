import { expect, test } from 'vitest';
import { showCommand } from '../../src/cli/commands/show.ts';
import type { RepositoryOutputs } from '../../src/cli/list-outputs.ts';
import { NO_OPTIONS } from '../../src/cli/options.ts';
import { showSettings } from '../../src/cli/settings.ts';

const OUTPUTS: RepositoryOutputs = {
  root: '/work',
  members: [
    {
      kind: 'rust',
      path: '.',
      packages: [
        { name: 'grep', version: '0.4.0', outputs: ['lib'], extras: [], isDefault: false },
        { name: 'ripgrep', version: '15.1.0', outputs: ['bin/rg', 'example/walk'], extras: [], isDefault: true },
      ],
    },
    { kind: 'python', path: 'tools/py', packages: [] },
  ],
  scripts: ['tools/check.py'],
};

function shown(values: Partial<typeof NO_OPTIONS>): string {
  let text = '';
  const terminal = {
    out: (more: string) => void (text += more),
    err: () => undefined,
    colour: { out: false, err: false },
    live: false,
    size: () => ({ columns: 80, rows: 24 }),
  };
  const settings = showSettings({ ...NO_OPTIONS, ...values }, { environment: {}, workingDirectory: '/work' });
  expect(showCommand({ outputs: OUTPUTS, settings, terminal })).toBe(0);
  return text;
}

test('what a repository builds is shown as a tree of targets', () => {
  expect(shown({})).toMatchInlineSnapshot(`
    "/work
    ├── . (rust)
    │   ├── grep 0.4.0, when named
    │   │   └── grep:lib
    │   └── ripgrep 15.1.0
    │       ├── ripgrep:bin/rg
    │       └── ripgrep:example/walk
    ├── tools/py (python)
    └── tools/check.py (script)
    "
  `);
});

test('names are listed for shells, and everything for scripts', () => {
  expect(shown({ names: true })).toBe('grep\nripgrep\ntools/check.py\n');
  expect(JSON.parse(shown({ json: true }))).toEqual({
    ok: true,
    root: '/work',
    members: [
      {
        kind: 'rust',
        path: '.',
        packages: [
          { name: 'grep', version: '0.4.0', outputs: ['lib'], extras: [], default: false },
          { name: 'ripgrep', version: '15.1.0', outputs: ['bin/rg', 'example/walk'], extras: [], default: true },
        ],
      },
      { kind: 'python', path: 'tools/py', packages: [] },
    ],
    scripts: ['tools/check.py'],
    diagnostics: [],
  });
});
