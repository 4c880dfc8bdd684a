// Checks the types, bundles script and styles, and puts both into pages whose content policy names them by hash.
// node build.mjs TSC ESBUILD FOLDER
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [tsc, esbuild, folder] = process.argv.slice(2);
/** Page to the name of its script and its style, and what it is for, as a browser without scripts is told. */
const pages = {
  trace: { entry: "main", purpose: "draws a trace with a script that it carries; allow scripts for it to see the graph" },
  training: { entry: "training", purpose: "draws curves with a script that it carries; allow scripts for it to see them" },
  "greater-than": { entry: "greater-than", purpose: "draws a study with a script that it carries; allow scripts for it to see it" },
  features: { entry: "features", purpose: "shows features with a script that it carries; allow scripts for it to see them" },
};
const place = (page) => join(folder, `${page}.html`);
const root = dirname(fileURLToPath(import.meta.url));
const source = join(root, "src");

const inputs = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|css|html)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .concat(["build.mjs", "tsconfig.json", "pom.xml"].map((name) => join(root, name)));
const newest = Math.max(...inputs.map((file) => statSync(file).mtimeMs));
if (Object.keys(pages).every((page) => existsSync(place(page)) && statSync(place(page)).mtimeMs >= newest)) process.exit(0);

const run = (command, args) => {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (failure) {
    console.error(`${failure.stdout ?? ""}${failure.stderr ?? ""}` || failure.message);
    process.exit(1);
  }
};

run(process.execPath, [tsc, "--project", "tsconfig.json"]);
const bundle = (entry) => run(esbuild, [join(source, entry), "--bundle", "--minify", "--charset=utf8", "--target=es2023"]);
const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

mkdirSync(folder, { recursive: true });
for (const [page, { entry, purpose }] of Object.entries(pages)) {
  const script = bundle(`${entry}.ts`).trim().replaceAll("</script", "<\\/script");
  const style = run(esbuild, [join(source, `style/${entry}.css`), "--bundle", "--minify", "--charset=utf8"]).trim();
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const fill = { PAGE: page, PURPOSE: purpose, POLICY: policy, STYLE: style, SCRIPT: script };
  const html = readFileSync(join(source, "page.html"), "utf8").replace(/\{\{(PAGE|PURPOSE|POLICY|STYLE|SCRIPT)\}\}/g, (_, name) => fill[name]);
  writeFileSync(place(page), html);
}
