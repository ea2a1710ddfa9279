import { basename } from "node:path";

import { defineConfig, type Plugin } from "vite";

const gateway = process.env["BONPHU_GATEWAY_URL"] ?? "http://127.0.0.1:8000";

/** GraphiQL's style sheets carry their fonts as data: addresses, which the pages' policy forbids: they become files. */
const fontsAsFiles: Plugin = {
  name: "fonts-as-files",
  enforce: "post",
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
      const css = typeof file.source === "string" ? file.source : new TextDecoder().decode(file.source);
      file.source = css.replace(/url\(["']?data:font\/(\w+);base64,([^"')]+)["']?\)/g, (_whole, kind: string, text: string) => {
        const font = this.emitFile({ type: "asset", name: `font.${kind}`, source: Buffer.from(text, "base64") });
        return `url("./${basename(this.getFileName(font))}")`;
      });
    }
  },
};

export default defineConfig({
  base: "/",
  plugins: [fontsAsFiles],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // GraphiQL brings an editor of some megabytes, on its own page.
    chunkSizeWarningLimit: 8000,
    rolldownOptions: {
      input: { index: "index.html", graphiql: "graphiql.html" },
      // GraphiQL's libraries mark files for React servers, which means nothing here.
      onLog: (level, log, pass) => log.code === "MODULE_LEVEL_DIRECTIVE" || pass(level, log),
    },
  },
  worker: { format: "es" },
  server: { proxy: { "/graphql": gateway } },
});
