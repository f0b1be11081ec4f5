/**
 * Starts `assay serve` on an empty folder and Chromium on the page it prints. The same program and the same
 * page that people use; only the window around them is missing.
 *
 * `ASSAY_BIN` names the program (else the newest build), `CHROMIUM` the browser.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Commands } from "../../src/lib/backend/types";

const ROOT = resolve(import.meta.dirname, "../../..");

export function program(): string {
  const built = [process.env.ASSAY_BIN, join(ROOT, "target/release/assay"), join(ROOT, "target/debug/assay")];
  const found = built.filter((path): path is string => path !== undefined && existsSync(path));
  const newest = found.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!newest) throw new Error("There is no `assay` yet: run `cargo build -p assay-cli`.");
  return process.env.ASSAY_BIN ?? newest;
}

/** How long a page may take, on a machine that compiles at the same time. Only a test that fails waits so long. */
const PATIENCE = 90_000;

export interface Opening {
  /** Where to, after the `#`. */
  at?: string;
  size?: { width: number; height: number };
  dark?: boolean;
}

export class Flow {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    readonly folder: string,
    /** `http://127.0.0.1:PORT` */
    readonly origin: string,
    private readonly token: string,
    readonly problems: string[] = [],
  ) {}

  static async start(): Promise<Flow> {
    const folder = mkdtempSync(join(tmpdir(), "assay-flow-"));
    const server = spawn(program(), ["serve"], {
      env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, ASSAY_HOME: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const address = await new Promise<URL>((done, failed) => {
      let said = "";
      server.stdout!.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const found = /http:\/\/[\d.]+:\d+\/\?token=[\w-]+/.exec(said)?.[0];
        if (found) done(new URL(found));
      });
      server.on("exit", (code) => failed(new Error(`assay serve ended with ${code}: ${said}`)));
    });
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
    });
    return new Flow(server, browser, folder, address.origin, address.searchParams.get("token")!);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks the program directly, past the window: to prepare, and to see what is really on the disk. */
  async ask<N extends keyof Commands>(name: N, request: Commands[N]["request"]): Promise<Commands[N]["answer"]> {
    const answer = await fetch(`${this.origin}/rpc/${name}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      body: JSON.stringify(request),
    });
    if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
    return (await answer.json()) as Commands[N]["answer"];
  }

  /** Opens the window on a project, or on none. Whatever the page complains about is collected in `problems`. */
  async open(project: string | null, { at = "grade", size = { width: 1280, height: 800 }, dark = false }: Opening = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: size, colorScheme: dark ? "dark" : "light" });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      // A refused command is an answer like another; the browser reports it as a failed request.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) this.problems.push(message.text());
    });
    // Somebody must listen before the first key: without that, Chromium closes a file dialog at once.
    page.on("filechooser", () => undefined);
    const query = new URLSearchParams({ token: this.token, ...(project !== null && { project }) });
    await page.goto(`${this.origin}/?${query}#/${at}`);
    return page;
  }
}

/** Presses keys one after the other, as a hand does. */
export async function keys(page: Page, ...chords: string[]): Promise<void> {
  for (const chord of chords) await page.keyboard.press(chord);
}

/** What axe finds wrong, as short sentences; an empty list is a clean page. */
export async function axe(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
