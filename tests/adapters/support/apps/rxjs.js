import { BehaviorSubject, of, switchMap } from "rxjs";
import { eventStream } from "typed-eventsource/rxjs";
import { options, shown } from "./shown.js";

export function start(element) {
  const urls = new BehaviorSubject(undefined);
  const view = Object.assign(document.createElement("p"), { id: "view" });
  const subscription = urls
    .pipe(switchMap((url) => (url === undefined ? of(undefined) : eventStream(url, options).snapshots)))
    .subscribe((snapshot) => {
      view.remove();
      if (!snapshot) return;
      view.textContent = shown(snapshot);
      element.append(view);
    });
  return {
    show: (url) => urls.next(url),
    remount: () => urls.next(urls.value),
    stop: () => subscription.unsubscribe(),
  };
}
