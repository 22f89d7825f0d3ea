import { type DistributionName, normalizeName } from '../distribution-name.ts';
import { compareVersions, parseVersion } from '../version/version.ts';
import type { WheelFilename } from '../wheel-filename.ts';
import { type MessageHeaders, parseMessageHeaders } from './message-headers.ts';
import { WheelRefused } from './wheel-refused.ts';

/** Tags of a `WHEEL` file, once its format is known to be one that is read. Throws {@link WheelRefused}. */
export function checkWheelFormat(text: string | undefined): readonly string[] {
  if (text === undefined) throw new WheelRefused({ kind: 'metadata', problem: 'its `.dist-info` has no `WHEEL`' });
  const headers = parseMessageHeaders(text);
  const version = first(headers, 'wheel-version');
  const major = /^(\d+)\.\d+/.exec(version ?? '')?.[1];
  if (version === undefined || major === undefined) {
    throw new WheelRefused({ kind: 'metadata', problem: 'its `WHEEL` does not say which version of the format it has' });
  }
  if (Number(major) > 1) throw new WheelRefused({ kind: 'format', version });
  return headers.get('tag') ?? [];
}

export interface WheelIdentity {
  readonly name: DistributionName;
  readonly metadataName: string;
  readonly version: string;
}

/** Name and version of a `METADATA`, which have to be those of the file name. Throws {@link WheelRefused}. */
export function readIdentity(text: string | undefined, filename: WheelFilename): WheelIdentity {
  if (text === undefined) throw new WheelRefused({ kind: 'metadata', problem: 'its `.dist-info` has no `METADATA`' });
  const headers = parseMessageHeaders(text);
  const metadataName = first(headers, 'name');
  const version = first(headers, 'version');
  if (metadataName === undefined || metadataName === '')
    throw new WheelRefused({ kind: 'metadata', problem: 'its `METADATA` has no `Name`' });
  if (version === undefined || version === '') throw new WheelRefused({ kind: 'metadata', problem: 'its `METADATA` has no `Version`' });
  const identity = { name: normalizeName(metadataName), metadataName, version };
  checkIdentity(identity, filename);
  return identity;
}

/** Whether a wheel is what its file name says: names equal once normalised, versions equal by PEP 440. Throws {@link WheelRefused}. */
export function checkIdentity(identity: WheelIdentity, filename: WheelFilename): void {
  const { name, metadataName, version } = identity;
  if (name !== filename.name) throw new WheelRefused({ kind: 'mismatch', field: 'name', filename: filename.name, metadata: metadataName });
  const parsed = parseVersion(version);
  if (parsed === undefined || compareVersions(parsed, filename.version) !== 0) {
    throw new WheelRefused({ kind: 'mismatch', field: 'version', filename: filename.versionText, metadata: version });
  }
}

function first(headers: MessageHeaders, name: string): string | undefined {
  return headers.get(name)?.[0];
}
