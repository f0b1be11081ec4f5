import type { Backend } from "./backend";
import { httpBackend } from "./http";
import { tauriBackend } from "./tauri";

export * from "./backend";
export type * from "./types";

export const backend: Backend = "__TAURI_INTERNALS__" in window ? tauriBackend() : httpBackend();
