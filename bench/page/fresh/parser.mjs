/** The parser that most peers use, as the only package of a page. */
import { parser } from "../contestants/parser.mjs";
import { post } from "./post.mjs";

export const contestants = { "eventsource-parser": parser(), "eventsource-parser-post": parser(post) };
