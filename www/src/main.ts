import { showHeartRate } from "./heart-rate.js";
import { showOrders } from "./orders.js";

showHeartRate();
showOrders();
