import { connect, type TypedEventSource } from "typed-eventsource";
import { byId, part } from "./dom.js";
import { Panel } from "./panel.js";
import { RefusalView, refusals } from "./refusals.js";
import { post } from "./server.js";
import { setting, streamUrl, watchful } from "./streams.js";

/** The events of this stream: they have no type of their own, and each is the next word as it is. */
interface Answer {
  message: string;
}

export function showAnswer(): void {
  const panel = new Panel("answer", ask);
  const form = part<HTMLFormElement>(panel.element, "form");
  const question = part<HTMLSelectElement>(form, "[name=question]");
  const refusal = part<HTMLSelectElement>(form, "[name=server]");
  const text = byId("answer-text");
  const refused = new RefusalView(byId("answer-refusal"));
  let token: string | undefined;
  let source: TypedEventSource<Answer> | undefined;

  async function logIn(login?: { uses: number }): Promise<void> {
    token = (await post<{ token: string }>("/tokens/login", login)).token;
  }

  async function refresh(): Promise<void> {
    await logIn();
    panel.note({ tone: "reconnecting", word: "status 401", details: "got a new token" });
  }

  async function ask(): Promise<void> {
    source?.close();
    text.textContent = "";
    refused.clear();
    const { uses, path } = refusals[refusal.value] ?? {};
    // The refusal is for one question.
    refusal.selectedIndex = 0;
    if (uses !== undefined) await logIn({ uses });
    if (path) await panel.line(path);

    // The user may have asked again meanwhile.
    source?.close();
    // A screen reader reads the answer as a whole at its end, not word by word.
    text.ariaBusy = "true";
    const parameters = { auth: "bearer", everyMs: setting("tokensEveryMs", 150) };
    source = connect<Answer>(streamUrl("/tokens", "answer", parameters), {
      ...watchful,
      method: "POST",
      // The same question has the same answer, from the start.
      idempotent: true,
      body: JSON.stringify({ question: question.value }),
      headers: async ({ cause }) => {
        if (!token) await logIn();
        // This comes after a refresh: no other 401 is followed by an attempt.
        if (cause?.status === 401) refused.show(cause, "Got a new token, and asked again.");
        return { authorization: `Bearer ${token}`, "content-type": "application/json" };
      },
      refresh,
      defaultDecode: "text",
      until: (event) => event.data === "[DONE]",
    });
    source.on("message", (event) => {
      panel.take(event);
      text.append(event.data);
    });
    panel.follow(source, 1, () => {
      text.textContent = "";
    });
    source.onState((state) => {
      refused.follow(state);
      if (state.status === "closed") text.ariaBusy = "false";
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    panel.settle(ask);
  });
  panel.settle(ask);
}
