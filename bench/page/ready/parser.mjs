/** The parser most peers use: once there is one. */
import { createParser } from "eventsource-parser";

export const ready = () => createParser({ onEvent() {} });
