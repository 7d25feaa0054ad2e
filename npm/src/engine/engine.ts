import { type ConnectionState, type EventSourceError, messageOf } from "../base/index.js";
import { createAlarm } from "./alarm.js";
import {
  BY_GET,
  BY_QUERY,
  END_OF_STREAM,
  ENDED,
  HELD_UP,
  HIDDEN,
  IS_OPEN,
  NETWORK,
  OFFLINE,
  ONLINE,
  OPEN,
  OPENED,
  pauses,
  RECEIVED,
  RECONNECT,
  RECONNECTING,
  RELEASE,
  reasons,
  START,
  TIMEOUT,
  transports,
  VISIBLE,
  WAKE,
} from "./codes.js";
import { openEventSource } from "./event-source.js";
import { createFailures } from "./failures.js";
import { readFetch } from "./fetch.js";
import { createHandle } from "./handle.js";
import type { Link } from "./link.js";
import type { Exports } from "./module.js";
import { createEventSourceHandler } from "./over-event-source.js";
import { createFetchHandler } from "./over-fetch.js";
import { createPace } from "./pace.js";
import { look, watchPage } from "./page.js";
import { type Aim, WrongUrl } from "./request.js";
import type { CreateEngine } from "./seam.js";
import { createTypes } from "./types.js";
import { withParameter } from "./url.js";

/** The hosts of the same machine: a server there can be reached without a network. */
const isLocal = (hostname: string) => /(^|\.)localhost$|^127\.[\d.]+$|^\[::1]$/.test(hostname);

/** Whether the URL is of another origin than the page. Where there is no page, nothing asks for a preflight. */
const isCrossOrigin = (origin: string) => {
  // The location has no origin in a frame whose document is part of the page.
  const page = globalThis.location && globalThis.origin;
  return !!page && page !== origin;
};

/**
 * Makes engines over a wasm module: they carry out what the module decides, and bring it what the browser
 * reports. The module is never on the stack while the host is called. `watch` tells what befalls the page.
 */
export const createEngines =
  (wasm: Exports, watch = watchPage): CreateEngine =>
  (host, url, settings, send) => {
    const { lastEventIdParam, hidden, offline } = settings;
    let { hostname, origin } = new URL(url);
    // Where attempts go to URLs of their own, each is looked at when it is known.
    let isElsewhere = !settings.url && isCrossOrigin(origin);
    const handle = createHandle(wasm, settings, isElsewhere);
    const types = createTypes(settings);
    const pace = createPace(settings.delivery);
    let controller = new AbortController();
    const link: Link = {
      signal: controller.signal,
      asked: "",
      id: settings.lastEventId,
      hasId: false,
      origin,
      isReading: false,
      isReplaced: false,
      answer: undefined,
    };
    let listen: ReturnType<typeof openEventSource> | undefined;
    // Ends the wait of the connection whose bytes have to wait.
    let held: AbortSignal | undefined;
    // The permissions that this attempt needs, and those that were given: 1 is a request, 2 the header Last-Event-ID, too.
    let needed = 1;
    let allowed = 0;
    // Why the connection was last lost.
    let why: EventSourceError | undefined;

    /** Tells the module what happened, and carries out what it decides. */
    const tell = (what: number, ...details: number[]) => {
      // First of all, since the next connection resumes from this id.
      if (link.hasId) handle.identify(link.id);
      handle.tell(what, ...details);
      for (let command = handle.poll(); command; command = handle.poll())
        (command === OPEN ? open : command === RELEASE ? release : notify)();
      alarm.set(handle.due());
    };

    const alarm = createAlarm(() => {
      // While the page slept it heard nothing: that was no silence of the stream.
      look();
      const cause = handle.overdue();
      // A stream that is not read cannot show that it is alive.
      if (held === link.signal) tell(RECEIVED);
      else if (cause) fail(cause);
      else tell(TIMEOUT);
    });

    const open = () => {
      const [id, [carrier, way]] = handle.read();
      // Beside a newer id in the header, an older one in the URL would be two answers to one question.
      const targetOf = (url: string, way: number | undefined) =>
        way && lastEventIdParam
          ? withParameter(url, lastEventIdParam, way === BY_QUERY ? id : undefined)
          : url;
      const aim: Aim = (url) => {
        ({ hostname, origin } = new URL(url));
        link.origin = origin;
        if (isLocal(hostname)) tell(ONLINE);
        isElsewhere = isCrossOrigin(origin);
        // As in `src/protocol/connection/route.rs`, which cannot know the origin.
        const isByHeader =
          way === BY_GET || settings.transport === "fetch" || !lastEventIdParam || !isElsewhere;
        if (!isByHeader) needed = 1;
        return [targetOf(url, isByHeader ? way : way && BY_QUERY), isByHeader];
      };
      const target = targetOf(url, way);
      controller = new AbortController();
      const { signal } = controller;
      Object.assign(link, {
        signal,
        asked: id,
        hasId: false,
        isReading: false,
        isReplaced: false,
        answer: undefined,
      });
      host.stats.attempts++;
      needed = way && way !== BY_QUERY ? 2 : 1;
      const run = async () => {
        if (!carrier) {
          const { withCredentials } = settings;
          listen = openEventSource(target, withCredentials, signal, types.heard(), overEventSource);
          return;
        }
        overEventSource.handOver();
        const attempt = { attempt: Math.abs(handle.attempt(NETWORK, 0)), lastEventId: id, cause: why };
        await readFetch(target, settings, send, signal, attempt, aim, way, overFetch, hold, pace);
        // A refused response has failed already, and the connection is gone.
        signal.throwIfAborted();
        fail(END_OF_STREAM);
      };
      run().catch((cause) => {
        const said = messageOf(cause);
        if (!signal.aborted)
          fail(NETWORK, `: ${said}${hint(said)}`, { cause }, undefined, cause instanceof WrongUrl);
      });
    };

    /** Who may have forbidden the request, which browsers do not say. */
    const hint = (said: string) =>
      !isElsewhere || allowed >= needed || !/^(?:Failed to f|NetworkE|Load f)/.test(said)
        ? ""
        : allowed
          ? " (does CORS allow Last-Event-ID?)"
          : " (do CORS and connect-src allow it?)";

    const release = () => {
      held = undefined;
      forget();
      controller.abort();
      pace.end();
    };

    /** Waits until the next bytes may be read. */
    const hold = (wait = host.hold?.()) => {
      const { signal } = link;
      held = wait && signal;
      return wait?.then(() => {
        if (held === signal) held = undefined;
        if (!signal.aborted) handle.tell(RECEIVED);
      });
    };

    const notify = () => {
      const [resumedFrom, numbers] = handle.read();
      const [status, attempt, detail, number] = numbers as [number, number, number, number];
      const waitMs = handle.wait();
      const cause = errorOf(number);
      const states = [
        { status: "connecting", attempt },
        { status: "open", transport: transports[detail], resumedFrom, ...link.answer },
        { status: "reconnecting", attempt, waitMs: waitMs >= 0 ? Math.round(waitMs) : null, cause },
        { status: "paused", why: pauses[detail] },
        {
          status: "closed",
          reason: reasons[detail],
          ...(detail === ENDED && { by: "response" }),
          ...(cause && { cause }),
        },
      ];
      if (status === IS_OPEN) link.asked = resumedFrom;
      if (status === RECONNECTING) why = cause;
      host.changed(states[status] as ConnectionState);
    };

    const opened = () => {
      // The browser may have mended the connection before the application answered.
      forget();
      allowed = Math.max(allowed, needed);
      host.stats.opened++;
      tell(OPENED);
    };

    const reconnect = () => tell(RECONNECT);
    const { fail, forget, errorOf } = createFailures(host, settings.retry, handle, link, tell, release);
    const overFetch = createFetchHandler(host, settings, handle, link, opened, fail, reconnect, alarm.clear);
    const overEventSource = createEventSourceHandler(host, settings, handle, link, opened, fail, alarm.isSet);

    const isIgnored = (what: number) =>
      what === OFFLINE
        ? offline === "ignore" || isLocal(hostname)
        : hidden !== "pause" && (what === HIDDEN || what === VISIBLE);
    let unwatch = () => {};

    return {
      start() {
        // A page in the back/forward cache has no connections, whatever was asked for.
        if (hidden)
          unwatch = watch((what, cached) => {
            pace.end(what === WAKE || what === HELD_UP);
            if (cached || !isIgnored(what)) tell(what);
          });
        tell(START);
      },
      listen(type, wanted) {
        types.want(type, wanted);
        handle.listen(type, types.isRead(type));
        if (type) listen?.(type, types.isHeard(type));
      },
      reconnect() {
        if (link.isReading) link.isReplaced = true;
        else reconnect();
      },
      close() {
        unwatch();
        release();
        alarm.clear();
        handle.destroy();
      },
    };
  };
