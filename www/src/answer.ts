import { connect, type TypedEventSource } from "typed-eventsource";
import { byId, part } from "./dom.js";
import { Panel } from "./panel.js";
import { setting, streamUrl, watchful } from "./streams.js";

/** What the server sends on this stream: events without a type of their own, each the next word as it is. */
interface Answer {
  message: string;
}

export function showAnswer(): void {
  const panel = new Panel("answer", ask);
  const form = part<HTMLFormElement>(panel.element, "form");
  const picker = part<HTMLSelectElement>(form, "select");
  const text = byId("answer-text");
  let source: TypedEventSource<Answer> | undefined;

  function ask(): void {
    source?.close();
    text.textContent = "";
    // Read out as a whole at its end, not word by word.
    text.ariaBusy = "true";
    const parameters = { question: picker.value, everyMs: setting("tokensEveryMs", 150) };
    source = connect<Answer>(streamUrl("/tokens", "answer", parameters), {
      ...watchful,
      transport: "fetch",
      defaultDecode: "text",
      until: (event) => event.data === "[DONE]",
    });
    source.on("message", (event) => {
      panel.take(event);
      text.append(event.data);
    });
    panel.follow(source, 1);
    source.onState(({ status }) => {
      if (status === "closed") text.ariaBusy = "false";
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  ask();
}
