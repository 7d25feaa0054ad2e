// Written by typed-eventsource from an OpenAPI document. Change that instead.

/** Each order, as it goes on. */
export interface OrdersOrdersStreamGet {
  [eventType: string]: Order;
}

/** Chat */
export interface Chat {
  [eventType: string]: string;
}

/** An order. */
export interface Order {
  id: number;
  status: Status;
  at: string;
  note?: string | null;
  tags?: { [key: string]: number };
}

export type Status = "placed" | "delivered";
