/** Where the time goes of those that miss a target, and of those they are measured by. */
import { grouped } from "./groups.mjs";
import { floodProfile, linesIn, steadyProfile } from "./profile.mjs";
import { toProfile } from "./targets.mjs";

/** Gives, for each class of data or rate, the microseconds per event of each group of each contestant. */
export async function spent(page, folder, measured, { ms, steadyMs }) {
  const groupOf = await linesIn(folder);
  const all = [];
  for (const { data, rate, ids } of toProfile(measured)) {
    console.log(`profiles: ${data ?? `${rate} events/s`}`);
    const columns = [];
    for (const id of ids) {
      const { profile, events } = data
        ? await floodProfile(page, id, data, ms)
        : await steadyProfile(page, id, rate, steadyMs);
      const times = Object.entries(grouped(profile, groupOf));
      columns.push({ id, groups: Object.fromEntries(times.map(([group, time]) => [group, time / events])) });
    }
    all.push({ data, rate, columns });
  }
  return all;
}
