// A release with one skill package, on loopback.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

const manifest = `name: Bench
version: 1.0.0
entries:
  - name: run
    lua_entry: runtime/run.lua
    lua_module: bench_run
`;

async function packageBytes(files, bytes) {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(manifest), "bench/skill.yaml");
  zip.addBuffer(Buffer.from("return function() return 'ok' end"), "bench/runtime/run.lua");
  for (let file = 0; file < files; file++) {
    zip.addBuffer(randomBytes(Math.floor(bytes / files)), `bench/resources/${file}.bin`);
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** The package has this many files of random bytes, which deflate cannot make smaller. */
export async function servePackage({ files, bytes }) {
  const archive = await packageBytes(files, bytes);
  const name = "bench-v1.0.0-skill.zip";
  const checksums = `${createHash("sha256").update(archive).digest("hex")}  ${name}\n`;
  const answers = new Map([
    ["/file", archive],
    ["/sums", checksums],
  ]);
  const server = createServer((request, response) => {
    const body = answers.get(request.url);
    response.writeHead(body === undefined ? 404 : 200, { "content-length": Buffer.byteLength(body ?? "") });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  const asset = (name, path) => ({ name, browser_download_url: base + path });
  const release = {
    tag_name: "v1.0.0",
    assets: [asset(name, "/file"), asset("bench-v1.0.0-checksums.txt", "/sums")],
  };
  answers.set("/repos/acme/bench/releases/latest", JSON.stringify(release));
  return { base, address: `${base}/file`, close: () => server.close() };
}
