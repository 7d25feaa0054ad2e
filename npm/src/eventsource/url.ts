/** The absolute URL of an event stream. Throws a `SyntaxError` as the standard has it. */
export const absolute = (url: string): string => {
  const { document, location } = globalThis;
  try {
    // Workers have no document, Node has neither.
    const { href } = new URL(url, document?.baseURI ?? location?.href);
    // [spec] encoding-parsing a URL: in the encoding of the document, which `URL` does not know.
    return document ? Object.assign(document.createElement("a"), { href: url }).href || href : href;
  } catch {
    throw new DOMException(`"${url}" is no URL`, "SyntaxError");
  }
};
