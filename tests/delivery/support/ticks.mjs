/** The events of the test server's generator, made once more: for the page that checks them, and for the test. */

/** 64 characters that JSON does not escape. */
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const u64 = (bits) => BigInt.asUintN(64, bits);

/** The mixing function of SplitMix64, as in `server/src/mix.rs`. */
function mix(bits) {
  bits = u64((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = u64((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  return bits ^ (bits >> 31n);
}

/** The data of event `n`, as in `server/src/scenarios/generator.rs`, for pads of at most 80 characters. */
export function data(n, { seed, bytes }) {
  const length = Math.max(0, bytes - `{"n":${n},"pad":""}`.length);
  let pad = "";
  let state = mix(BigInt(seed) ^ mix(BigInt(n)));
  while (pad.length < length) {
    state = u64(state + 0x9e3779b97f4a7c15n);
    // Six bits choose a character; ten characters use up a number. Two halves, which are quicker than one number.
    const bits = mix(state);
    const [low, high] = [Number(bits & 0x3fffffffn), Number((bits >> 30n) & 0x3fffffffn)];
    for (const half of [low, high])
      for (let at = 0; at < 30 && pad.length < length; at += 6) pad += alphabet[(half >> at) & 63];
  }
  return `{"n":${n},"pad":"${pad}"}`;
}

/** Event `n` as it is on the wire. */
export const block = (n, script) => `event: ${script.type}\r\ndata: ${data(n, script)}\r\nid: ${n}\r\n\r\n`;
