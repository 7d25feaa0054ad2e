/** Whether the engine is JavaScript, in pages that have no WebAssembly: what is about the wasm itself is not tested then. */
export const withoutWasm = !!process.env.WITHOUT_WEBASSEMBLY;
