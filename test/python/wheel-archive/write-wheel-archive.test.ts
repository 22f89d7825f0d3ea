import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../../src/model/digest.ts';
import { withRecord } from '../../../src/python/wheel-archive/record.ts';
import { textFile, type WheelFile } from '../../../src/python/wheel-archive/wheel-file.ts';
import { writeWheelArchive } from '../../../src/python/wheel-archive/write-wheel-archive.ts';

const INFO = 'demo-1.dist-info';

const library: WheelFile = { kind: 'bytes', bytes: Buffer.alloc(300_000, 'not so random, yet long enough; '), executable: true };

function demo(): ReadonlyMap<string, WheelFile> {
  return withRecord(
    new Map([
      [`${INFO}/METADATA`, textFile('Name: demo\n')],
      [`${INFO}/WHEEL`, textFile('Wheel-Version: 1.0\n')],
      ['zeta.py', textFile('')],
      ['demo-extra/a.py', textFile('a = 1\n')],
      ['demo/ü,b.py', textFile('b = 1\n')],
      ['demo/_core.abi3.so', library],
    ]),
    INFO,
  );
}

function archive(options?: { readonly compression?: 'stored' | 'deflate'; readonly epoch?: number }): Uint8Array {
  return writeWheelArchive({ files: demo(), distInfo: INFO, read: refuse, ...options });
}

function refuse(): never {
  throw new Error('nothing is in the store');
}

describe('a wheel archive', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ferrule-archive-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function listed(bytes: Uint8Array): readonly (readonly [string, string, number, string])[] {
    const file = join(directory, 'demo.whl');
    writeFileSync(file, bytes);
    const script = [
      'import zipfile, json, sys',
      'z = zipfile.ZipFile(sys.argv[1])',
      'assert z.testzip() is None',
      'print(json.dumps([[i.filename, oct(i.external_attr >> 16), i.file_size, "%d-%02d-%02d %02d:%02d:%02d" % i.date_time] for i in z.infolist()]))',
    ].join('\n');
    const entries: readonly (readonly [string, string, number, string])[] = JSON.parse(
      execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }),
    );
    return entries;
  }

  it('is read by Python: sorted, dist-info last, RECORD last of all, with modes and the earliest time', () => {
    const time = '1980-01-01 00:00:00';
    expect(listed(archive())).toEqual([
      ['demo/_core.abi3.so', '0o100755', 300_000, time],
      ['demo/ü,b.py', '0o100644', 6, time],
      ['demo-extra/a.py', '0o100644', 6, time],
      ['zeta.py', '0o100644', 0, time],
      [`${INFO}/METADATA`, '0o100644', 11, time],
      [`${INFO}/WHEEL`, '0o100644', 19, time],
      [`${INFO}/RECORD`, '0o100644', 458, time],
    ]);
  });

  it('carries the time it is given, in UTC', () => {
    expect(listed(archive({ epoch: 1_700_000_001 }))[0]?.[3]).toBe('2023-11-14 22:13:20');
  });

  it('has the bytes that every version of Node gives', () => {
    expect(sha256Of(archive())).toMatchInlineSnapshot(`"a53bdf2bee39aed5603cbcd78ae11a10abfceaa2c9a32c6d823c9eeedfc4dd2e"`);
    expect(archive({ compression: 'stored' }).length).toBeGreaterThan(300_000);
    expect(archive().length).toBeLessThan(5000);
  });

  it('says what each file is in its RECORD, quoted where a comma would mislead', () => {
    const record = demo().get(`${INFO}/RECORD`);
    expect(record?.kind === 'bytes' ? Buffer.from(record.bytes).toString() : '').toMatchInlineSnapshot(`
      "demo/_core.abi3.so,sha256=jxGi2BLknXBQvbZHvreyj2CvrxH-BOL4KpGcaWLPdHk,300000
      "demo/ü,b.py",sha256=gUX_t65JGJopeG1462lec2_LCDSw2TGVrYE3FgyotKk,6
      demo-1.dist-info/METADATA,sha256=TCbnncczH5a7clH-MmVga0zKkBjAxl7yrSIkXOrZk1E,11
      demo-1.dist-info/WHEEL,sha256=hPnzolO11CFKQQfo-cfRSowPfsQIecdrr39HeOvVHcE,19
      demo-extra/a.py,sha256=y3i9ihf3t1H-DUZjNm3LwlcgQDPvfd1ksfKWlXO1suI,6
      zeta.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
      demo-1.dist-info/RECORD,,
      "
    `);
  });

  it('writes a RECORD anew and drops its signatures', () => {
    const signed = withRecord(new Map([...demo(), [`${INFO}/RECORD.jws`, textFile('{}')], [`${INFO}/RECORD`, textFile('old')]]), INFO);
    expect([...signed.keys()]).toEqual([...demo().keys()]);
    expect(signed.get(`${INFO}/RECORD`)).toEqual(demo().get(`${INFO}/RECORD`));
  });
});
