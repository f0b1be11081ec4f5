import { expect, test } from "vitest";
import { ActiveTime } from "./active-time";

function clock() {
  let now = 0;
  return { now: () => now, pass: (ms: number) => (now += ms) };
}

test("active time goes on while somebody reads, for a minute after the last input", () => {
  const { now, pass } = clock();
  const time = new ActiveTime(5000, true, now);
  pass(30_000);
  expect(time.read()).toBe(35_000);
  pass(90_000);
  expect(time.read()).toBe(65_000);
  time.input();
  pass(1000);
  expect(time.read()).toBe(66_000);
});

test("active time stands still while the window is away", () => {
  const { now, pass } = clock();
  const time = new ActiveTime(0, true, now);
  pass(2000);
  time.setInUse(false);
  pass(500_000);
  expect(time.read()).toBe(2000);
  time.setInUse(true);
  pass(3000);
  expect(time.read()).toBe(5000);
});

test("a sample that is laid out but not shown costs no time", () => {
  const { now, pass } = clock();
  const time = new ActiveTime(0, false, now);
  pass(40_000);
  time.input();
  time.setInUse(true);
  pass(10);
  expect(time.read()).toBe(10);
});
