/** The projects of the home folder. What was read last is shown at once, and read again behind it. */
import { backend, type Home } from "./backend";

class HomeFolder {
  value = $state.raw<Home | null>(null);
  #asked = 0;

  /** Rejects with an `ApiError`; what was there before stays. */
  async load(): Promise<Home> {
    const asked = ++this.#asked;
    const home = await backend.call("home.get", {});
    if (asked === this.#asked) this.value = home;
    return home;
  }
}

export const home = new HomeFolder();
