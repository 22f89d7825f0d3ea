import { gzipSync, strToU8, zipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { parseWheelFilename } from '../../../src/python/wheel-filename.ts';

/** What our server has under a file name; the same bytes each time. `metadata`: further lines of METADATA. */
export function emptyArchive(filename: string, metadata = ''): Promise<Uint8Array> {
  return filename.endsWith('.whl') ? Promise.resolve(emptyWheel(filename, metadata)) : emptySdist(filename, metadata);
}

/** A wheel of that file name with nothing in it. */
function emptyWheel(filename: string, metadata: string): Uint8Array {
  const name = parseWheelFilename(filename);
  if (name === undefined) throw new Error(`no wheel: ${filename}`);
  const directory = `${filename.split('-', 2).join('-')}.dist-info`;
  const tags = name.pythons.flatMap((python) =>
    name.abis.flatMap((abi) => name.platforms.map((platform) => `${python}-${abi}-${platform}`)),
  );
  return zipped({
    [`${directory}/METADATA`]: strToU8(`Metadata-Version: 2.1\nName: ${name.name}\nVersion: ${name.versionText}\n${metadata}`),
    [`${directory}/WHEEL`]: strToU8(`Wheel-Version: 1.0\nRoot-Is-Purelib: true\n${tags.map((tag) => `Tag: ${tag}\n`).join('')}`),
    [`${directory}/RECORD`]: strToU8(`${directory}/METADATA,,\n${directory}/WHEEL,,\n${directory}/RECORD,,\n`),
  });
}

const BACKEND = `
import os, zipfile
NAME, VERSION = open("identity").read().split()
def build_wheel(directory, config_settings=None, metadata_directory=None):
    stem = NAME.replace("-", "_") + "-" + VERSION
    info = stem + ".dist-info"
    with zipfile.ZipFile(os.path.join(directory, stem + "-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (NAME, VERSION))
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return stem + "-py3-none-any.whl"
`;

/** A source distribution of that file name, which builds itself, needing nothing. */
async function emptySdist(filename: string, metadata: string): Promise<Uint8Array> {
  const stem = filename.replace(/\.(tar\.gz|tgz|zip)$/, '');
  const dash = stem.lastIndexOf('-');
  const [name, version] = [stem.slice(0, dash).replaceAll('_', '-').toLowerCase(), stem.slice(dash + 1)];
  const files = {
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'backend.py': BACKEND,
    identity: `${name} ${version}`,
    'PKG-INFO': `Metadata-Version: 2.2\nName: ${name}\nVersion: ${version}\n${metadata}`,
  };
  const entries = Object.entries(files).map(([path, text]) => {
    const body = strToU8(text);
    return { header: { name: `${stem}/${path}`, size: body.byteLength, type: 'file' as const, mtime: NEVER }, body };
  });
  if (!filename.endsWith('.zip')) return gzipSync(await packTar(entries), { mtime: 0 });
  return zipped(Object.fromEntries(entries.map(({ header, body }) => [header.name, body])));
}

/** A date that zip files can have. */
const NEVER = new Date(Date.UTC(1990, 0, 1, 12));

function zipped(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync({ ...files }, { mtime: NEVER });
}
