/**
 * What the best design found is for each group of targets, by the `design` of `targets.mjs`. It is shown while one of
 * them is missed, below the numbers: so it says how something is done and why, and no numbers that it would have to
 * keep up with.
 */
export const designs = {
  EventSource: {
    name: "over EventSource",
    text: `the browser makes an event object and a string for each event, and calls a listener; of that nothing can be
  left out. The listener decodes the data where native's consumer does, and takes nothing else to the engine unless the
  event has an id or a time has to be watched; what is left is the routing, the \`event\` that handlers get, and that
  one failing handler harms no other.`,
  },
  fetch: {
    name: "over fetch",
    text: `a chunk crosses into WebAssembly as bytes and comes back as the text of all its data and an array of numbers,
  so that there is one call of TextDecoder a chunk and no string for each field. Where data are flat objects, as most
  small ones are, those of some dozen events are parsed by one \`JSON.parse\`, the wasm having looked that none can reach
  into the next: V8 builds a row of objects alike for less than one by one. What is left is what every consumer in
  JavaScript has to do: \`JSON.parse\`, TextDecoder, reading the stream, and the garbage of the values; and for each event
  the look at its handlers, an \`event\` object, and the count of what has been processed.`,
  },
  cold: {
    name: "the first events of a page",
    text: `nothing is compiled to machine code yet: JavaScript runs in V8's interpreter, and WebAssembly as its first compiler
  leaves it, which is fast already. So the work for each byte is done in WebAssembly, and in JavaScript there are as few
  steps for each event as can be. What is left beside that is the start of the engine, which is part of this time.`,
  },
  arrays: {
    name: "in arrays",
    text: `an event takes the same way as one that is delivered alone, up to its handler: there it is put into the array of its
  type, which is handed over at the end of the chunk. What is saved is a call for each event; what is added is the array, and
  the mark by which each event in it counts as processed only once the handler is done.`,
  },
  Rust: {
    name: "Rust, over fetch",
    text: `a chunk is copied once, into a buffer that is used again and again; the parser notes where its events stand,
  and each is decoded by serde_json right from there, without a string in between. An event's type and id are shared,
  not copied. What is left is serde_json, which reads one byte after the other where \`JSON.parse\` of the browser does
  not, and the strings that the decoded values own.`,
  },
  steady: {
    name: "steady streams",
    text: `each wake-up of the page costs far more than the events it brings, so a paced stream puts the next read off
  where the rate is high, and a worker sends what has come in one message. At a low rate there is nothing to put
  together: the browser's own EventSource is used, where its headers allow it, and the package must not wake the page
  for anything else; timers that guard a stream are moved on, not set anew for each event.`,
  },
  unheard: {
    name: "nobody listens",
    text: `the parser passes over the data of types that nobody wants: they are counted, and neither copied nor decoded,
  unless a handler of an event before them could come to want them. What is left is reading the stream, copying the
  chunk into WebAssembly, and finding the ends of its lines.`,
  },
  types: {
    name: "many types",
    text: `handlers stand in a map by event type, and what a type means is looked up once for each chunk.`,
  },
  heap: {
    name: "events that wait",
    text: `a queue holds what came undecoded: a string of the data and the fields that tell where it belongs. The strings
  of types, ids and origin are shared. The text of the data alone is more than the target leaves room for: native's
  events hold it too, and little else.`,
  },
  size: {
    name: "size",
    text: `the engine is one wasm without allocator-heavy dependencies, built with the core library for size and shipped
  as printable characters that brotli compresses like the bytes. All that \`connect()\` can do is in the first download,
  since a chunk of its own would be a round trip more where it is needed. Only the worker's script, with the page's end of
  it, and the engine for pages without WebAssembly are loaded later.`,
  },
  first: {
    name: "the first event of a page",
    text: `nothing is loaded after the import: the wasm, the requests and the paces are part of one file, so that there are
  two round trips, one for the script and one for the stream, as with any other package. A worker's script is loaded when the
  first source asks for a worker: those are the round trips more. What is left without latency is the larger script, and
  the start of the engine.`,
  },
  ready: {
    name: "import to ready",
    text: `the wasm is part of the script, so there is no second round trip, and it is compiled and instantiated at once,
  in the page: to ask another thread takes longer. What is left beside the script is to make bytes of the wasm's text,
  and to compile them.`,
  },
};
