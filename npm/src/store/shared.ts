import {
  type ConnectionState,
  type ConnectOptions,
  connect,
  type EventSourceError,
  type EventSourceUrl,
  type ServerSentEvent,
  type TypedEventSource,
} from "../index.js";
import { createFrame } from "./frame.js";

/** A store, as the source that it shares sees it. */
export interface Member {
  /** Takes events at once, whenever they are shown. */
  fold(events: readonly ServerSentEvent[]): void;
  fail(error: EventSourceError): void;
  /** Makes a new snapshot if there is anything new; says whether there was. */
  renew(): boolean;
  /** Tells listeners of the new snapshot. */
  tell(): void;
}

/** A source, and what all stores on it show alike. */
export interface Shared {
  readonly source: TypedEventSource;
  readonly state: ConnectionState;
  readonly latest: { readonly [type: string]: ServerSentEvent };
  readonly error: EventSourceError | undefined;
  add(member: Member): void;
  /** Closes the source after the last one. */
  remove(member: Member): void;
}

const all = new Map<string, Shared>();

/** Of how many event types the latest event is kept: a server may name as many as it likes. */
const TYPES = 1024;

/** Runs each, whatever the others throw; throws that in the end. */
export const each = <T>(items: Iterable<T>, run: (item: T) => void): void => {
  const thrown: unknown[] = [];
  for (const item of [...items]) {
    try {
      run(item);
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 1) throw new AggregateError(thrown, "several reducers or listeners have thrown");
  if (thrown.length) throw thrown[0];
};

/** Runs each, and reports what they throw as uncaught errors. */
export const eachSafely = <T>(items: Iterable<T>, run: (item: T) => void): void => {
  try {
    each(items, run);
  } catch (error) {
    // Not here: it would keep others from being told. Each platform reports what a task of its own throws.
    setTimeout(() => {
      throw error;
    });
  }
};

/** Gives the source of a request that is open, or a new one. */
export const share = (request: string, url: EventSourceUrl, options: ConnectOptions): Shared => {
  const open = all.get(request);
  if (open && open.source.state.status !== "closed") return open;
  const source = connect(url, options);
  const members = new Set<Member>();
  /** The latest event of each type, the newest last. */
  const newest = new Map<string, ServerSentEvent>();
  let isNew = false;
  const shared = {
    source,
    state: source.state,
    latest: Object.create(null) as Shared["latest"],
    error: undefined as EventSourceError | undefined,
    add: (member: Member) => void members.add(member),
    remove(member: Member) {
      if (members.delete(member) && !members.size) {
        forget();
        frame.cancel();
        source.close();
      }
    },
  };
  const forget = () => {
    if (all.get(request) === shared) all.delete(request);
  };
  const flush = () => {
    frame.cancel();
    if (isNew) {
      // An event type may have any name.
      const latest: Record<string, ServerSentEvent> = Object.create(null);
      for (const [type, event] of newest) latest[type] = event;
      shared.latest = latest;
    }
    isNew = false;
    // All have their new snapshots before a listener sees any.
    const changed = [...members].filter((member) => member.renew());
    eachSafely(changed, (member) => member.tell());
  };
  const frame = createFrame(flush);
  const fail = (error: EventSourceError) => {
    shared.error = error;
    if (members.size) eachSafely(members, (member) => member.fail(error));
    // The last one has left, and with it who would see it.
    else
      eachSafely([error], () => {
        throw error;
      });
  };
  const keep = (event: ServerSentEvent) => {
    newest.delete(event.type);
    newest.set(event.type, event);
    if (newest.size <= TYPES) return;
    for (const [oldest] of newest) {
      newest.delete(oldest);
      break;
    }
  };
  const listen = () => {
    source.onState((state) => {
      shared.state = state;
      if (state.status === "open") shared.error = undefined;
      if (state.status === "closed") {
        // Who asks for it from now on gets a new source.
        forget();
        if (state.cause) fail(state.cause);
      } else if (members.size && !all.has(request)) all.set(request, shared);
      flush();
    });
    source.onError((error) => {
      fail(error);
      flush();
    });
    source.onAny(
      (events) => {
        events.forEach(keep);
        isNew = true;
        frame.ask();
        each(members, (member) => member.fold(events));
      },
      { batch: true },
    );
  };
  try {
    listen();
  } catch (error) {
    // Nobody has it to close it.
    source.close();
    throw error;
  }
  all.set(request, shared);
  return shared;
};
