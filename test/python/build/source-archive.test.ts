import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { digestOfFile } from '../../../src/model/digest.ts';
import { unpackSourceArchive } from '../../../src/python/build/source-archive.ts';
import { temporaryDirectory } from '../../repository/temporary-directory.ts';
import { temporaryStore } from '../../source/source-rig.ts';

/** Writes an archive with Python's own modules, entry by entry: `entries` is a Python list of (name, kind, content, mode). */
function archiveOf(kind: 'tar' | 'zip', entries: string): { readonly path: string; readonly filename: string } {
  const filename = kind === 'tar' ? 'pkg-1.0.tar.gz' : 'pkg-1.0.zip';
  const path = join(temporaryDirectory(), filename);
  const program = `
import io, sys, tarfile, zipfile
entries = ${entries}
if ${kind === 'tar' ? 'True' : 'False'}:
    with tarfile.open(sys.argv[1], 'w:gz') as archive:
        for name, kind, content, mode in entries:
            member = tarfile.TarInfo(name)
            member.type = {'file': tarfile.REGTYPE, 'link': tarfile.SYMTYPE, 'dir': tarfile.DIRTYPE, 'hard': tarfile.LNKTYPE, 'fifo': tarfile.FIFOTYPE}[kind]
            member.mode = mode
            if kind in ('link', 'hard'): member.linkname = content
            data = content.encode() if kind == 'file' else b''
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
else:
    with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, kind, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = ((0o120000 if kind == 'link' else 0o100000) | mode) << 16
            archive.writestr(info, content)
`;
  const done = spawnSync('python3', ['-c', program, path], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return { path, filename };
}

async function unpack(archive: { readonly path: string; readonly filename: string }): Promise<string> {
  const store = temporaryStore();
  const tree = await unpackSourceArchive({ store, ...archive, digest: digestOfFile(archive.path) });
  if (!tree.ok) return printDiagnostics(tree.diagnostics, { colour: false }).replaceAll(archive.path, '[ARCHIVE]');
  return store.treePath(tree.value) ?? 'nowhere';
}

test.each(['tar', 'zip'] as const)('a %s archive is taken without its one directory, with executable bits and links', async (kind) => {
  const root = await unpack(
    archiveOf(
      kind,
      `[('pkg-1.0/setup.py', 'file', 'x', 0o755), ('pkg-1.0/a/b.py', 'file', 'y', 0o644), ('pkg-1.0/link', 'link', 'a/b.py', 0o777)]`,
    ),
  );
  expect(readdirSync(root).toSorted()).toEqual(['a', 'link', 'setup.py']);
  expect(statSync(join(root, 'setup.py')).mode & 0o111).not.toBe(0);
  expect(statSync(join(root, 'a/b.py')).mode & 0o111).toBe(0);
  expect(readFileSync(join(root, 'link'), 'utf8')).toBe('y');
});

test('an archive with several things at its top stays as it is', async () => {
  const root = await unpack(archiveOf('tar', `[('setup.py', 'file', 'x', 0o644), ('pkg/a.py', 'file', 'y', 0o644)]`));
  expect(readdirSync(root).toSorted()).toEqual(['pkg', 'setup.py']);
});

test.each([
  ['tar', 'climbs', `[('pkg-1.0/../../evil', 'file', 'x', 0o644)]`],
  ['tar', 'absolute', `[('/etc/evil', 'file', 'x', 0o644)]`],
  ['tar', 'link out', `[('pkg-1.0/link', 'link', '../../etc/passwd', 0o777)]`],
  ['tar', 'absolute link', `[('pkg-1.0/link', 'link', '/etc/passwd', 0o777)]`],
  ['tar', 'hard link', `[('pkg-1.0/link', 'hard', '/etc/passwd', 0o777)]`],
  ['tar', 'device', `[('pkg-1.0/pipe', 'fifo', '', 0o644)]`],
  ['tar', 'file and directory', `[('pkg-1.0/a', 'file', 'x', 0o644), ('pkg-1.0/a/b', 'file', 'x', 0o644)]`],
  ['zip', 'climbs', `[('../evil', 'file', 'x', 0o644)]`],
  ['zip', 'link out', `[('pkg-1.0/link', 'link', '../../etc/passwd', 0o777)]`],
] as const)('a hostile %s archive is refused: %s', async (kind, _, entries) => {
  expect(await unpack(archiveOf(kind, entries))).toMatchSnapshot();
});

test('a cut archive, and one of another kind, are refused', async () => {
  const whole = archiveOf('tar', `[('pkg-1.0/a', 'file', 'x' * 100000, 0o644)]`);
  writeFileSync(whole.path, readFileSync(whole.path).subarray(0, 90));
  expect(await unpack(whole)).toMatchInlineSnapshot(`
    "error[F0992]: the source distribution \`pkg-1.0.tar.gz\` is damaged: unexpected end of file
      archive  [ARCHIVE]
    hint: use another version of the package, or a wheel of it; if the download may be damaged, remove the archive and build again
    "
  `);
  const directory = temporaryDirectory();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'pkg-1.0.tar.zst'), '');
  expect(await unpack({ path: join(directory, 'pkg-1.0.tar.zst'), filename: 'pkg-1.0.tar.zst' })).toMatchInlineSnapshot(`
    "error[F0992]: the source distribution \`pkg-1.0.tar.zst\` is of a kind that source distributions do not have: \`.tar.gz\` or \`.zip\` is expected
      archive  [ARCHIVE]
    hint: use another version of the package, or a wheel of it; if the download may be damaged, remove the archive and build again
    "
  `);
});
