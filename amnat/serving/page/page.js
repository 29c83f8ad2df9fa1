// The controls of the page: which ones a model has, and what they ask the server for.

import { asFloats, download, readPicture, showImages, showPoints } from "./drawing.js";
import { fetchJson, latest, predict, say } from "./requests.js";

const STEPS = 21;
const EACH = "each";
const $ = (id) => document.getElementById(id);
let model = null;

// ---------------------------------------------------------------- controls

function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
}

function codeSliders(place, count, changed) {
  const labels = Array.from({ length: count }, (_, number) => {
    const label = document.createElement("label");
    const slider = Object.assign(document.createElement("input"), {
      type: "range", min: "-1", max: "1", step: "0.05", value: "0",
    });
    slider.addEventListener("input", changed);
    label.append(`Code ${number + 1}`, slider);
    return label;
  });
  place.replaceChildren(...labels);
}

const codes = (place) => [...place.querySelectorAll("input")].map((slider) => Number(slider.value));

/** The whole number in a field; an Error that names the field if it is wrong. */
function whole(id) {
  const field = $(id);
  if (!field.checkValidity() || field.value === "") {
    const name = field.labels[0].textContent.trim();
    throw new Error(`${name}: expected a whole number from ${field.min} to ${field.max}.`);
  }
  return Number(field.value);
}

/** Calls a function a moment after the last of many changes. */
function soon(work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 150);
  };
}

// ---------------------------------------------------------------- samples

function sampleRequest() {
  const { plain, labels, codes: size, names } = model.sample;
  const [seed, count] = [whole("seed"), whole("count")];
  const chosen = $("label").value;
  if (plain && (!labels || chosen === "")) {
    return [plain, { num_samples: count, seed }, []];
  }
  const each = Array.from({ length: count }, (_, number) =>
    chosen === EACH ? number % names.length : Number(chosen));
  const inputs = { labels: each, seed };
  if (size) inputs.space = each.map(() => codes($("sample-codes")));
  const captions = chosen === EACH ? each.map((label) => names[label]) : [];
  return [labels, inputs, captions];
}

async function captionsOf(images, captions, signal) {
  if (!$("judge").checked || !model.classify) return captions;
  const found = await predict(model, "classify", { images: asFloats(images) }, signal);
  return found.map((row, number) => {
    const best = row.indexOf(Math.max(...row));
    const wanted = captions[number] === undefined ? "" : `${captions[number]}: `;
    return `${wanted}${model.classify.names[best]} (${Math.round(100 * row[best])} %)`;
  });
}

const draw = latest(async (signal) => {
  const [signature, inputs, captions] = sampleRequest();
  const samples = await predict(model, signature, inputs, signal);
  if (model.sample.output === "points") return showPoints($("sample-images"), samples);
  showImages($("sample-images"), samples, false, captions);
  const judged = await captionsOf(samples, captions, signal);
  if (!signal.aborted) showImages($("sample-images"), samples, false, judged);
});

// ---------------------------------------------------------------- walks

let path = [];

function showStep() {
  const step = Number($("position").value);
  if (!path[step]) return;
  const shown = [path[0], path[step], path[path.length - 1]];
  const here = `${Math.round((100 * step) / (path.length - 1))} % of the way`;
  const captions = [`Seed ${$("from").value}`, here, `Seed ${$("to").value}`];
  $("position").setAttribute("aria-valuetext", here);
  if (model.sample.output === "points") showPoints($("walk-images"), path, step);
  else showImages($("walk-images"), shown, true, captions);
}

const loadWalk = latest(async (signal) => {
  const query = new URLSearchParams({
    model: model.name, from: whole("from"), to: whole("to"), steps: Math.min(STEPS, model.most),
  });
  if ($("walk-label").value !== "") query.set("label", $("walk-label").value);
  const code = codes($("walk-codes"));
  if (code.length) query.set("code", code.join(","));
  path = (await fetchJson(`page/walk?${query}`, { signal })).outputs;
  $("position").max = path.length - 1;
  showStep();
});

let player = null;

function play() {
  const slider = $("position");
  if (player) {
    clearInterval(player);
    player = null;
  } else {
    let direction = 1;
    player = setInterval(() => {
      if (slider.value === slider.max) direction = -1;
      if (slider.value === slider.min) direction = 1;
      slider.value = Number(slider.value) + direction;
      showStep();
    }, 120);
  }
  $("play").textContent = player ? "Stop" : "Play";
  $("play").setAttribute("aria-pressed", String(player !== null));
}

// ---------------------------------------------------------------- pictures

const translate = latest(async (signal) => {
  const file = $("translate-file").files[0];
  if (!file) return;
  const picture = await readPicture(file, model.translate.shape);
  const inputs = {
    images: [picture], domain: [Number($("domain").value)], space: [codes($("translate-codes"))],
  };
  const [made] = await predict(model, "serving_default", inputs, signal);
  const name = model.translate.names[inputs.domain[0]];
  showImages($("translate-images"), [picture, made], true, ["The picture", `As ${name}`]);
});

const classify = latest(async (signal) => {
  const file = $("classify-file").files[0];
  if (!file) return;
  const picture = await readPicture(file, model.classify.shape);
  const [row] = await predict(model, "classify", { images: [picture] }, signal);
  showImages($("classify-images"), [picture], true, ["The picture, as the model sees it"]);
  showProbabilities(row);
});

function showProbabilities(row) {
  const order = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 10);
  const lines = order.map((number) => {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = model.classify.names[number];
    const meter = Object.assign(document.createElement("meter"), { max: 1, value: row[number] });
    meter.setAttribute("aria-label", model.classify.names[number]);
    const [bar, value] = [document.createElement("td"), document.createElement("td")];
    bar.append(meter);
    value.textContent = `${(100 * row[number]).toFixed(1)} %`;
    line.append(name, bar, value);
    return line;
  });
  $("probabilities").querySelector("tbody").replaceChildren(...lines);
  $("probabilities").hidden = false;
}

// ---------------------------------------------------------------- the model

function showAbout() {
  const { run, iteration, data } = model.recorded;
  const parts = [`version ${model.version}`];
  if (run) parts.push(`run ${run}`);
  if (iteration !== undefined) parts.push(`iteration ${iteration}`);
  if (data) parts.push(`data ${data}`);
  $("title").textContent = model.name;
  document.title = `${model.name} - amnat`;
  $("about").textContent = parts.join(", ");
}

function showSignatures() {
  const written = (tensors) =>
    Object.entries(tensors).map(([name, kind]) => `${name}: ${kind}`).join("; ");
  const lines = Object.entries(model.signatures).map(([name, { inputs, outputs }]) => {
    const line = document.createElement("tr");
    for (const text of [name, written(inputs), written(outputs)]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      line.append(cell);
    }
    return line;
  });
  $("signatures").querySelector("tbody").replaceChildren(...lines);
}

function showSampling() {
  const { plain, labels, names, word, codes: size } = model.sample;
  const isImage = model.sample.output === "images";
  const pairs = names.map((name, number) => [number, name]);
  const any = plain ? [["", "any"]] : [];
  options($("label"), [...any, [EACH, "each in turn"], ...pairs]);
  options($("walk-label"), [["", "any"], ...pairs]);
  for (const each of document.querySelectorAll("label.labels")) each.hidden = !labels;
  $("walk-label").closest("label").hidden = !model.sample.walk_labels;
  for (const each of document.querySelectorAll(".word")) each.textContent = word;
  codeSliders($("sample-codes"), size, soon(draw));
  codeSliders($("walk-codes"), model.sample.walk_labels ? size : 0, soon(loadWalk));
  $("count").max = model.most;
  $("count").value = Math.min(isImage ? 16 : 256, model.most);
  document.querySelector("label.judge").hidden = !model.classify || !isImage;
  $("judge").checked = false;
}

/** Shows the controls of a model, and its first samples. */
function choose(found) {
  model = found;
  path = [];
  for (const place of document.querySelectorAll(".images")) place.replaceChildren();
  $("probabilities").hidden = true;
  showAbout();
  showSignatures();
  $("sample").hidden = !model.sample;
  $("walk").hidden = !model.sample?.walk;
  $("translate").hidden = !model.translate;
  $("classify").hidden = !model.classify;
  say("");
  if (model.translate) {
    options($("domain"), model.translate.names.map((name, number) => [number, name]));
    codeSliders($("translate-codes"), model.translate.codes, soon(translate));
  }
  if (!model.sample && !model.translate && !model.classify) {
    say("This model has no signatures that the page has controls for. Requests work.");
  }
  if (!model.sample) return;
  showSampling();
  draw().then(() => model.sample?.walk && loadWalk());
}

function connect() {
  for (const form of document.querySelectorAll("form")) {
    form.noValidate = true;
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  $("sample").querySelector("form").addEventListener("submit", draw);
  for (const id of ["seed", "count", "label", "judge"]) $(id).addEventListener("change", draw);
  $("next").addEventListener("click", () => {
    $("seed").value = Number($("seed").value) + 1;
    draw();
  });
  for (const id of ["from", "to", "walk-label"]) $(id).addEventListener("change", loadWalk);
  $("position").addEventListener("input", showStep);
  $("play").addEventListener("click", play);
  for (const id of ["translate-file", "domain"]) $(id).addEventListener("change", translate);
  $("classify-file").addEventListener("change", classify);
  for (const button of document.querySelectorAll("button.download")) {
    button.addEventListener("click", () => {
      const name = `${model.name}-${button.dataset.of.replace("-images", "")}.png`;
      if (!download($(button.dataset.of), name)) say("There is no picture to download yet.", true);
    });
  }
}

async function start() {
  connect();
  try {
    const models = await fetchJson("page/models");
    options($("model"), models.map(({ name }, number) => [number, name]));
    $("choice").hidden = models.length < 2;
    $("model").addEventListener("change", () => choose(models[Number($("model").value)]));
    choose(models[0]);
  } catch (error) {
    say(error.message, true);
  }
}

start();
