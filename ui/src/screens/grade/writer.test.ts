import { describe, expect, test, vi } from "vitest";
import type { ApiError, Work } from "../../lib/backend";
import { Writer } from "./writer";

const work = (note: string): Work => ({ responses: [{ grades: {}, reason_codes: [], note }], flags: [], presented: [0], active_ms: 0 });
const noteOf = (one: Work) => one.responses[0]?.note;
const full: ApiError = { code: "disk_full", message: "The disk is full.", hint: "Free some space.", where: {} };

function setUp(save?: (sample: string, work: Work) => Promise<{ time: number }>) {
  const written: string[] = [];
  const states: string[] = [];
  const gates: (() => void)[] = [];
  const writer = new Writer({
    save: save ?? ((sample, one) => {
      written.push(`${sample}:${noteOf(one)}`);
      return new Promise((resolve) => gates.push(() => resolve({ time: 7 })));
    }),
    asError: () => full,
    watching: {
      saving: () => states.push("saving"),
      saved: () => states.push("saved"),
      failed: (error) => states.push(`failed: ${error.message}`),
    },
    pauseMs: 250,
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { writer, written, states, gates, settle };
}

describe("the writer", () => {
  test("says saved only after the disk answered", async () => {
    const { writer, states, settle } = setUp();
    writer.draft("a", () => work("1"));
    await Promise.resolve();
    expect(states).not.toContain("saved");
    await settle();
    expect(states.at(-1)).toBe("saved");
  });

  test("writes the newest work of a sample, and skips what it overtook", async () => {
    const { writer, written, settle } = setUp();
    for (const note of ["1", "2", "3", "4"]) {
      writer.draft("a", () => work(note));
      await Promise.resolve();
      await Promise.resolve();
    }
    await settle();
    expect(written).toEqual(["a:1", "a:4"]);
  });

  test("keeps the order between samples and a submission", async () => {
    const { writer, written, settle } = setUp();
    writer.draft("a", () => work("1"));
    writer.draft("b", () => work("2"));
    const submitted = writer.submit("a", async () => written.push("submit a"));
    writer.draft("c", () => work("3"));
    await settle();
    await submitted;
    // The draft of a that still waited is part of its submission.
    expect(written).toEqual(["b:2", "submit a", "c:3"]);
  });

  test("waits for a pause in typing, and flush does not wait", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { writer, written, settle } = setUp();
    writer.draftSoon("a", () => work("h"));
    vi.advanceTimersByTime(200);
    writer.draftSoon("a", () => work("he"));
    vi.advanceTimersByTime(200);
    await settle();
    expect(written).toEqual([]);
    vi.advanceTimersByTime(60);
    await settle();
    expect(written).toEqual(["a:he"]);
    writer.draftSoon("a", () => work("hey"));
    void writer.flush();
    await settle();
    expect(written).toEqual(["a:he", "a:hey"]);
    vi.useRealTimers();
  });

  test("keeps what could not be written, says why, and writes it when tried again", async () => {
    let broken = true;
    const written: string[] = [];
    const { writer, states, settle } = setUp(async (_, one) => {
      if (broken) throw full;
      written.push(noteOf(one)!);
      return { time: 9 };
    });
    writer.draft("a", () => work("1"));
    await settle();
    expect(states.at(-1)).toBe("failed: The disk is full.");
    expect(writer.unsaved).toBe(true);
    broken = false;
    writer.retry();
    await settle();
    expect(written).toEqual(["1"]);
    expect(states.at(-1)).toBe("saved");
    expect(writer.unsaved).toBe(false);
  });

  test("a failed submission does not stop what follows it", async () => {
    const { writer, written, settle } = setUp();
    const submitted = writer.submit("a", () => Promise.reject(full));
    const refused = expect(submitted).rejects.toBe(full);
    writer.draft("b", () => work("2"));
    await settle();
    await refused;
    expect(written).toEqual(["b:2"]);
  });
});
