import { describe, expect, it } from "vitest";
import { freshId, idFrom } from "./ids";

describe("ids made from names", () => {
  it("keep letters and digits of the Latin script and nothing else", () => {
    expect(idFrom("Tone of voice")).toBe("tone_of_voice");
    expect(idFrom("Vollständigkeit (neu)")).toBe("vollstandigkeit_neu");
    expect(idFrom("  GDPR / 2016  ")).toBe("gdpr_2016");
  });
  it("are empty for a name in another script, so that the caller can number it", () => {
    expect(idFrom("الدقة")).toBe("");
  });
  it("never clash with one that is taken", () => {
    expect(freshId("tone", ["accuracy"])).toBe("tone");
    expect(freshId("tone", ["tone", "tone_2"])).toBe("tone_3");
  });
});
