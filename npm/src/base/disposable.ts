/**
 * Makes `using` dispose of a value.
 *
 * The symbol is looked up late, and where it is missing under the name that esbuild and Babel fall back to.
 */
export const disposable = <T extends object>(value: T, dispose: () => void): T & Disposable =>
  Object.defineProperty(value, Symbol.dispose ?? Symbol.for("Symbol.dispose"), {
    value: dispose,
  }) as T & Disposable;
