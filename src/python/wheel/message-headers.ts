/** Headers of a metadata file (`METADATA`, `WHEEL`: core metadata, "in the same email message format"), by lower-case name, in order. */
export type MessageHeaders = ReadonlyMap<string, readonly string[]>;

/** Reads headers up to the first empty line; continuation lines are joined, lines that are no header are skipped. */
export function parseMessageHeaders(text: string): MessageHeaders {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      const value = last?.pop();
      if (value !== undefined) last?.push(`${value}\n${line.trim()}`);
      continue;
    }
    const [, name, value = ''] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    last = headers.get(name.toLowerCase()) ?? [];
    last.push(value.trim());
    headers.set(name.toLowerCase(), last);
  }
  return headers;
}
