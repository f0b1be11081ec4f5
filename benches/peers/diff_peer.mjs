// Times the word diffs of npm `diff` and `diff-match-patch`.
//
// Standard input: {"millis": budget per pair and peer, "pairs": [{"name", "old", "new"}]}.
// Standard output: {"versions": {…}, "pairs": [{"name", "times": {peer: median microseconds}}]}.
import { readFileSync } from "node:fs";
import { diffWords } from "diff";
import DiffMatchPatch from "diff-match-patch";

const dmp = new DiffMatchPatch();

// The word mode that the documentation of diff-match-patch describes: its line mode, with a word and the
// white space after it in place of a line, each word becoming one character.
function wordsToChars(a, b) {
  const words = [""];
  const seen = new Map();
  const chars = (text) =>
    (text.match(/\S+\s*|\s+/g) ?? [])
      .map((word) => {
        let index = seen.get(word);
        if (index === undefined) {
          index = words.push(word) - 1;
          seen.set(word, index);
        }
        return String.fromCharCode(index);
      })
      .join("");
  return { a: chars(a), b: chars(b), words };
}

function dmpWords(a, b) {
  const coded = wordsToChars(a, b);
  const diffs = dmp.diff_main(coded.a, coded.b, false);
  dmp.diff_charsToLines_(diffs, coded.words);
  return diffs;
}

function dmpWordsTidied(a, b) {
  const diffs = dmpWords(a, b);
  dmp.diff_cleanupSemantic(diffs);
  return diffs;
}

const peers = {
  "diff diffWords": diffWords,
  "diff-match-patch words": dmpWords,
  "diff-match-patch words, cleanupSemantic": dmpWordsTidied,
};

function median(run, millis) {
  const started = performance.now();
  // The first third of the time lets the compiler of the engine settle.
  while (performance.now() - started < millis / 3) run();
  const times = [];
  while (times.length < 5 || performance.now() - started < millis) {
    const before = performance.now();
    run();
    times.push((performance.now() - before) * 1000);
  }
  times.sort((x, y) => x - y);
  return times[times.length >> 1];
}

const version = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

const { millis, pairs } = JSON.parse(readFileSync(0, "utf8"));
const out = pairs.map(({ name, old, new: changed }) => {
  for (const [peer, run] of Object.entries(peers)) {
    const parts = run(old, changed);
    const spelled = parts
      .filter((part) => (Array.isArray(part) ? part[0] !== -1 : !part.removed))
      .map((part) => (Array.isArray(part) ? part[1] : part.value))
      .join("");
    if (spelled !== changed) throw new Error(`${peer} does not recover the new text of ${name}`);
  }
  const times = Object.entries(peers).map(([peer, run]) => [peer, median(() => run(old, changed), millis)]);
  return { name, times: Object.fromEntries(times) };
});
const versions = { node: process.version, diff: version("diff"), "diff-match-patch": version("diff-match-patch") };
console.log(JSON.stringify({ versions, pairs: out }));
