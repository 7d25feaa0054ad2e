/** This package: once its engine runs. */
import { init } from "typed-eventsource";

export const ready = () => init();
