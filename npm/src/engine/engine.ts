import { ask } from "../ask.js";
import type { CreateEngine } from "../engine.js";
import {
  type EventSourceError,
  type EventSourceErrorDetails,
  type FailureCode,
  messageOf,
} from "../errors.js";
import type { ConnectionState } from "../types.js";
import { idOf, reusedIdOf } from "./batch.js";
import {
  BY_HEADER,
  BY_QUERY,
  CONTENT_TYPE,
  END_OF_STREAM,
  FAILED,
  flags,
  GAP,
  HAS_ID,
  HAS_REUSED,
  HAS_TOO_LARGE,
  HIDDEN,
  IDENTIFIED,
  INTERRUPTED,
  IS_BEHIND,
  NETWORK,
  NO_VERDICT,
  OFFLINE,
  OPEN,
  OPENED,
  pauses,
  RECEIVED,
  RECONNECT,
  RECONNECTING,
  REFUSED,
  RELEASE,
  REPLAY,
  REUSED,
  reasons,
  START,
  STATUS,
  TIMEOUT,
  TOO_LARGE,
  transports,
  VISIBLE,
  WAKE,
} from "./codes.js";
import { openEventSource } from "./event-source.js";
import { readFetch } from "./fetch.js";
import { causes, failure } from "./message.js";
import { decoder, type Exports, read, readEvents, write } from "./module.js";
import { createPace } from "./pace.js";
import { look, watchPage } from "./page.js";
import { retryAfterMs, withParameter } from "./url.js";

/** The longest time a timer can take; longer waits are chained. */
const LONGEST_TIMER = 2 ** 31 - 1;

const now = () => performance.now();

/** The MIME type of an event stream: parameters, case and surrounding white space do not matter. */
export const eventStream = /^\s*text\/event-stream\s*(;|$)/i;

/**
 * Makes engines over a wasm module: they carry out what the module decides, and bring it what the browser
 * reports. The module is never on the stack while the host is called. `watch` tells what befalls the page, and whoever
 * has to see for itself that it slept is told how many milliseconds late a timer is.
 */
export const createEngines =
  (wasm: Exports, watch = watchPage, late = (_ms: number) => look()): CreateEngine =>
  (host, url, settings, send) => {
    const { transport, withCredentials, lastEventIdParam, retry, request } = settings;
    const types = new Set<string>();
    // Listened to whoever wants them.
    const always = [...settings.eventTypes, settings.heartbeatEvent, settings.gapEvent].filter(Boolean);
    let { lastEventId } = settings;
    const { hostname } = new URL(url);
    let { origin } = new URL(url);
    // Of the connection that is open: aborted when that is let go of, after which nothing of it is heard.
    let controller = new AbortController();
    let listen: ReturnType<typeof openEventSource> | undefined;
    // Over the browser's EventSource, the newest event with an id of its own, as far as that can be seen.
    let newest = "";
    // The id that the connection in use resumes from.
    let asked = "";
    // Of the connection whose bytes have to wait.
    let held: AbortSignal | undefined;
    const pace = createPace(settings.delivery);
    // Whether the connection's own origin is.
    let isOriginKnown = false;
    // Of what stands for a failed connection while the application is asked about it.
    let asking: AbortSignal | undefined;
    // Whether the connection has given an id, maybe none, that the module does not know of.
    let identified = false;
    // What the module leaves to this side: words and headers do not travel through it.
    let answer: { httpStatus: number; headers: Headers } | undefined;
    let failed: EventSourceError | undefined;
    // Why the connection was last lost.
    let why: EventSourceError | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due: number;

    /** Tells the module what happened, and carries out what it decides. */
    const tell = (what: number, ...details: number[]) => {
      // Before anything that may replace the connection: the next one resumes from there.
      if (identified) {
        write(wasm, lastEventId);
        wasm.tell(source, IDENTIFIED, 0);
      }
      wasm.tell(source, what, now(), ...details);
      drive();
    };

    const drive = () => {
      for (let command = wasm.poll(source); command; command = wasm.poll(source))
        (command === OPEN ? open : command === RELEASE ? release : notify)();
      clearTimeout(timer);
      due = wasm.due(source);
      const wait = due - now();
      // One that goes off too early does no harm: then the module only says again when it is due.
      timer = wait < Infinity ? setTimeout(wake, Math.min(Math.ceil(wait), LONGEST_TIMER)) : undefined;
    };

    const wake = () => {
      // What a sleeping page did not hear was no silence.
      late(now() - due);
      const cause = wasm.overdue(source, now());
      // What is not read cannot show that it is alive.
      if (held === controller.signal) tell(RECEIVED);
      else if (cause) fail(cause);
      else tell(TIMEOUT);
    };

    const open = () => {
      const [id, [carrier, way]] = read(wasm);
      const target = way === BY_QUERY ? withParameter(url, lastEventIdParam as string, id) : url;
      controller = new AbortController();
      const { signal } = controller;
      asked = id;
      host.stats.attempts++;
      identified = false;
      answer = undefined;
      const run = async () => {
        if (carrier) {
          if (newest) {
            write(wasm, newest);
            wasm.replayed(source, 0);
            newest = "";
          }
          const attempt = {
            attempt: Math.abs(wasm.attempt(source, NETWORK, 0)),
            lastEventId: id,
            cause: why,
          };
          await readFetch(
            target,
            settings,
            send,
            signal,
            attempt,
            way === BY_HEADER,
            answered,
            refused,
            chunk,
            hold,
            pace,
          );
          // What was refused has failed already, and let go of the connection.
          signal.throwIfAborted();
          fail(END_OF_STREAM);
        } else {
          listen = openEventSource(target, withCredentials, signal, always, opened, message, lost);
          for (const type of types) listen(type, true);
        }
      };
      run().catch((cause) => signal.aborted || fail(NETWORK, `: ${messageOf(cause)}`, { cause }));
    };

    const release = () => {
      held = undefined;
      controller.abort();
      pace.end();
    };

    /** Waits for room, or for what else the next bytes wait for. */
    const hold = (wait = host.hold?.()) => {
      const { signal } = controller;
      held = wait && signal;
      return wait?.then(() => {
        if (held === signal) held = undefined;
        if (!signal.aborted) wasm.tell(source, RECEIVED, now());
      });
    };

    const notify = () => {
      const [resumedFrom, [status, attempt, detail, number]] = read<
        number[] & [number, number, number, number]
      >(wasm);
      const waitMs = wasm.wait();
      const code = causes[number];
      const cause = code ? (failed?.code === code ? failed : failure(code)) : undefined;
      const states = [
        { status: "connecting", attempt },
        { status: "open", transport: transports[detail], resumedFrom, ...answer },
        { status: "reconnecting", attempt, waitMs: waitMs >= 0 ? Math.round(waitMs) : null, cause },
        { status: "paused", why: pauses[detail] },
        { status: "closed", reason: reasons[detail], ...(cause && { cause }) },
      ];
      if (status === RECONNECTING) why = cause;
      host.changed(states[status] as ConnectionState);
    };

    const opened = () => {
      // It may have been redirected.
      isOriginKnown = false;
      // The browser was quicker than the application's word on what it has mended.
      asking = undefined;
      host.stats.opened++;
      tell(OPENED);
    };

    const message = (type: string, event: MessageEvent<string>) => {
      const id = event.lastEventId;
      // A new EventSource begins without a last event ID, although the stream may go on with one.
      identified ||= !!id;
      if (id !== lastEventId) newest = id && `${id}\r${type}\r${event.data}`;
      if (identified) lastEventId = id;
      // Else nothing is due that it could put off.
      if (timer) wasm.tell(source, RECEIVED, now());
      if (!isOriginKnown) {
        isOriginKnown = true;
        ({ origin } = event);
      }
      if (type === settings.gapEvent) wasm.tell(source, GAP, 0);
      if (settings.dropReplays) {
        write(wasm, `${id}\r${type}\r${event.data}`);
        newest = "";
        const found = wasm.replayed(source, 1);
        if (found === REPLAY) {
          host.stats.replays++;
          return;
        }
        if (found === REUSED) host.reused?.(id);
      }
      host.event?.(type, event.data, lastEventId, origin);
    };

    const lost = (forGood: boolean) => {
      if (forGood) fail(REFUSED);
      else fail(NETWORK, ": EventSource hides why", {}, INTERRUPTED);
    };

    const answered = ({ status, headers, url }: Response) => {
      // [spec] Otherwise, if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then
      // fail the connection.
      if (status !== 200 || !eventStream.test(`${headers.get("content-type")}`)) {
        // It came in time; its body takes what it takes.
        clearTimeout(timer);
        return false;
      }
      answer = { httpStatus: status, headers };
      // What a service worker makes up has no URL.
      if (url) origin = new URL(url).origin;
      const { signal } = controller;
      opened();
      const header = headers.get(settings.gapHeader);
      // Whoever heard of the opening may have let go of it.
      if (asked && header !== null && !signal.aborted) {
        // A header's value is a byte string: one character for each byte.
        const got = decoder.decode(Uint8Array.from(header, (char) => char.charCodeAt(0)));
        if (got !== asked) {
          wasm.tell(source, GAP, 0);
          host.gap?.(asked, got);
        }
      }
      return true;
    };

    const refused = ({ status, headers }: Response, bodyText: string) => {
      const details = { status, headers, bodyText };
      if (status === 200) return fail(CONTENT_TYPE, ` ${headers.get("content-type")}`, details);
      const doubt = asked && [400, 431].includes(status) ? ", maybe due to the last event ID" : "";
      fail(STATUS, ` ${status}${doubt}`, details);
    };

    const chunk = (bytes: Uint8Array) => {
      const { signal } = controller;
      write(wasm, bytes);
      const idBefore = lastEventId;
      const found = wasm.feed(source, now());
      const { replays, ...events } = readEvents(wasm);
      const { names } = events.wanted;
      if (found & HAS_ID) {
        lastEventId = idOf(names);
        identified = true;
      }
      host.stats.replays = replays;
      host.batch({
        ...events,
        origin,
        idBefore,
        lastEventId: found & IS_BEHIND ? undefined : lastEventId,
      });
      if (found & HAS_REUSED) host.reused?.(reusedIdOf(names));
      // A handler may have asked for another connection, which must not suffer for this one.
      if (found & HAS_TOO_LARGE && !signal.aborted) fail(TOO_LARGE);
    };

    /** Reports a failure; as what `told` stands for, if that is given and the application does not forbid it. */
    const fail = (number: number, detail?: string, details: EventSourceErrorDetails = {}, told?: number) => {
      // It has failed already.
      if (asking === controller.signal) return;
      const { status = 0, headers } = details;
      const cause = failure(causes[number] as FailureCode, detail, details);
      const attempt = wasm.attempt(source, number, status);
      const failedAttempt = { attempt: Math.abs(attempt), retryable: attempt > 0, cause };
      const judged = (word: boolean | undefined) => {
        // Whoever was asked may have taken another connection, or none.
        if (signal.aborted) return;
        failed = cause;
        if (told && word !== false) tell(told);
        else {
          const verdict = Number(word ?? NO_VERDICT);
          tell(FAILED, status, number, retryAfterMs(headers?.get("retry-after")), verdict);
        }
      };
      let { signal } = controller;
      const answer = host.shouldRetry?.(failedAttempt);
      if (!answer) return judged(ask("shouldRetry", retry.shouldRetry, failedAttempt));
      // Nothing more is heard of it meanwhile, unless the browser goes on by itself.
      if (!told) {
        release();
        controller = new AbortController();
        signal = controller.signal;
      }
      asking = signal;
      answer.then((word) => {
        if (asking !== signal) return;
        asking = undefined;
        judged(word);
      });
    };

    write(wasm, `${lastEventId}\r${settings.gapEvent}`);
    // That of its location is none where a frame's document is part of the page.
    const page = globalThis.location && globalThis.origin;
    let source = wasm.create(
      flags(
        transport === "eventsource",
        transport === "fetch",
        settings.onlyFetch || !globalThis.EventSource,
        // Where there is no page, nothing asks for a preflight.
        !!page && page !== origin,
        settings.ownRetry,
        !!lastEventIdParam,
        request === "idempotent",
        request === "once",
        settings.dropReplays === false,
      ),
      retry.initialMs,
      retry.maxMs,
      retry.factor,
      retry.maxAttempts,
      retry.stableMs,
      settings.connectTimeoutMs,
      settings.idleMs,
      settings.eventLimit,
      Math.random(),
    );

    // A server on the same machine is there whatever becomes of the network.
    const isLocal = /(^|\.)localhost$|^127\.[\d.]+$|^\[::1]$/.test(hostname);
    const ignored = [isLocal && OFFLINE, ...(settings.hidden === "pause" ? [] : [HIDDEN, VISIBLE])];
    let unwatch = () => {};

    return {
      start() {
        // A page in the back/forward cache has no connections, whatever was asked for.
        if (settings.hidden)
          unwatch = watch((what, cached) => {
            pace.end(what === WAKE);
            if (cached || !ignored.includes(what)) tell(what);
          });
        tell(START);
      },
      listen(type, wanted) {
        write(wasm, type);
        wasm.listen(source, Number(wanted));
        if (!type) return;
        types[wanted ? "add" : "delete"](type);
        listen?.(type, wanted);
      },
      reconnect: () => tell(RECONNECT),
      close() {
        unwatch();
        release();
        clearTimeout(timer);
        wasm.destroy(source);
        // Which is no source: the loop that may have called us finds nothing more to do.
        source = 0;
      },
    };
  };
