import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportData } from '../../src/report/report-data.ts';
import { reportPage } from '../../src/report/report-page.ts';
import { largeRecord } from './records.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Pictures are left there, to be looked at. */
const PICTURES = join(import.meta.dirname, '../../node_modules/.cache/ferrule/report');
const UNITS = 1200;

const file = join(PICTURES, 'report.html');
let browser: Browser;
const complaints: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is not installed: \`apt install chromium\`, or \`.ci/run\` as root`);
  const maker = '../../scripts/report-template.mjs';
  const template: { readonly reportTemplate: () => Promise<string> } = await import(maker);
  const source = largeRecord(UNITS);
  const reasons = new Map(
    source.nodes.map(({ dependencies, outcome }, id) => [
      id,
      outcome === 'cached' ? [] : [`\`crates/part/src/lib${dependencies.length}.rs\` changed`],
    ]),
  );
  const data = reportData({ record: source, reasons, savedMs: () => 250, comparedWith: { run: 'fedcba987654', startedAt: 0 } });
  rmSync(PICTURES, { recursive: true, force: true });
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(file, reportPage(await template.reportTemplate(), data));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
}, 120_000);

afterAll(async () => await browser.close());

afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
  expect(requests.splice(0).filter((url) => !url.startsWith('file:'))).toEqual([]);
});

async function open(
  look: { readonly scheme?: 'light' | 'dark'; readonly width?: number; readonly height?: number; readonly hash?: string } = {},
): Promise<Page> {
  const { scheme = 'light', width = 1280, height = 900, hash = '' } = look;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`file://${file}${hash}`);
  return page;
}

async function withPage(look: Parameters<typeof open>[0], work: (page: Page) => Promise<void>): Promise<void> {
  const page = await open(look);
  try {
    await work(page);
  } finally {
    await page.close();
  }
}

const probes = readFileSync(join(import.meta.dirname, 'probes.js'), 'utf8');

async function ask<T>(page: Page, probe: 'contrasts' | 'paintedColours' | 'fits' | 'focused'): Promise<T> {
  return await page.evaluate<T>(`(() => { ${probes}\nreturn window.probes.${probe}(); })()`);
}

/** Texts of the first column. */
async function rows(page: Page): Promise<readonly string[]> {
  return await page.locator('#rows tr button').allTextContents();
}

test('the page is one file that asks for nothing, and shows the numbers of the run', async () => {
  await withPage({}, async (page) => {
    expect(requests).toEqual([`file://${file}`]);
    const numbers = await page.locator('#numbers div').allTextContents();
    expect(numbers).toContain('Failed11 not tried');
    expect(numbers).toContain(`Reused${UNITS / 10}10 %, saving 30.0 s of work`);
    expect(await page.title()).toBe('app · ferrule build 0123456789ab');
  });
}, 60_000);

test('a thousand units are searched, filtered and sorted at once', async () => {
  await withPage({}, async (page) => {
    await page.locator('#search').fill('part0042');
    expect(await rows(page)).toEqual(['part0042 v0.1.0']);
    await page.locator('#search').fill('lib3.rs build script');
    expect((await rows(page)).every((label) => label.includes('build script'))).toBe(true);
    await page.locator('#search').fill('');
    await page.getByRole('radio', { name: 'Failed' }).click();
    expect(await rows(page)).toEqual([`part${UNITS - 2} v0.1.0`]);
    await page.getByRole('radio', { name: 'All' }).click();
    await page.getByRole('button', { name: 'Unit', exact: true }).click();
    expect((await rows(page))[0]).toBe('part0000 v0.1.0');
    await page.locator('#more').click();
    expect(await rows(page)).toHaveLength(UNITS);
    await page.locator('#search').fill('no such unit');
    expect(await page.locator('#rows').innerText()).toBe('No unit fits');
  });
}, 60_000);

test('a chosen unit is shown with its reasons and neighbours, and stands in the address', async () => {
  await withPage({}, async (page) => {
    await page.locator('#search').fill('part0501');
    await page.locator('#rows tr').first().click();
    expect(new URL(page.url()).hash).toBe('#unit=501');
    const details = await page.locator('#details').innerText();
    expect(details).toContain('part0501 v0.1.0');
    expect(details).toContain('crates/part/src/lib3.rs changed');
    expect(await page.locator('#graph g.centre').getAttribute('aria-label')).toContain('part0501');
    await page.locator('#details').getByRole('button', { name: 'part0250 v0.1.0' }).click();
    expect(await page.locator('#graph g.centre').getAttribute('aria-label')).toContain('part0250');
  });
  await withPage({ hash: '#unit=7' }, async (page) => {
    expect(await page.locator('#details h3').innerText()).toBe('part0007 v0.1.0');
  });
}, 60_000);

test('everything can be done from the keyboard', async () => {
  await withPage({}, async (page) => {
    await page.keyboard.press('/');
    expect(await ask<string>(page, 'focused')).toBe('search');
    await page.locator('#bars').focus();
    await page.keyboard.press('ArrowRight');
    const first = await page.locator('#details h3').innerText();
    await page.keyboard.press('ArrowRight');
    const second = await page.locator('#details h3').innerText();
    expect(second).not.toBe(first);
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('#bars').getAttribute('aria-label')).toContain(await page.locator('#details h3').innerText());
    await page.keyboard.press('Escape');
    expect(await page.locator('#details h3').innerText()).toContain('critical path');
    await page.locator('#graph g').first().focus();
    const label = await page.locator('#graph g').first().getAttribute('aria-label');
    await page.keyboard.press('Enter');
    expect(await page.locator('#graph g.centre').getAttribute('aria-label')).toBe(label);
    expect(await ask<string>(page, 'focused')).toContain('centre');
    await page.getByRole('radio', { name: 'All' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'Built' }).getAttribute('aria-checked')).toBe('true');
  });
}, 60_000);

test('a bar of the timeline says what it is, and is chosen by a click', async () => {
  await withPage({}, async (page) => {
    const box = await page.locator('#bars').boundingBox();
    if (box === null) throw new Error('the timeline is not there');
    await page.mouse.move(box.x + box.width / 2, box.y + 26 + 2.5 * 26);
    await expect.poll(async () => await page.locator('#tip').isVisible()).toBe(true);
    const named = await page.locator('#tip b').innerText();
    await page.mouse.down();
    await page.mouse.up();
    expect(await page.locator('#details h3').innerText()).toBe(named);
  });
}, 60_000);

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  test('texts stand out from what is behind them', async () => {
    await withPage({ scheme, hash: '#unit=500' }, async (page) => {
      // WCAG 2.2, 1.4.3: 4.5 for text of this size.
      const faint = await ask<readonly { readonly text: string; readonly ratio: number }[]>(page, 'contrasts');
      expect(faint.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      expect(faint.length).toBeGreaterThan(50);
    });
  }, 60_000);

  test.each([
    ['wide', 1280],
    ['narrow', 390],
  ] as const)(
    'nothing runs out of the page, %s',
    async (name, width) => {
      await withPage({ scheme, width, hash: '#unit=500' }, async (page) => {
        await page.screenshot({ path: join(PICTURES, `${scheme}-${name}.png`), fullPage: true });
        expect(await ask<boolean>(page, 'fits')).toBe(true);
        const painted = await ask<number>(page, 'paintedColours');
        expect(painted, 'colours of the timeline').toBeGreaterThan(5);
      });
    },
    60_000,
  );
});
