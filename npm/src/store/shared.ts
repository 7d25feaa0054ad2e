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

/** Reports what `run` throws as an uncaught error. */
const guarded = (run: () => void): void => {
  try {
    run();
  } catch (error) {
    // As a task of its own, which every platform reports.
    setTimeout(() => {
      throw error;
    });
  }
};

/** Gives the source of a request that is open, or a new one. */
export const share = (request: string, url: EventSourceUrl, options: ConnectOptions): Shared => {
  const open = all.get(request);
  if (open) return open;
  const source = connect(url, options);
  const members = new Set<Member>();
  // An event type may have any name.
  const newest: Record<string, ServerSentEvent> = Object.create(null);
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
    if (isNew) shared.latest = Object.assign(Object.create(null), newest);
    isNew = false;
    // All have their new snapshots before a listener sees any.
    const changed = [...members].filter((member) => member.renew());
    guarded(() => each(changed, (member) => member.tell()));
  };
  const frame = createFrame(flush);
  const fail = (error: EventSourceError) => {
    shared.error = error;
    guarded(() => each(members, (member) => member.fail(error)));
  };
  source.onState((state) => {
    shared.state = state;
    if (state.status === "open") shared.error = undefined;
    if (state.status === "closed") {
      // Who asks for it from now on gets a new source.
      forget();
      if (state.cause) fail(state.cause);
    }
    flush();
  });
  source.onError((error) => {
    fail(error);
    flush();
  });
  source.onAny(
    (events) => {
      for (const event of events) newest[event.type] = event;
      isNew = true;
      frame.ask();
      each(members, (member) => member.fold(events));
    },
    { batch: true },
  );
  all.set(request, shared);
  return shared;
};
