// The latent pad: two decoders at work in the page, and a sheet to draw on.
//
// First the numbers (no page needed), then the page; the last lines mount it in
// Jupyter. Units and constants are those of course_utils/pad/*.py.

const SIDE = 28, BOX = 20, PEN = 2.4, REACH = PEN / 2 + 0.5, CENTRE = 14.5;
const RANGE = 3.4; // a map shows -RANGE to RANGE
const LIMIT = 8; // and this is as far out as the point goes

// ------------------------------------------------------------------ the numbers

/** A safetensors file's bytes: {tensors: {name: {shape, values}}, meta}. */
export function unpack(bytes) {
  const copy = new Uint8Array(bytes); // its own buffer, so that offsets are aligned
  const view = new DataView(copy.buffer);
  const start = 8 + view.getUint32(0, true);
  const { __metadata__: notes, ...entries } =
    JSON.parse(new TextDecoder().decode(copy.subarray(8, start)));
  const halves = halfTable();
  const read = {
    U8: (raw) => raw,
    F32: (raw) => new Float32Array(raw.buffer),
    F16: (raw) => Float32Array.from(new Uint16Array(raw.buffer), (bits) => halves[bits]),
  };
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of
    Object.entries(entries)) {
    const values = read[dtype](copy.slice(start + from, start + to));
    const count = shape.reduce((a, b) => a * b, 1);
    if (values.length !== count)
      throw new Error(`${name} has ${values.length} numbers, expected ${count}`);
    if (!values.every(Number.isFinite))
      throw new Error(`${name} holds NaN or infinite numbers`);
    tensors[name] = { shape, values };
  }
  return { tensors, meta: JSON.parse(notes.pad) };
}

/** All 65 536 half-precision numbers; faster than reading each by itself. */
function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1, power = (bits >> 10) & 31, part = bits & 1023;
    table[bits] = sign * (power === 0 ? part * 2 ** -24
      : power === 31 ? (part ? NaN : Infinity) : (1 + part / 1024) * 2 ** (power - 15));
  }
  return table;
}

/** Linear layers `prefix`.0, .2, .4 ...; they must fit each other and both ends. */
function network(tensors, prefix, inputs, outputs) {
  const layers = [];
  let width = inputs;
  for (let i = 0; tensors[`${prefix}.${i}.weight`]; i += 2) {
    const weight = tensors[`${prefix}.${i}.weight`], bias = tensors[`${prefix}.${i}.bias`];
    const [rows, columns] = weight.shape;
    if (columns !== width || !bias || bias.values.length !== rows)
      throw new Error(`${prefix}.${i} reads ${columns} numbers, expected ${width}`);
    layers.push({ weight: weight.values, bias: bias.values, rows, columns });
    width = rows;
  }
  if (!layers.length || width !== outputs)
    throw new Error(`${prefix} gives ${layers.length ? width : "no"} numbers,`
      + ` expected ${outputs}`);
  return layers;
}

/** Everything by name, checked: throws an Error that says what does not fit. */
export function load(bytes) {
  const { tensors, meta } = unpack(bytes);
  const model = { meta, labels: tensors.labels.values, costs: tensors.costs.values };
  for (const name of ["vae", "autoencoder"]) {
    const codes = (part) => {
      const { shape, values } = tensors[`${name}.${part}`];
      if (shape[1] !== 2) throw new Error(`${name} has ${shape[1]} latents, expected 2`);
      return values;
    };
    model[name] = { train: codes("train"), test: codes("test"),
      decoder: network(tensors, `${name}.decoder`, 2, SIDE * SIDE) };
  }
  model.vae.encoder = network(tensors, "vae.encoder", SIDE * SIDE, 4);
  return model;
}

function run(layers, input) {
  layers.forEach(({ weight, bias, rows, columns }, depth) => {
    const output = new Float64Array(rows), last = depth === layers.length - 1;
    for (let row = 0, k = 0; row < rows; row++) {
      let sum = bias[row];
      for (let column = 0; column < columns; column++) sum += weight[k++] * input[column];
      output[row] = last || sum > 0 ? sum : 0;
    }
    input = output;
  });
  return input;
}

/** The chance of ink at each pixel, for a code in the units of `model[name]`. */
export function decode(model, name, z) {
  return run(model[name].decoder, z).map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** The autoencoder's own code at a place of the map, where its codes have spread 1. */
export function ownUnits(model, place) {
  const { mean, spread } = model.meta.unit;
  return place.map((u, i) => mean[i] + spread[i] * u);
}

/** q(z|x) of a picture: {mu, logVar, sigma}. */
export function encode(model, picture) {
  const [a, b, c, d] = run(model.vae.encoder, picture);
  return { mu: [a, b], logVar: [c, d], sigma: [Math.exp(c / 2), Math.exp(d / 2)] };
}

/** -log p(x|z) in nats; a grey pixel counts as the chance of ink. */
export function rebuildingCost(model, picture, z) {
  const logits = run(model.vae.decoder, z);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const a = logits[i]; // log(1 + exp(a)) - x a, without overflow
    sum += Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))) - picture[i] * a;
  }
  return sum;
}

/** -ELBO in two parts; the mean over q is a sum over 25 nodes, so nothing flickers. */
export function negativeElbo(model, picture, { mu, logVar, sigma }) {
  const { at, weights } = model.meta.nodes;
  let reconstruction = 0, kl = 0;
  at.forEach((first, i) => at.forEach((second, j) => {
    const z = [mu[0] + sigma[0] * first, mu[1] + sigma[1] * second];
    reconstruction += weights[i] * weights[j] * rebuildingCost(model, picture, z);
  }));
  for (const j of [0, 1])
    kl += 0.5 * (mu[j] ** 2 + sigma[j] ** 2 - 1 - logVar[j]);
  return { reconstruction, kl, total: reconstruction + kl };
}

/** The strokes as they lie on the sheet of 28 x 28: chances of ink, row by row. */
export function ink(strokes) {
  const picture = new Float64Array(SIDE * SIDE);
  for (const stroke of strokes) {
    stroke.forEach(([x1, y1], i) => {
      if (i === stroke.length - 1 && i > 0) return;
      const [x2, y2] = stroke[Math.min(i + 1, stroke.length - 1)];
      const dx = x2 - x1, dy = y2 - y1, square = Math.max(dx * dx + dy * dy, 1e-12);
      const first = (v) => Math.max(0, Math.floor(v - REACH));
      const last = (v) => Math.min(SIDE - 1, Math.ceil(v + REACH));
      for (let row = first(Math.min(y1, y2)); row <= last(Math.max(y1, y2)); row++) {
        for (let c = first(Math.min(x1, x2)); c <= last(Math.max(x1, x2)); c++) {
          const px = c + 0.5 - x1, py = row + 0.5 - y1;
          const along = Math.min(1, Math.max(0, (px * dx + py * dy) / square));
          const here = REACH - Math.hypot(px - along * dx, py - along * dy);
          const k = row * SIDE + c;
          picture[k] = Math.max(picture[k], Math.min(1, here));
        }
      }
    });
  }
  return picture;
}

/** The strokes drawn anew at MNIST's size (20 pixels) and centre of mass. */
export function prepare(strokes) {
  const points = strokes.flat();
  if (!points.length) return ink([]);
  const ends = [0, 1].map((k) => {
    const values = points.map((p) => p[k]);
    return [Math.min(...values), Math.max(...values)];
  });
  const scale = (BOX - 2 * REACH) / Math.max(1, ...ends.map(([low, high]) => high - low));
  const move = (change) => strokes.map((stroke) => stroke.map((p) => p.map(change)));
  strokes = move((v, k) => (v - (ends[k][0] + ends[k][1]) / 2) * scale + SIDE / 2);
  for (let again = 0; again < 2; again++) {
    const mass = [0, 0, 0];
    ink(strokes).forEach((value, i) => {
      mass[0] += value * ((i % SIDE) + 0.5);
      mass[1] += value * (Math.floor(i / SIDE) + 0.5);
      mass[2] += value;
    });
    strokes = move((v, k) => v + CENTRE - mass[k] / mass[2]);
  }
  return ink(strokes);
}

/** The nearest of codes (x, y, x, y ...): {index, distance}. */
export function nearest(codes, [x, y]) {
  let index = 0, best = Infinity;
  for (let i = 0; i < codes.length; i += 2) {
    const square = (codes[i] - x) ** 2 + (codes[i + 1] - y) ** 2;
    if (square < best) [best, index] = [square, i / 2];
  }
  return { index, distance: Math.sqrt(best) };
}

const spaced = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, " ");
const number = (v, digits) => v.toFixed(digits).replace("-", "−")
  .replace(/^−(0\.?0*)$/, "$1");

/** The prior's density in words: exp(-r²/2) of its draws fall farther out than z. */
export function priorInWords([x, y]) {
  const share = Math.exp(-(x * x + y * y) / 2);
  const where = share > 0.5 ? "Near the prior’s middle"
    : share > Math.exp(-2) ? "Well within the prior"
      : share > 0.01 ? "Towards the prior’s edge" : "Outside of what the prior draws";
  let of = 100;
  while (share * of < 9.5 && of < 1e9) of *= 10;
  const count = Math.round(share * of);
  const draws = count ? `${count} in ${spaced(of)} of its draws fall`
    : "fewer than one in a billion of its draws falls";
  return [`${where}:`, ` ${draws} farther out.`];
}

// --------------------------------------------------------------------- the page

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
  ArrowDown: [0, 1] };
const THEME = ["class", "theme", "data-theme", "data-jp-theme-light"];
const COLOURS = ["paper", "ink", "text", "soft", "line", "peach", "warn", "model", "model-text",
  "model-fill", "data-text", "other"]; // as pad.css names and sets them
const FONT = 'px system-ui, "DejaVu Sans", sans-serif';
const between = (low, v, high) => Math.max(low, Math.min(high, v));
const rgb = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));

/** A code's place on a map of so many CSS pixels. */
const toScreen = ([x, y], side) =>
  [(x / RANGE + 1) * side / 2, (1 - y / RANGE) * side / 2];

/** A canvas as sharp as the screen: [context in CSS pixels, side]. */
function sharp(canvas, side = canvas.clientWidth) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.max(1, Math.round(side * ratio));
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  Object.assign(pen, { lineCap: "round", lineJoin: "round", textBaseline: "middle" });
  return [pen, side];
}

function line(points, path = new Path2D()) {
  points.forEach(([x, y], i) => path[i ? "lineTo" : "moveTo"](x, y));
  return path;
}

function oval([x, y], radius, other = radius) {
  const path = new Path2D();
  path.ellipse(x, y, radius, other, 0, 0, 7);
  return path;
}

/** Fill a path, if there is a colour, and draw it with each [colour, width] in turn. */
function put(pen, path, fillStyle, ...lines) {
  if (fillStyle) { pen.fillStyle = fillStyle; pen.fill(path); }
  for (const [strokeStyle, lineWidth] of lines) {
    Object.assign(pen, { strokeStyle, lineWidth });
    pen.stroke(path);
  }
}

/** The pad inside `root`, from the bytes that course_utils.pad makes.
 *
 * `rest({z, strokes})` is called when the point or the pen comes to rest. Bytes that do
 * not fit leave a message in `root`, and nothing is thrown.
 */
export function mount(root, bytes, rest = () => {}) {
  let model;
  root.classList.add("pad");
  try {
    model = load(bytes);
  } catch (error) {
    root.innerHTML = '<p class="pad-warn" role="alert"></p>';
    root.firstChild.textContent = `The pad cannot start: ${error.message}.`;
    return { show() {}, destroy() {} };
  }
  const { meta, labels, costs } = model, part = {};
  root.innerHTML = meta.markup; // static/pad.html
  for (const e of root.querySelectorAll("[data-part]")) part[e.dataset.part] = e;
  const say = (name, text) => {
    if (part[name].textContent !== text) part[name].textContent = text;
  };
  const state = {
    z: [0, 0], trail: [], at: null, // `at`: what is shown of the trail, if it is played
    strokes: meta.examples["7"], example: true, // until someone draws
    drawing: false, pen: null, // whether a pointer draws; the keyboard's pen
    picture: null, q: null, cost: null, eps: null, draws: [], // the pass
  };
  let look = {}, maps = {}, newMaps = true, newDrawing = true;
  let asked = 0, playing = 0, spoken = 0, costDue = 0;

  // What moves. Nothing is painted but by `paint`, once a frame.
  const ask = () => { asked ||= root.dataset.layout && requestAnimationFrame(paint); };
  const halt = () => { cancelAnimationFrame(playing); playing = 0; };
  const rested = () => {
    if (newDrawing) takeDrawing();
    rest({ z: state.z, strokes: state.strokes });
  };

  function move(z, { jump = false, keep = true } = {}) {
    halt();
    Object.assign(state, { at: null, z: z.map((v) => between(-LIMIT, v, LIMIT)) });
    if (keep) state.trail.push({ z: state.z, t: performance.now(), jump });
    if (state.trail.length > 5000) state.trail.splice(0, 1000);
    ask();
  }

  function draw(strokes) {
    Object.assign(state, { strokes, example: false, draws: [] });
    newDrawing = true;
    ask();
  }

  /** z = μ + σε for a fresh ε, or for the one there is. */
  function drawCode(again) {
    if (again) {
      const r = Math.sqrt(-2 * Math.log(1 - Math.random()));
      const turn = 2 * Math.PI * Math.random();
      state.eps = [r * Math.cos(turn), r * Math.sin(turn)];
    }
    const z = state.q.mu.map((m, j) => m + state.q.sigma[j] * state.eps[j]);
    state.draws = [...state.draws.slice(-199), z];
    move(z, { keep: false });
  }

  /** The strokes become a picture and a code, and the point goes there. */
  function takeDrawing() {
    newDrawing = false;
    state.picture = prepare(state.strokes);
    state.q = encode(model, state.picture);
    if (state.eps) drawCode(false);
    else move(state.q.mu, { jump: !state.drawing, keep: !state.example });
    const now = performance.now(); // at most a sixth of the time goes into the cost
    if (now < costDue && state.drawing) return;
    state.cost = negativeElbo(model, state.picture, state.q);
    costDue = now + 6 * (performance.now() - now);
  }

  function show(at) {
    Object.assign(state, { at, z: state.trail[at].z });
    ask();
  }

  function play() {
    if (playing) return halt(), ask();
    const times = [0]; // pauses are cut short, and long trails are sped up
    state.trail.forEach(({ t }, i) => i && times.push(
      times[i - 1] + Math.min(250, t - state.trail[i - 1].t)));
    const whole = times.at(-1), pace = Math.max(1, whole / 8000);
    const begin = performance.now();
    let at = 0;
    playing = requestAnimationFrame(function step(now) {
      const t = (now - begin) * pace;
      while (at < times.length - 1 && times[at + 1] <= t) at++;
      playing = t < whole ? requestAnimationFrame(step) : 0;
      show(at);
    });
  }

  // What is painted.
  function paint() {
    if (newMaps) for (const name of ["vae", "autoencoder"]) maps[name] = paintMap(name);
    newMaps = false;
    if (newDrawing) takeDrawing();
    asked = 0;
    const own = ownUnits(model, state.z), last = state.trail.length - 1;
    for (const [name, z] of [["vae", state.z], ["autoencoder", own]]) {
      const hole = nearest(model[name].train, state.z).distance > meta.hole;
      const { index, distance } = nearest(model[name].test, state.z);
      const away = distance < 0.05 ? "right here" : `${number(distance, 2)} away`;
      say(`${name}-near`, hole ? "No training digit has its code here (peach)."
        : `Nearest test code: a ${labels[index]}, ${away}.`);
      part[`${name}-near`].classList.toggle("pad-warn", hole);
      part[`${name}-digit`].classList.toggle("pad-hole", hole);
      paintDigit(part[`${name}-digit`], decode(model, name, z));
      paintOver(name);
    }
    const [where, draws] = priorInWords(state.z);
    say("prior", where);
    say("farther", draws);
    say("own", `(${own.map((v) => number(v, 1)).join(", ")})`);
    state.z.forEach((v, k) => { // a field is left alone while someone types in it
      const field = part[`z${k + 1}`];
      if (field.dataset.typing !== "yes") field.value = v.toFixed(2);
    });
    for (const name of ["play", "scrub", "forget"]) part[name].disabled = last < 1;
    say("play", playing ? "■ Stop" : "▶ Play the trail");
    part.scrub.max = Math.max(1, last);
    part.scrub.value = state.at ?? Math.max(1, last);
    paintSheet();
    paintPass();
    paintCost();
    clearTimeout(spoken); // a reader would be flooded while it moves
    spoken = setTimeout(speak, 450);
  }

  function speak() {
    const said = (...names) => names.map((name) => part[name].textContent).join("");
    say("spoken", `z 1 ${number(state.z[0], 1)}, z 2 ${number(state.z[1], 1)}. `
      + `${said("prior", "farther")} VAE: ${said("vae-near")} `
      + `Autoencoder: ${said("autoencoder-near")}`);
  }

  function paintDigit(canvas, values) {
    const paper = rgb(look.paper), black = rgb(look.ink);
    const image = new ImageData(SIDE, SIDE);
    values.forEach((v, i) => image.data.set(
      [...paper.map((p, k) => p + (black[k] - p) * v), 255], 4 * i));
    canvas.width = canvas.height = SIDE;
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** Words or a numeral, with a rim of paper that keeps them readable on anything. */
  function write(pen, text, [x, y], colour, font, textAlign = "center") {
    Object.assign(pen, { font: font + FONT, textAlign, lineWidth: 3.5,
      strokeStyle: look.paper, fillStyle: colour });
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }

  /** Everything on a map that does not move. */
  function paintMap(name) {
    const canvas = document.createElement("canvas");
    const [pen, side] = sharp(canvas, part[`${name}-map`].clientWidth);
    const { train, test } = model[name], unit = side / 2 / RANGE, mine = name === "vae";
    const large = side > 320, colours = meta.colours[root.dataset.look];
    const place = (codes, i) => toScreen(codes.subarray(2 * i, 2 * i + 2), side);
    const white = new Path2D();
    for (let i = 0; i < train.length / 2; i++)
      white.addPath(oval(place(train, i), meta.hole * unit));
    pen.fillStyle = look.peach;
    pen.fillRect(0, 0, side, side);
    put(pen, white, look.paper);
    Object.assign(pen, { font: `600 ${large ? 10 : 9}${FONT}`, textAlign: "center" });
    labels.forEach((label, i) => {
      pen.fillStyle = colours[label % colours.length];
      pen.fillText(label, ...place(test, i));
    });
    const [left, top] = toScreen([-2, 2], side);
    Object.assign(pen, { strokeStyle: look[mine ? "model-text" : "other"], lineWidth: 1.5 });
    pen.setLineDash(mine ? [] : [5, 4]);
    pen.strokeRect(left, top, 4 * unit, 4 * unit);
    pen.setLineDash([]);
    const font = { soft: "11", text: "12", warn: "italic 12" };
    for (const [text, z, kind, align] of meta.words[name]) // kind: a class, or a colour
      write(pen, text, toScreen(z, side), look[kind] ?? colours[kind % colours.length],
        font[kind] ?? `700 ${large ? 24 : 20}`, align);
    return canvas;
  }

  /** What moves on a map: the trail, the drawing's code, the point. */
  function paintOver(name) {
    const [pen, side] = sharp(part[`${name}-map`]), trail = new Path2D();
    const mine = name === "vae", colour = mine ? look.model : look.other;
    state.trail.slice(0, (state.at ?? Infinity) + 1).forEach(({ z, jump }, i) =>
      trail[jump || !i ? "moveTo" : "lineTo"](...toScreen(z, side)));
    pen.drawImage(maps[name], 0, 0, side, side);
    put(pen, trail, null, [look.paper, 4], [colour, 2]);
    if (mine) paintCode(pen, side);
    const middle = toScreen(state.z, side).map((v) => between(9, v, side - 9));
    put(pen, oval(middle, 7.5), null, [look.ink, 7], [colour, 4.5]); // one sees through
  }

  /** The drawing's μ as a cross, ±2σ as an ellipse, its name; a lens in the open pass. */
  function paintCode(pen, side) {
    const { mu, sigma } = state.q, unit = side / 2 / RANGE, mark = look["model-text"];
    const [x, y] = toScreen(mu, side);
    const shape = (cx, cy, zoom) => {
      const ellipse = oval([cx, cy], ...sigma.map((s) => 2 * s * unit * zoom));
      line([[cx - 4, cy], [cx + 4, cy]], ellipse);
      line([[cx, cy - 4], [cx, cy + 4]], ellipse);
      pen.globalAlpha = 0.55;
      put(pen, ellipse, look["model-fill"]);
      pen.globalAlpha = 1;
      put(pen, ellipse, null, [mark, 1.5]);
    };
    shape(x, y, 1);
    const name = state.example ? "the example" : "your drawing", half = name.length * 3.9;
    const crowd = ([cx, cy]) => { // what the words would hide: the cross, the point, codes
      const hides = ([px, py], rim) =>
        Math.abs(px - cx) < half + rim && Math.abs(py - cy) < 8 + rim;
      let count = 1000 * hides([x, y], 8) + 999 * hides(toScreen(state.z, side), 10);
      for (let i = 0; i < 2 * labels.length; i += 2)
        count += hides(toScreen(model.vae.test.subarray(i, i + 2), side), 0);
      return count;
    };
    const sides = [[0, -22], [0, 22], [half + 16, 0], [-half - 16, 0]].map(([dx, dy]) =>
      [between(half + 3, x + dx, side - half - 3), between(10, y + dy, side - 10)]);
    write(pen, name, sides.reduce((a, b) => (crowd(b) < crowd(a) ? b : a)), mark, "700 12");
    if (!state.eps) return;
    const radius = side * 0.155, far = side - radius - 6;
    const [cx, cy] = [x, y].map((v) => (v < side / 2 ? far : radius + 6));
    const zoom = Math.max(1, radius / (3.3 * unit * Math.max(...sigma)));
    const lens = oval([cx, cy], radius);
    put(pen, line([[x, y], [cx, cy]]), null, [look.soft, 1]);
    put(pen, lens, look.paper, [look.soft, 1]);
    pen.save();
    pen.clip(lens);
    shape(cx, cy, zoom);
    state.draws.forEach(([z1, z2], i) => {
      const latest = i === state.draws.length - 1;
      const dot = [cx + (z1 - mu[0]) * unit * zoom, cy - (z2 - mu[1]) * unit * zoom];
      put(pen, oval(dot, latest ? 4 : 2), latest ? look.warn : mark);
    });
    pen.restore();
    write(pen, `× ${number(zoom, 1)}`, [cx, cy + radius - 10], look.soft, "11");
  }

  function paintSheet() {
    const [pen, side] = sharp(part.sheet), unit = side / SIDE, { pen: mine } = state;
    pen.fillStyle = look.paper;
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = look.line;
    pen.setLineDash([2, 4]);
    pen.strokeRect(4 * unit, 4 * unit, 20 * unit, 20 * unit);
    pen.setLineDash([]);
    pen.globalAlpha = state.example ? 0.3 : 1;
    for (const stroke of state.strokes) { // the last point twice: a dot is seen, too
      const points = [...stroke, stroke.at(-1)].map((p) => p.map((v) => v * unit));
      put(pen, line(points), null, [look["data-text"], PEN * unit]);
    }
    pen.globalAlpha = 1;
    if (mine && document.activeElement === part.sheet)
      put(pen, oval([mine.x * unit, mine.y * unit], PEN * unit / 2 + 2), null,
        [mine.down ? look.warn : look.ink, 2]);
  }

  function paintPass() {
    const { q, eps, cost, picture } = state;
    const z = eps ? q.mu.map((m, j) => m + q.sigma[j] * eps[j]) : q.mu;
    const pair = (values) => `(${values.map((v) => number(v, 2)).join(", ")})`;
    paintDigit(part.prepared, picture);
    paintDigit(part.rebuilt, decode(model, "vae", z));
    say("rebuilt-text", eps ? "given back for this z" : "given back at μ");
    say("place", `μ = ${pair(q.mu)}   σ = ${pair(q.sigma)}`);
    part.closed.hidden = Boolean(eps);
    part.opened.hidden = !eps;
    if (eps) {
      const row = (j) => [number(q.logVar[j], 2), "→", number(q.sigma[j], 3), "×",
        (eps[j] < 0 ? "" : "+") + number(eps[j], 2), "+", number(q.mu[j], 2), "=",
        number(z[j], 2)].map((text) => `<td>${text}</td>`).join("");
      part.numbers.innerHTML = `<tr>${row(0)}</tr><tr>${row(1)}</tr>`;
      say("one-draw", `To rebuild it from this z costs `
        + `${number(rebuildingCost(model, picture, z), 1)} nats; over all draws, `
        + `${number(cost.reconstruction, 1)} on average.`);
    }
    if (!part.lands.clientWidth) return; // a small map, where the large one is far away
    const [pen, side] = sharp(part.lands);
    pen.drawImage(maps.vae, 0, 0, side, side);
    put(pen, oval(toScreen(q.mu, side), 6), null, [look.ink, 5], [look.model, 3]);
  }

  function paintCost() {
    const { reconstruction, kl, total } = state.cost;
    const end = Math.max(400, 100 * Math.ceil(total / 100));
    const bar = (kind, from, to) => `<span class="pad-${kind}" style="left:`
      + `${100 * from / end}%;width:${100 * (to - from) / end}%"></span>`;
    const rank = (share) => costs[Math.round(share * (costs.length - 1))];
    const hundreds = Array.from({ length: end / 100 }, (_, k) => 100 * k);
    part.scale.innerHTML = bar("band", rank(0.05), rank(0.95))
      + bar("median", rank(0.5), rank(0.5)) + bar("rebuild", 0, reconstruction)
      + bar("klbar", reconstruction, total)
      + hundreds.map((v) => `<i style="left:${100 * v / end}%">${v}</i>`).join("");
    say("total", number(total, 1));
    say("reconstruction", `${number(reconstruction, 1)} reconstruction`);
    say("kl", `${number(kl, 1)} KL`);
    const dearer = costs.filter((c) => c > total).length / costs.length;
    say("rank", `Cheaper than ${Math.round(100 * dearer)} % of the test digits.`);
    const black = state.picture.reduce((sum, v) => sum + v, 0);
    say("alarm", black >= meta.little_ink ? "" : `Hardly any ink: ${Math.round(black)}`
      + ` pixels’ worth; the least of the test digits has ${Math.round(meta.least_ink)}.`
      + " The −ELBO alone does not tell.");
  }

  // What the learner does. One signal ends all listening.
  const ending = new AbortController();
  const on = (target, types, act) => types.split(" ").forEach((type) =>
    target.addEventListener(type, act, { signal: ending.signal }));
  const share = (e, element) => { // where inside the element's border, 0 to 1
    const box = element.getBoundingClientRect(), rim = element.clientLeft;
    return [e.clientX - box.left, e.clientY - box.top].map((v) =>
      between(0, (v - rim) / element.clientWidth, 1));
  };
  const taken = (e) => { // Jupyter has uses for these keys, too
    e.preventDefault();
    e.stopPropagation();
  };
  const follow = (element, go, end) => { // one pointer at a time
    let finger = null;
    on(element, "pointerdown", (e) => {
      if (finger !== null || e.button) return;
      finger = e.pointerId;
      element.setPointerCapture(finger);
      go(e, true);
    });
    on(element, "pointermove", (e) => { if (e.pointerId === finger) go(e, false); });
    on(element, "pointerup pointercancel", (e) => {
      if (e.pointerId !== finger) return;
      finger = null;
      end();
      rested();
    });
  };

  for (const map of [part["vae-map"], part["autoencoder-map"]]) {
    follow(map, (e, jump) => {
      const [x, y] = share(e, map);
      move([RANGE * (2 * x - 1), RANGE * (1 - 2 * y)], { jump });
    }, () => {});
    on(map, "keydown", (e) => {
      const way = ARROWS[e.key], step = e.shiftKey ? 0.5 : 0.1;
      if (e.key === "Home") move([0, 0], { jump: true });
      else if (way) move([state.z[0] + step * way[0], state.z[1] - step * way[1]]);
      else return;
      taken(e);
    });
    on(map, "keyup", (e) => { if (ARROWS[e.key] || e.key === "Home") rested(); });
  }
  [part.z1, part.z2].forEach((field, k) => {
    on(field, "input", () => {
      const value = field.valueAsNumber;
      field.dataset.typing = "yes";
      if (Number.isFinite(value))
        move(state.z.map((v, j) => (j === k ? value : v)), { jump: true });
    });
    on(field, "blur", () => { field.dataset.typing = "no"; ask(); });
    on(field, "change", rested);
  });
  for (const field of [part.z1, part.z2, part.scrub])
    on(field, "keydown", (e) => e.stopPropagation());
  on(part.play, "click", play);
  on(part.scrub, "input", () => {
    halt();
    show(Math.min(state.trail.length - 1, part.scrub.valueAsNumber));
  });
  on(part.forget, "click", () => { state.trail = []; move(state.z, { keep: false }); });

  const begin = (point) => draw([...(state.example ? [] : state.strokes), [point]]);
  const extend = (points) => draw([...state.strokes.slice(0, -1),
    [...state.strokes.at(-1), ...points]]);
  const take = () => { state.pen ??= { x: SIDE / 2, y: SIDE / 2, down: false }; };
  const lift = () => { if (state.pen) state.pen.down = false; };
  const undo = () => draw(state.example ? [] : state.strokes.slice(0, -1));
  follow(part.sheet, (e, first) => {
    const finer = e.getCoalescedEvents?.() ?? [];
    const points = (finer.length ? finer : [e]).map((one) =>
      share(one, part.sheet).map((v) => SIDE * v));
    Object.assign(state, { drawing: true, pen: null });
    if (first) begin(points[0]);
    else extend(points);
  }, () => {
    state.drawing = false;
    draw(state.strokes); // once more, for its cost
  });
  on(part.sheet, "keydown", (e) => {
    take();
    const { pen } = state, way = ARROWS[e.key], step = e.shiftKey ? 3 : 1;
    if (way) {
      pen.x = between(0, pen.x + step * way[0], SIDE);
      pen.y = between(0, pen.y + step * way[1], SIDE);
      if (pen.down) extend([[pen.x, pen.y]]);
    } else if (e.key === " ") { // it toggles: not every keyboard holds it and an arrow
      pen.down = !pen.down;
      if (pen.down) begin([pen.x, pen.y]);
    } else if (e.key === "Backspace") { lift(); undo(); } else return;
    taken(e);
    ask();
  });
  on(part.sheet, "keyup", (e) => { if (e.key !== "Tab") rested(); });
  on(part.sheet, "focus", () => {
    if (part.sheet.matches(":focus-visible")) take();
    ask();
  });
  on(part.sheet, "blur", () => { lift(); ask(); });
  const button = (element, act) =>
    on(element, "click", () => { lift(); act(); rested(); });
  button(part.undo, undo);
  button(part.clear, () => draw([]));
  for (const [name, strokes] of Object.entries(meta.examples)) {
    const example = document.createElement("button");
    example.textContent = name;
    part.examples.append(example);
    button(example, () => draw(strokes));
  }
  button(part.open, () => { drawCode(true); paint(); part.again.focus(); });
  button(part.again, () => drawCode(true));
  button(part.close, () => {
    Object.assign(state, { eps: null, draws: [] });
    move(state.q.mu, { keep: false });
    paint();
    part.open.focus();
  });

  // Sizes and colours.
  function layout() {
    const width = root.clientWidth;
    if (!width) return; // hidden
    const kind = width >= 1150 ? "wide" : width >= 860 ? "notebook"
      : width >= 500 ? "middle" : "narrow";
    const wish = { wide: (width - 76) / 4, notebook: (width - 76) / 4.5,
      middle: (width - 32) / 2, narrow: width - 104 }[kind];
    const side = SIDE * between(4, Math.floor(wish / SIDE), 12); // a digit's, in pixels
    const map = { notebook: (width - 77) / 2 - side, narrow: width - 8 }[kind] ?? side;
    const sheet = kind === "narrow" ? width - 8 : 224;
    for (const [name, size] of Object.entries({ side, map, sheet }))
      root.style.setProperty(`--${name}`, `${size}px`);
    root.dataset.layout = kind;
    root.toggleAttribute("data-narrow-pass", width < 640);
    colour();
  }
  function colour() {
    const style = getComputedStyle(root);
    root.dataset.look = style.colorScheme === "dark" ? "dark" : "light";
    look = Object.fromEntries(COLOURS.map((name) =>
      [name, style.getPropertyValue(`--${name}`).trim()]));
    newMaps = true;
    ask();
  }
  const sizes = new ResizeObserver(layout), theme = new MutationObserver(colour);
  sizes.observe(root);
  for (const element of [document.documentElement, document.body])
    theme.observe(element, { attributes: true, attributeFilter: THEME });
  on(matchMedia("(prefers-color-scheme: dark)"), "change", colour);
  layout();
  return {
    show({ z, strokes }) {
      if (z) move(z, { jump: true });
      if (!strokes || JSON.stringify(strokes) === JSON.stringify(state.strokes)) return;
      draw(strokes);
      takeDrawing();
    },
    destroy() {
      for (const watcher of [sizes, theme]) watcher.disconnect();
      for (const frame of [asked, playing]) cancelAnimationFrame(frame);
      ending.abort();
      clearTimeout(spoken);
    },
  };
}

// ------------------------------------------------------------------- in Jupyter

export default {
  render({ model, el }) {
    const { buffer, byteOffset, byteLength } = model.get("data"); // part of a message
    const root = document.createElement("div");
    let own = false; // a change that was made here
    el.append(root);
    const pad = mount(root, new Uint8Array(buffer, byteOffset, byteLength), (rest) => {
      own = true;
      for (const [name, value] of Object.entries(rest)) model.set(name, value);
      model.save_changes();
      own = false;
    });
    for (const name of ["strokes", "z"]) {
      model.on(`change:${name}`, () => own || pad.show({ [name]: model.get(name) }));
      pad.show({ [name]: model.get(name) });
    }
    return pad.destroy; // anywidget ends the two `on` itself
  },
};
