"use strict";

// Sample sheets: one slider moves all runs; each shows its newest sheet up to the iteration.
for (const player of document.querySelectorAll(".player")) {
  const iterations = player.dataset.iterations.split(" ").map(Number);
  const slider = player.querySelector(".position");
  const play = player.querySelector(".play");
  const output = player.querySelector(".iteration");
  let timer = null;

  function show(position) {
    slider.value = position;
    const iteration = iterations[position];
    const text = iteration.toLocaleString("en");
    output.value = text;
    slider.setAttribute("aria-valuetext", "iteration " + text);
    for (const frames of player.querySelectorAll(".frames")) {
      let chosen = frames.firstElementChild;
      for (const frame of frames.children) {
        if (Number(frame.dataset.iteration) <= iteration) chosen = frame;
      }
      for (const frame of frames.children) frame.classList.toggle("shown", frame === chosen);
    }
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  }

  function start() {
    if (Number(slider.value) === iterations.length - 1) show(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next >= iterations.length) stop();
      else show(next);
    }, 350);
  }

  slider.max = iterations.length - 1;
  show(iterations.length - 1);
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => (timer === null ? start() : stop()));
  if (iterations.length < 2) player.querySelector(".controls").hidden = true;
}

// Tables: a click on a column's name sorts by it, and a second one the other way round.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.querySelectorAll("th")];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const ascending = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const body = table.tBodies[0];
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      const [x, y] = [parseFloat(a), parseFloat(b)];
      // What is no number comes last, whatever the direction.
      if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
      const order = isNaN(x) ? a.localeCompare(b) : x - y;
      return ascending ? order : -order;
    });
    body.append(...rows);
  }));
}

// Curves: Bokeh draws them; the page's own controls smooth them and choose the scale.
const figures = [];

function average(values, weight) {
  // As in TensorBoard: the first values are not pulled towards zero.
  const smoothed = Float32Array.from(values);
  let sum = 0, total = 0;
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    smoothed[index] = sum / total;
  });
  return smoothed;
}

function smooth() {
  const weight = Number(document.getElementById("smoothing").value);
  document.getElementById("smoothing-value").value = weight;
  for (const figure of figures) {
    for (const renderer of figure.renderers) {
      if (!renderer.tags.includes("raw")) continue;
      const source = renderer.data_source;
      renderer.visible = weight > 0;
      source.data = { ...source.data, smooth: average(Array.from(source.data.y), weight) };
    }
  }
}

function scale() {
  const logarithmic = document.getElementById("log-scale").checked;
  const Scale = Bokeh.Models.get(logarithmic ? "LogScale" : "LinearScale");
  for (const figure of figures) {
    if (!figure.left.some((axis) => axis.type === "LogAxis")) continue;
    const isChosen = (axis) => (axis.type === "LogAxis") === logarithmic;
    for (const axis of figure.left) axis.visible = isChosen(axis);
    for (const grid of figure.center) {
      if (grid.type === "Grid" && grid.dimension === 1) grid.visible = isChosen(grid.axis);
    }
    figure.y_range.scale_hint = logarithmic ? "log" : "auto";
    figure.y_scale = new Scale();
    figure.y_range.reset();
    for (const renderer of figure.renderers) {
      // A band that reaches below zero has no place on a logarithmic scale.
      if (renderer.tags.includes("band")) renderer.visible = !logarithmic;
      renderer.data_source.change.emit();
    }
  }
}

async function draw() {
  const charts = [...document.querySelectorAll(".chart")];
  for (const chart of charts) {
    const item = JSON.parse(chart.querySelector(".plot-data").textContent);
    const views = await Bokeh.embed.embed_item(item, chart.querySelector(".plot").id);
    figures.push([...views.roots ?? views][0].model);
  }
  const checkbox = document.getElementById("log-scale");
  checkbox.checked = charts.every((chart) => chart.dataset.startsLog === "true");
  if (checkbox.checked) scale();
  checkbox.addEventListener("change", scale);
  document.getElementById("smoothing").addEventListener("input", smooth);
  document.getElementById("curves").dataset.ready = "true";
}

if (document.querySelector(".chart")) draw();
