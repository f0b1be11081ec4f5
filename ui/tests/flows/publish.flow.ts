import { expect, test } from "vitest";
import { Flow } from "./harness";
import { Hub } from "./hub";

test("somebody invited the moment a project is published joins it whole", async () => {
  const [hub, owner, ana] = await Promise.all([Hub.start(), Flow.start(), Flow.start()]);
  try {
    let address = `${hub.url}/#${hub.invite}`;
    for (let round = 0; round < 5; round += 1) {
      const { file: project } = await owner.ask("project.create", { name: `Project ${round}` });
      await owner.ask("team.publish", { project, hub: address });
      const { url } = await owner.ask("team.invite", { project, name: "Ana", role: "annotator" });
      expect((await ana.ask("team.join", { url })).name).toBe(`Project ${round}`);
      address = hub.url;
    }
  } finally {
    await Promise.all([hub.stop(), owner.stop(), ana.stop()]);
  }
});
