import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, createApi } from "./api.js";

/** @param {number} status @param {unknown} body */
const answers = (status, body) => async () => new Response(JSON.stringify(body), { status });

test("the key goes as a bearer token and never into the address", async () => {
  /** @type {any[]} */
  const calls = [];
  const api = createApi(
    "secret",
    /** @type {any} */ (
      async (/** @type {any} */ ...call) => {
        calls.push(call);
        return new Response("{}");
      }
    ),
  );
  await api.post("/api/sessions", { scenario: "x" });
  const [[path, options]] = calls;
  assert.equal(options.headers.Authorization, "Bearer secret");
  assert.doesNotMatch(path, /secret/);
});

test("a coded refusal keeps its words", async () => {
  const api = createApi(
    "k",
    /** @type {any} */ (answers(401, { code: "bad_key", message: "the console key is wrong" })),
  );
  await assert.rejects(api.get("/api/sessions"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.message], [401, "bad_key", "The console key is wrong."]);
    return true;
  });
});

test("no answer, and an answer that is not JSON, are errors with words", async () => {
  const dead = createApi(
    "k",
    /** @type {any} */ (
      async () => {
        throw new TypeError("fetch failed");
      }
    ),
  );
  await assert.rejects(dead.get("/x"), { status: 0, code: "unreachable" });
  const page = createApi("k", /** @type {any} */ (async () => new Response("<html>", { status: 502 })));
  await assert.rejects(page.get("/x"), { status: 502, message: "The server answered 502." });
});

test("202 is an answer, not an error", async () => {
  const api = createApi("k", /** @type {any} */ (answers(202, { status: "pending" })));
  assert.equal((await api.get("/x")).status, 202);
});
