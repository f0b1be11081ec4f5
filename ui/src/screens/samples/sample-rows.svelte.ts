/**
 * The rows of the table of samples, fetched a page at a time as they come into view.
 *
 * Without a filter a row's number is its place, counted from 1 without gaps, so any page can be asked for at
 * once and a jump into the middle of a million costs one request. With a filter only the page after a known
 * one can be asked for: the table grows as it is scrolled.
 */
import { asApiError, backend, type ApiError, type SampleFilter, type SampleRow } from "../../lib/backend";

const PAGE = 200;
/** Pages kept: enough to scroll back without asking again, few enough to forget. */
const KEPT = 60;

export class SampleRows {
  readonly filter: SampleFilter;
  readonly filtered: boolean;
  /** Rows that the table has a place for: all of them, or those found so far. */
  length = $state(0);
  /** Whether there are more than `length`. */
  more = $state(true);
  error = $state.raw<ApiError | null>(null);
  /** How many there are in all, where the backend knows. */
  total = $state<number | null>(null);
  #project: string;
  #pages = $state.raw(new Map<number, SampleRow[]>());
  #asked = new Set<number>();
  /** Where each known page of a filtered table begins. */
  #starts: (number | undefined)[] = [undefined];

  constructor(project: string, filter: SampleFilter, length: number) {
    this.#project = project;
    this.filter = filter;
    this.filtered = Object.keys(filter).length > 0;
    if (!this.filtered) {
      this.length = length;
      this.total = length;
      this.more = false;
    }
    void this.#load(0);
  }

  at(index: number): SampleRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Fetches what rows `from` to `to` need and is not there yet. */
  need(from: number, to: number): void {
    const last = Math.floor(to / PAGE);
    for (let page = Math.floor(from / PAGE); page <= last; page += 1) void this.#load(page);
    // Half a page ahead, so that scrolling by hand does not meet the end of what is known.
    if (this.filtered && this.more && to > this.length - PAGE / 2) void this.#load(this.#starts.length - 1);
  }

  /** Asks for everything in view again, because it changed elsewhere; the old rows stay until then. */
  again(length: number): void {
    if (this.filtered) return;
    this.length = length;
    this.total = length;
    const pages = [...this.#pages.keys()];
    this.#asked.clear();
    for (const page of pages.slice(-2)) void this.#load(page);
    this.#pages = new Map(pages.slice(-2).map((page) => [page, this.#pages.get(page)!]));
  }

  retry(): void {
    this.error = null;
    this.#asked.clear();
    void this.#load(0);
  }

  async #load(page: number): Promise<void> {
    if (page < 0 || this.#asked.has(page) || (this.filtered && page >= this.#starts.length)) return;
    if (!this.filtered && page * PAGE >= Math.max(this.length, 1)) return;
    this.#asked.add(page);
    const after = this.filtered ? this.#starts[page] : page * PAGE || undefined;
    try {
      const answer = await backend.call("samples.list", {
        project: this.#project,
        filter: this.filter,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      this.#keep(page, answer.rows);
      if (answer.total !== null) this.total = answer.total;
      if (this.filtered && page === this.#starts.length - 1) {
        this.length = page * PAGE + answer.rows.length;
        this.more = answer.next !== null;
        if (answer.next !== null) this.#starts.push(answer.next);
        else this.total = this.length;
      }
    } catch (thrown) {
      this.#asked.delete(page);
      this.error = asApiError(thrown);
    }
  }

  #keep(page: number, rows: SampleRow[]): void {
    const pages = new Map(this.#pages);
    pages.delete(page);
    pages.set(page, rows);
    for (const old of pages.keys()) {
      if (pages.size <= KEPT) break;
      pages.delete(old);
      this.#asked.delete(old);
    }
    this.#pages = pages;
  }
}
