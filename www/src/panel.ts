import type { Connection, ConnectionState, Subscription } from "typed-eventsource";
import { announce } from "./announce.js";
import { type Change, Changes } from "./changes.js";
import { button, byId, make, part } from "./dom.js";
import type { Gap } from "./events.js";
import { Ledger } from "./ledger.js";
import { post } from "./server.js";
import { describe, transports } from "./states.js";
import { lineOf } from "./streams.js";
import { Strip } from "./strip.js";

/** How long the server answers 503 when it is asked to. */
const refuseMs = 4_000;

/** The ways in which the server can break a stream, and their texts in the list of changes. */
const deeds = [
  { label: "Cut", path: "cut", told: "cut the connection" },
  { label: "503 for 4 s", path: `refuse?forMs=${refuseMs}`, told: "let the server answer 503 for 4 s" },
  { label: "Stall", path: "stall", told: "silenced the stream; it stays open" },
] as const;

/** The ids of this server end with a number that counts up by one, after the name of a log where there is one. */
const countIn = (id: string) => Number(/\d+$/.exec(id)?.[0] ?? Number.NaN);

/** The common part of all panels: the state of the connection, its changes, and the buttons that break it. */
export class Panel {
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #line: string;
  readonly #strip = new Strip();
  readonly #changes = new Changes();
  readonly #word = make("strong", "state");
  readonly #transport = make("span", "transport");
  readonly #problem = make("p", "problem");
  readonly #buttons = make("div", "breakers");
  readonly #breakers: HTMLButtonElement[];
  readonly #restart: HTMLButtonElement;
  readonly #now: HTMLButtonElement;
  readonly #counters = { received: make("dd"), lost: make("dd"), doubled: make("dd") };
  #ledger = new Ledger();
  #begin: (() => void) | undefined;
  #states: Subscription | undefined;
  #source: Connection | undefined;

  /** @param restart - begins anew once the stream is over */
  constructor(id: string, restart: () => void) {
    this.element = byId(id);
    this.#name = part(this.element, "h2").textContent.trim();
    this.#line = lineOf(id);
    this.element.dataset.line = this.#line;
    this.#breakers = deeds.map(({ label, path, told }) => button(label, () => this.#do(path, told)));
    this.#restart = button("Start again", () => this.settle(restart));
    this.#restart.className = "restart";
    this.#now = button("Try now", () => this.#source?.reconnect());
    this.#now.className = "restart";
    this.#now.hidden = true;
    part(this.element, "h2").after(this.#word);
    part(this.element, ".head").append(this.#transport);
    this.element.prepend(this.#strip.element);
    this.element.append(this.#foot());
  }

  /**
   * Shows this connection from now on. `firstId` is its first event's id, where that is known. `begin` is for a
   * stream that begins with this one whenever it opens: it is called then, and the counters begin anew, too.
   */
  follow(source: Connection, firstId?: number, begin?: () => void): void {
    this.#states?.unsubscribe();
    this.#begin =
      begin &&
      (() => {
        this.#ledger = new Ledger(firstId);
        this.#count();
        begin();
      });
    this.#ledger = new Ledger(firstId);
    this.#count();
    this.problem("");
    this.#source = source;
    this.#show(source.state);
    this.#states = source.onState((state) => this.#show(state));
    source.onError((error) => this.problem(`${error.code}: ${error.message}`));
  }

  /** An event with an id came. */
  take(event: { lastEventId: string }): void {
    this.#ledger.take(countIn(event.lastEventId));
    this.#count();
  }

  /** The server could not resume where it was asked to. */
  gap({ asked, oldest }: Gap): void {
    this.#ledger.gap(oldest === null ? null : countIn(oldest));
    this.#count();
    const details = `after ${asked}; the server goes on with ${oldest ?? "what comes"}`;
    this.#changes.add({ tone: "failed", word: "gap", details });
  }

  /** Lets the server do something to the panel's line. */
  line(path: string): Promise<void> {
    return post(`/lines/${this.#line}/${path}`);
  }

  /** Adds an entry that is no state to the list of changes. */
  note(change: Change): void {
    this.#changes.add(change);
  }

  /** Shows a problem beside the connection; `""` shows none. */
  problem(text: string): void {
    this.#problem.textContent = text;
  }

  /** Does something that may fail, and shows its failure here. */
  async settle(task: () => unknown): Promise<void> {
    try {
      this.problem("");
      await task();
    } catch (error) {
      this.problem(`that did not work: ${(error as Error).message}`);
    }
  }

  get #open(): boolean {
    return this.#source?.state.status === "open";
  }

  #do(path: string, told: string): void {
    this.settle(async () => {
      if (!this.#open && !path.startsWith("refuse")) throw new Error("no stream is open here to break");
      await this.line(path);
      this.#changes.add({ tone: "deed", word: "you", details: told });
    });
  }

  #show(state: ConnectionState): void {
    const { tone, word, details } = describe(state, !!this.#begin);
    const cause = "cause" in state ? state.cause?.code : undefined;
    Object.assign(this.element.dataset, { tone, status: state.status, cause: cause ?? "" });
    this.#word.textContent = word;
    // While there is no stream, the transport of the last one is still of interest.
    if (state.status === "open") {
      this.element.dataset.transport = state.transport;
      this.#transport.textContent = transports[state.transport];
      this.problem("");
      this.#begin?.();
    }
    this.#strip.mark(tone);
    this.#changes.add({ tone, word, details });
    announce(this.#name, `${word}, ${details}`);

    const focused = this.#buttons.contains(document.activeElement);
    const over = state.status === "closed";
    for (const breaker of this.#breakers) breaker.disabled = over;
    this.#restart.hidden = !over;
    this.#now.hidden = state.status !== "reconnecting";
    // If the focused button is gone, the focus moves to one that is there.
    if (focused && document.activeElement?.matches("[hidden], :disabled, body"))
      (over ? this.#restart : this.#breakers[0])?.focus();
  }

  #count(): void {
    for (const name of ["received", "lost", "doubled"] as const) {
      const count = this.#ledger[name];
      this.#counters[name].textContent = count.toLocaleString("en");
      this.#counters[name].dataset.count = String(count);
    }
  }

  #foot(): HTMLElement {
    const foot = make("div", "foot");
    const counters = make("dl", "counters");
    for (const [name, count] of Object.entries(this.#counters)) {
      count.className = name;
      const pair = make("div");
      pair.append(make("dt", "", name), count);
      counters.append(pair);
    }

    this.#buttons.setAttribute("role", "group");
    this.#buttons.setAttribute("aria-label", `Break the connection: ${this.#name}`);
    this.#buttons.append(...this.#breakers, this.#now, this.#restart);

    this.#problem.setAttribute("role", "alert");
    this.#changes.element.setAttribute("aria-label", `Changes of the connection: ${this.#name}`);
    foot.append(counters, this.#buttons, this.#problem, this.#changes.element);
    return foot;
  }
}
