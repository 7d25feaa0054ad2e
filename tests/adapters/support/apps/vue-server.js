import { createSSRApp, h } from "vue";
import { renderToString } from "vue/server-renderer";
import { View } from "./vue.js";

export const render = (url) => renderToString(createSSRApp({ render: () => h(View, { key: 0, url }) }));
