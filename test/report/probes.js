// Questions that the tests ask inside of the page.

const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
const luminance = (colour) => {
  const [red, green, blue] = colour.slice(0, 3).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const backgroundOf = (element) => {
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};

/** Each text with its contrast against the nearest background (WCAG 2.2, contrast ratio). */
function contrasts() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text === '' || parent.closest('script, style, svg, .skip, .hidden') !== null || !parent.checkVisibility()) continue;
    const [front, back] = [luminance(channels(getComputedStyle(parent).color)), luminance(backgroundOf(parent))];
    found.push({ text, ratio: (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05) });
  }
  return found;
}

/** How many colours the timeline has. */
function paintedColours() {
  const canvas = document.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
  return colours.size;
}

/** Whether the page is no wider than its window. */
function fits() {
  return document.documentElement.scrollWidth <= window.innerWidth;
}

/** Id and classes of what has the focus. */
function focused() {
  return `${document.activeElement.id} ${document.activeElement.getAttribute('class') ?? ''}`.trim();
}

window.probes = { contrasts, paintedColours, fits, focused };
