// Checks the types, bundles script and styles, and puts both into one page whose content policy names them by hash.
// node build.mjs TSC ESBUILD PAGE
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [tsc, esbuild, page] = process.argv.slice(2);
const root = dirname(fileURLToPath(import.meta.url));
const source = join(root, "src");

const inputs = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|css|html)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .concat(["build.mjs", "tsconfig.json", "pom.xml"].map((name) => join(root, name)));
const changed = (file) => statSync(file).mtimeMs > statSync(page).mtimeMs;
if (existsSync(page) && !inputs.some(changed)) process.exit(0);

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
const script = bundle("main.ts").trim().replaceAll("</script", "<\\/script");
const style = run(esbuild, [join(source, "style/main.css"), "--bundle", "--minify", "--charset=utf8"]).trim();

const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
const fill = { POLICY: policy, STYLE: style, SCRIPT: script };
const html = readFileSync(join(source, "trace.html"), "utf8").replace(/\{\{(POLICY|STYLE|SCRIPT)\}\}/g, (_, name) => fill[name]);
mkdirSync(dirname(page), { recursive: true });
writeFileSync(page, html);
