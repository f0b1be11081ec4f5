/** How the screen is arranged: a habit of the person, kept over samples and starts. */
export type DiffShown = "inline" | "side" | "off";
const ORDER: DiffShown[] = ["inline", "side", "off"];
const QUEUE = "assay.grade.queue";
const DIFF = "assay.grade.diff";

export class View {
  queue = $state(localStorage.getItem(QUEUE) !== "closed" && window.innerWidth > 1080);
  diff = $state<DiffShown>(ORDER.find((one) => one === localStorage.getItem(DIFF)) ?? "inline");
  panel = $state<"skip" | "flags" | "guidelines" | null>(null);
  link = $state<string | null>(null);

  toggleQueue(): void {
    this.queue = !this.queue;
    localStorage.setItem(QUEUE, this.queue ? "open" : "closed");
  }
  showDiff(shown: DiffShown): void {
    this.diff = shown;
    localStorage.setItem(DIFF, shown);
  }
  cycleDiff(): void {
    this.showDiff(ORDER[(ORDER.indexOf(this.diff) + 1) % ORDER.length]!);
  }
}
