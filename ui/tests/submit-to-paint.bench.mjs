// From Ctrl+Enter to the next sample painted, with 100,000 samples in the project, in Chromium over
// `assay serve`. Prints medians and 95th percentiles beside what an empty page needs from a key to its
// next paint in the same browser, which nothing can beat.
//
//   cargo build --release && npm --prefix ui run build && node ui/tests/submit-to-paint.bench.mjs
//
// ASSAY_BIN names the program (default target/release/assay), ASSAY_BENCH_SAMPLES the size of the project.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const assay = process.env.ASSAY_BIN ?? path.join(root, "target/release/assay");
const samples = Number(process.env.ASSAY_BENCH_SAMPLES ?? 100_000);
const rounds = Number(process.env.ASSAY_BENCH_ROUNDS ?? 60);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "assay-bench-"));
const env = { ...process.env, ASSAY_HOME: home };

function quantile(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function makeProject() {
  const file = path.join(home, "samples.jsonl");
  const out = fs.createWriteStream(file);
  const words = "the policy covers hail damage to the roof within fourteen days of the storm ".repeat(24);
  for (let i = 0; i < samples; i++) {
    out.write(JSON.stringify({ id: `s${i}`, prompt: `Question ${i}: is it covered?`, response: `Answer ${i}. ${words}` }) + "\n");
  }
  return new Promise((done) => out.end(done)).then(() => {
    execFileSync(assay, ["new", "bench"], { env });
    execFileSync(assay, ["import", file], { env });
  });
}

async function serve() {
  const child = spawn(assay, ["serve", "--project", "bench", "--json"], { env });
  let said = "";
  for await (const part of child.stdout) {
    said += part;
    if (said.includes("}")) break;
  }
  return { child, url: JSON.parse(said).url };
}

/** A key to the next paint on a page that does nothing else. */
async function emptyPage(browser) {
  const page = await browser.newPage();
  await page.setContent("<!doctype html><title>empty</title><p>0</p>");
  await page.evaluate(() => {
    window.times = [];
    addEventListener("keydown", () => {
      const begun = performance.now();
      document.querySelector("p").textContent = String(begun);
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.times.push(performance.now() - begun);
        channel.port2.postMessage(0);
      });
    });
  });
  for (let i = 0; i < rounds; i++) {
    await page.keyboard.press("a");
    await page.waitForTimeout(60);
  }
  const times = await page.evaluate(() => window.times);
  await page.close();
  return times;
}

async function submissions(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  await page.getByRole("radiogroup").first().waitFor();
  for (let i = 0; i < rounds; i++) {
    for (let dimension = 0; dimension < 5; dimension++) await page.keyboard.press("4");
    // A person looks at the next sample for longer than it takes to have it ready.
    await page.waitForTimeout(400);
    await page.keyboard.press("Control+Enter");
    await page.waitForTimeout(200);
  }
  const times = await page.evaluate(() => performance.getEntriesByName("submit-to-paint").map((entry) => entry.duration));
  await page.close();
  return times;
}

await makeProject();
const { child, url } = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const empty = await emptyPage(browser);
  const ours = await submissions(browser, url);
  console.log(`${samples} samples, ${ours.length} submissions, load ${os.loadavg()[0].toFixed(1)} on ${os.cpus().length} cores`);
  for (const [name, times] of [["an empty page", empty], ["submit and next", ours]]) {
    console.log(`${name.padEnd(16)} p50 ${quantile(times, 0.5).toFixed(1)} ms   p95 ${quantile(times, 0.95).toFixed(1)} ms`);
  }
} finally {
  await browser.close();
  child.kill();
  fs.rmSync(home, { recursive: true, force: true });
}
