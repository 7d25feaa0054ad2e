/** The client of `examples/assistant/` over eventsource-parser, as its documentation would have it. */
import { EventSourceParserStream } from "eventsource-parser/stream";

export async function* answer(url, { headers, body, signal }) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...body, stream: true }),
    signal,
  });
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`);
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of events) {
    if (data === "[DONE]" || event === "message_stop") return;
    const value = JSON.parse(data);
    if (value.error) throw new Error(value.error.message);
    yield value.choices?.[0]?.delta?.content ?? value.delta?.text ?? "";
  }
}
