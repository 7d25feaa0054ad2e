/** The schemes that the URL standard calls special: their host is a domain or an address. */
const special = /^(?:https?|wss?|ftp|file):$/;

/**
 * Code points that no domain may have, as far as a browser's parser may leave them there. Chromium's parser takes some of
 * them, and writes them as `%20` and the like. The colons and brackets of an IPv6 address are not meant.
 *
 * @see https://url.spec.whatwg.org/#forbidden-domain-code-point
 */
const forbidden = /[\s#%/<>?@\\^|]/;

/** Whether the URL standard forbids the host of a URL that a browser's parser has taken. */
export const hasForbiddenHost = ({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean =>
  special.test(protocol) && forbidden.test(hostname);

/** The absolute URL of an event stream. Throws a `SyntaxError` as the standard has it. */
export const absolute = (url: string): string => {
  const { document, location } = globalThis;
  try {
    // Workers have no document, Node has neither.
    const parsed = new URL(url, document?.baseURI ?? location?.href);
    if (!hasForbiddenHost(parsed)) {
      // [spec] encoding-parsing a URL: in the encoding of the document, which `URL` does not know.
      const link = document && Object.assign(document.createElement("a"), { href: url });
      return link?.href || parsed.href;
    }
  } catch {
    // A text that is no URL at all ends here, too.
  }
  throw new DOMException(`"${url}" is no URL`, "SyntaxError");
};
