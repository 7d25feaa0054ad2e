import { showAnswer } from "./answer.js";
import { showCode } from "./code.js";
import { byId } from "./dom.js";
// The very text of the module that runs below.
import followOrder from "./follow-order.ts?raw";
import { showHeartRate } from "./heart-rate.js";
import { showJob } from "./job.js";
import { showLogs } from "./logs.js";
import { showNotifications } from "./notifications.js";
import { showOrders } from "./orders.js";
import { controlUrl, findControls } from "./server.js";

showCode(byId("code"), followOrder);

const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
const many = navigation?.nextHopProtocol === "h2";
byId("six").hidden = many;
byId("many").hidden = !many;

// This comes first: the streams take all connections.
await findControls();
(byId("readme") as HTMLAnchorElement).href = controlUrl("/readme.txt");

showHeartRate();
showOrders();
showNotifications();
showJob();
const makeRoom = showLogs();
showAnswer();

// A browser fetches the next document while the streams of this one are still open: with six of them, for ever.
addEventListener("beforeunload", makeRoom);
