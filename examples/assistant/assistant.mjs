import { connect } from "typed-eventsource";

/** The text of an answer, piece by piece, from an API like OpenAI's or Anthropic's. Throws unless the answer is whole. */
export async function* answer(url, { headers, body, signal }) {
  const source = connect(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...body, stream: true }),
    signal,
    until: ({ type, data }) => data === "[DONE]" || type === "message_stop",
  });
  try {
    for await (const { data } of source.events()) {
      if (data.error) throw new Error(data.error.message);
      yield data.choices?.[0]?.delta?.content ?? data.delta?.text ?? "";
    }
  } finally {
    source.close();
  }
}
