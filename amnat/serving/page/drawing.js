// Tensors as pictures on canvases, and pictures as tensors.

const CELL = 96;

/** One number per channel and pixel, 0 to 255. */
function toByte(value, isFloat) {
  const byte = isFloat ? Math.round(value * 128 + 127.5) : value;
  return Math.min(255, Math.max(0, byte));
}

/** A canvas of an image, rows of pixels of 1 or 3 channels: bytes, or floats in [-1, 1]. */
export function imageCanvas(image, isFloat) {
  const canvas = document.createElement("canvas");
  [canvas.height, canvas.width] = [image.length, image[0].length];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  let place = 0;
  for (const row of image) {
    for (const pixel of row) {
      for (let channel = 0; channel < 3; channel++) {
        const value = pixel.length === 1 ? pixel[0] : pixel[channel];
        pixels.data[place++] = toByte(value, isFloat);
      }
      pixels.data[place++] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** Puts images with their captions into a place, and removes what was there. */
export function showImages(place, images, isFloat, captions = []) {
  const figures = images.map((image, number) => {
    const canvas = imageCanvas(image, isFloat);
    return figure(canvas, captions[number], `Image ${number + 1}`);
  });
  place.classList.remove("plot");
  place.replaceChildren(...figures);
}

export function figure(canvas, caption, label) {
  const found = document.createElement("figure");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", caption ? `${label}: ${caption}` : label);
  found.append(canvas);
  if (caption) {
    const text = document.createElement("figcaption");
    text.textContent = caption;
    found.append(text);
  }
  return found;
}

/** Draws points of one or two numbers, one of them marked if it has a number here. */
export function showPoints(place, points, marked = null) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 640;
  const context = canvas.getContext("2d");
  const flat = points.map((point) => [point[0], point.length > 1 ? point[1] : 0]);
  const reach = Math.max(1e-6, ...flat.flat().map(Math.abs)) * 1.1;
  const at = (value) => (value / reach) * 300 + 320;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, 640, 640);
  context.strokeStyle = "#c0c0c0";
  context.strokeRect(20, 20, 600, 600);
  const dot = ([x, y], radius, colour) => {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(at(x), at(-y), radius, 0, 2 * Math.PI);
    context.fill();
  };
  for (const point of flat) dot(point, 4, marked === null ? "#1a5fb4" : "#b0b0b0");
  if (marked !== null) dot(flat[marked], 8, "#1a5fb4");
  place.classList.add("plot");
  const caption = `${points.length} points, both axes from ${(-reach).toPrecision(3)} to ${reach.toPrecision(3)}`;
  place.replaceChildren(figure(canvas, caption, "Points"));
}

/** Saves the images of a place as one PNG file. */
export function download(place, name) {
  const canvases = [...place.querySelectorAll("canvas")];
  if (!canvases.length) return false;
  const { width, height } = canvases[0];
  const scale = Math.max(1, Math.round(CELL / Math.max(width, height)));
  const columns = Math.min(canvases.length, Math.ceil(Math.sqrt(canvases.length)));
  const sheet = document.createElement("canvas");
  sheet.width = columns * width * scale;
  sheet.height = Math.ceil(canvases.length / columns) * height * scale;
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, number) => {
    const x = (number % columns) * width * scale;
    const y = Math.floor(number / columns) * height * scale;
    context.drawImage(canvas, x, y, width * scale, height * scale);
  });
  sheet.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, "image/png");
  return true;
}

/** Reads a picture: its middle, scaled to [height, width, channels], as floats in [-1, 1]. */
export async function readPicture(file, [height, width, channels]) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read.`);
  }
  const canvas = document.createElement("canvas");
  [canvas.height, canvas.width] = [height, width];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  const bytes = context.getImageData(0, 0, width, height).data;
  const image = [];
  for (let y = 0; y < height; y++) {
    const row = [];
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = bytes.subarray(4 * (y * width + x), 4 * (y * width + x) + 3);
      const grey = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
      row.push((channels === 1 ? [grey] : [red, green, blue]).map((byte) => (byte - 127.5) / 128));
    }
    image.push(row);
  }
  return image;
}

/** Images as the floats in [-1, 1] that signatures take. */
export function asFloats(images) {
  return images.map((image) =>
    image.map((row) => row.map((pixel) => pixel.map((byte) => (byte - 127.5) / 128))));
}
