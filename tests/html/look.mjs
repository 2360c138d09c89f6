// Opens reports in Chromium, and does with them what a reader does: looks, filters, tabs, prints.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

if (process.argv[2] === '--many') {
  for (let i = 0; i < 600; i += 1) {
    console.log(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${i}, namespace: team-${i % 40}}
spec:
  replicas: 1
  selector: {matchLabels: {app: app-${i}}}
  template:
    metadata: {labels: {app: app-${i}}}
    spec:
      containers:
      - {name: app, image: 'registry.example/app-${i}:latest', env: [{name: DB_PASSWORD, value: hunter2}]}
      - {name: agent, image: registry.example/agent, securityContext: {privileged: ${i % 15 === 0}}}`);
  }
  process.exit();
}
if (process.argv[2] === '--hostile') {
  const names = ['</script><script>document.title="x"</script>', '"><img src=https://evil.example/x onerror="document.title=1">',
    'javascript:alert(1)', 'user\u202enimda', 'a\u0000b\u001b[2Jc', '<a href=https://evil.example>x</a>', 'x'.repeat(253), '{{ 7 * 7 }}', '\u{1f4a5}'];
  for (const name of names) {
    const text = JSON.stringify(name);
    console.log(`---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${text}, namespace: ${text}}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {
  metadata: {labels: {app: a}}, spec: {containers: [{name: ${text}, image: ${text}, securityContext: {privileged: true}}]}}}}`);
  }
  process.exit();
}

const require = createRequire(import.meta.url);
const puppeteer = (await import('puppeteer-core')).default;
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [, , work, pictures] = process.argv;
let failures = 0;
const check = (what, good, said = '') => {
  failures += good ? 0 : 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what}${said === '' ? '' : `: ${said}`}`);
};
const total = (name) => JSON.parse(readFileSync(`${work}/${name}.json`)).checks.reduce((sum, it) => sum + it.findings.length, 0);
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });

async function open(name, { script = true, width = 1200, height = 1000, scheme = 'light', hash = '' } = {}) {
  const page = await browser.newPage();
  page.said = [];
  page.asked = [];
  page.on('console', (message) => page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(error.message));
  page.on('request', (request) => page.asked.push(request.url()));
  page.on('dialog', (dialog) => { page.said.push('a dialog'); dialog.dismiss(); });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(`file://${work}/${name}.html${hash}`);
  return page;
}
const counted = (page) => page.$eval('#count', (it) => it.textContent);
const visible = (page) => page.$$eval('.rows>li', (rows) => rows.filter((row) => !row.hidden && !row.closest('.check').hidden).length);
async function shot(page, name, fullPage = false) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
}
async function set(page, values) {
  await page.evaluate((values) => {
    const form = document.getElementById('filter');
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.dispatchEvent(new Event('input', { bubbles: true }));
  }, values);
  await new Promise((done) => { setTimeout(done, 200); });
}

for (const name of ['demo', 'hostile', 'many']) {
  const page = await open(name);
  check(`${name}: no error and no refusal by the policy`, page.said.length === 0, page.said.join('; '));
  check(`${name}: nothing is fetched`, page.asked.every((url) => url.startsWith(`file://${work}/`) || url.startsWith('data:')), page.asked.slice(1).join(' '));
  check(`${name}: every finding is there`, await visible(page) === total(name), await counted(page));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  check(`${name}: nothing is wider than the window`, !wide);
  await page.close();
}

{
  const page = await open('hostile');
  check('hostile: no name became an element', await page.$$eval('main img, main script, main a', (all) =>
    all.filter((it) => it.tagName !== 'A' || !/^(#|https:\/\/kready\.dev\/)/.test(it.getAttribute('href'))).length) === 0);
  await page.evaluate(() => { document.querySelectorAll('details').forEach((it) => { it.open = true; }); });
  await shot(page, 'hostile', true);
  check('hostile: nothing ran', /^(NOT READY|READY|INCONCLUSIVE)/.test(await page.title()) && page.said.length === 0, await page.title());
  await page.setViewport({ width: 360, height: 700 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  check('hostile: a name of 253 characters fits a phone', !wide);
  await page.close();
}

{
  const page = await open('demo', { script: false });
  check('without JavaScript: no filter is shown', await page.$eval('#filter', (it) => it.hidden).catch(() => true));
  await page.close();
}

{
  const page = await open('demo');
  const all = total('demo');
  const json = JSON.parse(readFileSync(`${work}/demo.json`));
  const findings = json.checks.flatMap((it) => it.findings.map((finding) => ({ check: it, finding })));
  const cases = [
    ['severity', 'high', (it) => ['critical', 'high'].includes(it.check.severity)],
    ['pillar', 'health', (it) => it.check.pillar === 'health'],
    ['namespace', ':tools', (it) => it.finding.object?.namespace === 'tools'],
    ['namespace', ':', (it) => !it.finding.object?.namespace],
    ['state', 'system', (it) => it.finding.state === 'system'],
  ];
  for (const [field, value, keeps] of cases) {
    await set(page, { q: '', severity: '', pillar: '', namespace: '', state: '', [field]: value });
    const wanted = findings.filter(keeps).length;
    check(`filter by ${field} ${value}`, await visible(page) === wanted && (await counted(page)).startsWith(`${wanted} of ${all} `), await counted(page));
    check(`  the address keeps it`, new URL(page.url()).hash === `#${field}=${encodeURIComponent(value)}`, new URL(page.url()).hash);
  }
  await set(page, { state: '', q: 'ci-runner privileged' });
  const few = await visible(page);
  check('filter by words', few > 0 && few < all, await counted(page));
  check('  what is left is open', await page.$$eval('.check:not([hidden])', (all) => all.every((it) => it.open)));
  await set(page, { q: 'no such words anywhere' });
  check('a filter that nothing matches says so', await page.$eval('#nothing', (it) => !it.hidden));
  await page.click('#filter button[type=reset]');
  await new Promise((done) => { setTimeout(done, 100); });
  check('Clear shows all again', await visible(page) === all && new URL(page.url()).hash === '');
  await page.click('#open');
  check('Open all opens all', await page.$$eval('.check', (all) => all.every((it) => it.open)));
  await page.click('#open');
  check('Close all closes all', await page.$$eval('.check', (all) => all.every((it) => !it.open)));
  await page.evaluate(() => document.querySelector('[data-filter="pillar=health"] a').click());
  await new Promise((done) => { setTimeout(done, 100); });
  check('the name of a pillar filters by it', await page.$eval('#filter', (it) => it.elements.pillar.value) === 'health');
  check('  and leads to the findings', await page.evaluate(() => document.activeElement.id) === 'findings');
  await page.close();
  const again = await open('demo', { hash: '#severity=critical&q=%E0%A4%A' });
  check('an address with a filter filters', await again.$eval('#filter', (it) => it.elements.severity.value) === 'critical' && again.said.length === 0);
  await again.close();
  const link = await open('demo', { hash: '#check-privileged-container' });
  check('an address of a check opens it', await link.$eval('#check-privileged-container', (it) => it.open));
  await shot(link, 'check');
  await link.close();
}

{
  const page = await open('demo');
  await page.keyboard.press('Tab');
  check('the first stop of the keyboard skips to the findings', await page.evaluate(() => document.activeElement.className) === 'skip');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  check('  and the next one is the filter', await page.evaluate(() => document.activeElement.name) === 'q');
  const closed = await page.$eval('.check', (it) => it.open);
  await page.focus('.check>summary');
  await page.keyboard.press('Enter');
  check('Enter opens a check', !closed && await page.$eval('.check', (it) => it.open));
  await page.close();
}

for (const scheme of ['light', 'dark']) {
  for (const width of [1200, 390]) {
    const page = await open('demo', { scheme, width, height: width === 390 ? 844 : 1000 });
    await shot(page, `demo-${scheme}-${width}`, width === 390);
    await page.click('#open');
    await page.evaluate(() => { document.querySelectorAll('details').forEach((it) => { it.open = true; }); });
    await page.evaluate(axe);
    const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const found = result.violations.map((it) => `${it.id} (${it.nodes.length}: ${it.nodes[0].html.slice(0, 100)})`);
    check(`axe finds no barrier, ${scheme}, ${width} wide`, found.length === 0, found.join('; '));
    await page.close();
  }
}

{
  for (const script of [true, false]) {
    const page = await open('demo', { script });
    const pdf = await page.pdf({ format: 'A4', printBackground: true, ...(pictures && script ? { path: `${pictures}/demo.pdf` } : {}) });
    const pages = Buffer.from(pdf).toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    check(`prints, ${script ? 'with' : 'without'} JavaScript`, pages > 5 && pages < 60, `${pages} pages`);
    if (script) check('  what was closed is closed again', await page.$$eval('.check', (all) => all.every((it) => !it.open)));
    await page.close();
  }
}

{
  const page = await open('many');
  const size = statSync(`${work}/many.html`).size;
  const loaded = await page.evaluate(() => {
    const [it] = performance.getEntriesByType('navigation');
    return Math.round(it.loadEventEnd);
  });
  console.log(`many: ${total('many')} findings, ${(size / 1e6).toFixed(1)} MB, loaded in ${loaded} ms`);
  const time = (values) => page.evaluate((values) => {
    const form = document.getElementById('filter');
    const began = performance.now();
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
    form.dispatchEvent(new Event('input', { bubbles: true }));
    return new Promise((done) => {
      setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(Math.round(performance.now() - began - 120)))), 121);
    });
  }, values);
  console.log(`many: words for the first time in ${await time({ q: 'app-59' })} ms`);
  check('many: words find rows', (await visible(page)) > 0, await counted(page));
  console.log(`many: words again in ${await time({ q: 'app-599' })} ms`);
  console.log(`many: a namespace in ${await time({ q: '', namespace: ':team-7' })} ms`);
  console.log(`many: all again in ${await time({ namespace: '' })} ms`);
  const opened = await page.evaluate(() => {
    const began = performance.now();
    document.getElementById('open').click();
    return new Promise((done) => { requestAnimationFrame(() => setTimeout(() => done(Math.round(performance.now() - began)))); });
  });
  console.log(`many: all checks opened in ${opened} ms`);
  await page.close();
}

await browser.close();
console.log(failures === 0 ? 'all is well' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
