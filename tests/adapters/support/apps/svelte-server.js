import { render as renderPage } from "svelte/server";
import Page from "./Page.svelte";

export const render = (url) => renderPage(Page, { props: { hydrate: url } }).body;
