/** A real team server for a flow: `assay hub` on a folder of its own, which can be killed and started again. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./harness";

export class Hub {
  private process: ChildProcess | null = null;
  /** The owner's invite, said on the first start. */
  invite = "";

  private constructor(
    readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<Hub> {
    const hub = new Hub(mkdtempSync(join(tmpdir(), "assay-hub-")), `http://127.0.0.1:${await freePort()}`);
    await hub.run();
    return hub;
  }

  /** Starts it (again), at the same address and on the same folder. */
  async run(): Promise<void> {
    const listen = this.url.replace("http://", "");
    const child = spawn(program(), ["hub", "--data", this.folder, "--listen", listen, "--log", "error", "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process = child;
    const said = await new Promise<{ owner_invite: string | null }>((done, failed) => {
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("\n")) done(JSON.parse(text) as { owner_invite: string | null });
      });
      child.on("exit", (code) => failed(new Error(`assay hub ended with ${code}: ${text}`)));
    });
    this.invite = said.owner_invite ?? this.invite;
  }

  /** Pulls the plug, as a power cut would, and waits until it is out. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child) return;
    this.process = null;
    const gone = new Promise((done) => child.on("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? done(address.port) : failed(new Error("no port"))));
    });
  });
}
