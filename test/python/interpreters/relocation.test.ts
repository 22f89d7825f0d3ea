import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { memorySource } from '../../../src/python/byte-source.ts';
import { readElf } from '../../../src/python/elf.ts';
import { moveBuildVariables } from '../../../src/python/interpreters/build-variables.ts';
import { relocateElf } from '../../../src/python/interpreters/elf-prefix.ts';
import { temporaryDirectory } from '../../repository/temporary-directory.ts';

/** A library below `prefix` and a program that finds it there; both hold the prefix as a text. */
function compiled(directory: string): { readonly prefix: string; readonly program: string } {
  const prefix = join(directory, 'a-rather-long-prefix');
  for (const name of ['bin', 'lib']) mkdirSync(join(prefix, name), { recursive: true });
  writeFileSync(join(directory, 'part.c'), `const char *where(void) { return "${prefix}/lib/python"; }\n`);
  writeFileSync(
    join(directory, 'main.c'),
    `#include <stdio.h>\nconst char *where(void);\nint main(void) { puts(where()); puts("${prefix}-elsewhere"); puts("-I${prefix}/include -L${prefix}/lib"); }\n`,
  );
  cc('-shared', '-fPIC', '-o', join(prefix, 'lib/libpart.so'), join(directory, 'part.c'));
  cc('-o', join(prefix, 'bin/main'), join(directory, 'main.c'), `-L${prefix}/lib`, '-lpart', `-Wl,-rpath,${prefix}/lib`);
  return { prefix, program: join(prefix, 'bin/main') };
}

function cc(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('gcc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

test('a program and its library run from where they were moved to', () => {
  const directory = temporaryDirectory();
  const { prefix, program } = compiled(directory);
  const moved = temporaryDirectory({ 'bin/': '', 'lib/': '' });
  const place = { from: prefix, to: '/build/python', libraries: '$ORIGIN/../lib' };
  writeFileSync(join(moved, 'bin/main'), relocateElf(readFileSync(program), place), { mode: 0o755 });
  writeFileSync(join(moved, 'lib/libpart.so'), relocateElf(readFileSync(join(prefix, 'lib/libpart.so')), place));
  const { stdout } = spawnSync('env', ['-i', join(moved, 'bin/main')], { encoding: 'utf8' });
  // What only begins like the prefix is another place.
  expect(stdout.replace(directory, '')).toBe(
    '/build/python/lib/python\n/a-rather-long-prefix-elsewhere\n-I/build/python/include -L/build/python/lib\n',
  );
  expect(readElf(memorySource(readFileSync(join(moved, 'bin/main'))))?.runpath).toEqual(['$ORIGIN/../lib']);
});

test('a file that knows nothing of the prefix is left alone', () => {
  const bytes = readFileSync(process.execPath).subarray(0, 1 << 20);
  expect(relocateElf(bytes, { from: '/nowhere/at/all/python', to: '/build/python', libraries: '$ORIGIN' })).toBe(bytes);
});

test('a text too short for the new place keeps the old one', () => {
  const bytes = Buffer.concat([readFileSync('/bin/true').subarray(0, 64), Buffer.from('\0/opt/py\0rest')]);
  const moved = relocateElf(bytes, { from: '/opt/py', to: '/build/python', libraries: '$ORIGIN' });
  expect(moved.equals(bytes)).toBe(true);
});

const VARIABLES = `# system configuration generated and used by the sysconfig module
build_time_vars = {'BINDIR': '/usr/bin',
 'CC': '/usr/bin/gcc -pthread',
 'DESTDIRS': '/usr '
             '/usr/lib /usr/lib/python3.11 '
             '/usr/lib/python3.11/lib-dynload',
 'HAVE_FORK': 1,
 'LDSHARED': 'gcc -shared -L/usr/lib',
 'LIBDIR': '/usr/lib/x86_64-linux-gnu',
 'prefix': '/usr'}
`;

test('of a shared prefix only the variables that name directories of Python are moved', () => {
  expect(moveBuildVariables(VARIABLES, '/usr')).toMatchInlineSnapshot(`
    "# system configuration generated and used by the sysconfig module
    build_time_vars = {'BINDIR': '/build/python/bin',
     'CC': '/usr/bin/gcc -pthread',
     'DESTDIRS': '/build/python '
                 '/build/python/lib /build/python/lib/python3.11 '
                 '/build/python/lib/python3.11/lib-dynload',
     'HAVE_FORK': 1,
     'LDSHARED': 'gcc -shared -L/usr/lib',
     'LIBDIR': '/build/python/lib/x86_64-linux-gnu',
     'prefix': '/build/python'}
    "
  `);
});

test('a prefix of its own is moved wherever it stands, and not what only begins like it', () => {
  const text = "{'CC': 'gcc -I/home/u/py/3.12/include', 'prefix': '/home/u/py/3.12', 'other': '/home/u/py/3.12.1/lib'}";
  expect(moveBuildVariables(text, '/home/u/py/3.12')).toBe(
    "{'CC': 'gcc -I/build/python/include', 'prefix': '/build/python', 'other': '/home/u/py/3.12.1/lib'}",
  );
});
