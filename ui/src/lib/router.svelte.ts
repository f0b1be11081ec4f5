/** Where the window is: `#/grade/<sample>?open=1`, as a path and a query. */
function read(): { path: string[]; query: URLSearchParams } {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

class Router {
  #at = $state.raw(read());

  constructor() {
    window.addEventListener("hashchange", () => (this.#at = read()));
  }

  get screen(): string {
    return this.#at.path[0] ?? "";
  }
  /** What comes after the screen's name. */
  get rest(): string[] {
    return this.#at.path.slice(1);
  }
  get query(): URLSearchParams {
    return this.#at.query;
  }

  go(screen: string, ...rest: string[]): void {
    location.hash = href(screen, ...rest);
  }

  /** Changes the address without a step in the history and without telling anybody. */
  note(screen: string, ...rest: string[]): void {
    history.replaceState(history.state, "", href(screen, ...rest));
  }
}

export const router = new Router();

export function href(screen: string, ...rest: string[]): string {
  return "#/" + [screen, ...rest].map(encodeURIComponent).join("/");
}
