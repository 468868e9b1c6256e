// Opens pages in a real browser, and tries the API reference as a reader would. Prints one line for each thing that holds;
// throws at the first that does not.
//
// node browser.mjs CHROMIUM EMULATOR SITE SCREENSHOT TOOLS, with the counts OPERATIONS and JOBS in the environment

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [chromium, emulator, site, screenshot, tools] = process.argv.slice(2);
const { chromium: browsers } = createRequire(`${tools}/package.json`)('playwright-core');

// Chromium will not run as root with its sandbox.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await browsers.launch({ executablePath: chromium, args });

/** Opens a page in a fresh profile, and fails on what it complains about or asks elsewhere for. */
async function open(url, origin, act) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 1400 } });
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) problems.push(`elsewhere: ${request.url()}`);
  });
  const answer = await page.goto(url, { waitUntil: 'networkidle' });
  if (answer && !answer.ok()) problems.push(`${url} answers ${answer.status()}`);
  await act(page, context);
  if (problems.length > 0) throw new Error(`${url}:\n${problems.join('\n')}`);
  await context.close();
}

/** Unfolds an operation of the reference, sends it as it is filled in, and gives the status and the body of the answer. */
async function tryOut(page, operationId) {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table tbody tr.response').first();
  await answer.waitFor();
  const status = (await answer.locator('.response-col_status').innerText()).trim().split(/\s/)[0];
  const body = await answer.locator('.response-col_description .highlight-code').first().innerText();
  return { status, body: JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) };
}

function hold(what, is) {
  if (!is) throw new Error(`does not hold: ${what}`);
  console.log(what);
}

try {
  await open(`${emulator}/docs`, emulator, async (page, context) => {
    await page.locator('.opblock').first().waitFor();
    hold('the reference shows every operation', (await page.locator('.opblock').count()) === Number(process.env.OPERATIONS));
    const connect = await tryOut(page, 'connect');
    hold('"try it" signs in', connect.status === '200' && connect.body.code === 0);
    hold('the browser keeps the cookie', (await context.cookies(emulator)).some((cookie) => cookie.httpOnly));
    const list = await tryOut(page, 'list_jobs');
    hold('"try it" lists jobs', list.status === '200' && list.body.data.total === Number(process.env.JOBS));
    await page.locator('.opblock[id$="-list_jobs"]').scrollIntoViewIfNeeded();
    await page.screenshot({ path: screenshot });
  });
  for (const file of ['index.html', 'index.zh-CN.html', 'docs/cli.html', 'api/index.html']) {
    const folder = pathToFileURL(site).href;
    await open(`${folder}/${file}`, folder, async (page) => {
      hold(`${file} of the site renders`, (await page.locator('h1, h2').count()) > 0);
      if (file.startsWith('api/')) {
        await page.locator('.opblock').first().waitFor();
        hold('the reference of the site tries nothing', (await page.getByRole('button', { name: 'Execute' }).count()) === 0);
      }
    });
  }
} finally {
  await browser.close();
}
