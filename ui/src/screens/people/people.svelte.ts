/** Who is in the project: as the hub tells, or as this laptop knows while the hub cannot be asked. */
import { asApiError, backend, type ApiError, type ChangeMember, type Invite, type Invited, type MemberId, type Team } from "../../lib/backend";
import { project } from "../../lib/project.svelte";

/** After a sync a moment passes, so that several events cost one request. */
const PAUSE_MS = 400;

class People {
  team = $state.raw<Team | null>(null);
  error = $state.raw<ApiError | null>(null);
  asking = $state(false);
  /** When the list was read. */
  read = $state(0);
  #file = "";
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Shows the people of a project, and follows them until the answer is called. */
  enter(file: string): () => void {
    if (this.#file !== file) {
      this.#file = file;
      this.team = null;
      this.error = null;
    }
    void this.load();
    const stop = backend.onEvent((event) => {
      const ours = event.event !== "job" && event.project === file;
      const synced = ours && event.event === "team" && event.status.state === "idle";
      const changed = ours && event.event === "changed" && event.what.some((noun) => noun === "member" || noun === "assignment");
      if (synced || changed) this.#soon();
    });
    return () => {
      stop();
      clearTimeout(this.#timer);
    };
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), PAUSE_MS);
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.asking = true;
    try {
      const team = await backend.call("team.members", { project: this.#file });
      if (asked === this.#asked) this.#take(team);
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
    if (asked === this.#asked) this.asking = false;
  }

  #take(team: Team): void {
    this.team = team;
    this.error = null;
    this.read = Date.now();
  }

  /** Each of these rejects with an `ApiError` and has changed nothing then. */
  async change(member: MemberId, change: Omit<ChangeMember, "project" | "member">): Promise<void> {
    this.#take(await backend.call("team.change_member", { project: this.#file, member, ...change }));
    await project.refresh();
  }
  async revokeDevice(id: string): Promise<void> {
    this.#take(await backend.call("team.revoke_device", { project: this.#file, id }));
  }
  async revokeInvite(id: string): Promise<void> {
    this.#take(await backend.call("team.revoke_invite", { project: this.#file, id }));
  }
  async invite(invite: Omit<Invite, "project">): Promise<Invited> {
    const made = await backend.call("team.invite", { project: this.#file, ...invite });
    void this.load();
    return made;
  }
}

export const people = new People();
