/**
 * A row of a training file as people read it: the conversation, then the answers it teaches. Every target has
 * its own shape; a shape not known here is shown as JSON.
 */
import type { JsonValue } from "../../lib/backend/types";

export interface Said {
  role: string;
  text: string;
}
export interface Side {
  /** What the row says about this text. */
  kind: "chosen" | "rejected" | "good" | "bad" | "answer";
  text: string;
}
export interface Reading {
  prompt: Said[];
  sides: Side[];
}

type Json = { [key in string]: JsonValue };
const isObject = (value: JsonValue | undefined): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** The names that ShareGPT-like files give to roles. */
const ROLES: Record<string, string> = { human: "user", gpt: "assistant" };

function message(value: JsonValue): Said | null {
  if (!isObject(value)) return null;
  const role = value.role ?? value.from;
  const text = value.content ?? value.value;
  return typeof role === "string" && typeof text === "string" ? { role: ROLES[role] ?? role, text } : null;
}

/** A text, a message or a list of messages as a list; null for anything else. */
function conversation(value: JsonValue | undefined, role: string): Said[] | null {
  if (value === undefined) return null;
  if (typeof value === "string") return [{ role, text: value }];
  const list = (Array.isArray(value) ? value : [value]).map(message);
  return list.length > 0 && list.every((one) => one !== null) ? list : null;
}

const last = (list: Said[]) => list.at(-1)?.text ?? "";

export function readRow(row: JsonValue): Reading | null {
  if (!isObject(row)) return null;
  const input = isObject(row.input) ? row.input.messages : undefined;
  const before = conversation(row.prompt ?? row.messages ?? row.conversations ?? input, "user");
  const chosen = conversation(row.chosen ?? row.preferred_output, "assistant");
  const rejected = conversation(row.rejected ?? row.non_preferred_output, "assistant");
  if (chosen && rejected) {
    const sides: Side[] = [
      { kind: "chosen", text: last(chosen) },
      { kind: "rejected", text: last(rejected) },
    ];
    // Without a prompt of its own, both sides repeat the conversation up to the last message.
    return { prompt: before ?? chosen.slice(0, -1), sides };
  }
  if (!before) return null;
  const label = row.label ?? row.kto_tag;
  const kind = typeof label === "boolean" ? (label ? "good" : "bad") : "answer";
  const completion = conversation(row.completion, "assistant");
  if (completion) return { prompt: before, sides: [{ kind, text: last(completion) }] };
  if (before.at(-1)?.role !== "assistant") return null;
  return { prompt: before.slice(0, -1), sides: [{ kind, text: last(before) }] };
}
