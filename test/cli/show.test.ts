import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { showCommand } from '../../src/cli/commands/show.ts';
import { listOutputs, type RepositoryOutputs } from '../../src/cli/list-outputs.ts';
import { NO_OPTIONS } from '../../src/cli/options.ts';
import { showSettings } from '../../src/cli/settings.ts';
import { openStore } from '../../src/store/directory-store.ts';
import { TemporaryDirectory } from '../end-to-end/checkout.ts';
import { plainEnvironment } from '../end-to-end/rig.ts';

const OUTPUTS: RepositoryOutputs = {
  root: '/work',
  members: [
    {
      kind: 'rust',
      path: '.',
      systems: ['x86_64-unknown-linux-gnu', 'wasm32-unknown-unknown'],
      packages: [
        {
          name: 'grep',
          version: '0.4.0',
          description: undefined,
          requiresPython: undefined,
          outputs: [{ name: 'lib', what: 'library', isDefault: true }],
          checks: ['fmt', 'clippy'],
          programs: [],
          extras: [],
          isDefault: false,
        },
        {
          name: 'ripgrep',
          version: '15.1.0',
          description: 'Searches\nlines',
          requiresPython: undefined,
          outputs: [
            { name: 'bin/rg', what: 'program', isDefault: true },
            { name: 'example/walk', what: 'example', isDefault: false },
          ],
          checks: [],
          programs: [],
          extras: [],
          isDefault: true,
        },
      ],
    },
    {
      kind: 'python',
      path: 'tools/py',
      systems: [],
      packages: [
        {
          name: 'web',
          version: '1',
          description: undefined,
          requiresPython: '>=3.11',
          outputs: [{ name: 'env', what: 'environment with serve', isDefault: true }],
          checks: ['pytest'],
          programs: ['serve'],
          extras: ['tls'],
          isDefault: true,
        },
      ],
    },
  ],
  scripts: ['tools/check.py'],
  environments: [{ name: 'all', projects: ['web'] }],
  checks: [
    { name: 'mypy', command: ['mypy', '--strict'] },
    { name: 'clippy', command: [] },
  ],
  diagnostics: [],
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
    ├── . (rust, x86_64-unknown-linux-gnu, wasm32-unknown-unknown)
    │   ├── grep 0.4.0 (when named)
    │   │   ├── grep:lib: library, default
    │   │   └── checks: fmt, clippy
    │   └── ripgrep 15.1.0: Searches lines
    │       ├── ripgrep:bin/rg: program, default
    │       └── ripgrep:example/walk: example
    ├── tools/py (python)
    │   └── web 1 (Python >=3.11)
    │       ├── web:env: environment with serve, default
    │       ├── web[tls]:env: environment with the extra tls
    │       └── checks: pytest
    ├── tools/check.py (script)
    ├── environments
    │   └── all: environment of web
    └── checks
        ├── mypy: mypy --strict
        └── clippy: settings
    "
  `);
});

test('names are listed for shells, and everything for scripts', () => {
  expect(shown({ names: true })).toBe('all\ngrep\nripgrep\ntools/check.py\nweb\n');
  expect(shown({ targets: true })).toBe(
    'all\ngrep\ngrep:lib\nripgrep\nripgrep:bin/rg\nripgrep:example/walk\ntools/check.py\nweb\nweb:env\nweb[tls]:env\n',
  );
  expect(JSON.parse(shown({ json: true }))).toEqual({
    ok: true,
    root: '/work',
    members: [
      {
        kind: 'rust',
        path: '.',
        systems: ['x86_64-unknown-linux-gnu', 'wasm32-unknown-unknown'],
        packages: [
          {
            name: 'grep',
            version: '0.4.0',
            outputs: ['lib'],
            checks: ['fmt', 'clippy'],
            programs: [],
            extras: [],
            default: false,
            default_outputs: ['lib'],
          },
          {
            name: 'ripgrep',
            version: '15.1.0',
            description: 'Searches\nlines',
            outputs: ['bin/rg', 'example/walk'],
            checks: [],
            programs: [],
            extras: [],
            default: true,
            default_outputs: ['bin/rg'],
          },
        ],
      },
      {
        kind: 'python',
        path: 'tools/py',
        packages: [
          {
            name: 'web',
            version: '1',
            requires_python: '>=3.11',
            outputs: ['env'],
            checks: ['pytest'],
            programs: ['serve'],
            extras: ['tls'],
            default: true,
            default_outputs: ['env'],
          },
        ],
      },
    ],
    scripts: ['tools/check.py'],
    environments: [{ name: 'all', projects: ['web'] }],
    checks: [
      { name: 'mypy', command: ['mypy', '--strict'] },
      { name: 'clippy', command: [] },
    ],
    diagnostics: [],
  });
});

test('a member that cannot be read is named, and the others are shown all the same', async () => {
  using place = new TemporaryDirectory();
  const directory = place.join('federation');
  cpSync(join(import.meta.dirname, '../../examples/federation'), directory, { recursive: true });
  writeFileSync(join(directory, 'crates/pnt-report/Cargo.toml'), '[package]\n');
  const store = openStore({ directory: place.join('store'), now: Date.now, processId: process.pid });
  const listed = await listOutputs({ directory, store, environment: plainEnvironment() });
  store.close();
  if (!listed.ok) throw new Error('the repository is there');
  expect(listed.value.diagnostics.map(({ code }) => code)).toEqual(['F0230']);
  const targets = listed.value.members.flatMap(({ packages }) =>
    packages.flatMap(({ name, outputs }) => outputs.map((output) => `${name}:${output.name}${output.isDefault ? '*' : ''}`)),
  );
  expect(targets).toMatchInlineSnapshot(`
    [
      "pnt-cli:wheel*",
      "pnt-cli:sdist",
      "pnt-cli:env",
      "pnt-cli:env/test",
      "pnt-cli:editable",
      "pnt-cli-core:bin/pnt*",
      "pnt-cli-core:lib",
      "pnt-cli-core:test",
      "pnt-cli-py:cdylib*",
      "pnt-cli-py:test",
      "pnt-functional:wheel*",
      "pnt-functional:sdist",
      "pnt-functional:env",
      "pnt-functional:env/test",
      "pnt-functional:editable",
    ]
  `);
}, 60_000);
