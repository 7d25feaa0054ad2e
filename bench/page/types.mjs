/** The event types of the data; `end` comes last. */
export const types = ["bid", "ask"];
