/** The value of an event handler attribute. An object that is no function is kept, and never called. */
export type Callback = ((this: EventTarget, event: Event) => unknown) | object | null;

/** One event handler attribute of a target. */
export interface EventHandler {
  get(): Callback;
  set(value: unknown): void;
}

// Not a method: a subclass may have one of this name, which the browser's class would not call.
const { addEventListener, removeEventListener } = EventTarget.prototype;

/**
 * Makes an event handler attribute, such as `onmessage` for the event type `message`.
 *
 * @see https://html.spec.whatwg.org/multipage/webappapis.html#event-handlers
 */
export const eventHandler = (target: EventTarget, type: string): EventHandler => {
  let callback: Callback = null;
  const listener = (event: Event) => {
    if (typeof callback !== "function") return;
    // [spec] If return value is false, then set event's canceled flag.
    if (Reflect.apply(callback, event.currentTarget, [event]) === false) event.preventDefault();
  };
  return {
    get: () => callback,
    set(value) {
      // [spec] LegacyTreatNonObjectAsNull
      callback = Object(value) === value ? (value as object) : null;
      // It is a listener from when it is first set until it is set to null: one that is there already keeps its place.
      Reflect.apply(callback ? addEventListener : removeEventListener, target, [type, listener]);
    },
  };
};
