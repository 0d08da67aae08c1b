import { cosine, load } from "./encoder.js";

const $ = (id) => document.getElementById(id);
const element = (kind, text = "", more = {}) =>
  Object.assign(document.createElement(kind), { textContent: text, ...more });
const lines = (id) => $(id).value.split("\n").map((line) => line.trim()).filter(Boolean);

let model;
let languages = new Map();

// A language is marked where it is known: for the examples, or where a line says it ("de: ...").
function parted(line) {
  const said = /^([a-z]{2,3}(?:-[A-Za-z]+)?):\s+(.+)$/.exec(line);
  const sentence = said ? said[2] : line;
  return { sentence, language: said ? said[1] : languages.get(sentence) ?? "" };
}

function cell(kind, { sentence, language }, short) {
  const box = element(kind, "", { title: sentence });
  if (language) box.append(element("span", language, { className: "language" }));
  box.append(element("bdi", short ?? sentence, { dir: "auto", lang: language }));
  return box;
}

// The darkest is 1, the lightest the least that is shown beside it.
function colored(value, least) {
  const share = Math.max(0, Math.min(1, (value - least) / (1 - least || 1)));
  const box = element("td", value.toFixed(2));
  box.style.background = `hsl(205 70% ${96 - 56 * share}%)`;
  box.style.color = share > 0.6 ? "white" : "#123";
  return box;
}

async function map() {
  const rows = lines("sentences").map(parted);
  const vectors = await Promise.all(rows.map(({ sentence }) => model.encode(sentence)));
  const head = element("tr");
  head.append(element("th"), ...rows.map((row, at) => cell("th", row, String(at + 1))));
  const values = vectors.map((a) => vectors.map((b) => cosine(a, b)));
  const least = Math.min(...values.flat());
  const body = rows.map((row, i) => {
    const line = element("tr");
    const name = cell("th", row);
    name.prepend(element("span", `${i + 1} `, { className: "number" }));
    line.append(name, ...values[i].map((value) => colored(value, least)));
    return line;
  });
  $("map").replaceChildren(head, ...body);
}

async function search() {
  const query = $("query").value.trim();
  const rows = lines("sentences").map(parted);
  $("answers").replaceChildren();
  if (!query) return;
  const asked = await model.encode(query);
  const scored = await Promise.all(
    rows.map(async (row) => ({ ...row, value: cosine(asked, await model.encode(row.sentence)) })),
  );
  scored.sort((a, b) => b.value - a.value);
  const ranks = {};
  const least = scored.at(-1)?.value;
  $("answers").append(
    ...scored.map((row, at) => {
      const line = element("tr");
      ranks[row.language] = (ranks[row.language] ?? 0) + 1;
      const own = row.language ? `${row.language} #${ranks[row.language]}` : "";
      line.append(element("td", `${at + 1}`), element("td", own), colored(row.value, least), cell("td", row));
      return line;
    }),
  );
}

function keep() {
  const state = { q: $("query").value, s: $("sentences").value };
  history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(state))}`);
}

function restore(examples) {
  let state = {};
  try {
    state = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch {} // a link that was cut: the page begins as it always does
  $("sentences").value = state.s ?? examples.map(({ text }) => text).join("\n");
  $("query").value = state.q ?? examples[0]?.text ?? "";
}

async function refresh() {
  keep();
  try {
    const start = performance.now();
    await map();
    await search();
    $("status").textContent = `ready; ${Math.round(performance.now() - start)} ms`;
  } catch (error) {
    $("status").textContent = `this text cannot be shown: ${error.message}`;
  }
}

let waiting;
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 250);
}

try {
  model = await load((done, total) => {
    const share = total ? ` of ${(total / 1e6).toFixed(0)}` : "";
    $("status").textContent = `loading: ${(done / 1e6).toFixed(0)}${share} MB`;
  });
  const { settings } = model;
  languages = new Map(settings.examples.map(({ language, text }) => [text, language]));
  document.title = $("name").textContent = settings.name;
  $("limits").textContent = settings.limits;
  $("languages").textContent = settings.languages.join(", ");
  restore(settings.examples);
  for (const id of ["sentences", "query"]) $(id).addEventListener("input", later);
  await refresh();
  document.body.dataset.ready = "yes";
} catch (error) {
  $("status").textContent = location.protocol === "file:"
    ? "a browser lets no page read files beside it: run `python -m http.server` in this folder"
    : `the model cannot be loaded: ${error.message}`;
}
