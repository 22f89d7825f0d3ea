import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Digest } from '../../model/digest.ts';
import type { TreeWriter } from '../../store/tree-writer.ts';
import { type ByteSource, fileSource, memorySource } from '../byte-source.ts';
import { looksLikeElf, readElf } from '../elf.ts';
import type { NativeObject, UnpackedWheel } from '../wheel.ts';
import type { WheelFilename } from '../wheel-filename.ts';
import { parseEntryPoints } from './entry-points.ts';
import { findNamespaces } from './namespaces.ts';
import { recordProblems } from './record-check.ts';
import { layOut, type WheelLayout } from './wheel-layout.ts';
import { checkWheelFormat, readIdentity } from './wheel-metadata.ts';
import { WheelRefused } from './wheel-refused.ts';

/** A wheel on its way into the store: files are put where they belong, and what is to be known of it is gathered on the way. */
export class WheelAssembly {
  readonly #writer: TreeWriter;
  readonly #layout: WheelLayout;
  readonly #digests = new Map<string, Digest>();
  readonly #texts = new Map<string, string>();
  readonly #natives: NativeObject[] = [];

  /** `paths`: of the wheel's files, as in its archive. Throws {@link WheelRefused}. */
  constructor(options: { readonly writer: TreeWriter; readonly paths: readonly string[] }) {
    this.#writer = options.writer;
    this.#layout = layOut(options.paths);
  }

  addFile(path: string, file: { readonly bytes: Buffer; readonly executable: boolean }): void {
    const { bytes } = file;
    const place = this.#place(path);
    if (this.#isMetadata(path)) this.#texts.set(path, bytes.toString('utf8'));
    if (looksLikeElf(bytes)) this.#addNative(place, memorySource(bytes));
    this.#digests.set(path, this.#writer.addFile(place, { bytes, executable: isProgram(place, file.executable) }));
  }

  /** A file whose bytes the store has; `source` reads them. */
  addBlob(path: string, file: { readonly digest: Digest; readonly source: ByteSource; readonly executable: boolean }): void {
    const { digest, source } = file;
    const place = this.#place(path);
    if (this.#isMetadata(path)) this.#texts.set(path, source.read(0, source.size).toString('utf8'));
    if (looksLikeElf(source.read(0, 4))) this.#addNative(place, source);
    this.#writer.addBlob(place, { digest, executable: isProgram(place, file.executable) });
    this.#digests.set(path, digest);
  }

  /** A file too large to be held in memory. Throws what `pieces` throws. */
  async addPieces(path: string, file: { readonly pieces: AsyncIterable<Buffer>; readonly executable: boolean }): Promise<void> {
    const place = this.#place(path);
    if (this.#isMetadata(path)) throw new WheelRefused({ kind: 'metadata', problem: `its \`${path}\` is too large` });
    const writer = this.#writer.openFile(place, { executable: isProgram(place, file.executable) });
    try {
      for await (const piece of file.pieces) writer.write(piece);
    } catch (error) {
      writer.abandon();
      throw error;
    }
    this.#digests.set(path, writer.finish());
    const descriptor = openSync(writer.path, 'r');
    try {
      const source = fileSource(descriptor, fstatSync(descriptor).size);
      if (looksLikeElf(source.read(0, 4))) this.#addNative(place, source);
    } finally {
      closeSync(descriptor);
    }
  }

  /** All files are in: checks the metadata, moves the tree into the store. Throws {@link WheelRefused}; the tree is not kept then. */
  finish(filename: WheelFilename): UnpackedWheel {
    const { distInfo, places } = this.#layout;
    const text = (name: string): string | undefined => this.#texts.get(`${distInfo}/${name}`);
    const tags = checkWheelFormat(text('WHEEL'));
    const identity = readIdentity(text('METADATA'), filename);
    const entryPoints = parseEntryPoints(text('entry_points.txt'));
    const files = Array.from(this.#digests, ([path, digest]) => ({ path, digest }));
    const problems = recordProblems({ text: text('RECORD'), path: `${distInfo}/RECORD`, files });
    const site = [...places.values()].filter((place) => place.startsWith('site/')).map((place) => place.slice('site/'.length));
    return {
      tree: this.#writer.finish(),
      facts: {
        ...identity,
        distInfo,
        tags,
        entryPoints,
        nativeObjects: this.#natives.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
        namespaces: findNamespaces(site),
        recordProblems: problems,
      },
    };
  }

  #place(path: string): string {
    const place = this.#layout.places.get(path);
    if (place === undefined) throw new Error(`internal: \`${path}\` was not among the wheel's paths`);
    return place;
  }

  #isMetadata(path: string): boolean {
    const { distInfo } = this.#layout;
    return path.startsWith(distInfo) && METADATA.has(path.slice(distInfo.length + 1));
  }

  #addNative(path: string, source: ByteSource): void {
    const elf = readElf(source);
    if (elf === undefined) return;
    this.#natives.push({
      path,
      soname: elf.soname,
      needed: elf.needed,
      runpath: elf.runpath.length > 0 ? elf.runpath : elf.rpath,
      symbolVersions: Object.fromEntries(elf.symbolVersions),
      machine: elf.machine,
    });
  }
}

const METADATA: ReadonlySet<string> = new Set(['METADATA', 'WHEEL', 'RECORD', 'entry_points.txt']);

/** Installers make scripts executable whatever the archive says (binary distribution format, "Recommended installer features"). */
function isProgram(place: string, executable: boolean): boolean {
  return executable || place.startsWith('scripts/');
}
