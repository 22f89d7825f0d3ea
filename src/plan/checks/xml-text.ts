import { passThrough } from '../../diagnostics/untrusted-text.ts';

/** Text for an element or an attribute of XML 1.0, which has no place for most control characters, however written. */
export function xmlText(text: string): string {
  return passThrough(text, false)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
