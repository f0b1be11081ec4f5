/** How far up from what is pointed at the box that cuts it off may be. */
const NEAR = 3;

/** Tells text that its box cuts off whole, as the tooltip of that box, when it is pointed at. */
export function tellCut(event: PointerEvent): void {
  let box = event.target instanceof HTMLElement ? event.target : null;
  for (let up = 0; box && up < NEAR; up += 1, box = box.parentElement) {
    if (getComputedStyle(box).textOverflow !== "ellipsis") continue;
    // What has a tooltip of its own says more than the text does.
    if (box.title && box.dataset.cut === undefined) return;
    if (box.scrollWidth > box.clientWidth) {
      box.dataset.cut = "";
      box.title = box.textContent.trim().replace(/\s+/g, " ");
    } else if (box.dataset.cut !== undefined) {
      delete box.dataset.cut;
      box.removeAttribute("title");
    }
    return;
  }
}
