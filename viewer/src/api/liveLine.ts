import { address } from '@/api/client';
import type { components } from '@/api/schema.gen';

type StreamItem = components['schemas']['StreamItem'];

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * The line on which the server tells what changes. It connects again by itself, later and later while nobody
 * answers, and keeps nothing of what it heard.
 */
export class LiveLine {
  private socket: WebSocket | null = null;
  private timer = 0;
  private pause_ms = FIRST_PAUSE_MS;
  private isClosed = false;

  /** `watch` is what `/live` takes; `alarms` is told whenever alarms began or ended, `items` what streams say. */
  constructor(private readonly watch: unknown, private readonly events: { alarms?: () => void; items?: (items: StreamItem[]) => void; opened: () => void; lost: () => void }) {
    this.connect();
  }

  private connect(): void {
    if (this.isClosed) return;
    const socket = new WebSocket(address('live').replace(/^http/, 'ws'));
    this.socket = socket;
    socket.onopen = () => {
      this.pause_ms = FIRST_PAUSE_MS;
      socket.send(JSON.stringify({ watch: this.watch }));
      this.events.opened();
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data !== 'string') return;
      if (event.data.startsWith('{"type":"alarms"')) this.events.alarms?.();
      else if (this.events.items) this.events.items((JSON.parse(event.data) as { items: StreamItem[] }).items);
    };
    socket.onclose = () => {
      if (this.isClosed) return;
      this.socket = null;
      this.events.lost();
      // Many walls that lost one server do not come back at one instant.
      this.timer = window.setTimeout(() => { this.connect(); }, this.pause_ms * (0.7 + Math.random() * 0.6));
      this.pause_ms = Math.min(LONGEST_PAUSE_MS, this.pause_ms * 2);
    };
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }
}
