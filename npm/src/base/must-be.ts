/** Throws the error that something has a wrong value. */
export const mustBe = (name: string, allowed: string): never => {
  throw new TypeError(`"${name}" must be ${allowed}`);
};
