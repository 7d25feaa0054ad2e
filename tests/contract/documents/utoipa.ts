// Written by typed-eventsource from an OpenAPI document. Change that instead.

/** The kitchen's events. */
export interface Kitchen {
  /** Degrees. */
  heat: number;
  orderUpdate: Order;
  closed: unknown;
}

/** Orders. */
export interface Orders {
  [eventType: string]: Order;
}

/** An order. */
export interface Order {
  /**
   * Its number.
   *
   * An integer that JavaScript has exactly up to 2^53.
   */
  orderId: number;
  status: Status;
  tags: { [key: string]: number };
  note?: string | null;
}

export type Status = "Placed" | "Delivered";
