import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import type { Project } from '../../../src/python/project/project.ts';
import { parseScript, readScript } from '../../../src/python/project/read-script.ts';

async function script(text: string): Promise<Project> {
  const read = await parseScript({ path: '/work/tools/My_Script.py', file: 'tools/My_Script.py', text });
  if (!read.ok) throw new Error(printDiagnostics(read.diagnostics, { colour: false }));
  return read.value;
}

async function refused(text: string): Promise<string> {
  const read = await parseScript({ path: '/work/tools/x.py', file: 'tools/x.py', text });
  return read.ok ? 'accepted' : printDiagnostics(read.diagnostics, { colour: false });
}

test.each([
  ['at the top', '# /// script\n# dependencies = ["a", "b>1"]\n# ///\n'],
  ['at the end, without a line break', 'x = 1\n# /// script\n# dependencies = ["a", "b>1"]\n# ///'],
  ['with Windows line ends', '# /// script\r\n# dependencies = [\r\n#   "a",\r\n#\r\n# "b>1"]\r\n# ///\r\n'],
  ['with another block before it', '# /// other\n# dependencies = ["c"]\n# ///\n\n# /// script\n# dependencies = ["a", "b>1"]\n# ///\n'],
  ['in a long comment', '# /// script\n# dependencies = ["a", # no end: # ///\n#  "b>1"]\n# ///\n# and more\n'],
])('a block %s is read', async (_, text) => {
  const { metadata } = await script(text);
  expect(metadata?.dependencies.map((dependency) => dependency.text)).toEqual(['a', 'b>1']);
});

test('a script is a project with dependencies and settings, called like its file', async () => {
  const read = await script(
    '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# [tool.uv]\n# no-build-package = ["X_y"]\n# ///\n',
  );
  expect(read).toMatchObject({
    directory: '/work/tools',
    metadata: { name: 'my-script-py', writtenName: 'My_Script.py', requiresPython: '>=3.11' },
  });
  expect([...read.uv.choice.noBuildPackages]).toEqual(['x-y']);
});

describe('what cannot be read is shown in the script itself', () => {
  test.each([
    ['no block', 'print(1)\n'],
    ['no end', '# /// script\n# dependencies = []\n'],
    ['an end out of reach', '# /// script\n# dependencies = []\n#no space\n# ///\n'],
    ['two blocks', '# /// script\n# ///\n\n# /// script\n# dependencies = ["a"]\n# ///\n'],
    ['no TOML', '"""Doc."""\n# /// script\n# dependencies = [\n# a\n# ]\n# ///\n'],
    ['a wrong type', '# /// script\n# dependencies = "a"\n# ///\n'],
    ['no requirement', 'x = 1\n# /// script\n# dependencies = [\n#   "a ? b",\n# ]\n# ///\n'],
  ])('%s', async (_, text) => {
    expect(await refused(text)).toMatchSnapshot();
  });

  test('no file', async () => {
    const read = await readScript({ path: '/nowhere/x.py', file: 'x.py' });
    expect(read.ok ? '' : printDiagnostics(read.diagnostics, { colour: false })).toMatchInlineSnapshot(`
      "error[F1031]: there is no script \`x.py\`
      hint: a script is named by its path from where Ferrule is started, or from \`-C\`
      "
    `);
  });
});
