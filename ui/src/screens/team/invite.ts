/** What somebody pasted, understood as they paste it: a link, an address and a code, or a mail with one of them in it. */
export interface PastedInvite {
  /** The hub's address, without a slash at its end. */
  address: string | null;
  /** The code as it was written, in groups of four. */
  code: string | null;
  /** Letters that the code has; a whole one has sixteen. */
  letters: number;
  /** Plain HTTP beyond this machine: whoever listens could read along. */
  open: boolean;
}

const WHOLE = 16;
/** Crockford's letters, and those that are taken for one of them. */
const LETTER = "[0-9A-HJ-NP-TV-Zilo]";
const GROUPS = new RegExp(`(?<![\\w-])${LETTER}{4}(?:[-–‐ ]?${LETTER}{4}){3}(?![\\w-])`, "i");

export function readInvite(pasted: string, codeField = ""): PastedInvite {
  const text = pasted.trim();
  const link = /https?:\/\/[^\s<>"'“”]+/i.exec(text)?.[0] ?? null;
  const [base = "", inLink = ""] = link?.split("#") ?? [];
  const address = link === null ? bareAddress(text) : base.replace(/[/.,;:)]+$/, "");
  const rest = link === null ? text : text.replace(link, " ");
  const given = codeField.trim() || inLink.replace(/[.,;:)>\]]+$/, "") || (GROUPS.exec(rest)?.[0] ?? "");
  const letters = plain(given);
  return {
    address: address === "" ? null : address,
    code: letters === "" ? null : grouped(letters),
    letters: letters.length,
    open: address !== null && isOpen(address),
  };
}

/** Whether there is all that a hub has to be asked with. */
export function isWhole(invite: PastedInvite): boolean {
  return invite.address !== null && invite.letters === WHOLE;
}

/** What is still missing, in a sentence; empty when nothing is. */
export function missing(invite: PastedInvite): string {
  if (invite.address === null && invite.code === null) return "This is neither an invite nor the address of a hub.";
  if (invite.address === null) return "This is the code alone: put the hub’s address before it.";
  if (invite.code === null) return "The code is missing: the invite has sixteen letters and digits after its address.";
  if (invite.letters < WHOLE) return `The code is not whole: ${invite.letters} of its ${WHOLE} letters are here.`;
  return invite.letters > WHOLE ? `The code is too long: it has ${WHOLE} letters, and here are ${invite.letters}.` : "";
}

/** `hub.example.org` where nobody wrote the scheme. */
function bareAddress(text: string): string | null {
  const host = /(?:^|\s)((?:[\p{L}\d](?:[\p{L}\d-]*[\p{L}\d])?\.)+[\p{L}]{2,}(?::\d{1,5})?)(?=[\s/#,;]|$)/u.exec(text)?.[1];
  return host === undefined ? null : `https://${host}`;
}

/** As the hub reads a code: case, spaces, dashes and look-alikes do not matter. */
function plain(code: string): string {
  return code.replace(/[\s\-–‐_]/g, "").toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
}

function grouped(letters: string): string {
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

function isOpen(address: string): boolean {
  if (!/^http:/i.test(address)) return false;
  try {
    const host = new URL(address).hostname.replace(/^\[|\]$/g, "");
    return !(host === "localhost" || host === "::1" || /^127\./.test(host));
  } catch {
    return false;
  }
}
