// What users of the JavaScript client write, as a program; tests start it with node.
//
// `node client_javascript.mjs NAMESPACE FOLDER` with HF_ENDPOINT and HF_TOKEN set; FOLDER holds the client.
// Prints `fine` at the end.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [namespace, folder] = process.argv.slice(2);
const entry = createRequire(`${folder}/`).resolve("@huggingface/hub");
const hub = await import(pathToFileURL(entry));
const options = { hubUrl: process.env.HF_ENDPOINT, accessToken: process.env.HF_TOKEN };
const repo = { type: "model", name: `${namespace}/from-javascript` };

async function collect(items) {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

async function refused(promise, status) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.statusCode, status, String(error));
    return true;
  });
}

const me = await hub.whoAmI(options);
assert.equal(me.name, namespace);

const created = await hub.createRepo({ ...options, repo, private: true, license: "mit" });
assert.ok(created.repoUrl.endsWith(repo.name));
await refused(hub.createRepo({ ...options, repo }), 409);
assert.equal(await hub.repoExists({ ...options, repo }), true);
assert.equal(await hub.repoExists({ ...options, repo: { type: "model", name: `${namespace}/none` } }), false);
await hub.checkRepoAccess({ ...options, repo });
await refused(hub.checkRepoAccess({ ...options, accessToken: undefined, repo }), 401);

const large = new Uint8Array(12_000_000).map((_, at) => (at * 7) % 251);
await hub.uploadFile({ ...options, repo, file: { path: "notes.txt", content: new Blob(["one two three"]) } });
await hub.uploadFiles({
  ...options,
  repo,
  commitTitle: "Weights",
  files: [
    { path: "w.bin", content: new Blob([large]) },
    { path: "sub/config.json", content: new Blob(['{"a": 1}']) },
  ],
});
if (process.env.WITH_XET) {
  await hub.uploadFiles({ ...options, repo, useXet: true, files: [{ path: "x.bin", content: new Blob([large.slice(5)]) }] });
  const whole = await hub.downloadFile({ ...options, repo, path: "x.bin", xet: true });
  assert.equal((await whole.arrayBuffer()).byteLength, large.length - 5);
  // Edited in the middle: the client asks for parts of the hash tree, and fetches what lies beside the edit.
  const asked = [];
  const seen = (url, init) => (asked.push(String(url)), fetch(url, init));
  const edits = [{ start: 6_000_000, end: 6_000_003, content: new Blob(["edited here"]) }];
  const operations = [{ operation: "edit", path: "x.bin", originalContent: whole, edits }];
  await hub.commit({ ...options, repo, useXet: true, fetch: seen, title: "Edit", operations });
  assert.ok(asked.some((url) => url.includes("/v2/file-chunk-hashes/")), asked.join("\n"));
  const edited = await hub.downloadFile({ ...options, repo, path: "x.bin", xet: false });
  assert.equal(edited.size, large.length - 5 + 8);
  assert.equal(await edited.slice(6_000_000, 6_000_011).text(), "edited here");
}

const files = await collect(hub.listFiles({ ...options, repo, recursive: true, expand: true }));
const weights = files.find((file) => file.path === "w.bin");
assert.equal(weights.size, large.length);
assert.ok(weights.lfs.oid && weights.lastCommit.id);
assert.ok(files.some((file) => file.path === "sub/config.json"));
assert.equal(await hub.fileExists({ ...options, repo, path: "w.bin" }), true);
assert.equal(await hub.fileExists({ ...options, repo, path: "none.bin" }), false);

const text = await hub.downloadFile({ ...options, repo, path: "notes.txt" });
assert.equal(await text.text(), "one two three");
assert.equal(await text.slice(4, 7).text(), "two");
const blob = await hub.downloadFile({ ...options, repo, path: "w.bin" });
assert.equal(blob.size, large.length);
const part = new Uint8Array(await blob.slice(1000, 1010).arrayBuffer());
assert.deepEqual([...part], [...large.slice(1000, 1010)]);
assert.equal(await hub.downloadFile({ ...options, repo, path: "none.txt" }), null);
const info = await hub.fileDownloadInfo({ ...options, repo, path: "w.bin" });
assert.equal(info.size, large.length);
const paths = await hub.pathsInfo({ ...options, repo, paths: ["w.bin", "none"], expand: true });
assert.deepEqual(paths.map((entry) => entry.path), ["w.bin"]);

await hub.commit({
  ...options,
  repo,
  title: "Tidy up",
  operations: [
    { operation: "delete", path: "sub/config.json" },
    { operation: "addOrUpdate", path: "README.md", content: new Blob(["---\nlicense: mit\n---\n# From JavaScript\n"]) },
  ],
});
const commits = await collect(hub.listCommits({ ...options, repo }));
assert.equal(commits[0].title, "Tidy up");
assert.equal(await hub.countCommits({ ...options, repo, revision: "main" }), commits.length);
await hub.createBranch({ ...options, repo, branch: "dev" });
await hub.deleteBranch({ ...options, repo, branch: "dev" });
await hub.deleteFile({ ...options, repo, path: "w.bin" });

const models = await collect(hub.listModels({ ...options, search: { owner: namespace }, additionalFields: ["sha"] }));
assert.deepEqual(models.map((model) => model.name), [repo.name]);
assert.equal(models[0].private, true);
const one = await hub.modelInfo({ ...options, name: repo.name, additionalFields: ["tags"] });
assert.ok(one.tags.includes("license:mit"));

const dataset = { type: "dataset", name: `${namespace}/rows-from-javascript` };
await hub.createRepo({ ...options, repo: dataset });
await hub.uploadFile({ ...options, repo: dataset, file: { path: "train.csv", content: new Blob(["a,b\n1,2\n"]) } });
const datasets = await collect(hub.listDatasets({ ...options, search: { owner: namespace } }));
assert.deepEqual(datasets.map((each) => each.name), [dataset.name]);
assert.deepEqual(await collect(hub.listSpaces({ ...options, search: { owner: namespace } })), []);
await hub.deleteRepo({ ...options, repo: dataset });
await hub.deleteRepo({ ...options, repo });
assert.equal(await hub.repoExists({ ...options, repo }), false);
console.log("fine");
// After an edit, a timer of the client's own keeps node alive: it never cancels a stream of the original.
process.exit();
