/** The validators of `contract/examples/rich/` beside the event map that the crate writes. */
import { connect, type StandardSchema, type TypedEventSource } from "typed-eventsource";
import type { Leaf, Rich } from "./events.js";
import * as validators from "./validators.js";

/** Whether two types are each other, in all that they are made of. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

same<Rich, validators.Rich>(true);
same<StandardSchema<Leaf>, typeof validators.Leaf>(true);
same<keyof Rich, keyof typeof validators.Rich>(true);

// With the map, and without it: its types follow from the validators.
connect<Rich>("/rich", { decode: validators.Rich }).on("fields", ({ data }) => data.nested.leaf.name.length);
const source = connect("/rich", { decode: validators.Rich });
const rich: TypedEventSource<Rich> = source;
rich.on("raw", ({ data }) => data.length);
source.on("generic", ({ data }) => same<typeof data, Rich["generic"]>(true));
// @ts-expect-error: the data of another event
connect<Pick<Rich, "flat">>("/rich", { decode: { flat: validators.Leaf } });
