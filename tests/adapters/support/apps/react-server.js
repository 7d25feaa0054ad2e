import { createElement, StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { View } from "./react.js";

export const render = (url) =>
  renderToString(createElement(StrictMode, null, createElement(View, { key: 0, url })));
