import type { Headers } from "../base/index.js";

/** One value of a header's list: commas in quoted strings are part of it. */
const values = /(?:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

/** A MIME type, with any parameters. */
const mimeType = /^[\t\n\r ]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[\t\n\r ]*(?:;|$)/;

/**
 * Whether a response says that it is an event stream. A server may send several `Content-Type` headers, which fetch gives
 * joined by commas.
 *
 * @see https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
export const isEventStream = (headers: Headers): boolean =>
  headers
    .get("content-type")
    ?.match(values)
    ?.map((value) => mimeType.exec(value)?.[1])
    // [spec] If temporaryMimeType is failure or its essence is "*/*", then continue.
    .filter((type) => type && type !== "*/*")
    .at(-1)
    ?.toLowerCase() === "text/event-stream";
