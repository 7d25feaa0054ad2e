/** The browser itself. */
import { native } from "../contestants/native.mjs";

export const contestants = { native };
