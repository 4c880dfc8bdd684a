// Checks the types, bundles script and styles, and puts both into the page, whose content policy names them by hash.
// node build.mjs TSC ESBUILD FOLDER
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [tsc, esbuild, folder] = process.argv.slice(2);
const page = join(folder, "page.html");
const root = dirname(fileURLToPath(import.meta.url));
const source = join(root, "src");

const inputs = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|css|html)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .concat(["build.mjs", "tsconfig.json", "pom.xml"].map((name) => join(root, name)));
const newest = Math.max(...inputs.map((file) => statSync(file).mtimeMs));
if (existsSync(page) && statSync(page).mtimeMs >= newest) process.exit(0);

const run = (command, args) => {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (failure) {
    console.error(`${failure.stdout ?? ""}${failure.stderr ?? ""}` || failure.message);
    process.exit(1);
  }
};

run(process.execPath, [tsc, "--project", "tsconfig.json"]);
const bundle = (entry, ...more) => run(esbuild, [join(source, entry), "--bundle", "--minify", "--charset=utf8", ...more]).trim();
const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

const script = bundle("page.ts", "--target=es2023").replaceAll("</script", "<\\/script");
const style = bundle("style/main.css", "--supported:nesting=false");
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
const fill = { POLICY: policy, STYLE: style, SCRIPT: script };
const html = readFileSync(join(source, "page.html"), "utf8").replace(/\{\{(POLICY|STYLE|SCRIPT)\}\}/g, (_, name) => fill[name]);
mkdirSync(folder, { recursive: true });
writeFileSync(page, html);
