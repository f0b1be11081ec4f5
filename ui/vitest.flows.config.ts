import { defineConfig } from "vitest/config";

/** Browser flows: Chromium against `assay serve`. One worker, because they share the machine. */
export default defineConfig({
  test: {
    include: ["tests/flows/**/*.flow.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
