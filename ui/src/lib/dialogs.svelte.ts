import type { Member, SampleId } from "./backend/types";

/** Dialogs that belong to no screen: opened from anywhere, drawn by the shell. */
export type Asked =
  | { name: "switch" }
  | { name: "new" }
  /** With `again`, for a project whose hub no longer knows this laptop. */
  | { name: "join"; again?: boolean }
  /** Without a file, the person chooses a project; with a hub, that one is chosen. */
  | { name: "publish"; file?: string; hub?: string }
  /** For another device of the person here, or of a member. */
  | { name: "device"; member?: Member }
  /** What others did on a sample. */
  | { name: "others"; sample: SampleId };

class Dialogs {
  asked = $state.raw<Asked | null>(null);

  open(asked: Asked): void {
    this.asked = asked;
  }

  close = (): void => {
    this.asked = null;
  };
}

export const dialogs = new Dialogs();
