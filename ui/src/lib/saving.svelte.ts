/** Whether the work is on the disk: the one thing a person must be able to trust at a glance. */
import type { ApiError } from "./backend/types";

class Saving {
  /** `saved` only after the disk has it; `none` while there is nothing to save. */
  state = $state<"none" | "saving" | "saved" | "failed">("none");
  error = $state.raw<ApiError | null>(null);
  /** When the last answer came. */
  time = $state<number | null>(null);
  retry: (() => void) | null = null;

  saving(): void {
    this.state = "saving";
  }
  saved(time: number): void {
    this.state = "saved";
    this.error = null;
    this.time = time;
  }
  failed(error: ApiError, retry: () => void): void {
    this.state = "failed";
    this.error = error;
    this.retry = retry;
  }
  none(): void {
    this.state = "none";
    this.error = null;
  }
}

export const saving = new Saving();
