import { describe, expect, it } from "vitest";
import { readRow } from "./read-row";

const user = { role: "user", content: "Why?" };
const good = { role: "assistant", content: "Because." };
const bad = { role: "assistant", content: "No." };
const pair = { prompt: [{ role: "user", text: "Why?" }], sides: [{ kind: "chosen", text: "Because." }, { kind: "rejected", text: "No." }] };

describe("a row of a training file", () => {
  it("reads the same in every encoding of a pair", () => {
    expect(readRow({ prompt: [user], chosen: [good], rejected: [bad] })).toEqual(pair);
    expect(readRow({ prompt: "Why?", chosen: "Because.", rejected: "No." })).toEqual(pair);
    expect(readRow({ chosen: [user, good], rejected: [user, bad], margin: 1.5 })).toEqual(pair);
    expect(readRow({ messages: [user], chosen: good, rejected: bad })).toEqual(pair);
    expect(readRow({ input: { messages: [user] }, preferred_output: [good], non_preferred_output: [bad] })).toEqual(pair);
    expect(
      readRow({
        conversations: [{ from: "human", value: "Why?" }],
        chosen: { from: "gpt", value: "Because." },
        rejected: { from: "gpt", value: "No." },
      }),
    ).toEqual(pair);
  });
  it("tells good from bad by a boolean label, and an answer without a label from both", () => {
    expect(readRow({ prompt: "Why?", completion: "No.", label: false })?.sides).toEqual([{ kind: "bad", text: "No." }]);
    expect(readRow({ messages: [user, good] })).toEqual({ prompt: pair.prompt, sides: [{ kind: "answer", text: "Because." }] });
  });
  it("is left to JSON when its shape is not known", () => {
    expect(readRow({ sample_id: "a", grade: 4 })).toBeNull();
    expect(readRow([1])).toBeNull();
  });
});
