// Opens pages in a real browser and uses the API reference as a reader would. Prints a line for each check; throws at the first
// that fails.
//
// node browser.mjs CHROMIUM EMULATOR SITE SCREENSHOT TOOLS, with the counts OPERATIONS and JOBS in the environment

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [chromium, emulator, site, screenshot, tools] = process.argv.slice(2);
const { chromium: browsers } = createRequire(`${tools}/package.json`)('playwright-core');

// Chromium will not run as root with its sandbox.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await browsers.launch({ executablePath: chromium, args });

/** Opens a page in a fresh profile, and fails if it reports problems or loads anything from another origin. */
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
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) problems.push(`other origin: ${request.url()}`);
  });
  const response = await page.goto(url, { waitUntil: 'networkidle' });
  if (response && !response.ok()) problems.push(`${url}: status ${response.status()}`);
  await act(page, context);
  if (problems.length > 0) throw new Error(`${url}:\n${problems.join('\n')}`);
  await context.close();
}

/** Expands an operation of the reference, sends the prefilled request, and returns the status and the body of the response. */
async function tryOut(page, operationId) {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const response = operation.locator('.live-responses-table tbody tr.response').first();
  await response.waitFor();
  const status = (await response.locator('.response-col_status').innerText()).trim().split(/\s/)[0];
  const body = await response.locator('.response-col_description .highlight-code').first().innerText();
  return { status, body: JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) };
}

function check(what, passed) {
  if (!passed) throw new Error(`failed: ${what}`);
  console.log(what);
}

try {
  await open(`${emulator}/docs`, emulator, async (page, context) => {
    await page.locator('.opblock').first().waitFor();
    check('the reference shows every operation', (await page.locator('.opblock').count()) === Number(process.env.OPERATIONS));
    const connect = await tryOut(page, 'connect');
    check('"try it" signs in', connect.status === '200' && connect.body.code === 0);
    check('the browser keeps the cookie', (await context.cookies(emulator)).some((cookie) => cookie.httpOnly));
    const list = await tryOut(page, 'list_jobs');
    check('"try it" lists jobs', list.status === '200' && list.body.data.total === Number(process.env.JOBS));
    await page.locator('.opblock[id$="-list_jobs"]').scrollIntoViewIfNeeded();
    await page.screenshot({ path: screenshot });
  });
  const folder = pathToFileURL(site).href;
  for (const file of ['index.html', 'docs/index.html', 'docs/cli.html', 'docs/zh-CN/index.html', 'docs/zh-CN/cli.html', 'api/index.html']) {
    await open(`${folder}/${file}`, folder, async (page) => {
      check(`${file} of the site renders`, (await page.locator('h1, h2').count()) > 0);
      if (file.startsWith('api/')) {
        await page.locator('.opblock').first().waitFor();
        check('the reference of the site has no "try it"', (await page.getByRole('button', { name: 'Execute' }).count()) === 0);
      }
    });
  }
  await open(`${folder}/docs/index.html?search=emulator`, folder, async (page) => {
    await page.locator('#mdbook-searchresults li').first().waitFor();
    check('the guides can be searched', true);
  });
  await open(`${folder}/docs/reliability.html`, folder, async (page) => {
    const hidden = page.locator('code.language-rust .boring').first();
    check('the guides hide the setup of their examples', (await hidden.count()) === 1 && !(await hidden.isVisible()));
  });
} finally {
  await browser.close();
}
