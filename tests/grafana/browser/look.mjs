// Opens every dashboard in Chromium, follows list → expand → run → round → file → back, and leaves screenshots.
// Environment: GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD (admin, invocation), CHROMIUM (a path), SCREENSHOTS (a folder).
import { mkdir } from "node:fs/promises";
import { chromium } from "playwright-core";

const grafana = process.env.GRAFANA_URL.replace(/\/$/, "");
const folder = process.env.SCREENSHOTS ?? "screenshots";
const dashboards = ["logs", "run", "session", "agents", "cost", "health"].map((name) => `invocation-${name}`);
const wrong = [];

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, channel: process.env.CHROMIUM ? undefined : "chromium" });
const context = await browser.newContext({ viewport: { width: 1280, height: 1600 } });
const page = await context.newPage();
page.on("request", (request) => {
  if (!request.url().startsWith(grafana) && /^https?:/.test(request.url())) wrong.push(`left the page for ${request.url()}`);
});
page.on("dialog", async (dialog) => {
  wrong.push(`a script ran: ${dialog.message()}`);
  await dialog.dismiss();
});

async function open(path, name) {
  await page.goto(grafana + path, { waitUntil: "networkidle" });
  await settled(name);
}

async function settled(name) {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(1000); // panels draw after their answers came
  const errors = await page.locator('[data-testid="data-testid Panel status error"]').count();
  if (errors) wrong.push(`${name}: ${errors} panels with an error`);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

async function follow(locator, name) {
  if ((await locator.count()) === 0) throw new Error(`${name}: there is nothing to click`);
  await locator.first().click();
  await settled(name);
}

async function flow() {
  await open("/d/invocation-logs?from=now-30d&to=now", "flow-1-list");
  await follow(page.getByRole("button", { name: /expand/i }), "flow-2-expanded");
  await follow(page.getByRole("link", { name: /^run_…/ }), "flow-3-run");
  await follow(page.getByRole("link", { name: "r1", exact: true }), "flow-4-round");
  const files = page.locator('a[target="_blank"][href^="http"]:has-text(".")');
  if (await files.count()) await files.first().hover();
  await page.screenshot({ path: `${folder}/flow-5-file.png`, fullPage: true });
  await follow(page.getByRole("link", { name: "All runs" }), "flow-6-back");
  if (!page.url().includes("/d/invocation-logs")) wrong.push(`back led to ${page.url()}`);
}

try {
  await page.request.post(`${grafana}/login`, {
    data: { user: process.env.GRAFANA_USER ?? "admin", password: process.env.GRAFANA_PASSWORD ?? "invocation" },
  });
  for (const theme of ["dark", "light"])
    for (const uid of dashboards) await open(`/d/${uid}?theme=${theme}&from=now-30d&to=now`, `${uid}-${theme}`);
  await flow();
} catch (error) {
  wrong.push(String(error));
}
await browser.close();
for (const line of wrong) console.error(line);
process.exit(wrong.length ? 1 : 0);
