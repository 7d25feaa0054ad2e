import { connect, type TypedEventSource } from "typed-eventsource";
import { announce } from "./announce.js";
import { byId, make, part, timeOf } from "./dom.js";
import type { Headline, Notifications } from "./events.js";
import { Panel } from "./panel.js";
import { get, post } from "./server.js";
import { streamUrl, watchful } from "./streams.js";

/** How many notices are listed. */
const kept = 30;

export function showNotifications(): void {
  const panel = new Panel("notifications", start);
  const list = byId("notices");
  const bell = byId("bell");
  let source: TypedEventSource<Notifications> | undefined;

  function start(): void {
    source?.close();
    source = connect<Notifications>(streamUrl("/notifications", "notifications"), watchful);
    source.on("notification", (event) => {
      panel.take(event);
      add(event.lastEventId, event.data);
    });
    source.on("gap", ({ data }) => panel.gap(data));
    panel.follow(source);
  }

  function add(id: string, notice: Headline): void {
    byId("notices-empty").hidden = true;
    list.prepend(entryOf(id, notice));
    while (list.children.length > kept) list.lastElementChild?.remove();
    count();
    announce("New notification", notice.title);
  }

  function entryOf(id: string, { title, at }: Headline): HTMLLIElement {
    const entry = make("li", "unread");
    const opener = make("button", "notice");
    opener.type = "button";
    opener.ariaExpanded = "false";
    opener.append(make("span", "title", title), timeOf(new Date(at)));
    const details = make("p", "details");
    details.hidden = true;
    opener.addEventListener("click", () =>
      panel.settle(async () => {
        const open = opener.ariaExpanded !== "true";
        opener.ariaExpanded = String(open);
        details.hidden = !open;
        entry.className = "";
        count();
        if (!open || details.textContent) return;
        const { text } = await get<{ text: string }>(`/notifications/${id}`);
        details.textContent = text || "It has no text.";
      }),
    );
    entry.append(opener, details);
    return entry;
  }

  function count(): void {
    const unread = list.querySelectorAll(".unread").length;
    part(bell, ".count").textContent = String(unread);
    bell.classList.toggle("ringing", unread > 0);
    bell.ariaLabel = `${unread} unread; mark all as read`;
  }

  bell.addEventListener("click", () => {
    for (const entry of list.querySelectorAll(".unread")) entry.className = "";
    count();
  });

  const form = part<HTMLFormElement>(panel.element, "form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { title = "", text = "" } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    panel.settle(async () => {
      await post("/notifications", { title: title.trim(), text });
      form.reset();
    });
  });

  start();
  greet(source, panel);
}

/** Publishes something: the stream tells only what is published from now on. */
function greet(source: TypedEventSource<Notifications> | undefined, panel: Panel): void {
  const opened = source?.onState(({ status }) => {
    if (status !== "open") return;
    opened?.unsubscribe();
    const title = "This page is open";
    const text =
      "Only title and id came over the stream. This text was fetched by a normal request when you opened it.";
    panel.settle(() => post("/notifications", { title, text }));
  });
}
