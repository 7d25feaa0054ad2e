/** What Web IDL makes of the interface in the standard. */

import assert from "node:assert/strict";
import { browserSuite } from "../npm/support/browser.mjs";
import { both, run } from "./support/both.mjs";

browserSuite("the interface", (open) => {
  both("each property is where it belongs, and like it has to be", async (t, one) => {
    const { page } = await open(t);
    const seen = await run(page, one, (EventSource) => {
      const describe = (object) =>
        Object.fromEntries(
          Reflect.ownKeys(object).map((key) => {
            const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key);
            const code = (f) => f && [f.name, f.length];
            const what = typeof value === "function" ? code(value) : get ? [code(get), code(set)] : value;
            return [String(key), [String(what), ...Object.keys(flags).filter((flag) => flags[flag])]];
          }),
        );
      const { prototype, ...own } = describe(EventSource);
      return {
        own,
        prototype: prototype.slice(1),
        members: describe(EventSource.prototype),
        inherits: [
          Object.getPrototypeOf(EventSource) === EventTarget,
          Object.getPrototypeOf(EventSource.prototype) === EventTarget.prototype,
          EventSource.prototype.constructor === EventSource,
        ],
      };
    });
    // [Web IDL] constants are enumerable and nothing else; attributes and operations can also be replaced.
    const constants = {
      CONNECTING: ["0", "enumerable"],
      OPEN: ["1", "enumerable"],
      CLOSED: ["2", "enumerable"],
    };
    const readOnly = (name) => [`get ${name},0,`, "enumerable", "configurable"];
    const handler = (name) => [`get ${name},0,set ${name},1`, "enumerable", "configurable"];
    assert.deepEqual(seen, {
      own: { ...constants, length: ["1", "configurable"], name: ["EventSource", "configurable"] },
      prototype: [],
      members: {
        ...constants,
        url: readOnly("url"),
        withCredentials: readOnly("withCredentials"),
        readyState: readOnly("readyState"),
        onopen: handler("onopen"),
        onmessage: handler("onmessage"),
        onerror: handler("onerror"),
        close: ["close,0", "writable", "enumerable", "configurable"],
        constructor: ["EventSource,1", "writable", "configurable"],
        "Symbol(Symbol.toStringTag)": ["EventSource", "configurable"],
      },
      inherits: [true, true, true],
    });
  });

  both("nothing but an instance will do as `this`", async (t, one) => {
    const { page } = await open(t);
    const thrown = await run(page, one, (EventSource) => {
      const members = Object.getOwnPropertyDescriptors(EventSource.prototype);
      const called = [];
      for (const [name, { get, set, value }] of Object.entries(members))
        for (const f of [get, set, name === "close" && value].filter(Boolean))
          for (const foreign of [{}, new EventTarget(), Object.create(EventSource.prototype)])
            try {
              called.push([name, f.call(foreign)]);
            } catch (error) {
              called.push(error.constructor === TypeError);
            }
      return called;
    });
    assert.equal(thrown.length, 30);
    assert.ok(
      thrown.every((is) => is === true),
      JSON.stringify(thrown),
    );
  });

  both("the constructor takes what the standard says", async (t, one) => {
    const { page } = await open(t);
    const seen = await run(page, one, (EventSource) => {
      const thrown = (make) => {
        try {
          make().close();
          return "nothing";
        } catch (error) {
          return `${error instanceof DOMException ? "DOMException " : ""}${error.name}`;
        }
      };
      const of = (...all) => {
        const source = new EventSource(...all);
        source.close();
        return [source.url, source.withCredentials];
      };
      return {
        thrown: {
          "without new": thrown(() => EventSource("/")),
          "no URL": thrown(() => new EventSource()),
          "no string": thrown(() => new EventSource(Symbol.iterator)),
          "no host": thrown(() => new EventSource("http://")),
          "an open bracket": thrown(() => new EventSource("http://[/")),
          "a number as init": thrown(() => new EventSource("/", 1)),
          "a string as init": thrown(() => new EventSource("/", "withCredentials")),
          "a function as init": thrown(() => new EventSource("/", () => {})),
        },
        urls: [
          of("/a?b=ü#c"),
          of("x"),
          of(""),
          of(undefined),
          of(null),
          of(new URL("http://a.test:80/ä")),
          of({ toString: () => "../y" }),
          of("//other.test"),
          of("/", null),
          of("/", undefined),
          of("/", { withCredentials: 1, unknown: true }),
          of("/", { withCredentials: "" }),
          of("/", Object.create({ withCredentials: true })),
        ],
        tag: String(new EventSource("/")),
        sub: new (class Sub extends EventSource {})("/") instanceof EventSource,
      };
    });
    const { origin } = new URL(page.url());
    assert.deepEqual(seen, {
      thrown: {
        "without new": "TypeError",
        "no URL": "TypeError",
        "no string": "TypeError",
        "no host": "DOMException SyntaxError",
        "an open bracket": "DOMException SyntaxError",
        "a number as init": "TypeError",
        "a string as init": "TypeError",
        "a function as init": "nothing",
      },
      urls: [
        [`${origin}/a?b=%C3%BC#c`, false],
        [`${origin}/x`, false],
        [`${origin}/healthz`, false],
        [`${origin}/undefined`, false],
        [`${origin}/null`, false],
        ["http://a.test/%C3%A4", false],
        [`${origin}/y`, false],
        ["http://other.test/", false],
        [`${origin}/`, false],
        [`${origin}/`, false],
        [`${origin}/`, true],
        [`${origin}/`, false],
        [`${origin}/`, true],
      ],
      tag: "[object EventSource]",
      sub: true,
    });
  });

  both("URLs are relative to the document's base, in the document's encoding", async (t, one) => {
    const { page } = await open(t, { path: "/fixtures/latin.html" });
    const url = await run(page, one, (EventSource) => {
      const source = new EventSource("feed?é");
      source.close();
      return source.url;
    });
    assert.equal(url, "http://base.test/below/feed?%E9");
  });

  both("event handler attributes are those of HTML", async (t, one) => {
    const { page } = await open(t);
    const seen = await run(page, one, (EventSource) => {
      const source = new EventSource("/");
      const kept = [null, undefined, 0, "f", Symbol.iterator, {}, () => {}].map((value) => {
        source.onopen = value;
        return source.onopen === value ? "kept" : String(source.onopen);
      });
      // An object that is no function is called no more than anything else that is none.
      source.onopen = { handleEvent: () => order.push("object") };

      const order = [];
      const note = (name) => (event) => {
        order.push(name);
        return event.type !== "message";
      };
      source.addEventListener("message", note("first"));
      source.onmessage = note("replaced");
      source.addEventListener("message", note("second"));
      source.onmessage = function (event) {
        order.push(["attribute", this === source, event.currentTarget === source]);
        return false;
      };
      const fire = (type) => {
        const event = new Event(type, { cancelable: true });
        source.dispatchEvent(event);
        order.push(event.defaultPrevented);
      };
      fire("message");
      source.onmessage = null;
      fire("message");
      source.onmessage = note("again");
      fire("message");
      fire("open");
      source.close();
      return { kept, order };
    });
    assert.deepEqual(seen, {
      kept: ["kept", "null", "null", "null", "null", "kept", "kept"],
      order: [
        // Its place is that of the first function that was set.
        ...["first", ["attribute", true, true], "second", true],
        ...["first", "second", false],
        // Set to null it has lost its place. Only `false` counts, and a listener's result does not.
        ...["first", "second", "again", true],
        false,
      ],
    });
  });
});
