// Written by typed-eventsource-contract. Change the Rust enum instead.

/** The events of the stream. */
export interface HeartRate {
  /** Beats per minute. */
  heartRate: number;
  /** Some are missing here. */
  gap: Gap;
}

/** The events of the stream. */
export interface Orders {
  /** The order went on. */
  orderUpdate: OrderUpdate;
}

/** The events of the stream. */
export interface Notifications {
  /** Something was published. */
  notification: Headline;
  /** Some are missing here. */
  gap: Gap;
}

/** The events of a job's stream. */
export interface Job {
  /** How far it has come. */
  progress: Progress;
  /** It is over. */
  done: Done;
  /** The client asked for what has not happened yet: this is the start of the job. */
  gap: Gap;
}

/** The events of the stream. */
export interface Logs {
  /** Something was logged. */
  log: Entry;
  /** Some are missing here. */
  gap: Gap;
}

/** The events of the stream. */
export interface Readings {
  /** Eight little-endian 32-bit floats as base64, which is no JSON. */
  reading: string;
  /** Some are missing here. */
  gap: Gap;
}

/** A job is over. */
export interface Done {
  /** How long it took. */
  seconds: number;
}

/** One entry of the log. */
export interface Entry {
  /** How bad it is. */
  level: Level;
  /** What happened. */
  message: string;
  /** When it happened: RFC 3339, in UTC. */
  at: string;
}

/** The data of a `gap` event: what a client asked to resume from is no more, or was never there. */
export interface Gap {
  /** The last event ID that the client sent, or after which it lost something. */
  asked: string;
  /** The oldest ID that follows, if there is one already. */
  oldest: string | null;
}

/** A notification without its text, which is asked for by the id of the event. */
export interface Headline {
  /** What it is about. */
  title: string;
  /** When it was published: RFC 3339, in UTC. */
  at: string;
}

/** How bad something is. */
export type Level = "info" | "warn" | "error";

/** The data of an `orderUpdate` event. */
export interface OrderUpdate {
  /**
   * The number of the order.
   *
   * An integer that JavaScript has exactly up to 2^53.
   */
  orderId: number;
  /** How far the order has come. */
  status: Status;
  /** When it came there: RFC 3339, in UTC. */
  at: string;
}

/** How far a job has come. */
export interface Progress {
  /** Of a hundred. */
  percent: number;
  /** What is being done, in words. */
  step: string;
}

/** How far an order has come. */
export type Status = "Placed" | "Cooking" | "Out for delivery" | "Delivered";
