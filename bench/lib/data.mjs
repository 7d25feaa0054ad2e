/** The event streams that are sent: for each class of data a lap of events, which the server repeats. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The first event's number in each lap; from event to event it goes up by one. */
const first = 1000;

/** As an irregular feed has them. */
const types = ["bid", "ask"];

/** The classes of data: how many events a lap has, of how many bytes of JSON each, and what they look like. */
export const classes = {
  "40b": { name: "40 B", events: 4000, bytes: 40, make: quote },
  "100b": { name: "100 B", events: 4000, bytes: 100, make: order },
  "1kb": { name: "1 KB", events: 500, bytes: 1024, make: page },
  "16kb": { name: "16 KB", events: 64, bytes: 16_384, make: table },
  text: { name: "300 B, not ASCII", events: 2000, bytes: 300, make: message },
  "100b-ids": { name: "100 B with ids", events: 4000, bytes: 100, make: order, ids: true },
};

/**
 * Writes the laps into `streams/` of a folder; gives for each how many events it has, what they sum up to, and what the
 * first ones do, by their count.
 */
export async function writeStreams(folder) {
  await mkdir(join(folder, "streams"), { recursive: true });
  const laps = {};
  for (const [id, { events, bytes, make, ids }] of Object.entries(classes)) {
    const random = randomNumbers(1);
    let text = "";
    let sum = 0;
    const sums = [sum];
    for (let n = first; n < first + events; n++) {
      const check = 10_000 + Math.floor(random() * 90_000);
      sum += check;
      sums.push(sum);
      const type = types[Math.floor(random() * types.length)];
      const data = fit((note) => JSON.stringify({ n, ...make(random, note), check }), bytes);
      text += `event: ${type}\n${ids ? `id: ${n}\n` : ""}data: ${data}\n\n`;
    }
    await writeFile(join(folder, "streams", id), text);
    laps[id] = { events, sum, sums, bytes: Buffer.byteLength(text) };
  }
  return laps;
}

/** How a stream of so many events is asked for, and what they sum up to. */
export function streamOf(data, lap, events) {
  const laps = Math.floor(events / lap.events);
  const more = events % lap.events;
  return { url: `/streams/${data}?laps=${laps}&more=${more}`, sum: laps * lap.sum + lap.sums[more] };
}

/** The same numbers from 0 to 1 for the same seed. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The text with a note so long that it has so many bytes. */
function fit(make, bytes) {
  const missing = bytes - Buffer.byteLength(make(""));
  if (missing < 0) throw new Error(`data of ${bytes} bytes were to be made, and are ${-missing} longer`);
  return make("lorem ipsum dolor sit amet ".repeat(Math.ceil(missing / 27)).slice(0, missing));
}

/** A price with two decimals, from 1,000 to 2,000. */
const price = (random) => 1000.01 + Math.floor(random() * 9999) / 10 + Math.floor(random() * 9) / 100;
const money = (random) => Number(price(random).toFixed(2));
const pick = (random, all) => all[Math.floor(random() * all.length)];
const whole = (random, from, to) => from + Math.floor(random() * (to - from));
const time = (random) => new Date(1_795_000_000_000 + whole(random, 0, 86_400_000)).toISOString();

function quote(random) {
  // Of the same length, always.
  return { price: whole(random, 1000, 9999) + 0.25 };
}

function order(random, note) {
  const status = pick(random, ["new", "paid", "sent"]);
  return { orderId: whole(random, 100_000, 999_999), status, at: time(random), note };
}

function page(random, note) {
  const name = pick(random, ["Ada Lovelace", "Alan Turing", "Grace Hopper"]);
  const item = () => ({
    sku: whole(random, 100_000, 999_999),
    title: pick(random, ["a box of screws", 'a roll of "tape"', "a spare wheel"]),
    quantity: whole(random, 1, 99),
    price: money(random),
  });
  const customer = { name, email: "someone@example.org", city: "Vienna", vip: random() < 0.1 };
  return { customer, items: Array.from({ length: 10 }, item), note };
}

function table(random, note) {
  const row = () => ({
    symbol: pick(random, ["ACME", "GLOBEX", "INITECH"]),
    bid: money(random),
    ask: money(random),
    volume: whole(random, 1, 1_000_000),
    at: time(random),
  });
  return { rows: Array.from({ length: 160 }, row), note };
}

function message(random, note) {
  const author = pick(random, ["Ελένη", "Дмитрий", "小林"]);
  const text = pick(random, [
    "今日は市場が静かでしたが、夕方に大きな動きがありました。詳細は明日お知らせします 📈",
    "Сегодня на рынке было тихо, но к вечеру всё изменилось. Подробности завтра 📉",
    "Η αγορά ήταν ήσυχη σήμερα, αλλά το βράδυ άλλαξαν όλα. Λεπτομέρειες αύριο 🎉",
  ]);
  return { author, text, note };
}
