/** What each app shows, whatever it is made with. */

export const options = {
  initial: 0,
  reduce: { tick: (count) => count + 1 },
  recent: 3,
  retry: { initialMs: 0, maxMs: 1 },
};

export const shown = ({ state, latest, value, recent, error }) =>
  JSON.stringify({
    state: state.status,
    latest: latest.tick?.data.n ?? null,
    value,
    recent: recent.length,
    error: error?.code ?? null,
  });
