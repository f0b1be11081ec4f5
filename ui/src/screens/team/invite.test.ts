import { expect, test } from "vitest";
import { isWhole, missing, readInvite } from "./invite";

const CODE = "ABCD-EFGH-0123-4567";

test("a link is an address and a code, however it was copied", () => {
  for (const pasted of [
    `https://hub.example.org/#${CODE}`,
    ` https://hub.example.org/#${CODE.toLowerCase()} `,
    `https://hub.example.org/#ABCDEFGHO1234567`,
    `Dear Ana, join with https://hub.example.org/#${CODE}. See you!`,
    `<https://hub.example.org/#${CODE}>`,
    `assay join https://hub.example.org ${CODE}`,
    `https://hub.example.org/ code: abcd efgh 0123 4567`,
    `hub.example.org ${CODE}`,
  ]) {
    const invite = readInvite(pasted);
    expect([pasted, invite.address, invite.code, missing(invite)]).toEqual([pasted, "https://hub.example.org", CODE, ""]);
    expect(isWhole(invite)).toBe(true);
  }
});

test("address and code may come apart, and the code's own field counts more than what was pasted", () => {
  expect(readInvite("https://hub.example.org:7717", CODE)).toMatchObject({ address: "https://hub.example.org:7717", code: CODE });
  expect(readInvite(`https://hub.example.org/#ZZZZ-ZZZZ-ZZZZ-ZZZZ`, CODE).code).toBe(CODE);
});

test("what is missing is said in a sentence", () => {
  expect(missing(readInvite("hello there"))).toContain("neither");
  expect(missing(readInvite("https://hub.example.org"))).toContain("code is missing");
  expect(missing(readInvite(CODE))).toContain("code alone");
  expect(missing(readInvite("https://hub.example.org/#ABCD-EFGH-0123-456"))).toContain("15 of its 16");
  expect(missing(readInvite(`https://hub.example.org/#${CODE}-89`))).toContain("too long");
});

test("a hub without encryption is noticed, and one on this machine is not one", () => {
  expect(readInvite(`http://hub.example.org/#${CODE}`).open).toBe(true);
  expect(readInvite(`http://192.168.1.20:7717/#${CODE}`).open).toBe(true);
  for (const own of ["http://127.0.0.1:7717", "http://localhost:7717", "http://[::1]:7717", "https://hub.example.org"]) {
    expect([own, readInvite(`${own}/#${CODE}`).open]).toEqual([own, false]);
  }
});

test("an address in another script is one too", () => {
  expect(readInvite(`хаб.пример.рф ${CODE}`).address).toBe("https://хаб.пример.рф");
});
