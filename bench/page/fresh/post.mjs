/** A request as assistants get it. */
export const post = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ messages: [{ role: "user", content: "hello" }] }),
};
