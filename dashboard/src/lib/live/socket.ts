import { createStore } from "@/lib/store";
import { isEvent, isHello, parseMessage, type Hello, type LiveEvent, type StateMessage } from "./messages";

export type LiveStatus = "connecting" | "live" | "reconnecting" | "offline";

export type Listener = (message: LiveEvent | StateMessage) => void;

const RETRY_MS_MIN = 400;
const RETRY_MS_MAX = 10_000;
const TRIES_UNTIL_OFFLINE = 4;

/** The one socket of the app. After a break it goes on behind the last event it saw, so that none is lost. */
class LiveSocket {
  readonly status = createStore<LiveStatus>("connecting");
  private readonly listeners = new Set<Listener>();
  private readonly onConnect = new Set<(isAnotherLog: boolean) => void>();
  private socket: WebSocket | null = null;
  private retryTimer = 0;
  private tries = 0;
  /** Number of the last event seen; null before the first hello. */
  private seen: number | null = null;

  start(): void {
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("offline", () => this.status.set("offline"));
    document.addEventListener("visibilitychange", () => !document.hidden && this.retryNow());
    this.open();
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Called at each new connection: what was fetched before may be out of date, or of another log. */
  subscribeToConnect(listener: (isAnotherLog: boolean) => void): () => void {
    this.onConnect.add(listener);
    return () => void this.onConnect.delete(listener);
  }

  private open(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const resume = this.seen === null ? "" : `?after=${this.seen}`;
    const socket = new WebSocket(`${scheme}://${location.host}/api/events${resume}`);
    this.socket = socket;
    socket.onmessage = (frame) => this.socket === socket && this.receive(String(frame.data));
    socket.onclose = () => this.socket === socket && this.retryLater();
  }

  private receive(text: string): void {
    const message = parseMessage(text);
    if (message === null) return;
    if (isHello(message)) return this.greet(message);
    if (isEvent(message)) {
      if (message.seq <= (this.seen ?? 0)) return; // seen before the break
      this.seen = message.seq;
    }
    for (const listener of this.listeners) listener(message);
  }

  private greet(hello: Hello): void {
    const isAnotherLog = this.seen !== null && hello.seq < this.seen; // the server was set up anew
    if (this.seen === null || isAnotherLog) this.seen = hello.seq;
    this.tries = 0;
    this.status.set("live");
    for (const listener of this.onConnect) listener(isAnotherLog);
  }

  private retryLater(): void {
    this.socket = null;
    this.tries += 1;
    const isOffline = this.tries >= TRIES_UNTIL_OFFLINE || !navigator.onLine;
    this.status.set(isOffline ? "offline" : "reconnecting");
    const delay = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (this.tries - 1)) * (0.75 + Math.random() / 2);
    this.retryTimer = window.setTimeout(() => this.open(), delay);
  }

  private retryNow(): void {
    if (this.socket !== null) return;
    window.clearTimeout(this.retryTimer);
    this.open();
  }
}

export const live = new LiveSocket();
export const useLiveStatus = live.status.use;
