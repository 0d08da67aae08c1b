// Token ids and vectors of texts, computed here: nothing leaves this page.
import * as ort from "./ort.mjs";
import { tokenizer } from "./tokenizer.js";

const GZIP = [0x1f, 0x8b];

async function bytes(name, tell = () => {}) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  const total = Number(answer.headers.get("content-length")) || 0;
  const parts = [];
  let done = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { value, done: end } = await reader.read();
    if (end) break;
    parts.push(value);
    done += value.length;
    tell(done, total);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// Some servers unpack what they send as .gz, others do not: the first bytes tell.
async function unpacked(name) {
  const content = await bytes(name);
  if (GZIP.some((byte, at) => content[at] !== byte)) return content;
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const text = (content) => new TextDecoder().decode(content);

export async function load(tell = () => {}) {
  const [settings, reader, wasm, graph] = await Promise.all([
    bytes("model.json").then((content) => JSON.parse(text(content))),
    unpacked("tokenizer.json.gz").then((content) => tokenizer(JSON.parse(text(content)))),
    unpacked("ort.wasm.gz"),
    bytes("model.onnx", tell),
  ]);
  ort.env.wasm.numThreads = 1; // more need headers that a plain server does not send
  ort.env.wasm.wasmBinary = wasm.buffer;
  const session = await ort.InferenceSession.create(graph);
  const known = new Map();
  let before = Promise.resolve(); // one text at a time

  function tokenize(sentence) {
    const { ids } = reader.encode(settings.prompt + sentence);
    const most = settings.max_length ?? Infinity;
    // cut as the tokenizer's own truncation does: what is at the end stays
    return ids.length > most ? [...ids.slice(0, most - 1), ids[ids.length - 1]] : ids;
  }

  async function run(sentence) {
    const ids = tokenize(sentence);
    const shape = [1, ids.length];
    const { sentence_embedding: vector } = await session.run(
      {
        input_ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
        attention_mask: new ort.Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
      },
      ["sentence_embedding"],
    );
    const length = Math.hypot(...vector.data) || 1;
    return Float32Array.from(vector.data, (value) => value / length);
  }

  function encode(sentence) {
    if (!known.has(sentence)) {
      before = before.then(() => run(sentence));
      known.set(sentence, before);
    }
    return known.get(sentence);
  }

  return { settings, tokenize, encode };
}

export const cosine = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
