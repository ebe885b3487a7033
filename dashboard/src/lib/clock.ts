import { createStore } from "@/lib/store";

const TICK_MS = 1000;

/** The server's time as far as we know it: ages must not depend on how well this computer's clock is set. */
let aheadMs = 0;
const now = createStore(Date.now());

window.setInterval(() => {
  if (!document.hidden) now.set(Date.now() + aheadMs);
}, TICK_MS);

export function setServerTime(iso: string): void {
  const server = Date.parse(iso);
  if (Number.isNaN(server)) return;
  aheadMs = server - Date.now();
  now.set(server);
}

/** Milliseconds, renewed each second. */
export const useNow = now.use;
