// Opens the report of the committed captures in Chromium as a reader would, and its JSON as a program would.
// look.mjs UNOPENED [FOLDER FOR SCREENSHOTS]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import puppeteer from 'puppeteer-core';

const [unopened, shots] = process.argv.slice(2).map(path => resolve(path));
const root = resolve(import.meta.dirname, '../../..');
const work = mkdtempSync(join(tmpdir(), 'unopened-look-'));
const problems = [];
const run = (...args) => execFileSync(unopened, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, UNOPENED_GUARD: '' } });

run('watch', '-r', join(root, 'tests/captures'), '--log', join(work, 'log'));
const report = (...args) => run('report', '--log', join(work, 'log'), '--by', 'year', ...args);

const validate = new Ajv({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync(join(root, 'docs/schema/output/report.json'), 'utf8')));
if (!validate(JSON.parse(report('--format', 'json')))) {
  problems.push(...validate.errors.slice(0, 5).map(error => `schema: ${error.instancePath} ${error.message}`));
}

const page_file = join(work, 'report.html');
writeFileSync(page_file, report('--format', 'html'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], headless: true });
try {
  for (const width of [1440, 768, 390]) {
    for (const scheme of ['light', 'dark']) {
      const page = await browser.newPage();
      const at = `${width} px, ${scheme}`;
      page.on('console', message => message.type() === 'error' && problems.push(`${at}: ${message.text()}`));
      page.on('request', request => request.url().startsWith('file:') || problems.push(`${at}: loads ${request.url()}`));
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.setViewport({ width, height: 900 });
      await page.goto('file://' + page_file, { waitUntil: 'load' });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) problems.push(`${at}: scrolls sideways to ${wide} px`);
      if (shots) await page.screenshot({ path: join(shots, `report-${width}-${scheme}.png`), fullPage: true });
      await page.close();
      // The page's own policy forbids scripts, so axe gets a page in which it does not hold.
      const tried = await browser.newPage();
      await tried.setBypassCSP(true);
      await tried.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await tried.setViewport({ width, height: 900 });
      await tried.goto('file://' + page_file, { waitUntil: 'load' });
      await tried.evaluate(axe);
      const found = await tried.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      for (const violation of found.violations) {
        problems.push(`${at}: ${violation.id} (${violation.impact}), ${violation.nodes.length} places: ${violation.nodes[0].html.slice(0, 160)}`);
      }
      await tried.close();
    }
  }
  if (shots) {
    const page = await browser.newPage();
    await page.goto('file://' + page_file, { waitUntil: 'load' });
    await page.pdf({ path: join(shots, 'report.pdf'), preferCSSPageSize: true, printBackground: true });
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true });
}
for (const problem of problems) console.error(problem);
console.log(`${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
