/** Whether a text is a name in JavaScript, of those in ASCII. */
export const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);

/** The name of a type: those of schemas may have characters that TypeScript does not know. */
export const identifier = (name: string): string => {
  const clean = name.replace(/[^\p{Alphabetic}\p{N}$]/gu, "_");
  return /^[0-9]/.test(clean) ? `_${clean}` : clean;
};
