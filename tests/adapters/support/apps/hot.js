import * as runtime from "react-refresh/runtime";

runtime.injectIntoGlobalHook(globalThis);
