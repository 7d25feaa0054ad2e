// Components are compiled in the page: an app's build would do so before.
import "@angular/compiler";
import { Component, computed, provideZonelessChangeDetection, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { injectEventStream } from "typed-eventsource/angular";
import { options, shown } from "./shown.js";

export async function start(element) {
  const url = signal();
  const number = signal(0);

  class View {
    stream = injectEventStream(url, options);
    text = computed(() => {
      const { state, latest, value, recent, error } = this.stream;
      return shown({
        state: state(),
        latest: latest(),
        value: value(),
        recent: recent(),
        error: error(),
      });
    });
  }
  Component({ selector: "app-view", template: `<p id="view">{{ text() }}</p>` })(View);

  class Page {
    views = computed(() => (url() === undefined ? [] : [number()]));
  }
  Component({
    selector: "app-page",
    imports: [View],
    template: "@for (view of views(); track view) { <app-view /> }",
  })(Page);

  const page = document.createElement("app-page");
  element.append(page);
  const app = await bootstrapApplication(Page, { providers: [provideZonelessChangeDetection()] });
  return {
    show(next) {
      url.set(next);
      app.tick();
    },
    remount() {
      number.update((before) => before + 1);
      app.tick();
    },
    stop: () => app.destroy(),
  };
}
